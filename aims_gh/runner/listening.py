"""Hear the child out: every frame is bounded before it is read, and checked for its turn."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import dataclass, field
from typing import IO

from aims_gh.runner import frames
from aims_gh.runner.frames import Progress, Stage
from aims_gh.runner.lockdown import Isolation

_MAX_FRAMES = 1_000_000
_MAX_OUTPUTS = 64
_ENTRY_BYTES = 200
"""What keeping a short frame costs, whatever is in it."""


@dataclass(frozen=True, slots=True)
class RawArray:
    """An array as it came: nothing is checked yet but its length."""

    rows: int
    columns: int
    """0 for a vector."""

    data: bytes


@dataclass(frozen=True, slots=True)
class RawOutput:
    """One output of a model as it came: nothing is checked yet but its length."""

    kind: str
    """As in `frames.OUTPUT_TYPES`."""

    shape: tuple[int, ...]
    wide: int
    """Characters of each text; 1 for numbers."""

    data: bytes


@dataclass(frozen=True, slots=True)
class RawScore:
    """A score, or why there is none, as it came."""

    files_sent: int
    """How many files the child had been sent by then, at most: what it could know."""

    kind: bytes
    payload: bytes


@dataclass(slots=True)
class Transcript:
    """Everything that the child said, and how it ended."""

    isolation: Isolation | None = None
    progress: Progress = field(default_factory=Progress)
    facts: bytes | None = None
    arrays: dict[str, RawArray] = field(default_factory=dict)
    outputs: list[RawOutput] = field(default_factory=list)
    reading: bytes | None = None
    spent: bytes | None = None
    scores: list[RawScore] = field(default_factory=list)
    refusal: bytes | None = None
    out_of_memory: bool = False
    done: bool = False
    nonsense: str = ""
    """What was wrong with a frame, where one was."""

    files_sent: int = 0
    out_of_time: bool = False
    ended: bool = False
    """Whether it ended by itself, without a last frame."""

    returncode: int | None = None
    """Where it did."""

    stderr: bytes = b""


class Listener:
    """Reads frames in a thread of its own, so that the caller can keep an eye on the clock.

    Parameters
    ----------
    stream : binary file
        The child's standard output.
    budget : int
        How many bytes all arrays together may have.
    """

    def __init__(self, stream: IO[bytes], budget: int) -> None:
        self._stream, self._allowed, self._budget = stream, budget, budget
        self._left = _MAX_FRAMES
        self.transcript = Transcript()
        self.ready = threading.Event()
        self.finished = threading.Event()
        self.wanted = threading.Semaphore(0)
        """Released once for each file that the child wants, and at the end."""

    def forget(self) -> None:
        """Begin anew, between two requests: while the child waits, and says nothing."""
        heard = self.transcript
        heard.outputs, heard.spent, heard.refusal, heard.out_of_memory = [], None, None, False
        self._budget, self._left = self._allowed, _MAX_FRAMES

    def listen(self) -> None:
        """Read frames until the last, the end of the stream, or the first wrong one."""
        try:
            while self._left:
                self._left -= 1
                if not self._frame():
                    return
            self.transcript.nonsense = "too many frames"
        except _Nonsense as problem:
            self.transcript.nonsense = str(problem)
        finally:
            self.finished.set()
            self.ready.set()
            self.wanted.release()

    def _frame(self) -> bool:
        head = self._stream.read(frames.HEAD.size)
        if len(head) < frames.HEAD.size:
            return False
        kind: bytes
        size: int
        kind, size = frames.HEAD.unpack(head)
        if (kind == frames.READY) != (self.transcript.isolation is None):
            raise _Nonsense("a frame out of turn")
        if kind in (frames.ANSWER, frames.RETURNED):
            self._answer(size) if kind == frames.ANSWER else self._returned(size)
            return True
        if size > frames.BOUNDS.get(kind, -1):
            raise _Nonsense("a frame that is unknown or too long")
        payload = self._exactly(size)
        self._take(kind, payload)
        return kind != frames.DONE

    def _take(self, kind: bytes, payload: bytes) -> None:
        heard = self.transcript
        if kind == frames.READY:
            heard.isolation = _isolation(payload)
            self.ready.set()
        elif kind == frames.STAGE:
            heard.progress = _progress(payload)
        elif kind == frames.WANT:
            self.wanted.release()
        elif kind == frames.FACTS:
            # A model that has seen the features could describe them instead of itself.
            if heard.files_sent > 1 or heard.facts is not None:
                raise _Nonsense("a description out of turn")
            heard.facts = payload
        elif kind == frames.READING:
            heard.reading = payload
        elif kind == frames.SPENT:
            heard.spent = payload
        elif kind in (frames.SCORED, frames.FAILED):
            self._budget -= _ENTRY_BYTES + len(payload)
            if self._budget < 0:
                raise _Nonsense("more than the output allowed")
            heard.scores.append(RawScore(heard.files_sent, kind, payload))
        elif kind == frames.REFUSAL:
            heard.refusal = payload
        elif kind == frames.NO_MEMORY:
            heard.out_of_memory = True
        elif kind == frames.DONE:
            heard.done = True

    def _answer(self, size: int) -> None:
        if size < frames.ARRAY.size:
            raise _Nonsense("an array without its shape")
        which, rows, columns = frames.ARRAY.unpack(self._exactly(frames.ARRAY.size))
        size -= frames.ARRAY.size
        names = list(frames.ARRAYS)
        if which >= len(names) or names[which] in self.transcript.arrays:
            raise _Nonsense("an array that is unknown, or given twice")
        item = int(frames.ARRAYS[names[which]][-1])
        if size != rows * max(columns, 1) * item:
            raise _Nonsense("an array of another size than it says")
        if size > self._budget:
            raise _Nonsense("more than the output allowed")
        self._budget -= size
        self.transcript.arrays[names[which]] = RawArray(rows, columns, self._exactly(size))

    def _returned(self, size: int) -> None:
        if size < frames.OUTPUT.size or len(self.transcript.outputs) >= _MAX_OUTPUTS:
            raise _Nonsense("an output without its shape, or too many")
        which, axes, *sides = frames.OUTPUT.unpack(self._exactly(frames.OUTPUT.size))
        size -= frames.OUTPUT.size
        if which >= len(frames.OUTPUT_TYPES) or not 1 <= axes <= frames.MAX_AXES:
            raise _Nonsense("an output of no known form")
        kind, shape = list(frames.OUTPUT_TYPES)[which], tuple(sides[:axes])
        wide = sides[axes] if kind == "U" else 1
        item = 4 * wide if kind == "U" else int(frames.OUTPUT_TYPES[kind][-1])
        if size != math.prod(shape) * item:
            raise _Nonsense("an output of another size than it says")
        if size > self._budget:
            raise _Nonsense("more than the output allowed")
        self._budget -= size
        self.transcript.outputs.append(RawOutput(kind, shape, wide, self._exactly(size)))

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise _Nonsense("a frame cut short")
        return data


class _Nonsense(Exception):
    pass


def _isolation(payload: bytes) -> Isolation:
    try:
        value = json.loads(payload)
        return Isolation(**value | {"missing": tuple(str(why) for why in value["missing"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _Nonsense("a first frame that says nothing") from None


def _progress(payload: bytes) -> Progress:
    if len(payload) != frames.PROGRESS.size:
        raise _Nonsense("a stage cut short")
    stage, first, last = frames.PROGRESS.unpack(payload)
    if stage not in Stage.__members__.values():
        raise _Nonsense("an unknown stage")
    return Progress(Stage(stage), first, last)
