"""Things that a process behind the locked door must not be able to do.

    python locked_actions.py free|locked|landlock <action>

Prints `done`, or the name of the error.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

from aims_gh.runner.landlock import deny_everything
from aims_gh.runner.lockdown import Pipes, lock_down

PARENT = os.getppid()
FOLDER = Path("/tmp/aims-locked-actions.d")
LIBC = ctypes.CDLL(None, use_errno=True)


def _libc(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def _open(path: str, flags: int = os.O_RDONLY) -> None:
    os.close(os.open(path, flags, 0o600))


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _thread() -> None:
    try:
        threading.Thread(target=lambda: None).start()
    except RuntimeError:
        raise OSError(errno.EPERM, "") from None


ACTIONS = {
    "read /etc/passwd": lambda: _open("/etc/passwd"),
    "read the parent's environment": lambda: _open(f"/proc/{PARENT}/environ"),
    "list a folder": lambda: next(Path("/").iterdir()),
    "look at a file": lambda: Path("/etc/passwd").stat(),
    "write a file": lambda: _open("/tmp/aims-locked-actions", os.O_CREAT | os.O_WRONLY),
    "make a folder": FOLDER.mkdir,
    "remove a folder": FOLDER.rmdir,
    "make a network socket": lambda: socket.socket().close(),
    "make a local socket": lambda: [s.close() for s in socket.socketpair()],
    "connect": lambda: _libc(LIBC.connect(SOCKET.fileno(), ADDRESS, len(ADDRESS))),
    "make a pipe": lambda: [os.close(end) for end in os.pipe()],
    "fork": _fork,
    "make a thread": _thread,
    "run a program": lambda: subprocess.run(["/bin/true"], check=True),
    "become a program": lambda: os.execv("/bin/echo", ["echo", "done"]),
    "signal the parent": lambda: os.kill(PARENT, 0),
    "signal a thread of the parent": lambda: _libc(LIBC.tgkill(PARENT, PARENT, 0)),
    "trace a process": lambda: _libc(LIBC.ptrace(0, 0, 0, 0)),
    "read another process's memory": lambda: _libc(
        LIBC.process_vm_readv(PARENT, None, 0, None, 0, 0)
    ),
    "make new machine code": lambda: mmap.mmap(-1, 4096, prot=7).close(),
    "leave the namespaces": lambda: _libc(LIBC.unshare(0)),
    "raise its limits": lambda: resource.setrlimit(
        resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE)
    ),
    "use io_uring": lambda: _libc(LIBC.syscall(425, 0, 0)),
    "write to a pipe of its own": lambda: os.write(OTHER_PIPE[1], b"x"),
}


def main() -> None:
    mode, action = sys.argv[1:]
    if mode == "landlock":
        LIBC.prctl(38, 1, 0, 0, 0)
        deny_everything()
    elif mode == "locked":
        isolation = lock_down(
            seconds=30, memory_bytes=2_000_000_000, pipes=Pipes(read=0, write=(1, 2))
        )
        assert not isolation.missing, isolation.missing
    try:
        ACTIONS[action]()
        outcome = "done"
    except OSError as problem:
        outcome = errno.errorcode.get(problem.errno or 0, str(problem))
    os.write(1, outcome.encode())
    os._exit(0)


if __name__ == "__main__":
    SERVER = socket.create_server(("127.0.0.1", 0))
    SOCKET = socket.socket()
    ADDRESS = b"\x02\x00" + SERVER.getsockname()[1].to_bytes(2, "big") + b"\x7f\0\0\1" + bytes(8)
    OTHER_PIPE = os.pipe()
    with contextlib.suppress(BrokenPipeError):
        main()
