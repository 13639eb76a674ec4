"""Landlock: the kernel denies this process every file, whoever asks.

A second wall behind the system-call filter. Linux 5.13 and later; needs no privilege.
See https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os

# The same numbers on every architecture.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION_FLAG = 1

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


def deny_everything() -> None:
    """Deny this thread all use of the file system, of TCP, and of other processes' signals.

    Raises
    ------
    OSError
        If the kernel has no Landlock, or it is switched off.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = _call(libc, _CREATE_RULESET, None, 0, _VERSION_FLAG)
    bits = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
    rules = _Ruleset(
        files=(1 << bits) - 1,
        network=_TCP_BIND_AND_CONNECT if version >= _SINCE_TCP else 0,
        scoped=_ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SINCE_SCOPES else 0,
    )
    # Older kernels accept the longer structure as long as what they do not know is zero.
    ruleset = _call(libc, _CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    try:
        _call(libc, _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _call(libc: ctypes.CDLL, number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(libc.syscall(ctypes.c_long(number), *wide))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
