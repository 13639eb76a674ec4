"""The process that converts: reads a parcel, answers with one ONNX file after the other."""

from __future__ import annotations

import json
import os
import struct
import sys
import threading
import traceback
from typing import IO, NoReturn

from aims_gh.errors import AimsError, MissingExtra
from aims_gh.frameworks.library import converter_named
from aims_gh.frameworks.worker import END, FILE, HEAD, MISSING, READY, REFUSAL


def main() -> NoReturn:
    """Convert what standard input holds, and end."""
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not end up between the frames.
    os.dup2(2, 1)
    source = sys.stdin.buffer
    converter = converter_named(sys.argv[1])
    _, size = HEAD.unpack(source.read(HEAD.size))
    parcel = source.read(size)
    wanted = threading.Semaphore(0)
    threading.Thread(target=_wait_for_words, args=(source, wanted), daemon=True).start()
    try:
        converter.prepare(parcel)
        _send(answers, READY, b"")
        for candidate in converter.candidates(parcel):
            name = candidate.converter.encode()
            _send(answers, FILE, struct.pack("<Q", len(name)) + name + candidate.content)
            wanted.acquire()
        _send(answers, END, b"")
    except MissingExtra as error:
        words = {"message": error.what, "extra": error.extra}
        _send(answers, MISSING, json.dumps(words).encode())
    except AimsError as error:
        words = {"message": error.message, "hint": error.hint}
        _send(answers, REFUSAL, json.dumps(words).encode())
    except Exception:  # noqa: BLE001  its last line is what the parent tells
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)  # threads of a library may still be there, and nothing is left to do


def _wait_for_words(source: IO[bytes], wanted: threading.Semaphore) -> None:
    """Note when one more file is wanted; end when nobody is there any more to want one."""
    while source.read(1):
        wanted.release()
    os._exit(1)


def _send(stream: IO[bytes], kind: bytes, payload: bytes) -> None:
    stream.write(HEAD.pack(kind, len(payload)) + payload)
    stream.flush()
