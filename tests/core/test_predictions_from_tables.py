"""Predictions from a file: every way participants write them, and every way they go wrong."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.predictions import Predictions, codes_from, predictions_from_table
from aims_gh.core.table import Table, read_table
from aims_gh.errors import CourseError, SubmissionError


def classes(
    columns: dict[str, Any] | str, labels: Any = ("a", "b"), rows: int | None = None
) -> Predictions:
    return predictions_from_table(
        _table(columns), name="p.csv", task_type="classification", labels=labels, rows=rows
    )


def numbers(columns: dict[str, Any] | str, rows: int | None = None) -> Predictions:
    return predictions_from_table(
        _table(columns), name="p.csv", task_type="regression", labels=(), rows=rows
    )


def _table(columns: dict[str, Any] | str) -> Table:
    if isinstance(columns, str):
        return read_table(columns.encode(), "p.csv")
    return Table({name: np.array(values) for name, values in columns.items()})


def codes(found: Predictions) -> list[int]:
    assert found.codes is not None
    assert found.codes.dtype == np.int32
    return found.codes.tolist()


def refusal(read: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(SubmissionError) as caught:
        read(*arguments, **options)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    [
        ("y\na\nb\na\n", ("a", "b"), [0, 1, 0]),
        ("y\na\nb\na\n", ("b", "a"), [1, 0, 1]),
        ("whatever it is called\n1\n0\n", (0, 1), [1, 0]),
        ("y\n1\n0\n", ("0", "1"), [1, 0]),
        ("y\n1.0\n0.0\n", (0, 1), [1, 0]),
        ("y\n1.0\n0.0\n", ("0", "1"), [1, 0]),
        ("y\n-0.0\n1.0\n", (0, 1), [0, 1]),
        ("y\n-1\n1\n", (1, -1), [1, 0]),
        ("y\n-1.0\n1.0\n", (1, -1), [1, 0]),
        ("y\nTrue\nFalse\n", (0, 1), [1, 0]),
        ("y\nTrue\nFalse\n", ("False", "True"), [1, 0]),
        ("y\n1\n0\n", ("False", "True"), [1, 0]),
        ("y\n1.0\n0.0\n", ("False", "True"), [1, 0]),
        ("y\n01\n02\n", ("01", "02"), [0, 1]),
        ('y\n"very good"\n"not, good"\n', ("not, good", "very good"), [1, 0]),
        ("y\nnaïve\n日本\n", ("日本", "naïve"), [1, 0]),
        ("y\n1.5\n2.5\n", ("2.5", "1.5"), [1, 0]),
        ("y\n10000000000000000.0\n0.0\n", (0, 10**16), [1, 0]),
        ("y\nnan\n1\n", ("1", "nan"), [1, 0]),
    ],
)
def test_one_column_of_labels_is_read_in_the_owner_s_order(
    text: str, labels: tuple[Any, ...], expected: list[int]
) -> None:
    found = classes(text, labels)

    assert codes(found) == expected
    assert found.probabilities is None
    assert found.values is None
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("text", "labels", "row"),
    [
        ("y\na\nc\n", ("a", "b"), 2),
        ("y\nA\na\n", ("a", "b"), 1),
        ("y\na\n a\n", ("a", "b"), 2),
        ("y\na\na \n", ("a", "b"), 2),
        ("y\n0.7\n0.2\n", (0, 1), 1),
        ("y\n0\n1\n2\n", (0, 1), 3),
        ("y\n0.0\n1.0\n1.5\n", (0, 1), 3),
        ('y\n1\n""\n', (0, 1), 2),
        ("y\n1\n1e400\n", (0, 1), 2),
        ("y\n1\n01\n", (0, 1), 2),
        ("y\n01\n1\n", ("01", "2"), 2),
        ("y\na\nNone\n", ("a", "b"), 2),
        ("y\ntrue\nTrue\n", ("True", "False"), 1),
        ("y\nа\na\n", ("a", "b"), 1),
    ],
)
def test_a_label_the_playground_does_not_know_is_refused_with_its_row(
    text: str, labels: tuple[Any, ...], row: int
) -> None:
    assert refusal(classes, text, labels) == (
        f"p.csv has a label in row {row} that the playground does not know"
    )


def test_the_hint_lists_the_labels_but_not_hundreds_and_nothing_a_terminal_obeys() -> None:
    with pytest.raises(SubmissionError) as caught:
        classes("y\nx\n", tuple(f"\x1b[31m{n}\n" for n in range(100)))

    assert caught.value.hint == (
        "the labels are " + ", ".join(f"[31m{n} " for n in range(12)) + ", … (100 in all)"
    )


def test_neither_message_nor_hint_repeats_what_the_file_holds() -> None:
    with pytest.raises(SubmissionError) as caught:
        classes("y\nsecret-words\n")

    assert "secret" not in caught.value.message + caught.value.hint


def test_a_column_per_label_is_probabilities_in_the_owner_s_order() -> None:
    found = classes("b,c,a\n0.1,0.2,0.7\n0.5,0.25,0.25\n", ("a", "b", "c"))

    assert found.probabilities is not None
    assert found.probabilities.tolist() == [[0.7, 0.1, 0.2], [0.25, 0.5, 0.25]]
    assert codes(found) == [0, 1]


def test_labels_that_are_numbers_name_their_columns_too() -> None:
    found = classes("1,0\n0.9,0.1\n", (0, 1))

    assert found.probabilities is not None
    assert found.probabilities.tolist() == [[0.1, 0.9]]


def test_a_matrix_without_names_is_taken_in_the_owner_s_order() -> None:
    found = classes({"": [[0.2, 0.8], [1.0, 0.0]]}, ("b", "a"))

    assert codes(found) == [1, 0]
    assert found.probabilities is not None
    assert found.probabilities.tolist() == [[0.2, 0.8], [1.0, 0.0]]


def test_hard_probabilities_written_as_whole_numbers_are_probabilities() -> None:
    found = classes("a,b\n1,0\n0,1\n")

    assert codes(found) == [0, 1]
    assert found.probabilities is not None
    assert found.probabilities.dtype == np.float64


def test_the_first_label_wins_a_tie() -> None:
    assert codes(classes("b,a\n0.5,0.5\n")) == [0]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("a,b\n0.5,0.5\n0.5,0.6\n", 2),
        ("a,b\n0.4,0.4\n", 1),
        ("a,b\n1.5,-0.5\n", 1),
        ("a,b\n1.0005,0\n", 1),
        ("a,b\n0,1\n-0.0005,1\n", 2),
        ("a,b\n1,0\n0,1\n2,-1\n", 3),
        ("a,b\n0,0\n", 1),
        ("a,b\n0.5,0.4985\n", 1),
    ],
)
def test_probabilities_that_are_none_are_refused_with_their_row(text: str, row: int) -> None:
    assert refusal(classes, text) == (
        f"the probabilities in row {row} of p.csv are not between 0 and 1 with sum 1"
    )


@pytest.mark.parametrize(
    "text",
    ["a,b,c\n0.333,0.333,0.333\n", "a,b,c\n0.167,0.167,0.667\n", "a,b,c\n0.5,0.4995,0\n",
     "a,b,c\n0.3333333,0.3333333,0.3333333\n", "a,b,c\n1.0000001,-0.0000001,0\n"],
)  # fmt: skip
def test_rounding_in_probabilities_is_mended_so_that_they_add_up_to_one(text: str) -> None:
    found = classes(text, ("a", "b", "c")).probabilities

    assert found is not None
    assert found.sum() == pytest.approx(1, abs=1e-6)
    assert found.min() >= 0
    assert found.max() <= 1


def test_many_classes_may_be_off_by_half_a_thousandth_each_and_not_by_more() -> None:
    labels = [f"c{n}" for n in range(20)]

    off = {label: [0.0496 if n else 0.0497] for n, label in enumerate(labels)}
    too_far = {label: [0.049] for label in labels}

    assert codes(classes(off, labels)) == [0]
    assert "row 1 of p.csv are not between 0 and 1" in refusal(classes, too_far, labels)


@pytest.mark.parametrize(
    ("text", "row"),
    [("a,b\n0.5,0.5\n,1\n", 2), ("a,b\ninf,0\n", 1), ("a,b\nnan,nan\n", 1)],
)
def test_an_empty_probability_is_refused_with_its_row(text: str, row: int) -> None:
    assert refusal(classes, text) == f"p.csv is not a finite number in row {row}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a,b,c\n0,1,0\n", "3 columns ('a', 'b', 'c')"),
        ("a,B\n0,1\n", "2 columns ('a', 'B')"),
        ("id,y\n7,a\n9,b\n", "2 columns ('id', 'y')"),
        ("y,id\na,0\nb,1\n", "2 columns ('y', 'id')"),
        (",y\n5,a\n3,b\n", "2 columns ('', 'y')"),
        (",y\n0,a\n2,b\n", "2 columns ('', 'y')"),
        (",y\n0.0,a\n1.0,b\n", "2 columns ('', 'y')"),
        (",y\n,a\n1,b\n", "2 columns ('', 'y')"),
        (",y\nx,a\nz,b\n", "2 columns ('', 'y')"),
        ("row,y\n0,a\n1,b\n", "2 columns ('row', 'y')"),
        (",a,z\n0,0.5,0.5\n", "2 columns ('a', 'z')"),
    ],
)
def test_columns_too_many_are_refused_with_their_names(text: str, found: str) -> None:
    assert refusal(classes, text) == (f"p.csv has {found}, one was expected or one per label: a, b")


def test_the_names_in_a_refusal_are_short_and_obey_nobody() -> None:
    said = refusal(classes, {"\x1b[2J" + "x" * 500: ["a"], "y": ["b"]})

    assert "\x1b" not in said
    assert len(said) < 150


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index"])
@pytest.mark.parametrize("start", [0, 1, 891])
def test_the_row_numbers_of_pandas_are_dropped(name: str, start: int) -> None:
    rows = range(start, start + 3)

    assert codes(classes({name: list(rows), "y": ["a", "b", "a"]})) == [0, 1, 0]
    assert numbers({name: list(rows), "y": [1.0, 2.0, 3.0]}).values is not None
    assert codes(classes({name: list(rows), "b": [0.9, 0, 0], "a": [0.1, 1, 1]})) == [1, 0, 0]


def test_a_lonely_column_of_row_numbers_is_the_prediction() -> None:
    assert codes(classes({"": [0, 1]}, (0, 1))) == [0, 1]
    found = numbers({"index": [0, 1]})

    assert found.values is not None
    assert found.values.tolist() == [0.0, 1.0]


def test_numbers_are_read_as_float64() -> None:
    for text in ("y\n1\n-2\n", "y\n1.0\n-2.0\n", ",y\n0,1\n1,-2\n"):
        found = numbers(text)

        assert found.values is not None
        assert found.values.dtype == np.float64
        assert found.values.tolist() == [1.0, -2.0]
        assert found.codes is None
        assert len(found) == 2


def test_one_column_of_a_matrix_is_a_column() -> None:
    for shape in [(3, 1), (3, 1, 1)]:
        found = numbers({"": np.arange(3.0).reshape(shape)})

        assert found.values is not None
        assert found.values.tolist() == [0.0, 1.0, 2.0]
        assert codes(classes({"": np.array(["b", "a", "b"]).reshape(shape)})) == [1, 0, 1]


@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 2), (3, 1, 2)])
def test_a_matrix_is_no_column_of_numbers(shape: tuple[int, ...]) -> None:
    said = refusal(numbers, {"": np.zeros(shape)})

    assert said == f"p.csv has the shape {shape}, one column was expected"


@pytest.mark.parametrize("values", [np.eye(3), np.eye(2, dtype=np.int64), np.zeros((3, 4))])
def test_a_matrix_that_is_not_one_probability_per_label_is_refused(values: Any) -> None:
    assert "one column was expected or one per label: a, b" in refusal(classes, {"": values})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('y\n1\n""\n', "p.csv is not a finite number in row 2"),
        ("y\n1\nNA\n3\n", "p.csv is not a finite number in row 2"),
        ("y\n1\n2\ninf\n", "p.csv is not a finite number in row 3"),
        ("y\n1e999\n", "p.csv is not a finite number in row 1"),
        ("y\n1\ntwo\n", "p.csv has text where numbers were expected"),
        ("y\n1 €\n", "p.csv has text where numbers were expected"),
        ("y\n1_000\n", "p.csv has text where numbers were expected"),
        ("y\nTrue\n", "p.csv has text where numbers were expected"),
        ("y,z\n1,2\n", "p.csv has 2 columns ('y', 'z'), one was expected"),
    ],
)
def test_what_is_no_number_is_refused(text: str, expected: str) -> None:
    assert refusal(numbers, text) == expected


@pytest.mark.parametrize(("rows", "found"), [(2, 3), (4, 3), (1, 3)])
def test_a_wrong_number_of_rows_is_said_before_anything_else(rows: int, found: int) -> None:
    for read in (numbers, classes):
        said = refusal(read, {"y": ["?"] * found, "z": ["?"] * found}, rows=rows)

        assert said == f"p.csv has {found} rows, the holdout has {rows}"


@pytest.mark.parametrize(
    ("read", "text", "missing"),
    [
        (classes, "a\nb\na\n", True),
        (numbers, "1.5\n2.5\n3\n", True),
        (numbers, "-1\n2\n3\n", True),
        (classes, "y\nb\na\n", False),
        (numbers, "y\n2.5\n3\n", False),
        (classes, "a,b\n1,0\n0,1\n", False),
    ],
)
def test_a_file_without_a_header_is_told_so(read: Any, text: str, missing: bool) -> None:
    with pytest.raises(SubmissionError, match="2 rows, the holdout has 3") as caught:
        read(text, rows=3)

    assert ("the first line is read as a header" in caught.value.hint) is missing


def test_a_header_alone_is_no_prediction() -> None:
    assert refusal(numbers, "y\n") == "p.csv has no rows"
    assert refusal(classes, "a,b\n") == "p.csv has no rows"
    assert refusal(classes, {}) == "p.csv has no rows"
    assert refusal(classes, {}, rows=1) == "p.csv has 0 rows, the holdout has 1"
    assert refusal(numbers, "y\n", rows=5) == "p.csv has 0 rows, the holdout has 5"


@pytest.mark.parametrize("axes", [0, 2, 3])
def test_labels_lie_on_one_axis(axes: int) -> None:
    with pytest.raises(CourseError, match=f"y has {axes} axes"):
        codes_from(np.zeros((2,) * axes), [0, 1], "y", error=CourseError)


@given(
    data=st.data(),
    labels=st.lists(
        st.one_of(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
                  st.integers(-(10**17), 10**17)),
        min_size=2, max_size=8, unique_by=str,
    ),
)  # fmt: skip
def test_every_label_means_its_own_position(data: st.DataObject, labels: list[str | int]) -> None:
    said = data.draw(st.lists(st.integers(0, len(labels) - 1), min_size=1, max_size=20))

    column = np.array([str(labels[code]) for code in said])

    assert codes_from(column, labels, "y").tolist() == said


@given(st.lists(st.sampled_from([0, 1]), min_size=1), st.permutations([0, 1]))
def test_each_spelling_of_yes_and_no_means_the_same(truth: list[int], labels: list[int]) -> None:
    array = np.array(truth)

    for labels_of in (
        labels,
        [str(label) for label in labels],
        [str(label == 1) for label in labels],
    ):
        expected = [labels.index(value) for value in truth]
        for spelt in (array, array.astype(float), array.astype(bool), array.astype(str)):
            assert codes_from(spelt, labels_of, "y").tolist() == expected


PINNED = Predictions(
    codes=np.array([1, 0, 1], np.int32),
    probabilities=np.array([[0.25, 0.75], [1.0, 0.0], [0.5, 0.5]]),
)


def test_the_digest_of_predictions_is_the_same_on_every_machine_and_for_ever() -> None:
    by_hand = hashlib.sha256(
        b"codes<i4(3,)"
        + bytes([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
        + b"probabilities<f8(3, 2)"
        + np.array([0.25, 0.75, 1.0, 0.0, 0.5, 0.5], "<f8").tobytes()
    )

    assert PINNED.sha256() == by_hand.hexdigest()
    assert PINNED.sha256() == "335e6c76dbe8515f8e781e60340bfa64a92dae0bb607d30458560b660dab7ebf"


def test_the_digest_does_not_depend_on_how_the_arrays_lie_in_memory() -> None:
    assert PINNED.codes is not None
    assert PINNED.probabilities is not None
    for other in (
        Predictions(PINNED.codes.astype(">i4"), PINNED.probabilities.astype(">f8")),
        Predictions(PINNED.codes, np.asfortranarray(PINNED.probabilities)),
        Predictions(np.repeat(PINNED.codes, 2)[::2], PINNED.probabilities[:, ::-1][:, ::-1]),
    ):
        assert other.sha256() == PINNED.sha256()


@pytest.mark.parametrize(
    "other",
    [
        Predictions(codes=PINNED.codes),
        Predictions(codes=np.array([0, 1, 1], np.int32), probabilities=PINNED.probabilities),
        Predictions(PINNED.codes, np.nextafter(np.asarray(PINNED.probabilities), 2)),
        Predictions(PINNED.codes, np.asarray(PINNED.probabilities).reshape(2, 3)),
        Predictions(values=np.array([1.0, 0.0, 1.0])),
        Predictions(),
    ],
)
def test_the_digest_sees_every_change(other: Predictions) -> None:
    assert other.sha256() != PINNED.sha256()


def test_there_are_as_many_predictions_as_answers() -> None:
    assert len(PINNED) == 3
    assert len(Predictions(values=np.zeros(4))) == 4
    assert len(Predictions()) == 0
    assert list(PINNED.arrays()) == ["codes", "probabilities"]
