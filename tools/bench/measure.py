"""Measure fairly: what is compared takes turns in one run, and the median counts."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside another."""

    what: str
    ours: str
    seconds: float
    other: str
    other_seconds: float
    unit: str = "ms"
    """Of both figures as they are printed: ms of seconds, kB of bytes, or what they are."""

    @property
    def ratio(self) -> float:
        return self.seconds / self.other_seconds

    @property
    def shown(self) -> tuple[float, float]:
        factor = {"ms": 1e3, "kB": 1e-3}.get(self.unit, 1.0)
        return self.seconds * factor, self.other_seconds * factor


def alternate(
    first: Callable[[], object],
    second: Callable[[], object],
    *,
    runs: int,
    prepare: Callable[[], object] = lambda: None,
) -> tuple[float, float]:
    """Time two things in turn; the first round warms up and does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(runs + 1):
        prepare()  # outside the clock
        for place, work in enumerate((first, second)):
            started = time.perf_counter()
            work()
            if number:
                times[place].append(time.perf_counter() - started)
    return median(times[0]), median(times[1])


def process(*arguments: object) -> Callable[[], object]:
    """Give a whole process as something to time."""
    command = [sys.executable, *(str(a) for a in arguments)]
    quiet = subprocess.DEVNULL
    return lambda: subprocess.run(command, check=True, stdout=quiet, stderr=quiet)


def machine() -> dict[str, object]:
    """Name the machine."""
    info = Path("/proc/cpuinfo")
    names = (
        [
            line.split(":")[1].strip()
            for line in info.read_text().splitlines()
            if "model name" in line
        ]
        if info.exists()
        else []
    )
    return {
        "system": platform.platform(terse=True),
        "processor": names[0] if names else platform.processor(),
        "cores": len(names) or None,
        "python": platform.python_version(),
    }
