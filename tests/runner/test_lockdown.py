"""What a process can still do behind the locked door: nothing but compute and answer."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import locked_actions
import pytest

from aims_gh.runner.libraries import library_paths
from aims_gh.runner.process import child_environment
from aims_gh.runner.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

SCRIPT = Path(locked_actions.__file__)
WITHOUT_LOCK = {"use io_uring": "EFAULT", "link to a file": "EEXIST"}
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


@pytest.mark.parametrize("action", [a for a in locked_actions.ACTIONS if a != "look at a file"])
def test_code_that_may_import_is_not_permitted_to(action: str) -> None:
    assert attempt("importing", action) in ("EPERM", "EACCES")


def in_locked_process(
    code: str,
    *,
    seconds: float = 30,
    memory_bytes: int = 500_000_000,
    before: str = "",
    libraries: str = "()",
):
    lock = (
        "import os, sys\n"
        "from aims_gh.runner.libraries import library_paths\n"
        "from aims_gh.runner.lockdown import Pipes, lock_down\n"
        "from pathlib import Path\n"
        "status = os.open('/proc/self/status', os.O_RDONLY)\n"
        f"{before}\n"
        f"lock_down(seconds={seconds}, memory_bytes={memory_bytes}, "
        f"pipes=Pipes(read=0, write=(1, 2), measure=status), libraries={libraries})\n"
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


READS = """
import importlib
for path in {paths!r}:
    try:
        found = open(path).read() if path.endswith(('.py', '.txt')) else str(os.listdir(path))
    except OSError:
        found = 'no'
    os.write(1, (found.strip() + ';').encode())
os._exit(0)
"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder of packages that somebody keeps secret keys in, of all places."""
    folder = tmp_path / "site-packages"
    for name, text in {
        "solo.py": "x = 1",
        "many/part.py": "x = 2",
        "deep/keys/k.txt": "SECRET",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_keys_among_the_packages_stay_closed_and_the_packages_open(packages: Path) -> None:
    paths = [
        str(packages / name)
        for name in ("solo.py", "many/part.py", "deep/keys/k.txt", "deep/keys", "deep")
    ]
    enter = f"sys.path.append({str(packages)!r})"
    keys = f"[Path({str(packages / 'deep' / 'keys')!r})]"

    done = in_locked_process(
        READS.format(paths=paths), before=enter, libraries=f"library_paths({keys})"
    )
    without_keys = in_locked_process(
        READS.format(paths=paths), before=enter, libraries="library_paths([])"
    )

    assert done.stdout.decode().split(";")[:-1] == ["x = 1", "x = 2", "no", "no", "no"]
    assert "SECRET" in without_keys.stdout.decode()


@pytest.mark.parametrize("path", ["", "..", "../.."])
def test_keys_in_or_above_a_folder_of_packages_close_it_or_not(packages: Path, path: str) -> None:
    """Keys that lie in the folder itself close it; keys above lie in no folder that is open."""
    keys = packages / path
    (keys / "k.txt").write_text("SECRET")
    target = str(keys.resolve() / "k.txt")

    done = in_locked_process(
        READS.format(paths=[target]),
        before=f"sys.path.append({str(packages)!r})",
        libraries=f"library_paths([Path({str(keys)!r})])",
    )

    assert done.stdout == b"no;"


def test_neither_home_nor_what_holds_it_is_readable() -> None:
    import pwd

    homes = [Path.home(), Path(pwd.getpwuid(os.getuid()).pw_dir)]

    readable = [Path(path) for path in library_paths([])]

    assert not [path for path in readable for home in homes if home.is_relative_to(path)]


def test_a_folder_that_pythonpath_names_is_not_readable(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("x = 1")

    done = in_locked_process(
        READS.format(paths=[str(tmp_path / "helper.py")]),
        before=f"sys.path.append({str(tmp_path)!r})",
        libraries="library_paths([])",
    )

    assert done.stdout == b"no;"


@pytest.mark.parametrize("libraries", ["()", "library_paths([])"])
def test_no_privilege_is_left_not_even_root_s(libraries: str) -> None:
    code = "os.write(1, os.pread(status, 9000, 0))\nos._exit(0)"

    status = in_locked_process(code, libraries=libraries).stdout.decode()

    for name in ("CapEff", "CapPrm", "CapInh"):
        assert re.search(rf"{name}:\s*0+$", status, re.MULTILINE), status
    assert re.search(r"NoNewPrivs:\s*1", status)
    assert re.search(r"Seccomp:\s*2", status)
