"""Lock this process in: after this it can compute, and write its answer, and nothing else.

Every measure is the process's own and for good; none needs root or a user namespace. They
overlap on purpose: what one kernel, container or system does not have, another still holds.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aims_gh.runner.landlock import FileRules
from aims_gh.runner.seccomp import SystemCallFilter

if sys.platform != "win32":
    import resource

T = TypeVar("T")

_NOBODY = 65534
_DIE_WITH_PARENT, _DUMPABLE, _NO_NEW_PRIVILEGES = 1, 4, 38  # prctl(2)
_CAPABILITIES_VERSION = 0x20080522  # capset(2)
_SIGKILL = 9
_OPEN_FILES = 64
"""At once, where files may be read: importing needs a few."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """What holds a model back on this machine."""

    system_calls_filtered: bool = False
    """No files, network, processes or signals: seccomp."""

    files_denied: bool = False
    """No files, but for libraries where they may be read, and no TCP: Landlock."""

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

    def holds(self, *, importing: bool) -> bool:
        """Whether a hostile model may be run; `importing`: hostile Python, which opens files.

        The filter of system calls sees no paths: which files, only Landlock can say.
        """
        return self.complete and (self.files_denied or not importing)


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


def lock_down(
    *, seconds: float, memory_bytes: int, pipes: Pipes, libraries: Sequence[str] = ()
) -> Isolation:
    """Take every measure this system has, strongest last.

    Parameters
    ----------
    seconds : float
        Processor time from now on.
    memory_bytes : int
        Address space, libraries included.
    pipes : Pipes
        What may still be read from and written to.
    libraries : sequence of str
        Files and folders that stay readable, so that Python can import from them.
    """
    measures = _Measures()
    filtered, denied = "system_calls_filtered", "files_denied"
    filter_ = rules = None
    if sys.platform == "linux":
        # Built first, for that opens a library and folders, and loaded last.
        filter_ = measures.attempt(filtered, lambda: _filter(pipes, importing=bool(libraries)))
        rules = measures.attempt(denied, lambda: FileRules(libraries))
        if os.geteuid() == 0:
            measures.take("other_user", lambda: _become_nobody(libraries))
        # After the change of user, which would undo both.
        measures.take("ends_with_us", lambda: _prctl(_DIE_WITH_PARENT, _SIGKILL))
        measures.take("privileges_fixed", _fix_privileges)
        if rules is not None:
            measures.take(denied, rules.enforce)
    else:
        measures.lack(filtered, f"{sys.platform} has no such filter")
    if sys.platform != "win32":
        files = _OPEN_FILES if libraries else 0
        measures.take("writing_limited", lambda: _limit_writing(open_files=files))
        measures.take("processor_time_limited", lambda: _limit_time(seconds))
        measures.take("memory_limited", lambda: _limit_memory(memory_bytes))
    else:
        measures.lack("memory, time and writing limited", "Windows has no such limits")
    if sys.platform == "linux" and filter_ is not None:
        measures.take(filtered, filter_.load)
    return measures.isolation()


def _filter(pipes: Pipes, *, importing: bool) -> SystemCallFilter:
    return SystemCallFilter(
        read=pipes.read, write=pipes.write, measure=pipes.measure, importing=importing
    )


def _become_nobody(libraries: Sequence[str]) -> None:
    os.setgroups([])
    os.setegid(_NOBODY)
    os.seteuid(_NOBODY)
    closed = next((path for path in libraries if not _may_read(path)), None)
    os.seteuid(0)
    if closed is not None:
        # Root's own Python, below /root: root without its privileges can read it, nobody cannot.
        os.setegid(0)
        raise PermissionError(errno.EACCES, f"nobody may not read {closed}")
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


def _may_read(path: str) -> bool:
    return os.access(path, os.R_OK, effective_ids=True)


def _fix_privileges() -> None:
    if os.geteuid() == 0:
        _give_up_capabilities()
    _prctl(_NO_NEW_PRIVILEGES, 1)
    _prctl(_DUMPABLE, 0)


def _give_up_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    _check(_libc().capset(header, (ctypes.c_uint32 * 6)()))


def _prctl(option: int, value: int) -> None:
    _check(_libc().prctl(option, *(ctypes.c_ulong(v) for v in (value, 0, 0, 0))))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _limit_writing(*, open_files: int) -> None:
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        _limit(limit, 0, 0)
    _limit(resource.RLIMIT_NOFILE, open_files, open_files)
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
