"""Landlock: the kernel denies this process every file, whoever asks, but those it is to read.

A second wall behind the system-call filter, and the only one between folders: a filter of calls
sees no paths. Linux 5.13 and later; needs no privilege.
See https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence

# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3

# Rights by the ABI version that brought them; handled and never granted means denied.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
_TCP_BIND_AND_CONNECT, _SINCE_TCP = 0b11, 4
_ABSTRACT_SOCKETS_AND_SIGNALS, _SINCE_SCOPES = 0b11, 6


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class FileRules:
    """Which files this thread may read; nothing else, and not before `enforce`.

    Parameters
    ----------
    readable : sequence of str
        Files, and folders with all that is below them. None: no file at all. They are opened
        now, with the rights that the process has now.

    Raises
    ------
    OSError
        If the kernel has no Landlock, or it is switched off.
    """

    def __init__(self, readable: Sequence[str] = ()) -> None:
        self._libc = libc = ctypes.CDLL(None, use_errno=True)
        version = _call(libc, _CREATE_RULESET, None, 0, _VERSION_FLAG)
        bits = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
        rules = _Ruleset(
            files=(1 << bits) - 1,
            network=_TCP_BIND_AND_CONNECT if version >= _SINCE_TCP else 0,
            scoped=_ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SINCE_SCOPES else 0,
        )
        # Older kernels accept the longer structure as long as what they do not know is zero.
        self._rules = _call(libc, _CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
        for path in readable:
            self._allow_reading(path)

    def enforce(self) -> None:
        """Deny this thread all other use of files, of TCP, and of other processes' signals."""
        try:
            _call(self._libc, _RESTRICT_SELF, self._rules, 0)
        finally:
            os.close(self._rules)

    def _allow_reading(self, path: str) -> None:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            folder = stat.S_ISDIR(os.fstat(opened).st_mode)
            rights = _READ_FILE | (_READ_DIR if folder else 0)
            rule = _PathBeneath(rights, opened)
            _call(self._libc, _ADD_RULE, self._rules, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(opened)


def _call(libc: ctypes.CDLL, number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *wide))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
