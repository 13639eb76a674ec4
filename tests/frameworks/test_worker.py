"""Converting happens in a process of its own: whatever it does, this one lives and knows why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import processes
import pytest
from sklearn.linear_model import LinearRegression

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.sklearn import convert
from aims_gh.frameworks.worker import Worker

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10.0)


class Sleeper(LinearRegression):
    """A model that takes for ever to be unpacked."""

    def __setstate__(self, state: Any) -> None:
        time.sleep(600)


class Crasher(LinearRegression):
    """A model that takes its process down."""

    def __setstate__(self, state: Any) -> None:
        os.abort()


class Raiser(LinearRegression):
    """A model that cannot be unpacked."""

    def __setstate__(self, state: Any) -> None:
        raise RuntimeError("no \x1b[31mthanks")


class Talker(LinearRegression):
    """A model that prints between the frames while it is unpacked."""

    def __reduce__(self) -> Any:
        return talkative, (vars(self),)


def talkative(state: dict[str, Any]) -> LinearRegression:
    print("hello " * 10_000, flush=True)
    os.system("echo and hello from a process of its own")
    plain = LinearRegression()
    vars(plain).update(state)
    return plain


class Closed(LinearRegression):
    """A model that cannot be packed."""

    def __getstate__(self) -> Any:
        raise TypeError("cannot pickle this")


def parcel(kind: type[LinearRegression] = LinearRegression) -> bytes:
    return convert.parcel(kind().fit(X, Y), X[:3])


def test_candidates_come_one_by_one() -> None:
    with Worker("sklearn", parcel(), 60) as worker:
        first = next(worker.candidates())

    assert first.content[:1] == b"\x08"
    assert first.converter.startswith("skl2onnx ")


def test_what_a_model_prints_does_not_come_between() -> None:
    with Worker("sklearn", parcel(Talker), 60) as worker:
        assert next(worker.candidates()).content


def test_a_conversion_that_hangs_is_stopped_and_nothing_of_it_is_left() -> None:
    with Worker("sklearn", parcel(Sleeper), 1) as worker:
        with pytest.raises(SubmissionError, match="took longer than 1 s") as caught:
            next(worker.candidates())
        left = processes.children_of(os.getpid(), "aims_gh.frameworks.child")

    assert "onnx_timeout=SECONDS" in caught.value.hint
    assert left == []


def test_a_crash_is_told_with_the_signal() -> None:
    with (
        Worker("sklearn", parcel(Crasher), 60) as worker,
        pytest.raises(SubmissionError, match=r"ended without an answer \(signal 6\)"),
    ):
        next(worker.candidates())


def test_an_error_that_nobody_foresaw_is_told_in_its_own_words_made_inert() -> None:
    with (
        Worker("sklearn", parcel(Raiser), 60) as worker,
        pytest.raises(SubmissionError) as caught,
    ):
        next(worker.candidates())

    assert "RuntimeError: no [31mthanks" in caught.value.message


def test_a_model_that_cannot_be_packed_is_named_with_the_reason() -> None:
    with pytest.raises(SubmissionError, match=r"Closed cannot be sent .* cannot pickle this"):
        parcel(Closed)


def test_the_process_ends_when_the_one_that_started_it_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(
        "import sys, time\n"
        "from sklearn.linear_model import LinearRegression\n"
        "from aims_gh.frameworks.parcel import pack\n"
        "from aims_gh.frameworks.worker import Worker\n"
        "class Sleeper(LinearRegression):\n"
        "    def __setstate__(self, state):\n"
        "        import time; time.sleep(600)\n"
        "model = Sleeper().fit([[1.0], [2.0]], [1.0, 2.0])\n"
        "worker = Worker('sklearn', pack(model, [[1.0]]), 600)\n"
        "worker._frames.get()\n"
        "print(worker._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert processes.is_running(child)

        parent.send_signal(signal.SIGKILL)
        parent.wait()

    for _ in range(200):
        if not processes.is_running(child):
            break
        time.sleep(0.05)
    assert not processes.is_running(child)
