"""A model that stays loaded in the sandbox, and is asked again and again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import resident_child
from onnx import helper
from runner_models import (
    FLOAT,
    INT64,
    STRING,
    endless_loop,
    linear,
    npy,
    proto,
    tensor,
    value,
)

from aims_gh.errors import SubmissionError
from aims_gh.runner.resident import Resident, Rows
from aims_gh.runner.sandbox import Bounds, Sandbox

BOUNDS = Bounds(seconds=20)
ROWS = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])


def opened(model, bounds: Bounds = BOUNDS) -> Resident:
    return Sandbox().open(model.SerializeToString(), bounds)


def table(array) -> Rows:
    return Rows(npy(array), "rows.npy")


def test_it_is_asked_again_and_again() -> None:
    with opened(linear()) as model:
        first = model.outputs(table(ROWS))
        second = model.outputs(table(2 * ROWS))

    assert first[0].tolist() == [[1.0], [5.0]]
    assert second[0].tolist() == [[2.0], [10.0]]


def test_its_facts_are_those_of_the_file() -> None:
    with opened(linear()) as model:
        assert (model.facts.num_params, model.facts.operators) == (3, {"MatMul": 1})


def test_outputs_come_as_they_are_whatever_their_type() -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["whole"], to=INT64),
        helper.make_node("Greater", ["x", "nought"], ["positive"]),
        helper.make_node("Cast", ["whole"], ["text"], to=STRING),
        helper.make_node("Unsqueeze", ["x", "axis"], ["deep"]),
    ]
    outputs = [
        value("whole", INT64, None, 2),
        value("positive", 9, None, 2),
        value("text", STRING, None, 2),
        value("deep", FLOAT, None, 2, 1),
    ]
    weights = [tensor("nought", np.float32(0)), tensor("axis", np.array([2]))]

    with opened(proto(nodes, [value("x", FLOAT, None, 2)], outputs, weights)) as model:
        whole, positive, text, deep = model.outputs(table([[1.0, -2.0], [30.0, 4.0]]))

    assert (whole.dtype, whole.tolist()) == (np.int64, [[1, -2], [30, 4]])
    assert (positive.dtype, positive.tolist()) == (np.bool_, [[True, False], [True, True]])
    assert text.tolist() == [["1", "-2"], ["30", "4"]]
    assert (deep.dtype, deep.shape) == (np.float64, (2, 2, 1))


def test_text_of_any_alphabet_comes_back_whole() -> None:
    copy = proto(
        [helper.make_node("Identity", ["x"], ["y"])],
        [value("x", STRING, None, 1)],
        [value("y", STRING, None, 1)],
    )
    words = np.array(["", "naïve", "日本語", "🦆"])

    with opened(copy) as model:
        (found,) = model.outputs(table(words))

    assert found.ravel().tolist() == words.tolist()


def test_rows_can_be_run_one_by_one() -> None:
    # The largest of all rows that are run together.
    largest = proto(
        [
            helper.make_node("ReduceMax", ["x", "axes"], ["top"], keepdims=1),
            helper.make_node("Mul", ["x", "nought"], ["z"]),
            helper.make_node("Add", ["z", "top"], ["y"]),
        ],
        [value("x", FLOAT, None, 1)],
        [value("y", FLOAT, None, 1)],
        [tensor("axes", np.array([0])), tensor("nought", np.float32(0))],
    )
    rows = npy([[1.0], [3.0], [2.0]])

    with opened(largest) as model:
        together = model.outputs(Rows(rows, "rows.npy"))[0]
        one_by_one = model.outputs(Rows(rows, "rows.npy", batch=1))[0]

    assert together.ravel().tolist() == [3.0, 3.0, 3.0]
    assert one_by_one.ravel().tolist() == [1.0, 3.0, 2.0]


def test_rows_that_do_not_fit_are_refused_and_the_next_are_answered() -> None:
    with opened(linear()) as model:
        with pytest.raises(SubmissionError, match="takes rows of shape"):
            model.outputs(table([[1.0, 2.0]]))
        with pytest.raises(SubmissionError, match=r"rows\.npy is not a NumPy file"):
            model.outputs(Rows(b"abc", "rows.npy"))

        assert model.outputs(table(ROWS))[0].tolist() == [[1.0], [5.0]]


def test_a_file_that_is_no_model_is_refused_when_it_is_opened() -> None:
    with pytest.raises(SubmissionError, match="not ONNX"):
        Sandbox().open(b"\x80\x04pickle", BOUNDS)


def test_a_model_that_takes_too_long_is_ended_and_says_so_ever_after() -> None:
    with opened(endless_loop(), Bounds(seconds=2)) as model:
        for _ in range(2):
            with pytest.raises(SubmissionError, match=r"was stopped after 2 s while running rows"):
                model.outputs(table(ROWS))
        assert not model.alive


def test_a_model_that_needs_too_much_memory_is_ended() -> None:
    shape = tensor("shape", np.array([100_000, 20_000]))
    big = proto(
        [helper.make_node("Expand", ["x", "shape"], ["y"])],
        [value("x", FLOAT, None, 1)],
        [value("y", FLOAT, None, None)],
        [shape],
    )

    with (
        opened(big, Bounds(memory_bytes=900_000_000)) as model,
        pytest.raises(SubmissionError, match="needed more than the 900 MB of memory"),
    ):
        model.outputs(table([[1.0]]))


def test_a_closed_model_cannot_be_asked() -> None:
    model = opened(linear())
    model.close()
    model.close()

    with pytest.raises(SubmissionError, match="the model is closed"):
        model.outputs(table(ROWS))


def test_closing_leaves_no_process_behind() -> None:
    with opened(linear()) as model:
        number = model._child._process.pid
        os.kill(number, 0)

    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


NONSENSE = {
    "an unknown type": "an output of no known form",
    "no axes": "an output of no known form",
    "too many axes": "an output of no known form",
    "another size than it says": "an output of another size than it says",
    "sides whose product overflows": "an output of another size than it says",
    "2^62 bytes": "more than the output allowed",
    "text of no width": "text that is not Unicode",
    "text that is not Unicode": "text that is not Unicode",
    "a truth value of 7": "truth values that are neither",
    "more than allowed": "more than the output allowed",
    "outputs without end": "an output without its shape, or too many",
    "a late description": "a description out of turn",
}


def taken_over(deed: str) -> Resident:
    command = [sys.executable, str(Path(resident_child.__file__)), deed]
    bounds = Bounds(seconds=1.5, output_bytes=1_000_000)
    return Sandbox(command=command).open(b"model", bounds)


def test_the_stand_in_can_tell_the_truth() -> None:
    with taken_over("the truth") as model:
        for _ in range(3):
            assert model.outputs(table(ROWS))[0].tolist() == [1.5, 2.5]


@pytest.mark.parametrize("deed", NONSENSE)
def test_a_child_that_was_taken_over_is_caught_when_it(deed: str) -> None:
    with (
        taken_over(deed) as model,
        pytest.raises(SubmissionError, match=f"answer nonsense .{NONSENSE[deed]}"),
    ):
        model.outputs(table(ROWS))


@pytest.mark.parametrize(
    ("deed", "end"),
    [
        ("nothing, for ever", "was stopped after 1.5 s"),
        ("reads nothing more", "was stopped after 1.5 s"),
        ("its end", "ended without an answer"),
        ("done", "stopped answering"),
    ],
)
def test_a_child_that_does_not_answer_is_given_up_when_it_gives(deed: str, end: str) -> None:
    many = Rows(b"0" * 10_000_000, "rows.npy")

    with taken_over(deed) as model, pytest.raises(SubmissionError, match=end):
        model.outputs(many)
