"""The sandbox's child: lock the door, then read what strangers sent.

Started by `process` with an empty environment. It reads an order, imports what the order
needs, locks itself in, and only then reads the files: a model, features, predictions, an
owner's code.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import NoReturn

from aims_gh.errors import AimsError
from aims_gh.runner import frames
from aims_gh.runner.channel import Channel, Files
from aims_gh.runner.frames import Order
from aims_gh.runner.jobs import Job, prepare
from aims_gh.runner.lockdown import Pipes, lock_down

_STDIN, _STDOUT, _STDERR = 0, 1, 2


def main() -> NoReturn:
    """Do what standard input orders, answer on standard output, and end."""
    stream = sys.stdin.buffer
    (length,) = frames.LENGTH.unpack(stream.read(frames.LENGTH.size))
    order = Order.from_json(stream.read(length))
    channel = Channel(os.dup(_STDOUT))
    # Whatever a library prints must not end up between the frames.
    os.dup2(_STDERR, _STDOUT)
    job = prepare(order)

    pipes = Pipes(
        read=_STDIN, write=(_STDOUT, _STDERR, channel.descriptor), measure=job.memory.descriptor
    )
    isolation = lock_down(
        seconds=order.seconds,
        memory_bytes=order.memory_bytes,
        pipes=pipes,
        libraries=order.libraries,
    )
    channel.send(frames.READY, json.dumps(asdict(isolation)).encode())
    if isolation.holds(importing=bool(order.libraries)) or not order.strict:
        _work(job, order, Files(stream, order.sizes, channel), channel)
        channel.send(frames.DONE)
    os._exit(0)  # without the interpreter's farewell: it frees what the kernel frees anyway


def _work(job: Job, order: Order, files: Files, channel: Channel) -> None:
    try:
        job.work(order, files, channel)
    except AimsError as refusal:
        channel.refuse(refusal.message, refusal.hint)
    except MemoryError:
        channel.send(frames.NO_MEMORY)


if __name__ == "__main__":
    main()
