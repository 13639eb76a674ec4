"""Things that a process behind the locked door must not be able to do.

    python locked_actions.py free|locked|importing|landlock <action>

`importing` is the lock for code that may import. Prints `done`, or the name of the error.
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

from aims_gh.runner.landlock import FileRules
from aims_gh.runner.libraries import library_paths
from aims_gh.runner.lockdown import Pipes, lock_down

PARENT = os.getppid()
FOLDER = Path("/tmp/aims-locked-actions.d")
FILE = Path(f"/tmp/aims-locked-actions.{os.getuid()}.f")
LIBC = ctypes.CDLL(None, use_errno=True)


def _libc(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def _open(path: str, flags: int = os.O_RDONLY) -> None:
    os.close(os.open(path, flags, 0o600))


def _map(prot: int, flags: int) -> int:
    """Map the first page of a library, whichever way."""
    LIBC.mmap.restype = ctypes.c_void_p
    fd, offset = LIBRARY, ctypes.c_long(0)
    address = LIBC.mmap(None, ctypes.c_size_t(4096), prot, flags, fd, offset)
    _libc(-1 if address in (None, ctypes.c_void_p(-1).value) else 0)
    return address


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
    "open a file to write to it": lambda: _open(__file__, os.O_RDWR),
    "append to a file": lambda: _open(__file__, os.O_WRONLY | os.O_APPEND),
    "change what others may do with a file": lambda: Path(__file__).chmod(0o644),
    "rename a file": lambda: Path(__file__).rename(__file__),
    "link to a file": lambda: os.link(__file__, __file__),
    "remove a file": FILE.unlink,
    "read another process's memory": lambda: _libc(
        LIBC.process_vm_readv(PARENT, None, 0, None, 0, 0)
    ),
    "make new machine code": lambda: mmap.mmap(-1, 4096, prot=7).close(),
    "change a library's machine code": lambda: _map(prot=7, flags=mmap.MAP_PRIVATE),
    "turn numbers into machine code": lambda: _libc(
        LIBC.mprotect(ctypes.c_void_p(_map(prot=3, flags=mmap.MAP_PRIVATE)), 4096, 5)
    ),
    "make a file in memory": lambda: os.close(os.memfd_create("x")),
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
        FileRules().enforce()
    elif mode in ("locked", "importing"):
        pipes, libraries = Pipes(read=0, write=(1, 2)), library_paths([])
        isolation = lock_down(
            seconds=30,
            memory_bytes=2_000_000_000,
            pipes=pipes,
            libraries=libraries if mode == "importing" else (),
        )
        assert isolation.holds(importing=True), isolation.missing
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
    FILE.touch()
    LIBRARY = os.open(sys.executable, os.O_RDONLY)
    with contextlib.suppress(BrokenPipeError):
        main()
