"""What a process can still do behind the locked door: nothing but compute and answer."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import locked_actions
import pytest

from aims_gh.runner.process import child_environment
from aims_gh.runner.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

SCRIPT = Path(locked_actions.__file__)
WITHOUT_LOCK = {"use io_uring": "EFAULT"}
DENIED_BY_LANDLOCK = (
    "read /etc/passwd", "read the parent's environment", "list a folder", "write a file",
    "connect", "run a program", "signal the parent",
)  # fmt: skip


def attempt(mode: str, action: str) -> str:
    command = [sys.executable, str(SCRIPT), mode, action]
    done = subprocess.run(command, env=child_environment(), capture_output=True, timeout=120)
    return done.stdout.decode().strip() or done.stderr.decode()


@pytest.mark.parametrize("action", locked_actions.ACTIONS)
def test_behind_the_door_it_is_not_permitted_to(action: str) -> None:
    in_front = attempt("free", action)
    behind = attempt("locked", action)

    assert (in_front, behind) == (WITHOUT_LOCK.get(action, "done"), "EPERM")


@pytest.mark.parametrize("action", DENIED_BY_LANDLOCK)
def test_landlock_alone_denies_it_to(action: str) -> None:
    assert attempt("landlock", action) in ("EACCES", "EPERM")


def in_locked_process(code: str, *, seconds: float = 30, memory_bytes: int = 500_000_000):
    lock = (
        "import os, sys\n"
        "from aims_gh.runner.lockdown import Pipes, lock_down\n"
        f"lock_down(seconds={seconds}, memory_bytes={memory_bytes}, "
        "pipes=Pipes(read=0, write=(1, 2)))\n"
    )
    command = [sys.executable, "-c", lock + code]
    return subprocess.run(command, env=child_environment(), capture_output=True, timeout=120)


def test_a_loop_without_end_is_ended_by_the_kernel_with_a_signal_of_its_own() -> None:
    done = in_locked_process("while True: pass", seconds=0.01)

    assert done.returncode == -signal.SIGXCPU


def test_memory_ends_at_the_limit() -> None:
    code = "try: bytearray(600_000_000)\nexcept MemoryError: os.write(1, b'no memory')\nos._exit(0)"

    assert in_locked_process(code).stdout == b"no memory"


def test_a_crash_is_still_a_crash_and_leaves_no_memory_image(tmp_path: Path) -> None:
    done = in_locked_process("os.abort()")

    assert done.returncode == -signal.SIGABRT


def test_the_sandbox_says_what_is_in_force_on_this_machine() -> None:
    isolation = Sandbox().isolation()

    assert isolation.complete
    assert isolation.missing == ()
