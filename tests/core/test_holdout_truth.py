"""The holdout: labels as the owner has them, never shown, never a pickle."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aims_gh.core.holdout import (
    Truth,
    read_labels,
    truth_from_bytes,
    truth_from_table,
    truth_to_bytes,
)
from aims_gh.core.seal import Key, open_sealed, seal
from aims_gh.core.table import Table, read_table
from aims_gh.errors import CourseError


def table(text: str) -> Table:
    return read_table(text.encode(), "y.csv", error=CourseError)


def found(text: str, labels: Any = None, column: str | None = None) -> tuple[str | int, ...]:
    return read_labels(table(text), name="y.csv", column=column, labels=labels)


def truth(text: str, labels: Any = (), column: str | None = None, **chosen: Any) -> Truth:
    options = {"fraction": 0.5, "seed": 1} | chosen
    return truth_from_table(table(text), name="y.csv", column=column, labels=labels, **options)


def refusal(read: Any, *arguments: Any, **options: Any) -> CourseError:
    with pytest.raises(CourseError) as caught:
        read(*arguments, **options)
    return caught.value


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("y\nno\nyes\nno\n", ("no", "yes")),
        ("y\nb\nA\na\n", ("A", "a", "b")),
        ("y\n10\n9\n-1\n10\n", (-1, 9, 10)),
        ("y\n10.0\n9.0\n", (9, 10)),
        ("y\n-0.0\n1.0\n0.0\n", (0, 1)),
        ("y\n010\n09\n", ("010", "09")),
        ("y\n10\n9\nx\n", ("10", "9", "x")),
        ("y\nTrue\nFalse\n", ("False", "True")),
        ("y\nnone\nNone\n", ("None", "none")),
    ],
)
def test_labels_are_found_sorted_and_numbers_as_numbers(
    text: str, labels: tuple[str | int, ...]
) -> None:
    assert found(text) == labels
    assert [type(label) for label in found(text)] == [type(label) for label in labels]
    assert truth(text, labels).answers.dtype == np.int32


def test_the_owner_s_list_comes_before_what_occurs() -> None:
    assert found("y\na\nb\n", ["b", "c", "a"]) == ("b", "c", "a")
    assert truth("y\na\nb\n", ("b", "c", "a")).answers.tolist() == [2, 0]


@given(st.lists(st.integers(-(10**15), 10**15), min_size=2, max_size=19))
def test_whatever_labels_are_found_are_known_when_the_truth_is_read(values: list[int]) -> None:
    for column in (np.array(values), np.array(values, float), np.array([f"c{v}" for v in values])):
        data = Table({"y": column})
        if len(set(values)) < 2:
            refusal(read_labels, data, name="y", column=None, labels=None)
            continue

        labels = read_labels(data, name="y", column=None, labels=None)
        read = truth_from_table(data, name="y", column=None, labels=labels, fraction=0, seed=1)

        said = [labels[int(code)] for code in read.answers]
        assert [str(v) for v in said] == [str(v).removesuffix(".0") for v in column.astype(object)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y\n0.5\n1.5\n", "y.csv holds fractions, which are no classes"),
        ("y\n1e300\n1\n", "y.csv holds fractions, which are no classes"),
        ("y\n12345678901234567890\n1\n", "y.csv holds fractions, which are no classes"),
        ("y\na\na\n", "y.csv holds 1 different labels, classification needs two"),
        ("y\n1\n", "y.csv holds 1 different labels, classification needs two"),
        ("y,w\na,\nb,x\n,y\n", "y.csv has no answer in row 3"),
        ('y\n1\n""\n2\n', "y.csv has no answer in row 2"),
        ("y\n1\n2\ninf\n", "y.csv has no answer in row 3"),
        ("y\n1\nNA\n", "y.csv has no answer in row 2"),
        ("a\nb\na\n", "the first line of y.csv is itself a label, and is read as a header"),
        ("1\n0\n1\n", "the first line of y.csv is itself a label, and is read as a header"),
    ],
)
def test_a_column_that_is_no_classes_is_refused(text: str, expected: str) -> None:
    column = "y" if "w" in text else None

    assert refusal(found, text, column=column).message == expected


def test_as_many_classes_as_rows_are_probably_a_regression_target() -> None:
    many = "y\n" + "".join(f"{n}\n" for n in range(11)) + "0\n" * 9
    fewer = "y\n" + "".join(f"{n}\n" for n in range(10)) + "0\n" * 10

    error = refusal(found, many)

    assert error.message == "y.csv holds 11 different labels in 20 rows"
    assert "--task regression" in error.hint
    assert len(found(fewer)) == 10
    assert found(many, ["0", "1"]) == ("0", "1")


@pytest.mark.parametrize(
    ("text", "labels", "row"),
    [
        ("y\na\nc\n", ("a", "b"), 2),
        ("y\n0\n1\n2\n", (0, 1), 3),
        ("y,w\na,1\n,2\n", ("a", "b"), 2),
        ('y\n1\n""\n', (0, 1), 2),
    ],
)
def test_a_label_not_on_the_owner_s_list_is_refused_with_its_row(
    text: str, labels: tuple[Any, ...], row: int
) -> None:
    error = refusal(truth, text, labels, column="y")

    assert error.message == f"y.csv has a label in row {row} that the playground does not know"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('y\n1.5\n""\n', "y.csv has no answer in row 2"),
        ("y\n1\n2\n-inf\n", "y.csv has no answer in row 3"),
        ("y\n1e400\n", "y.csv has no answer in row 1"),
        ("y\n1\n2 €\n", "y.csv has something other than numbers"),
        ("y\nTrue\nFalse\n", "y.csv has something other than numbers"),
        ("y\n", "y.csv has no single column of labels"),
    ],
)
def test_a_regression_target_is_a_finite_number_in_every_row(text: str, expected: str) -> None:
    assert refusal(truth, text).message == expected


def test_numbers_are_kept_as_they_are() -> None:
    read = truth("y\n1\n-2.5\n1e-300\n", fraction=0)

    assert read.answers.dtype == np.float64
    assert read.answers.tolist() == [1.0, -2.5, 1e-300]
    assert truth("y\n3\n4\n", fraction=0).answers.dtype == np.float64


def test_a_file_of_several_columns_needs_the_name_of_one() -> None:
    text = "id,y,z\n1,a,b\n2,b,a\n"

    assert found(text, column="y") == ("a", "b")
    assert truth(text, ("b", "a"), column="z").answers.tolist() == [0, 1]
    error = refusal(found, text)
    assert error.message == "y.csv has 3 columns"
    assert "--label-column: id, y, z" in error.hint
    assert refusal(found, text, column="w").message == "y.csv has 3 columns, none called 'w'"


def test_one_column_of_a_matrix_is_a_column_and_a_matrix_is_none() -> None:
    column = Table({"": np.array([[1.0], [2.0]])})
    matrix = Table({"": np.eye(2)})
    options: dict[str, Any] = {"name": "y", "column": None, "labels": (), "fraction": 0, "seed": 1}

    assert truth_from_table(column, **options).answers.tolist() == [1.0, 2.0]
    assert "no single column" in refusal(truth_from_table, matrix, **options).message


def test_the_private_part_is_drawn_class_by_class() -> None:
    text = "y\n" + "a\n" * 30 + "b\n" * 10

    for seed in range(20):
        private = truth(text, ("a", "b"), fraction=0.5, seed=seed).private

        assert (int(private[:30].sum()), int(private[30:].sum())) == (15, 5)
    assert not truth(text, ("a", "b"), fraction=0).private.any()


def test_neither_repr_nor_an_error_shows_an_answer() -> None:
    read = truth("y\nhidden\nveiled\n", ("veiled", "hidden"))

    assert repr(read) == str(read) == "Truth()"
    error = refusal(truth, "y\nhidden\nveiled\n", ("x", "z"))
    assert "hidden" not in error.message + error.hint
    assert "veiled" not in error.message + error.hint


@settings(max_examples=40, deadline=None)
@given(
    answers=st.one_of(
        st.lists(st.integers(0, 2**31 - 1), min_size=1).map(lambda v: np.array(v, np.int32)),
        st.lists(st.floats(allow_nan=False), min_size=1).map(np.array),
    ),
    seed=st.integers(0, 99),
)
def test_the_truth_comes_back_from_bytes_as_it_was(
    answers: np.ndarray[Any, Any], seed: int
) -> None:
    private = np.random.default_rng(seed).random(len(answers)) < 0.5
    written = truth_to_bytes(Truth(answers, private))

    again = truth_from_bytes(written)

    assert again.answers.dtype == answers.dtype
    assert again.private.dtype == np.bool_
    np.testing.assert_array_equal(again.answers, answers)
    np.testing.assert_array_equal(again.private, private)
    assert truth_to_bytes(again) == written
    assert len(again) == len(answers)


@pytest.mark.parametrize("rows", [1, 2, 9, 10, 999, 1000, 12_345])
def test_the_length_tells_the_number_of_rows_and_nothing_of_the_labels(rows: int) -> None:
    random = np.random.default_rng(rows)
    lengths = set()
    for answers in (
        np.zeros(rows, np.int32),
        np.full(rows, 999, np.int32),
        random.integers(0, 5, rows).astype(np.int32),
        np.arange(rows, dtype=np.int32),
    ):
        for private in (np.zeros(rows, bool), np.ones(rows, bool), random.random(rows) < 0.5):
            lengths.add(len(truth_to_bytes(Truth(answers, private))))

    assert len(lengths) == 1


def test_sealed_the_length_of_the_content_is_still_that_of_the_bytes() -> None:
    key = Key.new()
    lengths = set()
    for answers in (np.zeros(100, np.int32), np.arange(100, dtype=np.int32)):
        written = truth_to_bytes(Truth(answers, answers > 50))
        sealed = seal(written, [key.public])
        content = sealed[sealed.index(b"\n--- ") :].split(b"\n", 2)[2]

        lengths.add(len(content))
        assert open_sealed(sealed, [key], name="x") == written

    assert len(lengths) == 1


class Payload:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (pytest.fail, ("unpickled",))


def test_no_pickle_is_ever_opened_in_the_name_of_a_holdout() -> None:
    stream = io.BytesIO()
    hostile = np.array([Payload()], dtype=object)
    np.savez(stream, answers=hostile, private=np.array([True]))

    for data in (stream.getvalue(), pickle.dumps(Payload())):
        with pytest.raises(ValueError, match="allow_pickle"):
            truth_from_bytes(data)
