"""A system-call filter: what computing needs is allowed, everything else fails with EPERM.

Built with libseccomp, which knows the numbers of every architecture. It is loaded by its
file name: `ctypes.util.find_library` would start `ldconfig` and cost 15 ms of every run.
"""

from __future__ import annotations

import ctypes
import errno
import os
from typing import ClassVar

LIBRARY = "libseccomp.so.2"

_ALLOW, _EPERM, _ENOSYS, _KILL_PROCESS = (
    0x7FFF0000,
    0x00050000 | errno.EPERM,
    0x00050000 | errno.ENOSYS,
    0x80000000,
)
_ON_FOREIGN_ARCHITECTURE, _ALL_THREADS = 2, 4  # attributes of a filter
_EQUAL, _MASKED_EQUAL = 4, 7  # comparisons
_PROT_WRITE, _PROT_EXEC, _MAP_ANONYMOUS = 2, 4, 32

_COMPUTING = (
    "brk", "madvise", "mremap", "munmap", "futex", "futex_time64", "sched_yield",
    "sched_getaffinity", "getcpu", "getrandom", "clock_gettime", "clock_gettime64",
    "clock_getres", "clock_getres_time64", "clock_nanosleep", "clock_nanosleep_time64",
    "nanosleep", "gettimeofday", "time", "times", "getrusage", "getpid", "gettid",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
    "rseq", "set_robust_list", "exit", "exit_group",
)  # fmt: skip
_MAPPING = ("mmap", "mmap2", "mprotect", "pkey_mprotect")
_LOOKING = (
    "close", "fstat", "fstat64", "newfstatat", "fstatat64", "stat", "stat64", "lstat", "lstat64",
    "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "lseek",
    "_llseek", "pread64", "readv", "getdents64", "uname", "getuid", "geteuid", "getgid", "getegid",
)  # fmt: skip
"""What importing needs beside `open` and `read`. None of it changes a file."""

_ACCESS_MODE = 3
_WRITING = _ACCESS_MODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _Compare(ctypes.Structure):
    _fields_: ClassVar = [
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


class SystemCallFilter:
    """Allows nothing but computing and open pipes, once it is loaded.

    Building it opens libseccomp; loading it needs nothing more, so that it can come last.

    Parameters
    ----------
    read : int
        The descriptor that may be read from.
    write : tuple of int
        The descriptors that may be written to.
    measure : int or None
        A descriptor of `/proc/self/status`, to be read at an offset.
    importing : bool
        Whether files may be opened to be read, and libraries mapped. Which files is not this
        filter's to decide: it sees no paths.

    Raises
    ------
    OSError
        If libseccomp is not installed.
    """

    def __init__(
        self, *, read: int, write: tuple[int, ...], measure: int | None, importing: bool = False
    ) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self._library.seccomp_init.restype = ctypes.c_void_p
        context = self._library.seccomp_init(ctypes.c_uint32(_EPERM))
        if not context:
            raise OSError(errno.EINVAL, "libseccomp gave no filter")
        self._context = ctypes.c_void_p(context)
        self._set(_ON_FOREIGN_ARCHITECTURE, _KILL_PROCESS)
        self._set(_ALL_THREADS, 1)
        self._allow_computing()
        self._allow_pipes(read, write, measure)
        if importing:
            self._allow_importing()

    def load(self) -> None:
        """Filter this process, all its threads, for good; raise OSError if the kernel refuses."""
        self._check(self._library.seccomp_load(self._context))
        self._library.seccomp_release(self._context)

    def _allow_computing(self) -> None:
        for name in _COMPUTING:
            self._answer(_ALLOW, name)
        # No new machine code: nothing we run compiles at run time.
        for name in _MAPPING:
            self._answer(_ALLOW, name, _Compare(2, _MASKED_EQUAL, _PROT_EXEC, 0))
        # abort() signals its own process, and only that is allowed.
        self._answer(_ALLOW, "tgkill", _Compare(0, _EQUAL, os.getpid(), 0))
        # A C library that finds no clone3 falls back to clone, which says EPERM.
        self._answer(_ENOSYS, "clone3")

    def _allow_pipes(self, read: int, write: tuple[int, ...], measure: int | None) -> None:
        self._answer(_ALLOW, "read", _Compare(0, _EQUAL, read, 0))
        for descriptor in write:
            self._answer(_ALLOW, "write", _Compare(0, _EQUAL, descriptor, 0))
            self._answer(_ALLOW, "writev", _Compare(0, _EQUAL, descriptor, 0))
        if measure is not None:
            self._answer(_ALLOW, "pread64", _Compare(0, _EQUAL, measure, 0))

    def _allow_importing(self) -> None:
        for name in (*_LOOKING, "read"):
            self._answer(_ALLOW, name)
        self._answer(_ALLOW, "open", _Compare(1, _MASKED_EQUAL, _WRITING, os.O_RDONLY))
        self._answer(_ALLOW, "openat", _Compare(2, _MASKED_EQUAL, _WRITING, os.O_RDONLY))
        # Code of a library's file, as it lies there: neither made here nor changed.
        for name in ("mmap", "mmap2"):
            self._answer(
                _ALLOW,
                name,
                _Compare(2, _MASKED_EQUAL, _PROT_WRITE | _PROT_EXEC, _PROT_EXEC),
                _Compare(3, _MASKED_EQUAL, _MAP_ANONYMOUS, 0),
            )

    def _answer(self, action: int, name: str, *conditions: _Compare) -> None:
        number = self._library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:  # this architecture, or this libseccomp, has no such call
            return
        array = (_Compare * len(conditions))(*conditions)
        self._check(
            self._library.seccomp_rule_add_array(
                self._context, ctypes.c_uint32(action), number, len(conditions), array
            )
        )

    def _set(self, attribute: int, value: int) -> None:
        self._check(
            self._library.seccomp_attr_set(self._context, attribute, ctypes.c_uint32(value))
        )

    @staticmethod
    def _check(result: int) -> None:
        if result < 0:
            raise OSError(-result, os.strerror(-result))
