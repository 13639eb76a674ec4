"""Lock this process in: after this it can compute, and write its answer, and nothing else.

Every measure is the process's own and for good; none needs root or a user namespace. They
overlap on purpose: what one kernel, container or system does not have, another still holds.
"""

from __future__ import annotations

import ctypes
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aims_gh.runner.landlock import deny_everything
from aims_gh.runner.seccomp import SystemCallFilter

if sys.platform != "win32":
    import resource

T = TypeVar("T")

_NOBODY = 65534
_DIE_WITH_PARENT, _DUMPABLE, _NO_NEW_PRIVILEGES = 1, 4, 38  # prctl(2)
_SIGKILL = 9


@dataclass(frozen=True, slots=True)
class Isolation:
    """What holds a model back on this machine."""

    system_calls_filtered: bool = False
    """No files, network, processes or signals: seccomp."""

    files_denied: bool = False
    """No files and no TCP, a second time: Landlock."""

    memory_limited: bool = False
    """The address space is bounded."""

    processor_time_limited: bool = False
    """The kernel ends the process when its time is used up."""

    writing_limited: bool = False
    """No file can grow, none can be opened, no memory image is left behind."""

    privileges_fixed: bool = False
    """No program can give it more rights than it has."""

    other_user: bool = False
    """It runs as nobody, not as us. Only root can arrange that."""

    ends_with_us: bool = False
    """It cannot outlive the process that started it."""

    missing: tuple[str, ...] = ()
    """Why the others are not in force."""

    @property
    def complete(self) -> bool:
        """Whether a hostile model may be run: nothing but computing is possible."""
        return self.system_calls_filtered and self.memory_limited


@dataclass(frozen=True, slots=True)
class Pipes:
    """The descriptors that stay usable."""

    read: int
    write: tuple[int, ...]
    measure: int | None = None


@dataclass(slots=True)
class _Measures:
    """Take measures one by one, and remember which could not be taken, and why."""

    taken: dict[str, bool] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def attempt(self, name: str, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except (OSError, ValueError, AttributeError) as problem:
            self.lack(name, str(problem))
            return None

    def take(self, name: str, measure: Callable[[], None]) -> None:
        lacking = len(self.missing)
        self.attempt(name, measure)
        self.taken[name] = len(self.missing) == lacking

    def lack(self, name: str, why: str) -> None:
        self.missing.append(f"{name.replace('_', ' ')}: {why}"[:200])

    def isolation(self) -> Isolation:
        taken: dict[str, Any] = dict(self.taken)
        return Isolation(**taken, missing=tuple(self.missing))


def lock_down(*, seconds: float, memory_bytes: int, pipes: Pipes) -> Isolation:
    """Take every measure this system has, strongest last.

    Parameters
    ----------
    seconds : float
        Processor time from now on.
    memory_bytes : int
        Address space, libraries included.
    pipes : Pipes
        What may still be read from and written to.
    """
    measures = _Measures()
    filtered = "system_calls_filtered"
    filter_ = None
    if sys.platform == "linux":
        # Built first, for that opens a library, and loaded last.
        filter_ = measures.attempt(filtered, lambda: _filter(pipes))
        if os.geteuid() == 0:
            measures.take("other_user", _become_nobody)
        # After the change of user, which would undo both.
        measures.take("ends_with_us", lambda: _prctl(_DIE_WITH_PARENT, _SIGKILL))
        measures.take("privileges_fixed", _fix_privileges)
        measures.take("files_denied", deny_everything)
    else:
        measures.lack(filtered, f"{sys.platform} has no such filter")
    if sys.platform != "win32":
        measures.take("writing_limited", _limit_writing)
        measures.take("processor_time_limited", lambda: _limit_time(seconds))
        measures.take("memory_limited", lambda: _limit_memory(memory_bytes))
    else:
        measures.lack("memory, time and writing limited", "Windows has no such limits")
    if sys.platform == "linux" and filter_ is not None:
        measures.take(filtered, filter_.load)
    return measures.isolation()


def _filter(pipes: Pipes) -> SystemCallFilter:
    return SystemCallFilter(read=pipes.read, write=pipes.write, measure=pipes.measure)


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


def _fix_privileges() -> None:
    _prctl(_NO_NEW_PRIVILEGES, 1)
    _prctl(_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *(ctypes.c_ulong(v) for v in (value, 0, 0, 0))) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _limit_writing() -> None:
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        _limit(limit, 0, 0)
    if hasattr(resource, "RLIMIT_NPROC"):
        _limit(resource.RLIMIT_NPROC, 0, 0)


def _limit_time(seconds: float) -> None:
    # The soft limit sends SIGXCPU, which tells "out of time" from a crash; the hard one kills.
    soft = math.ceil(time.process_time() + seconds) + 1
    _limit(resource.RLIMIT_CPU, soft, soft + 2)


def _limit_memory(memory_bytes: int) -> None:
    _limit(resource.RLIMIT_AS, memory_bytes, memory_bytes)


def _limit(which: int, soft: int, hard: int) -> None:
    _, ceiling = resource.getrlimit(which)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))
