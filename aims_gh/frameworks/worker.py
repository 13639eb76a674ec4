"""Convert in a process of its own: one that hangs or crashes takes nobody's notebook with it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any, Self

from aims_gh.core.inert import plain
from aims_gh.errors import AimsError, MissingExtra, SubmissionError
from aims_gh.frameworks.library import Candidate

START_SECONDS = 300
"""How long the library may take to be imported, on a busy machine."""

READY, FILE, REFUSAL, MISSING, END = b"R", b"F", b"E", b"M", b"D"
HEAD = struct.Struct("<cQ")
_START = "import sys; sys.path[:] = sys.argv[2:]; from aims_gh.frameworks.child import main; main()"
_MAX_STDERR = 20_000


class Worker:
    """A process that converts one model, and ends with the `with` block.

    Parameters
    ----------
    converter : str
        The module of this package that knows how.
    parcel : bytes
        What it takes.
    seconds : float
        How long each candidate may take, from when the library is imported.
    """

    def __init__(self, converter: str, parcel: bytes, seconds: float) -> None:
        self._seconds = seconds
        command = [sys.executable, "-c", _START, converter, *sys.path]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
        self._frames: queue.SimpleQueue[tuple[bytes, bytes]] = queue.SimpleQueue()
        self._errors = bytearray()
        self._threads = [
            threading.Thread(target=target, args=arguments, daemon=True)
            for target, arguments in (
                (self._listen, (self._process.stdout,)),
                (self._drain, (self._process.stderr,)),
                (self._write, (HEAD.pack(FILE, len(parcel)) + parcel,)),
            )
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, and whatever it has started."""
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(2)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None and not any(t.is_alive() for t in self._threads):
                with contextlib.suppress(OSError):
                    stream.close()

    def candidates(self) -> Iterator[Candidate]:
        """Give one ONNX file after the other, each made when it is asked for.

        Raises
        ------
        SubmissionError
            If it takes too long, the process dies, or the converter refuses.
        MissingExtra
            If the converter is not installed.
        """
        self._next(START_SECONDS)
        while True:
            kind, payload = self._next(self._seconds)
            if kind == END:
                return
            (length,) = struct.unpack_from("<Q", payload)
            converter = payload[8 : 8 + length].decode()
            yield Candidate(payload[8 + length :], converter)
            self._write(b"N")

    def _next(self, seconds: float) -> tuple[bytes, bytes]:
        try:
            kind, payload = self._frames.get(timeout=seconds)
        except queue.Empty:
            self.close()
            raise SubmissionError(
                f"converting took longer than {seconds:g} s and was stopped",
                hint="allow more with onnx_timeout=SECONDS, or submit the predictions alone",
            ) from None
        if kind in (REFUSAL, MISSING):
            raise _told(kind, payload)
        if kind == b"":
            raise self._death()
        return kind, payload

    def _death(self) -> AimsError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)  # it has closed its pipe, and is about to end
        self.close()
        last = self._errors.decode(errors="replace").strip().rpartition("\n")[2]
        code = self._process.returncode
        why = plain(last)[:200] or (f"signal {-code}" if code and code < 0 else "no reason given")
        return SubmissionError(
            f"the process that converts the model ended without an answer ({why})",
            hint="try again with onnx_timeout=False, which converts in this process and shows more",
        )

    def _listen(self, stream: IO[bytes]) -> None:
        while len(head := stream.read(HEAD.size)) == HEAD.size:
            kind, size = HEAD.unpack(head)
            self._frames.put((kind, stream.read(size)))
        self._frames.put((b"", b""))

    def _drain(self, stream: IO[bytes]) -> None:
        while chunk := stream.read1(65_536):  # type: ignore[attr-defined]
            self._errors += chunk
            del self._errors[:-_MAX_STDERR]

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended, and its end says more
            self._process.stdin.write(data)
            self._process.stdin.flush()


def _told(kind: bytes, payload: bytes) -> AimsError:
    words: dict[str, Any] = json.loads(payload)
    if kind == MISSING:
        return MissingExtra(words["message"], extra=words["extra"])
    return SubmissionError(words["message"], hint=words["hint"])
