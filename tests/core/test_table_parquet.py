"""Reading Parquet: what pandas writes is understood, nested and empty things are refused."""

from __future__ import annotations

import datetime
import decimal
import io
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aims_gh.core.table import Table, read_table
from aims_gh.errors import SubmissionError


def written(table: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def by_pandas(frame: Any) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return stream.getvalue()


def read(data: bytes) -> Table:
    return read_table(data, "p.parquet")


def column(values: Any) -> np.ndarray[Any, Any]:
    return read(written(pa.table({"x": values}))).columns["x"]


def refusal(data: bytes) -> str:
    with pytest.raises(SubmissionError) as caught:
        read(data)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, 2], "i", [1, 2]),
        ([0.5, 2.0], "f", [0.5, 2.0]),
        (["a", "é"], "U", ["a", "é"]),
        ([True, False], "b", [True, False]),
        (pa.array([1, 2], pa.int8()), "i", [1, 2]),
        (pa.array([1, 2], pa.uint64()), "i", [1, 2]),
        (pa.array(np.array([1, 2], "f2")), "f", [1.0, 2.0]),
        (pa.array(["a", "b"], pa.large_string()), "U", ["a", "b"]),
        (pa.array(["b", "a", "b"]).dictionary_encode(), "U", ["b", "a", "b"]),
        (pa.array([7, 5, 7]).dictionary_encode(), "i", [7, 5, 7]),
        (pa.chunked_array([["a"], ["b", "c"]]), "U", ["a", "b", "c"]),
        (pa.array([], pa.int64()), "i", []),
    ],
)
def test_numbers_truth_values_text_and_categories_are_read(
    values: Any, kind: str, expected: list[Any]
) -> None:
    found = column(values)

    assert found.dtype.kind == kind
    assert found.tolist() == expected


def test_an_empty_cell_among_numbers_is_nan() -> None:
    for values in ([1, None, 3], [1.0, None, 3.0], [1.0, float("nan"), 3.0]):
        np.testing.assert_array_equal(column(values), [1, np.nan, 3])


@pytest.mark.parametrize(
    "values",
    [["a", None], [True, None], pa.nulls(2), pa.nulls(2, pa.string())],
)
def test_an_empty_cell_among_texts_or_truth_values_is_refused(values: Any) -> None:
    assert "has empty cells" in refusal(written(pa.table({"x": values})))


@pytest.mark.parametrize("first", ["x", None])
def test_an_empty_cell_among_categories_is_refused_and_not_the_first_category(first: Any) -> None:
    values = [first, "y", None]

    for data in (
        written(pa.table({"x": pa.array(values).dictionary_encode()})),
        by_pandas(pd.DataFrame({"x": pd.Categorical(values)})),
    ):
        assert refusal(data) == "p.parquet has empty cells in a categorical column"


def test_an_empty_cell_among_categories_that_are_numbers_is_nan() -> None:
    numbers = column(pa.array([3, None, 5]).dictionary_encode())

    np.testing.assert_array_equal(numbers, [3, np.nan, 5])


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2], [3]],
        pa.array([[1.0, 2.0]], pa.list_(pa.float64(), 2)),
        [{"a": 1}],
        [decimal.Decimal("1.5")],
        [datetime.datetime(2026, 1, 1)],
        pa.array([1], pa.timestamp("us", "UTC")),
        [datetime.date(2026, 1, 1)],
        [datetime.time(1)],
        pa.array([1], pa.duration("us")),
        [b"a"],
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    ],
    ids=str,
)
def test_nested_and_exotic_columns_are_refused(values: Any) -> None:
    assert refusal(written(pa.table({"x": values}))).startswith("p.parquet has ")


def test_a_whole_number_above_int64_is_refused() -> None:
    data = written(pa.table({"x": pa.array([2**63], pa.uint64())}))

    assert refusal(data) == "p.parquet has whole numbers above 2^63"


def test_a_nul_at_the_end_of_a_text_is_refused_because_numpy_would_drop_it() -> None:
    assert refusal(written(pa.table({"x": ["a\0", "a"]}))) == "p.parquet has a NUL character"


def test_two_columns_of_one_name_are_refused() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])

    assert refusal(written(table)) == "p.parquet names a column twice"


@pytest.mark.parametrize(
    ("frame", "columns"),
    [
        (pd.DataFrame({"y": [1.0, 2.0]}), ["y"]),
        (pd.DataFrame({"y": [1.0, 2.0]}, index=range(5, 7)), ["y"]),
        (pd.DataFrame({"y": [1.0, 2.0]}, index=[9, 3]), ["y"]),
        (pd.DataFrame({"y": [1.0, 2.0]}, index=["a", "b"]), ["y"]),
        (
            pd.DataFrame({"y": [1.0, 2.0]}, index=pd.MultiIndex.from_tuples([(1, 2), (3, 4)])),
            ["y"],
        ),
        (pd.DataFrame({"y": [1.0, 2.0]}, index=pd.Index([9, 3], name="id")), ["y", "id"]),
        (pd.Series([1.0, 2.0], index=[4, 8]).to_frame("y"), ["y"]),
    ],
)
def test_the_row_numbers_that_pandas_hides_in_a_file_are_no_column(
    frame: Any, columns: list[str]
) -> None:
    table = read(by_pandas(frame))

    assert list(table.columns) == columns
    assert table.columns["y"].tolist() == [1.0, 2.0]


def test_a_file_of_nothing_but_row_numbers_has_no_rows() -> None:
    assert len(read(by_pandas(pd.DataFrame(index=[5, 3])))) == 0
    assert len(read(written(pa.table({})))) == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"PAR1", b"PAR1PAR1", b"PAR1" + b"\xff" * 60 + b"PAR1", b"x\n1\n",
     b"PAR1" + b"\0" * 8 + b"\xff\xff\xff\x7fPAR1"],
)  # fmt: skip
def test_what_is_no_parquet_file_is_refused(data: bytes) -> None:
    assert refusal(data).startswith("p.parquet is not a Parquet file")


def test_a_file_cut_short_or_damaged_anywhere_is_refused_or_read_whole() -> None:
    whole = written(pa.table({"x": list(range(50))}), compression="none")

    for end in range(0, len(whole), 7):
        assert "is not a Parquet file" in refusal(whole[:end])
    assert read(whole).columns["x"].tolist() == list(range(50))


def test_a_small_file_that_claims_more_cells_than_allowed_is_refused_before_it_unfolds() -> None:
    bomb = written(pa.table({"x": pa.array(np.zeros(100_000_001, bool))}), compression="gzip")

    assert len(bomb) < 1_000_000
    assert refusal(bomb) == "p.parquet claims 100000001 rows of 1 columns, more than allowed"


def test_a_long_text_repeated_by_a_dictionary_does_not_fill_the_memory() -> None:
    longest = "y" * 200_000
    data = written(pa.table({"x": pa.array([longest, *["a"] * 1_500])}))

    assert len(data) < 500_000
    assert "has a cell of 200,000 characters, too many for 1,501 rows" in refusal(data)


def test_too_many_columns_are_refused() -> None:
    wide = written(pa.table({f"c{n}": pa.array([], pa.int8()) for n in range(20_001)}))

    assert refusal(wide) == "p.parquet claims 0 rows of 20001 columns, more than allowed"


def test_without_pyarrow_the_reader_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from aims_gh.core.table import read_table\n"
        "from aims_gh.errors import MissingExtra\n"
        "try: read_table(b'', 'p.parquet')\n"
        "except MissingExtra as error: print(error.hint)\n"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout == "pip install 'aims-gh[pandas]'\n"
