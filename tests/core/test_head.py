"""The first rows of public files, and the ranges of their columns."""

from __future__ import annotations

import io

import numpy as np
import pytest

from aims_gh.core.head import as_examples, first_rows
from aims_gh.core.table import Table
from aims_gh.flows.owner_data import completed, inputs_of


def npy(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_only_the_first_rows_of_a_csv_file_are_read() -> None:
    lines = [f'{n},"a, {n}\nb"' for n in range(5_000)]
    data = "\n".join(["n,t", *lines, "broken"]).encode()

    table = first_rows(data, "rows.csv", 3)

    assert table is not None and len(table) == 3
    assert as_examples(table, ["t", "n"], most=2, numbers=100) == [("a, 0\nb", 0), ("a, 1\nb", 1)]


def test_arrays_become_flat_rows_as_many_as_there_is_room_for() -> None:
    table = first_rows(npy(np.arange(24.0).reshape(4, 3, 2)), "rows.npy", 10)
    assert table is not None

    assert as_examples(table, ["x"], most=5, numbers=13) == [
        ((0, 1, 2, 3, 4, 5),),
        ((6, 7, 8, 9, 10, 11),),
    ]
    wide = first_rows(npy(np.array([[1.0, np.nan]])), "rows.npy", 10)
    assert wide is not None
    assert as_examples(wide, ["a", "b"], most=5, numbers=9) == [(1.0, None)]


@pytest.mark.parametrize("name", ["rows.csv", "rows.npy", "rows.parquet", "rows.txt"])
def test_a_file_that_cannot_be_read_gives_no_rows(name: str) -> None:
    assert first_rows(b"\xff\x00nonsense", name, 5) is None


def test_inputs_tell_ranges_and_categories() -> None:
    texts = np.array(["b", "a", "b", "a"])
    table = Table(
        {
            "n": np.array([3, -1, 2, 2]),
            "x": np.array([np.nan, 0.5, 1.5, 1.0]),
            "t": texts,
            "own": np.array(["w", "x", "y", "z"]),
            "empty": np.array([np.nan] * 4),
        }
    )

    n, x, t, own, empty = inputs_of(table, show=True)

    assert (n["minimum"], n["maximum"], x["minimum"], x["maximum"]) == (-1, 3, 0.5, 1.5)
    assert t["categories"] == ["a", "b"] and "categories" not in own
    assert "minimum" not in empty
    hidden = inputs_of(table, show=False)
    assert all(set(item) == {"name", "dtype"} for item in hidden)
    assert "categories" not in inputs_of(table, show=True, input_type="text")[2]


@pytest.mark.parametrize("kind", ["image", "video"])
@pytest.mark.parametrize(
    ("values", "black", "white"),
    [([0, 0.99], 0, 1), ([3, 250], 0, 255), ([0, 16], 0, 16), ([-1, 1], -1, 1), ([0, 12], 0, 255)],
)
def test_pictures_tell_what_black_and_white_are(
    values: list[float], black: float, white: float, kind: str
) -> None:
    table = Table({"": np.array([[values]], dtype=float)})

    (found,) = inputs_of(table, show=True, input_type=kind)

    assert (found["minimum"], found["maximum"]) == (black, white)


def test_what_the_owner_says_of_an_input_stands() -> None:
    found = [{"name": "input", "dtype": "float", "shape": (800,), "minimum": -1.0}]

    assert completed([{"name": "input", "sample_rate": 8000, "minimum": -2}], found) == [
        {"name": "input", "dtype": "float", "shape": (800,), "minimum": -2, "sample_rate": 8000}
    ]
    assert completed("nonsense", found) == "nonsense"
