"""The child's two pipes: files come in when asked for, frames go out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from aims_gh.runner import frames
from aims_gh.runner.frames import Request, Stage

if TYPE_CHECKING:
    import numpy.typing as npt

    from aims_gh.core.predictions import Predictions


class Channel:
    """What the child tells its parent.

    Parameters
    ----------
    descriptor : int
        Open for writing.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def send(self, kind: bytes, *parts: bytes | memoryview) -> None:
        """Write one frame."""
        head = frames.HEAD.pack(kind, sum(len(part) for part in parts))
        for part in (head, *parts):
            view = memoryview(part)
            while view:
                view = view[os.write(self.descriptor, view) :]

    def stage(self, stage: Stage, first: int = 0, last: int = 0) -> None:
        """Say what is being done now."""
        self.send(frames.STAGE, frames.PROGRESS.pack(stage, first, last))

    def refuse(self, message: str, hint: str) -> None:
        """Say why the submission is refused."""
        texts = {"message": message[:1000], "hint": hint[:1000]}
        self.send(frames.REFUSAL, json.dumps(texts).encode())

    def answer(self, predictions: Predictions) -> None:
        """Send the arrays, each in its fixed type, and how numbers were read."""
        names = list(frames.ARRAYS)
        for name, array in predictions.arrays().items():
            little = array.astype(frames.ARRAYS[name], order="C")
            columns = little.shape[1] if little.ndim == 2 else 0
            head = frames.ARRAY.pack(names.index(name), little.shape[0], columns)
            self.send(frames.ANSWER, head, little.tobytes())
        if predictions.reading is not None:
            place = frames.READINGS.index(predictions.reading)
            self.send(frames.READING, bytes([place]))

    def returned(self, array: npt.NDArray[Any]) -> None:
        """Send one output of a model as it is."""
        kind = "i" if array.dtype.kind == "u" else array.dtype.kind
        if kind == "U":
            wide = max(array.dtype.itemsize // 4, 1)
            little = array.astype(f"<U{wide}", order="C")
            sides = (*array.shape, wide)
        else:
            little = array.astype(frames.OUTPUT_TYPES[kind], order="C")
            sides = array.shape
        padded = [*sides, *[0] * (8 - len(sides))]
        head = frames.OUTPUT.pack(list(frames.OUTPUT_TYPES).index(kind), array.ndim, *padded)
        self.send(frames.RETURNED, head, little.tobytes())


class Files:
    """The files that follow the order, given one by one.

    The parent sends each only when it is wanted: what a model must not influence (its own
    description, the reasons for refusing it) is told before the features are even here.
    """

    def __init__(self, stream: BinaryIO, sizes: tuple[int, ...], channel: Channel) -> None:
        self._stream, self._sizes, self._channel = stream, list(sizes), channel

    def next(self) -> bytes:
        """Ask for the next file, and read it."""
        self._channel.send(frames.WANT)
        return self._stream.read(self._sizes.pop(0))

    def requests(self) -> Iterator[tuple[Request, bytes]]:
        """Ask for one request after the other, until there are no more."""
        while True:
            self._channel.send(frames.WANT)
            length = self._stream.read(frames.LENGTH.size)
            if len(length) < frames.LENGTH.size:
                return
            (size,) = frames.LENGTH.unpack(length)
            request = Request.from_json(self._stream.read(size))
            yield request, self._stream.read(request.size)
