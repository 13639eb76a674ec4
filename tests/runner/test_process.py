"""The child is started with nothing of ours, and does not outlive us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import aims_gh
from aims_gh.errors import MissingExtra, RunnerError
from aims_gh.runner.frames import Order
from aims_gh.runner.process import child_command, child_environment, converse
from aims_gh.runner.sandbox import Bounds, Sandbox, Task

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
ROOT = str(Path(aims_gh.__file__).resolve().parent.parent)


def test_the_childs_environment_is_named_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMS_LABELS_KEY", "AGE-SECRET-KEY-1")

    environment = dict(child_environment())
    environment.pop("LD_LIBRARY_PATH", None)

    assert environment == {
        "ORT_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


def test_the_current_folder_is_never_searched_for_modules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", ".", str(tmp_path), "course", *sys.path])

    command = child_command()

    assert command[:4] == [sys.executable, "-I", "-S", "-c"]
    assert command[5] == ROOT
    assert str(tmp_path) not in command
    assert all(Path(entry).is_absolute() for entry in command[5:])


def test_the_child_starts_from_a_folder_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert Sandbox(strict=False).isolation()


def test_a_program_that_is_not_there_is_the_machines_fault() -> None:
    with pytest.raises(RunnerError) as failed:
        converse(["/nowhere/python"], Order("probe", strict=True), [], seconds=1, budget=1)

    assert failed.value.message == "the sandbox cannot be started: No such file or directory"


def test_parquet_without_pyarrow_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    sandbox = Sandbox(command=["/nowhere/python"])
    task = Task("regression", (), 1)

    with pytest.raises(MissingExtra) as reading:
        sandbox.read_predictions(b"", "p.parquet", task, Bounds())
    with pytest.raises(MissingExtra) as running:
        sandbox.run(b"", b"", "features.parquet", task, Bounds())

    assert [error.value.extra for error in (reading, running)] == ["pandas", "pandas"]


@linux
def test_a_child_dies_with_a_parent_that_is_killed() -> None:
    code = (
        "from runner_models import endless_loop, npy\n"
        "from aims_gh.runner.sandbox import Bounds, Sandbox, Task\n"
        "Sandbox().run(endless_loop().SerializeToString(), npy([[1.0, 2.0, 3.0]]), 'x.npy',\n"
        "              Task('regression', (), 1), Bounds(seconds=300))\n"
    )
    search = {"PYTHONPATH": os.pathsep.join([ROOT, str(Path(__file__).parent)])}
    parent = subprocess.Popen([sys.executable, "-c", code], env=child_environment() | search)
    child = _wait_for(lambda: _locked_child_of(parent.pid))

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert _wait_for(lambda: not Path(f"/proc/{child}").exists() or None)


def _locked_child_of(parent: int) -> int | None:
    """Find the child, once its filter is loaded: until then it may still be importing."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    for child in children.read_text().split():
        if "Seccomp:\t2" in Path(f"/proc/{child}/status").read_text():
            return int(child)
    return None


def _wait_for(find):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.02)
    return None
