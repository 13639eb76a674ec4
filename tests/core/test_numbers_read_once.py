"""Whether a model's numbers are probabilities or scores is decided once, on all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aims_gh.core.predictions import Predictions, predictions_from_outputs
from aims_gh.domain.model_facts import Reading

BINARY, THREE = ("no", "yes"), ("a", "b", "c")
ODDS = np.array([0.3, -2, 3, 0, 0.7])
LOGITS = np.array([[0.2, 0.7, 0.1], [3, 1, -1], [0, 0, 1]])


def read(labels: Any, *outputs: Any, reading: Reading | None = None) -> Predictions:
    return predictions_from_outputs(
        outputs, task_type="classification", labels=labels, reading=reading
    )


def rows_alone(labels: Any, outputs: list[Any], reading: Reading | None) -> list[Predictions]:
    count = len(outputs[0])
    pieces = [slice(row, row + 1) for row in range(count)]
    return [read(labels, *[each[at] for each in outputs], reading=reading) for at in pieces]


@pytest.mark.parametrize(
    ("labels", "outputs", "reading"),
    [
        (BINARY, [ODDS], "scores"),
        (BINARY, [ODDS.reshape(-1, 1)], "scores"),
        (BINARY, [np.array(["yes", "no", "no", "no", "yes"]), ODDS], "scores"),
        (THREE, [LOGITS], "scores"),
        (THREE, [np.array(["b", "a", "a"]), LOGITS], "scores"),
        (THREE, [[dict(zip(THREE, row, strict=True)) for row in LOGITS]], "scores"),
        (BINARY, [ODDS.clip(0, 1)], "probabilities"),
        (BINARY, [np.array([0.3, -5e-7, 1 + 1e-7])], "probabilities"),
        (THREE, [LOGITS[::2]], "probabilities"),
        (("c", "a", "b"), [np.array(["b", "c"]), LOGITS[::2]], "sorted"),
        (THREE, [np.array(["b", "a", "c"])], None),
        (("a",), [np.array(["a", "a"]), np.array([[1.0], [1.0]])], None),
    ],
    ids=[
        "log-odds", "a column", "beside labels", "logits", "logits beside labels", "maps",
        "a probability", "a mean of some", "probabilities", "sorted", "labels alone", "one label",
    ],
)  # fmt: skip
def test_a_row_alone_is_read_as_among_others(
    labels: Any, outputs: list[Any], reading: Reading | None
) -> None:
    among = read(labels, *outputs)

    alone = rows_alone(labels, outputs, among.reading)

    assert among.reading == reading
    assert among.codes is not None
    assert [each.codes.tolist() for each in alone if each.codes is not None] == [
        [code] for code in among.codes
    ]
    assert {each.reading for each in alone} == {reading}
    for row, each in enumerate(alone):
        if among.probabilities is None:
            assert each.probabilities is None
        else:
            np.testing.assert_array_equal(each.probabilities, among.probabilities[row : row + 1])


def test_where_nothing_is_known_the_rows_at_hand_decide() -> None:
    guessed = read(BINARY, ODDS[:1])

    assert guessed.reading == "probabilities"
    assert guessed.codes is not None
    assert guessed.codes.tolist() == [0]
    codes = read(BINARY, ODDS).codes
    assert codes is not None and codes[0] == 1


@pytest.mark.parametrize(
    ("labels", "row", "expected", "code"),
    [
        (BINARY, 1.01, [0, 1], 1),
        (BINARY, -0.01, [1, 0], 0),
        (BINARY, 1e100, [0, 1], 1),
        (THREE, [0.5, 0.3, 0.21], np.array([0.5, 0.3, 0.21]) / 1.01, 0),
        (THREE, [-0.2, 0.4, 0.8], [0, 1 / 3, 2 / 3], 2),
        (THREE, [-3, -2, -1], [1 / 3, 1 / 3, 1 / 3], 2),
        (THREE, [0, 0, 0], [1 / 3, 1 / 3, 1 / 3], 0),
        (THREE, [5e-324, 0, 0], [1, 0, 0], 0),
        (THREE, [-1e100, 1e100, 0], [0, 1, 0], 1),
    ],
)
def test_a_row_of_known_probabilities_that_are_none_is_mended_to_some(
    labels: Any, row: Any, expected: Any, code: int
) -> None:
    found = read(labels, np.array([row], dtype=float), reading="probabilities")

    assert found.codes is not None
    assert found.codes.tolist() == [code]
    np.testing.assert_allclose(found.probabilities, [expected])


def test_regression_reads_numbers_as_they_are() -> None:
    found = predictions_from_outputs([ODDS], task_type="regression", labels=())

    assert found.reading is None
