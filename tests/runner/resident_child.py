"""Stands in for a child that serves a model, and does what one that was taken over could do."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from aims_gh.runner import frames
from aims_gh.runner.channel import Channel
from aims_gh.runner.frames import Order, Request
from aims_gh.runner.lockdown import Isolation

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


def raw(which: int, axes: int, sides: list[int], data: bytes, *, says: int | None = None) -> None:
    head = frames.OUTPUT.pack(which, axes, *[*sides, *[0] * (8 - len(sides))])
    size = len(head) + len(data) if says is None else says
    os.write(OUT.descriptor, frames.HEAD.pack(frames.RETURNED, size) + head + data)


DEEDS: dict[str, Callable[[], None]] = {
    "the truth": lambda: OUT.returned(np.array([1.5, 2.5])),
    "an unknown type": lambda: raw(9, 1, [1], b"\0" * 8),
    "no axes": lambda: raw(0, 0, [], b"\0" * 8),
    "too many axes": lambda: raw(0, 8, [1] * 8, b"\0" * 8),
    "another size than it says": lambda: raw(0, 1, [3], b"\0" * 8),
    "sides whose product overflows": lambda: raw(0, 2, [2**63, 4], b"", says=frames.OUTPUT.size),
    "2^62 bytes": lambda: raw(0, 1, [2**59], b"", says=2**62 + frames.OUTPUT.size),
    "text of no width": lambda: raw(3, 1, [4, 0], b""),
    "text that is not Unicode": lambda: raw(3, 1, [1, 1], b"\xff\xff\xff\xff"),
    "a truth value of 7": lambda: raw(2, 1, [1], b"\7"),
    "more than allowed": lambda: OUT.returned(np.zeros(1_000_000)),
    "outputs without end": lambda: [OUT.returned(np.zeros(1)) for _ in range(1000)],
    "nothing, for ever": lambda: time.sleep(60),
    "its end": lambda: os._exit(0),
    "done": lambda: OUT.send(frames.DONE),
    "a late description": lambda: OUT.send(frames.FACTS, json.dumps(FACTS).encode()),
}


def main() -> None:
    source = sys.stdin.buffer
    (length,) = frames.LENGTH.unpack(source.read(frames.LENGTH.size))
    order = Order.from_json(source.read(length))
    OUT.send(frames.READY, json.dumps(asdict(Isolation(*[True] * 8))).encode())
    OUT.send(frames.WANT)
    source.read(order.sizes[0])
    OUT.send(frames.FACTS, json.dumps(FACTS).encode())
    if sys.argv[1] == "reads nothing more":
        OUT.send(frames.WANT)
        time.sleep(60)
    while True:
        OUT.send(frames.WANT)
        head = source.read(frames.LENGTH.size)
        if len(head) < frames.LENGTH.size:
            return
        (length,) = frames.LENGTH.unpack(head)
        source.read(Request.from_json(source.read(length)).size)
        DEEDS[sys.argv[1]]()


if __name__ == "__main__":
    main()
