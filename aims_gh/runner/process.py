"""Start the child, feed it, keep its time, and be sure that it is gone."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from aims_gh.errors import RunnerError
from aims_gh.runner.frames import Order
from aims_gh.runner.listening import Listener, Transcript

START_SECONDS = 120
"""How long the child may take to import its libraries, on a busy machine."""

_GRACE_SECONDS = 2
_MAX_STDERR = 8_000
_START = "import sys; sys.path += sys.argv[1:]; from aims_gh.runner.child import main; main()"


def child_command() -> list[str]:
    """Say how the child is started: no site, no user's settings, but the packages we see.

    `-I` alone would lose packages that were installed for one user, and `-m` a checkout that
    was not installed at all; so the child is told where we found ours. The current folder is
    left out: it may hold a course.
    """
    package = str(Path(__file__).resolve().parents[2])
    others = [entry for entry in sys.path if Path(entry).is_absolute() and not _is_here(entry)]
    paths = dict.fromkeys([package, *others])
    return [sys.executable, "-I", "-S", "-c", _START, *paths]


def _is_here(entry: str) -> bool:
    try:
        return Path(entry).samefile(os.curdir)
    except OSError:  # one of them is gone
        return False


@functools.cache
def child_environment() -> dict[str, str]:
    """Give the child's whole environment: nothing of ours but where its libraries lie.

    onnxruntime reports home unless told not to before it is imported (since 1.29); one thread
    keeps measurements comparable, and lets the child do without the right to make threads.
    """
    environment = {
        "ORT_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }
    if sys.platform == "win32":
        import ctypes

        folder = ctypes.create_unicode_buffer(260)
        ctypes.windll.kernel32.GetWindowsDirectoryW(folder, 260)
        environment["SYSTEMROOT"] = folder.value
    elif sysconfig.get_config_var("Py_ENABLE_SHARED"):
        # actions/setup-python, too, points its Python to its own library this way.
        environment["LD_LIBRARY_PATH"] = str(sysconfig.get_config_var("LIBDIR"))
    return environment


class Child:
    """A child that was started: its process, its pipes, what it says, and its end.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    budget : int
        How many bytes it may answer.

    Raises
    ------
    RunnerError
        If the program cannot be started.
    """

    def __init__(self, command: Sequence[str], budget: int) -> None:
        self._process = process = _start(command)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.stdin = process.stdin
        self.listener = Listener(process.stdout, budget)
        self.heard = self.listener.transcript
        self._errors = bytearray()
        self._threads: list[threading.Thread] = []
        self.work(self.listener.listen)
        self.work(_drain, process.stderr, self._errors)

    def work(self, target: Callable[..., None], *arguments: Any) -> None:
        """Do something in a thread that is over, at the latest, when the child is."""
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads = [*filter(threading.Thread.is_alive, self._threads), thread]
        thread.start()

    def finish(self) -> Transcript:
        """Be sure that it is gone, and give all that it said."""
        heard = self.heard
        try:
            if not heard.done and not heard.nonsense and not heard.out_of_time:
                heard.ended = _ends_itself(self._process)
        finally:
            _end(self._process)
            _close(self._process, self._threads)
        heard.returncode = self._process.returncode if heard.ended else None
        heard.stderr = bytes(self._errors)
        return heard


def converse(
    command: Sequence[str], order: Order, files: Sequence[bytes], *, seconds: float, budget: int
) -> Transcript:
    """Run the child to its end, or end it.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    order : Order
        What it is to do.
    files : sequence of bytes
        Sent one by one, as it asks for them.
    seconds : float
        Wall-clock time from when the child says that it is locked in.
    budget : int
        How many bytes it may answer.

    Raises
    ------
    RunnerError
        If the program cannot be started.
    """
    child = Child(command, budget)
    try:
        child.work(_feed, child.stdin, order, files, child.listener)
        child.heard.out_of_time = not _in_time(child.listener, seconds)
    finally:
        heard = child.finish()
    return heard


def _in_time(listener: Listener, seconds: float) -> bool:
    return listener.ready.wait(START_SECONDS) and listener.finished.wait(seconds)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=child_environment(),
            cwd=os.sep,
            start_new_session=True,  # so that all it may have started can be ended with it
        )
    except OSError as problem:
        raise RunnerError(
            f"the sandbox cannot be started: {problem.strerror}",
            hint="run aims -v again: the log says what the sandbox said",
        ) from None


def _feed(stream: IO[bytes], order: Order, files: Sequence[bytes], listener: Listener) -> None:
    # A child that ends early closes the pipe under our hands: its end says more than ours.
    with contextlib.suppress(OSError), stream:
        stream.write(order.to_bytes())
        stream.flush()
        for file in files:
            listener.wanted.acquire()
            if listener.finished.is_set():
                return
            listener.transcript.files_sent += 1
            stream.write(file)
            stream.flush()


def _drain(stream: IO[bytes], into: bytearray) -> None:
    """Read all, so that the child never waits; keep the beginning."""
    while chunk := stream.read(65536):
        into += chunk[: _MAX_STDERR - len(into)]


def _ends_itself(process: subprocess.Popen[bytes]) -> bool:
    """Wait a little for a child that fell silent, to learn what it died of.

    Without reaping it: as long as it is there, its number, which is that of its group, can
    belong to nobody else.
    """
    deadline = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < deadline:
        if sys.platform != "win32" and hasattr(os, "waitid"):
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
                return True
        elif process.poll() is not None:
            return True
        time.sleep(0.002)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and whatever it may have started, and reap it."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _close(process: subprocess.Popen[bytes], threads: Sequence[threading.Thread]) -> None:
    """Close the pipes, unless a thread still hangs on one: closing would wait for it."""
    for thread in threads:
        if thread.ident is not None:
            thread.join(_GRACE_SECONDS)
    if not any(thread.is_alive() for thread in threads):
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()
