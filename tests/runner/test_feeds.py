"""How a table of features becomes what a model's inputs take."""

from __future__ import annotations

import numpy as np
import pytest

from aims_gh.core.table import Table
from aims_gh.errors import SubmissionError
from aims_gh.runner.feeds import ModelInput, feeds

FLOATS = "tensor(float)"
TABLE = Table(
    {
        "age": np.array([31, 42], dtype=np.int64),
        "fare (£)": np.array([7.5, np.nan]),
        "sex": np.array(["f", "m"]),
    }
)
NUMBERS = Table({"a": np.array([1.0, 2.0]), "b": np.array([3, 4]), "c": np.array([True, False])})


def only(table: Table, *inputs: ModelInput, order: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    (batch,) = feeds(table, inputs, order)
    return batch.feed


def refusal(table: Table, *inputs: ModelInput, order: tuple[str, ...] = ()) -> str:
    with pytest.raises(SubmissionError) as refused:
        feeds(table, inputs, order)
    assert refused.value.hint
    return refused.value.message


def test_one_input_takes_all_columns_side_by_side() -> None:
    feed = only(NUMBERS, ModelInput("x", FLOATS, (None, 3)))

    assert feed["x"].dtype == np.float32
    assert feed["x"].tolist() == [[1.0, 3.0, 1.0], [2.0, 4.0, 0.0]]


def test_the_order_of_columns_is_the_playgrounds() -> None:
    feed = only(NUMBERS, ModelInput("x", "tensor(double)", ("n", 2)), order=("c", "a"))

    assert feed["x"].dtype == np.float64
    assert feed["x"].tolist() == [[1.0, 1.0], [0.0, 2.0]]


def test_an_input_named_like_a_column_can_still_take_all() -> None:
    feed = only(NUMBERS, ModelInput("a", FLOATS, (None, 3)))

    assert feed["a"].shape == (2, 3)


def test_one_input_of_many_columns_takes_its_own() -> None:
    feed = only(TABLE, ModelInput("age", FLOATS, (None, 1)))

    assert feed["age"].tolist() == [[31.0], [42.0]]


def test_one_input_per_column_is_matched_by_name_with_its_own_type() -> None:
    feed = only(
        TABLE,
        ModelInput("sex", "tensor(string)", (None, 1)),
        ModelInput("age", "tensor(int64)", (None,)),
        ModelInput("fare____", FLOATS, (None, 1)),
    )

    assert feed["sex"].tolist() == [["f"], ["m"]]
    assert feed["sex"].dtype == object
    assert feed["age"].tolist() == [31, 42]
    assert feed["fare____"].shape == (2, 1)


def test_a_column_of_texts_goes_to_a_single_input_of_rank_one() -> None:
    feed = only(
        Table({"review": np.array(["good", "bad"])}), ModelInput("x", "tensor(string)", (None,))
    )

    assert feed["x"].tolist() == ["good", "bad"]


def test_an_array_goes_to_the_single_input() -> None:
    images = Table({"": np.arange(24).reshape(2, 3, 4)})

    assert only(images, ModelInput("x", FLOATS, (None, 3, 4)))["x"].shape == (2, 3, 4)
    assert only(images, ModelInput("x", FLOATS, (None, 1, 3, 4)))["x"].shape == (2, 1, 3, 4)
    assert only(images, ModelInput("x", FLOATS, ()))["x"].shape == (2, 3, 4)


def test_an_array_with_named_columns_is_split_for_many_inputs() -> None:
    feed = only(
        Table({"": np.array([[1.0, 2.0], [3.0, 4.0]])}),
        ModelInput("b", FLOATS, (None, 1)),
        ModelInput("a", FLOATS, (None, 1)),
        order=("a", "b"),
    )

    assert (feed["a"].tolist(), feed["b"].tolist()) == ([[1.0], [3.0]], [[2.0], [4.0]])


def test_rows_come_in_batches_when_the_batch_axis_is_free() -> None:
    table = Table({"": np.zeros((25_000, 2))})

    batches = list(feeds(table, [ModelInput("x", FLOATS, ("batch", 2))]))

    assert [(b.first, b.stop) for b in batches] == [(0, 10_000), (10_000, 20_000), (20_000, 25_000)]


def test_wide_rows_come_in_smaller_batches() -> None:
    table = Table({"": np.zeros((20, 250_000))})

    batches = list(feeds(table, [ModelInput("x", FLOATS, ("batch", 250_000))]))

    assert [len(b.feed["x"]) for b in batches] == [8, 8, 4]


def test_a_fixed_batch_is_kept_where_it_divides_the_rows() -> None:
    table = Table({"": np.zeros((6, 2))})

    assert [len(b.feed["x"]) for b in feeds(table, [ModelInput("x", FLOATS, (1, 2))])] == [1] * 6
    assert [len(b.feed["x"]) for b in feeds(table, [ModelInput("x", FLOATS, (6, 2))])] == [6]
    assert refusal(table, ModelInput("x", FLOATS, (4, 2))) == (
        "the model takes exactly 4 rows at a time, not 6"
    )


def test_row_by_row_has_an_end() -> None:
    table = Table({"": np.zeros((30_000, 2))})

    assert refusal(table, ModelInput("x", FLOATS, (1, 2))) == (
        "the model takes exactly 1 rows at a time, not 30,000"
    )


@pytest.mark.parametrize(
    ("table", "inputs", "message"),
    [
        (
            TABLE,
            [ModelInput("x", FLOATS, (None, 3))],
            "the model's only input takes numbers, and 'sex' holds text",
        ),
        (
            NUMBERS,
            [ModelInput("x", FLOATS, (None, 5))],
            "the model's input 'x' takes rows of shape (5), the features have rows of shape (3)",
        ),
        (
            TABLE,
            [ModelInput("age", FLOATS, (None, 1)), ModelInput("cabin", FLOATS, (None, 1))],
            "the model has an input 'cabin', and the features have no such column; "
            "they have 'age', 'fare (£)', 'sex'",
        ),
        (
            TABLE,
            [ModelInput("sex", FLOATS, (None, 1)), ModelInput("age", FLOATS, (None, 1))],
            "the model's input 'sex' takes numbers, its column holds text",
        ),
        (
            Table({"a": np.array([1.5]), "b": np.array([300])}),
            [ModelInput("a", "tensor(int64)", (None, 1)), ModelInput("b", FLOATS, (None, 1))],
            "the model's input 'a' takes whole numbers, its column has fractions or empty cells",
        ),
        (
            Table({"b": np.array([300])}),
            [ModelInput("b", "tensor(uint8)", (None, 1))],
            "the model's input 'b' is a uint8, its column goes beyond",
        ),
        (
            NUMBERS,
            [ModelInput("x", "seq(tensor(float))", ())],
            "the model's input 'x' is a seq(tensor(float))",
        ),
        (NUMBERS, [], "the model takes no input"),
        (
            Table({"a": np.array([])}),
            [ModelInput("x", FLOATS, (None, 1))],
            "the features have no rows",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(table, inputs, message: str) -> None:
    assert refusal(table, *inputs) == message


def test_a_column_that_the_playground_promises_must_be_there() -> None:
    assert refusal(NUMBERS, ModelInput("x", FLOATS, (None, 1)), order=("z",)) == (
        "the features have no column 'z'"
    )
