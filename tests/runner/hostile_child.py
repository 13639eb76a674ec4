"""Stands in for the sandbox's child, and does what a child that was taken over could do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace

import numpy as np

from aims_gh.runner import frames
from aims_gh.runner.channel import Channel
from aims_gh.runner.frames import Order, Stage
from aims_gh.runner.lockdown import Isolation

LOCKED = Isolation(*[True] * 8)
OUT = Channel(os.dup(1))
FACTS = {
    "bytes": 1,
    "ir_version": 9,
    "opsets": {"ai.onnx": 18},
    "operators": {"Neg": 1},
    "num_params": 3,
    "inputs": [],
    "outputs": [],
}


def facts(**changes: object) -> None:
    OUT.send(frames.FACTS, json.dumps(FACTS | changes).encode())


def array(name: str, values: object, dtype: str, columns: int = 0, rows: int | None = None) -> None:
    data = np.asarray(values, dtype=dtype)
    count = len(data) if rows is None else rows
    head = frames.ARRAY.pack(list(frames.ARRAYS).index(name), count, columns)
    OUT.send(frames.ANSWER, head, data.tobytes())


def cost(rows: int = 3, latency: float = 1.5, memory: int = 50_000_000) -> None:
    OUT.send(frames.SPENT, frames.COST.pack(latency, memory, rows))


def two_files() -> None:
    OUT.send(frames.WANT)
    size, other = ORDER.sizes
    sys.stdin.buffer.read(size)
    facts()
    OUT.send(frames.WANT)
    sys.stdin.buffer.read(other)
    OUT.stage(Stage.RUNNING, 17, 23)


def answer_with(name: str, values: object, dtype: str, **shape: int) -> None:
    two_files()
    array(name, values, dtype, **shape)
    cost()
    OUT.send(frames.DONE)


def raw(data: bytes) -> None:
    os.write(OUT.descriptor, data)


def flood(kind: str) -> None:
    while True:
        if kind == "stages":
            OUT.stage(Stage.RUNNING, 1, 2)
        elif kind == "errors":
            os.write(2, b"\x1b[31m" + b"e" * 60_000)
        else:
            raw(b"\0" * 60_000)


def grandchild() -> None:
    code = "import time; time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code])
    os.write(2, f"{child.pid}\n".encode())
    time.sleep(60)


def refuse(message: str, hint: str = "h") -> None:
    OUT.refuse(message, hint)
    OUT.send(frames.DONE)


def die(number: int) -> None:
    two_files()
    os.kill(os.getpid(), number)


def describe(payload: bytes) -> None:
    OUT.send(frames.FACTS, payload)
    OUT.send(frames.DONE)


def described(**changes: object) -> None:
    describe(json.dumps(FACTS | changes).encode())


def say(text: str) -> None:
    two_files()
    refuse(text)


DEEDS = {
    "the truth": lambda: answer_with("values", [1, 2, 3], "<f8"),
    "says nothing": lambda: None,
    "says nothing, for ever": lambda: time.sleep(60),
    "closes its output and stays": lambda: (os.close(OUT.descriptor), os.close(1), time.sleep(60)),
    "unknown frame": lambda: raw(frames.HEAD.pack(b"?", 3) + b"abc"),
    "text": lambda: raw(b"hello, how are you today?"),
    "a frame of 2^63 bytes": lambda: raw(frames.HEAD.pack(frames.FACTS, 2**63)),
    "an array of 2^63 bytes": lambda: raw(
        frames.HEAD.pack(frames.ANSWER, 2**63) + frames.ARRAY.pack(2, 2**60, 0)
    ),
    "an array larger than allowed": lambda: array("values", np.zeros(200_000), "<f8"),
    "an array cut short": lambda: raw(
        frames.HEAD.pack(frames.ANSWER, 17 + 24) + frames.ARRAY.pack(2, 3, 0) + b"12345678"
    ),
    "an array of another size than it says": lambda: array("values", [1, 2, 3], "<f8", rows=4),
    "an unknown array": lambda: raw(
        frames.HEAD.pack(frames.ANSWER, 17 + 8) + frames.ARRAY.pack(9, 1, 0) + bytes(8)
    ),
    "an array twice": lambda: (array("values", [1.0], "<f8"), array("values", [1.0], "<f8")),
    "too few rows": lambda: answer_with("values", [1, 2], "<f8"),
    "a matrix for a vector": lambda: answer_with("values", [[1], [2], [3]], "<f8", columns=1),
    "not a number": lambda: answer_with("values", [1, np.nan, 3], "<f8"),
    "infinity": lambda: answer_with("values", [1, np.inf, 3], "<f8"),
    "codes for numbers": lambda: answer_with("codes", [0, 1, 0], "<i4"),
    "a label too high": lambda: answer_with("codes", [0, 1, 2], "<i4"),
    "a negative label": lambda: answer_with("codes", [0, -1, 1], "<i4"),
    "probabilities of another width": lambda: (
        two_files(),
        array("codes", [0, 1, 0], "<i4"),
        array("probabilities", np.full((3, 5), 0.2), "<f8", columns=5),
        cost(),
        OUT.send(frames.DONE),
    ),
    "a reading that there is not": lambda: (
        two_files(),
        array("values", [1, 2, 3], "<f8"),
        OUT.send(frames.READING, b"\x03"),
        cost(),
        OUT.send(frames.DONE),
    ),
    "no array": lambda: (two_files(), cost(), OUT.send(frames.DONE)),
    "a description that is nested 20,000 deep": lambda: describe(
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000
    ),
    "a description with NaN": lambda: described(num_params=float("nan")),
    "a description that lacks most": lambda: describe(b"{}"),
    "a description that is a list": lambda: describe(b"[]"),
    "a number of 400 digits": lambda: described(num_params=10**400),
    "10,000 operators": lambda: described(operators={f"op{i}": 1 for i in range(10_000)}),
    "a description of the features": lambda: (two_files(), facts()),
    "ready twice": lambda: OUT.send(frames.READY, json.dumps(asdict(LOCKED)).encode()),
    "an unknown stage": lambda: OUT.send(frames.STAGE, frames.PROGRESS.pack(99, 0, 0)),
    "a refusal that is no JSON": lambda: OUT.send(frames.REFUSAL, b"{{{"),
    "a latency that is not a number": lambda: (
        two_files(), array("values", [1, 2, 3], "<f8"), cost(latency=float("nan")),
        OUT.send(frames.DONE),
    ),
    "a cost of other rows": lambda: (
        two_files(), array("values", [1, 2, 3], "<f8"), cost(rows=7), OUT.send(frames.DONE),
    ),
    "escapes in a refusal": lambda: refuse("\x1b[31m\n::set-output name=x::1" + "y" * 3_000),
    "escapes in a description": lambda: described(producer="\x1b[2J\u202e<b>" + "p" * 5_000),
    "tells the features": lambda: say("row 1 of the features is 42"),
    "stages without end": lambda: flood("stages"),
    "errors without end": lambda: flood("errors"),
    "zeros without end": lambda: flood("zeros"),
    "a child of its own": grandchild,
    "segmentation fault": lambda: die(signal.SIGSEGV),
    "killed": lambda: die(signal.SIGKILL),
    "out of processor time": lambda: die(signal.SIGXCPU),
    "bad_alloc": lambda: (two_files(), os.write(2, b"std::bad_alloc"), os.abort()),
    "exit 3": lambda: (two_files(), sys.exit(3)),
}  # fmt: skip
BEFORE_READY = {
    "ends before it is ready": lambda: sys.exit("ImportError: libwhatever.so\x1b[31m"),
    "is not locked": lambda: OUT.send(
        frames.READY,
        json.dumps(
            asdict(replace(LOCKED, system_calls_filtered=False, missing=("filter: none",)))
        ).encode(),
    ),
    "talks before it is ready": facts,
    "is ready in nonsense": lambda: OUT.send(frames.READY, b"[1, 2]"),
}

if __name__ == "__main__":
    deed = sys.argv[1]
    (length,) = frames.LENGTH.unpack(sys.stdin.buffer.read(frames.LENGTH.size))
    ORDER = Order.from_json(sys.stdin.buffer.read(length))
    if deed in BEFORE_READY:
        BEFORE_READY[deed]()
    else:
        OUT.send(frames.READY, json.dumps(asdict(LOCKED)).encode())
        DEEDS[deed]()
