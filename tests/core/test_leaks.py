"""Held-out answers are not published by mistake."""

from __future__ import annotations

import numpy as np
import pytest

from aims_gh.core.leaks import check_no_answers
from aims_gh.core.table import Table
from aims_gh.errors import CourseError

RANDOM = np.random.default_rng(0)
FEATURES = Table({"a": RANDOM.normal(size=30), "b": RANDOM.normal(size=30)})
ANSWERS = RANDOM.choice(["x", "y"], 30)


def joined(table: Table, **more: np.ndarray) -> Table:
    return Table(table.columns | more)


def part(table: Table, rows: slice) -> Table:
    return Table({name: column[rows] for name, column in table.columns.items()})


def test_answers_under_another_name_are_found() -> None:
    with pytest.raises(CourseError, match=r"the column 'z' of X\.csv is the held-out answers"):
        check_no_answers(joined(FEATURES, z=ANSWERS), "X.csv", answers=ANSWERS, features=None)


def test_numbers_are_found_however_they_are_written() -> None:
    whole = np.arange(30)

    with pytest.raises(CourseError, match="held-out answers"):
        check_no_answers(Table({"z": whole}), "t.csv", answers=whole.astype(float), features=None)


def test_training_data_with_the_held_out_rows_are_refused() -> None:
    shuffled = RANDOM.permutation(30)
    train = Table({n: c[shuffled] for n, c in joined(FEATURES, y=ANSWERS).columns.items()})

    with pytest.raises(CourseError, match=r"train\.csv has 30 of the held-out rows"):
        check_no_answers(train, "train.csv", answers=ANSWERS, features=FEATURES)


def test_a_few_held_out_rows_with_answers_as_an_example_are_refused() -> None:
    example = part(joined(FEATURES, y=ANSWERS), slice(0, 4))

    with pytest.raises(CourseError, match="has 4 of the held-out rows"):
        check_no_answers(example, "example.csv", answers=ANSWERS, features=FEATURES)


def test_a_few_held_out_rows_without_answers_are_a_fair_example() -> None:
    check_no_answers(part(FEATURES, slice(0, 4)), "example.csv", answers=ANSWERS, features=FEATURES)


def test_other_rows_with_their_own_answers_are_training_data() -> None:
    other = Table({"a": RANDOM.normal(size=50), "b": RANDOM.normal(size=50)})
    train = joined(other, y=RANDOM.choice(["x", "y"], 50))

    check_no_answers(train, "train.csv", answers=ANSWERS, features=FEATURES)


def test_a_row_that_happens_to_occur_twice_is_no_leak() -> None:
    other = {"a": RANDOM.normal(size=50), "b": RANDOM.normal(size=50)}
    for name, column in other.items():
        column[7] = FEATURES.columns[name][3]

    check_no_answers(
        joined(Table(other), y=RANDOM.choice(["x", "y"], 50)),
        "train.csv",
        answers=ANSWERS,
        features=FEATURES,
    )
