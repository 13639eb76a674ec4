"""A child that was taken over answers what it likes: the parent is never surprised."""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path

import hostile_child
import numpy as np
import pytest
from children import children

from aims_gh.errors import RunnerError, SubmissionError
from aims_gh.runner.sandbox import Bounds, ModelRun, Sandbox, Task

BOUNDS = Bounds(seconds=1.5, output_bytes=1_000_000)
NUMBERS = Task("regression", (), 3, features_public=True)
LABELS = Task("classification", ("a", "b"), 3, features_public=True)

NONSENSE = "the model made the sandbox answer nonsense"
ANSWERS_NONSENSE = {
    "unknown frame": "a frame that is unknown or too long",
    "text": "a frame that is unknown or too long",
    "a frame of 2^63 bytes": "a frame that is unknown or too long",
    "an array of 2^63 bytes": "an array of another size than it says",
    "an array larger than allowed": "more than the output allowed",
    "an array cut short": "a frame cut short",
    "an array of another size than it says": "an array of another size than it says",
    "an unknown array": "an array that is unknown, or given twice",
    "an array twice": "an array that is unknown, or given twice",
    "too few rows": "arrays of another shape than was asked for",
    "a matrix for a vector": "arrays of another shape than was asked for",
    "not a number": "numbers that are not finite",
    "infinity": "numbers that are not finite",
    "a reading that there is not": "numbers read in an unknown way",
    "codes for numbers": "other arrays than were asked for",
    "no array": "other arrays than were asked for",
    "a description of the features": "a description out of turn",
    "ready twice": "a frame out of turn",
    "an unknown stage": "an unknown stage",
    "a refusal that is no JSON": "a refusal that cannot be read",
    "a latency that is not a number": "a cost that cannot be",
    "a cost of other rows": "a cost that cannot be",
    "zeros without end": "a frame that is unknown or too long",
}
DESCRIBES_NONSENSE = {
    "a description that is nested 20,000 deep": "a description that cannot be read",
    "a description with NaN": "a description that cannot be read",
    "a description that lacks most": "a description that cannot be read",
    "a description that is a list": "a description that is none",
    "a number of 400 digits": "a number without bounds",
    "10,000 operators": "a description without bounds",
}
LABELS_NONSENSE = {
    "a label too high": "labels that the playground does not have",
    "a negative label": "labels that the playground does not have",
    "probabilities of another width": "arrays of another shape than was asked for",
}
ENDS = {
    "says nothing": "the model ended without an answer while starting",
    "says nothing, for ever": "the model was stopped after 1.5 s while starting",
    "closes its output and stays": "the model ended without an answer while starting",
    "stages without end": "the model was stopped after 1.5 s while running rows 1 to 2",
    "errors without end": "the model was stopped after 1.5 s while starting",
    "a child of its own": "the model was stopped after 1.5 s while starting",
    "segmentation fault": "the model crashed (SIGSEGV) while running rows 17 to 23",
    "killed": "the model was ended by the system, probably for lack of memory, "
    "while running rows 17 to 23",
    "out of processor time": "the model was stopped after 1.5 s while running rows 17 to 23",
    "bad_alloc": "the model needed more than the 2,000 MB of memory allowed "
    "while running rows 17 to 23",
    "exit 3": "the model ended without an answer while running rows 17 to 23",
}


def sandbox(deed: str) -> Sandbox:
    return Sandbox(command=[sys.executable, str(Path(hostile_child.__file__)), deed])


def run(deed: str, task: Task = NUMBERS) -> ModelRun:
    return sandbox(deed).run(b"a model", b"features", "features.npy", task, BOUNDS)


def refusal(deed: str, task: Task = NUMBERS) -> str:
    with pytest.raises(SubmissionError) as refused:
        run(deed, task)
    assert refused.value.hint
    return refused.value.message


@pytest.fixture(autouse=True)
def _nothing_is_left_behind():
    """Neither a process nor a thread nor an open file survives a run."""
    before = _descriptors(), threading.active_count(), children()
    yield
    assert (_descriptors(), threading.active_count(), children()) == before


def _descriptors() -> list[str]:
    return (
        sorted(entry.name for entry in Path("/proc/self/fd").iterdir())
        if sys.platform == "linux"
        else []
    )


def test_an_honest_child_is_believed() -> None:
    ran = run("the truth")

    assert ran.predictions is not None
    assert ran.predictions.values is not None
    assert np.array_equal(ran.predictions.values, [1.0, 2.0, 3.0])
    assert ran.cost is not None
    assert ran.cost.latency_ms_per_1000 == 1.5
    assert ran.facts.bytes == len(b"a model")


@pytest.mark.parametrize(("deed", "why"), ANSWERS_NONSENSE.items())
def test_an_answer_in_another_form_is_refused(deed: str, why: str) -> None:
    assert refusal(deed) == f"{NONSENSE} ({why})"


@pytest.mark.parametrize(("deed", "why"), LABELS_NONSENSE.items())
def test_labels_in_another_form_are_refused(deed: str, why: str) -> None:
    assert refusal(deed, LABELS) == f"{NONSENSE} ({why})"


@pytest.mark.parametrize(("deed", "why"), DESCRIBES_NONSENSE.items())
def test_a_description_in_another_form_is_refused(deed: str, why: str) -> None:
    with pytest.raises(SubmissionError) as refused:
        sandbox(deed).inspect(b"a model", BOUNDS)

    assert refused.value.message == f"{NONSENSE} ({why})"


@pytest.mark.parametrize(("deed", "message"), ENDS.items())
def test_an_early_end_says_what_was_being_done(deed: str, message: str) -> None:
    start = time.monotonic()

    assert refusal(deed) == message
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        (
            "ends before it is ready",
            "the sandbox did not start: ImportError: libwhatever.so[31m",
        ),
        ("talks before it is ready", "the sandbox did not start: no answer"),
        ("is ready in nonsense", "the sandbox did not start: no answer"),
        ("is not locked", "this machine cannot lock a model in (filter: none)"),
    ],
)
def test_what_fails_before_the_door_is_locked_is_the_machines_fault(
    deed: str, message: str
) -> None:
    with pytest.raises(RunnerError) as failed:
        run(deed)

    assert failed.value.message == message
    assert failed.value.hint


def test_texts_of_a_child_are_made_inert_and_short() -> None:
    facts = sandbox("escapes in a description").inspect(b"a model", BOUNDS)

    assert facts.producer == "[2J<b>" + "p" * 194
    assert refusal("escapes in a refusal") == "[31m ::set-output name=x::1" + "y" * 473


def test_where_features_are_hidden_nothing_is_repeated_once_they_were_read() -> None:
    hidden = Task("regression", (), 3)

    assert refusal("tells the features", hidden) == "the model failed while running"
    assert refusal("segmentation fault", hidden) == "the model crashed (SIGSEGV) while running"


def test_where_features_are_public_the_reason_is_repeated() -> None:
    assert refusal("tells the features") == "row 1 of the features is 42"


def test_a_grandchild_is_ended_with_the_child(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="aims_gh.runner.sandbox")

    refusal("a child of its own")

    grandchild = int(caplog.records[-1].getMessage().split(":")[1])
    deadline = time.monotonic() + 5
    while _runs(grandchild) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(grandchild)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_the_errors_of_a_child_are_kept_short_and_inert(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="aims_gh.runner.sandbox")

    refusal("errors without end")

    (record,) = caplog.records
    assert len(record.getMessage()) < 8_100
    assert "\x1b" not in record.getMessage()


def test_an_interrupted_parent_leaves_no_child() -> None:
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.5, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()

    with pytest.raises(KeyboardInterrupt):
        run("says nothing, for ever")
    timer.join()
