"""Whether an ONNX file says what the model that it was made from says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.outputs import Said, agreement, said_by

LABELS = np.array(["b", "a", "b", "a"])
CODES = np.array([1, 0, 1, 0])
PROBABILITIES = np.array([[0.2, 0.8], [0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
VALUES = np.array([1.0, -2.0, 30.0, 0.5])


def test_equal_labels_and_numbers_agree() -> None:
    found = agreement(Said(LABELS, PROBABILITIES), [LABELS, PROBABILITIES])

    assert (found.rows, found.matching, found.largest_difference) == (4, 4, 0.0)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_outputs_may_come_in_any_order(order: list[int]) -> None:
    outputs = [LABELS, PROBABILITIES]

    assert agreement(Said(LABELS, PROBABILITIES), [outputs[n] for n in order]).matching == 4


@pytest.mark.parametrize(
    "given_labels",
    [CODES, CODES.astype(np.int32), CODES.astype(bool), CODES.astype(str)],
    ids=["int64", "int32", "bool", "text"],
)
def test_labels_are_compared_by_what_they_mean(given_labels: np.ndarray) -> None:
    assert agreement(Said(CODES), [given_labels]).matching == 4
    assert agreement(Said(CODES.astype(float)), [given_labels]).matching == 4


def test_another_label_does_not_match_though_the_numbers_do() -> None:
    wrong = np.array(["b", "b", "b", "a"])

    assert agreement(Said(LABELS, PROBABILITIES), [wrong, PROBABILITIES]).matching == 3


def test_another_number_does_not_match_though_the_label_does() -> None:
    wrong = PROBABILITIES + np.array([[0, 0], [0.05, -0.05], [0, 0], [0, 0]])

    found = agreement(Said(LABELS, PROBABILITIES), [LABELS, wrong])

    assert (found.matching, found.largest_difference) == (3, pytest.approx(0.05))


def test_where_two_labels_are_equally_probable_either_will_do() -> None:
    tied = np.array([[0.5, 0.5], [0.9, 0.1]])

    assert agreement(Said(LABELS[:2], tied), [np.array(["a", "a"]), tied]).matching == 2
    assert agreement(Said(LABELS[:2], tied), [np.array(["b", "b"]), tied]).matching == 1


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 1, 1)])
def test_sides_of_one_are_no_difference(shape: tuple[int, ...]) -> None:
    assert agreement(Said(numbers=VALUES), [VALUES.reshape(shape)]).matching == 4
    assert agreement(Said(numbers=VALUES.reshape(shape)), [VALUES]).matching == 4


@pytest.mark.parametrize(
    "outputs",
    [[], [VALUES[:3]], [PROBABILITIES], [np.array(["a"] * 4)], [CODES]],
    ids=["nothing", "a row short", "another width", "text", "whole numbers"],
)
def test_a_file_without_a_fitting_output_matches_nowhere(outputs: list[np.ndarray]) -> None:
    assert agreement(Said(numbers=VALUES), outputs).matching == 0


def test_a_file_that_gives_no_labels_is_judged_by_its_numbers() -> None:
    assert agreement(Said(LABELS, PROBABILITIES), [PROBABILITIES]).matching == 4
    assert agreement(Said(LABELS), [PROBABILITIES]).matching == 0


def test_what_is_no_number_matches_only_itself() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 1.0])

    assert agreement(Said(numbers=odd), [odd]).matching == 4
    assert agreement(Said(numbers=odd), [np.array([0.0, -np.inf, np.inf, 1.0])]).matching == 1


def test_differences_are_measured_against_the_spread() -> None:
    far = VALUES * 1e9

    assert agreement(Said(numbers=far), [far * (1 + 1e-7)]).matching == 4
    assert agreement(Said(numbers=far), [far + 1.0]).matching == 4
    assert agreement(Said(numbers=VALUES), [VALUES + 1.0]).matching == 0


def test_single_precision_of_a_constant_is_no_difference() -> None:
    constant = np.full(4, 0.1)

    assert agreement(Said(numbers=constant), [constant.astype(np.float32)]).matching == 4


def test_a_signal_that_is_lost_beside_a_large_offset_is_a_difference() -> None:
    native = 1e6 + np.linspace(0, 1, 50)

    assert agreement(Said(numbers=native), [native + 5e-5]).matching == 50
    assert agreement(Said(numbers=native), [np.full(50, 1e6)]).matching < 15


@given(
    numbers=st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=20),
    other=st.lists(st.floats(allow_nan=True), min_size=1, max_size=20),
)
def test_whatever_a_file_gives_is_an_answer_and_no_error(
    numbers: list[float], other: list[float]
) -> None:
    native = Said(numbers=np.array(numbers))

    found = agreement(native, [np.resize(np.array(other), len(numbers))])

    assert 0 <= found.matching <= found.rows == len(numbers)
    assert agreement(native, [np.array(numbers)]).matching == len(numbers)


def test_what_a_file_says_is_its_first_labels_and_its_first_numbers() -> None:
    found = said_by([CODES, PROBABILITIES, VALUES])

    assert np.array_equal(found.labels, CODES)
    assert found.numbers is PROBABILITIES
    assert len(found) == 4
    assert len(found.head(2)) == 2
    assert len(Said()) == 0
