"""What the child can be asked to do, imported before the door is locked.

Each job is a module that imports at its top all it will ever need: behind the door nothing can
be imported any more. An owner's metric alone may import, from where packages lie.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from aims_gh.runner.channel import Channel, Files
from aims_gh.runner.frames import Order

if sys.platform != "win32":
    import resource

Work = Callable[[Order, Files, Channel], None]


class PeakMemory:
    """The largest resident size of this process.

    `ru_maxrss` would do, but on Linux it begins with the size of the process that started us.
    So `/proc/self/status` is opened while files can be opened, and read again at the end.
    """

    def __init__(self) -> None:
        linux = sys.platform == "linux"
        self.descriptor = os.open("/proc/self/status", os.O_RDONLY) if linux else None

    def bytes(self) -> int:
        """Give it; 0 where the system does not say."""
        if self.descriptor is not None:
            found = re.search(rb"VmHWM:\s*(\d+) kB", os.pread(self.descriptor, 16_000, 0))
            return int(found[1]) * 1024 if found else 0
        if sys.platform == "win32":
            return 0
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done behind the door, and what it will have cost."""

    work: Work
    memory: PeakMemory


def prepare(order: Order) -> Job:
    """Import all that the order needs."""
    names = ("rows.csv", "rows.npy") if order.job == "serve" else (order.name,) * bool(order.name)
    for name in names:
        from aims_gh.runner.rehearsal import rehearse_table

        rehearse_table(name)
    memory = PeakMemory()
    return Job(_work(order, memory), memory)


def _work(order: Order, memory: PeakMemory) -> Work:
    if order.job == "predictions":
        from aims_gh.runner.reading import read_predictions

        return read_predictions
    if order.job == "inspect":
        from aims_gh.runner.models import inspect

        return inspect
    if order.job == "run":
        from aims_gh.runner.running import Run

        return Run(memory.bytes)
    if order.job == "serve":
        from aims_gh.runner.serving import Serve

        return Serve()
    if order.job == "metric":
        from aims_gh.runner.judging import Metric

        return Metric(order)
    return _nothing


def _nothing(_order: Order, _files: Files, _channel: Channel) -> None:
    """Being locked in was all that was asked."""
