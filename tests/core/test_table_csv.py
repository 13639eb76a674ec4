"""Reading CSV: what spreadsheets and pandas write is understood, everything else is refused."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aims_gh.core import table as module
from aims_gh.core.table import Table, read_table
from aims_gh.errors import CourseError, SubmissionError


def read(text: str | bytes) -> Table:
    return read_table(text.encode() if isinstance(text, str) else text, "p.csv")


def column(*cells: str) -> np.ndarray[Any, Any]:
    return read("\n".join(["x", *cells, ""])).columns["x"]


def refusal(text: str | bytes) -> SubmissionError:
    with pytest.raises(SubmissionError) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    ["x,y\n1,a\n2,b\n", "x,y\r\n1,a\r\n2,b\r\n", "x,y\r1,a\r2,b\r", "\ufeffx,y\n1,a\n2,b",
     '"x","y"\n"1","a"\n"2","b"\n', "x,y\n1,a\n2,b\n\n\n", 'x,y\n1,"a"\n2,b\n\r\n'],
)  # fmt: skip
def test_every_common_way_of_writing_a_table_is_the_same_table(text: str) -> None:
    table = read(text)

    assert list(table.columns) == ["x", "y"]
    assert table.columns["x"].tolist() == [1, 2]
    assert table.columns["y"].tolist() == ["a", "b"]
    assert len(table) == 2


def test_quotes_keep_commas_quotes_and_line_breaks_in_a_cell() -> None:
    table = read('x,y\n"a,b","say ""hi"""\n"c\nd","e\r\nf"\n')

    assert table.columns["x"].tolist() == ["a,b", "c\nd"]
    assert table.columns["y"].tolist() == ['say "hi"', "e\r\nf"]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2", "0"], "i", [1, -2, 0]),
        (["-0"], "i", [0]),
        (["9" * 18, "-" + "9" * 18], "i", [10**18 - 1, 1 - 10**18]),
        (["1.0", "2"], "f", [1.0, 2.0]),
        (["+5", ".5", "5.", "1e3", "-1.5E-3"], "f", [5.0, 0.5, 5.0, 1000.0, -0.0015]),
        (["0.1", "0"], "f", [0.1, 0.0]),
        (["True", "False"], "b", [True, False]),
        (["01", "02"], "U", ["01", "02"]),
        (["-01", "+01"], "U", ["-01", "+01"]),
        (["00.5"], "U", ["00.5"]),
        (["1_000"], "U", ["1_000"]),
        (["0x10"], "U", ["0x10"]),
        (["1;5"], "U", ["1;5"]),
        ([" 1"], "U", [" 1"]),
        (["1 "], "U", ["1 "]),
        (["1e"], "U", ["1e"]),
        (["."], "U", ["."]),
        (["true", "false"], "U", ["true", "false"]),
        (["TRUE"], "U", ["TRUE"]),
        (["True", "1"], "U", ["True", "1"]),
        (["1", "one"], "U", ["1", "one"]),
        (["٣", "１"], "U", ["٣", "１"]),
        (["infinity"], "U", ["infinity"]),
        (["1\v"], "U", ["1\v"]),
    ],
)
def test_a_column_gets_the_narrowest_type_that_keeps_what_was_written(
    cells: list[str], kind: str, values: list[object]
) -> None:
    read_column = column(*cells)

    assert read_column.dtype.kind == kind
    assert read_column.tolist() == values


@pytest.mark.parametrize(
    "cells", [["1", '""', "3"], ["1.5", "NA", "3"], ["1", "nan", "3"], ["1", "NaN", "3"]]
)
def test_an_empty_cell_among_numbers_is_nan(cells: list[str]) -> None:
    numbers = column(*cells)

    assert numbers.dtype == np.float64
    assert np.isnan(numbers).tolist() == [False, True, False]


def test_an_empty_cell_among_texts_is_an_empty_text() -> None:
    table = read("x,y\na,\n,\n")

    assert table.columns["x"].tolist() == ["a", ""]
    assert table.columns["y"].tolist() == ["", ""]
    assert table.columns["y"].dtype.kind == "U"


@pytest.mark.parametrize(
    ("cell", "value"), [("1e400", np.inf), ("-1e400", -np.inf), ("inf", np.inf), ("-inf", -np.inf)]
)
def test_a_number_beyond_all_bounds_is_infinite_and_left_to_the_next_check(
    cell: str, value: float
) -> None:
    assert column("0.5", cell).tolist() == [0.5, value]


def test_a_whole_number_too_long_for_64_bits_is_a_float_and_never_wraps() -> None:
    assert column("9223372036854775808").tolist() == [2.0**63]
    assert column("1" + "0" * 30).tolist() == [1e30]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (['"1\n2"'], ["1\n2"]),
        (['"1.5\n2"', "3"], ["1.5\n2", "3"]),
        (['"True\nFalse"'], ["True\nFalse"]),
        (['"1\n"'], ["1\n"]),
        (['"\n1"'], ["\n1"]),
        (['"True\n"', "False"], ["True\n", "False"]),
    ],
)
def test_a_line_break_inside_a_cell_does_not_make_two_numbers_of_it(
    cells: list[str], expected: list[str]
) -> None:
    assert column(*cells).tolist() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x,y\n1,2\n3\n", "p.csv has 1 cells in row 2, the header has 2"),
        ("x,y\n1,2,3\n", "p.csv has 3 cells in row 1, the header has 2"),
        ("x,y\n1,2\n\n3,4\n", "p.csv has no cells in row 2, the header has 2"),
        ("x\n1\n\n2\n", "p.csv has no cells in row 2, the header has 1"),
        ('x,y\n"a\nb",2\n3\n', "p.csv has 1 cells in row 2, the header has 2"),
        ("x;y\n1;2,5\n", "p.csv is separated by semicolons, not by commas"),
        ("x;y\n", "p.csv is separated by semicolons, not by commas"),
        ("x\ty\n1\t2\n", "p.csv is separated by tabs, not by commas"),
        ("x\n1,5\n", "p.csv has 2 cells in row 1, the header has 1"),
        ("\nx\n1\n", "p.csv has 1 cells in row 1, the header has 0"),
        ("", "p.csv is empty"),
        ("\n\r\n", "p.csv is empty"),
        ("\ufeff", "p.csv is empty"),
        ("x,x\n1,2\n", "p.csv names a column twice"),
        (",\n1,2\n", "p.csv names a column twice"),
        ('x\n"1\n', "p.csv is not CSV: unexpected end of data"),
        ('x\n"1"2\n', "p.csv is not CSV: ',' expected after '\"'"),
        ("x\na\0\n", "p.csv has a NUL character"),
        ("x\0\n1\n", "p.csv has a NUL character"),
        (b"\xff\xfex\0", "p.csv is not UTF-8 text (byte 0)"),
        ("x\né\n".encode("latin-1"), "p.csv is not UTF-8 text (byte 2)"),
        (b"PK\x03\x04\xff", "p.csv is not UTF-8 text (byte 4)"),
    ],
)
def test_a_table_that_is_none_is_refused_and_the_row_counted_from_one(
    text: str | bytes, expected: str
) -> None:
    assert refusal(text).message == expected
    assert refusal(text).hint


@pytest.mark.parametrize("text", ["x;y\na\n", "x\na;b\n", "x,y;z\n1;2,3;4\n", "x\na\tb\n"])
def test_a_separator_inside_some_cells_is_text(text: str) -> None:
    assert len(read(text)) == 1


def test_a_header_alone_is_a_table_of_no_rows() -> None:
    for text in ("x,y", "x,y\n", "x,y\n\n\n"):
        table = read(text)

        assert len(table) == 0
        assert list(table.columns) == ["x", "y"]


def test_one_nameless_column_is_allowed_as_pandas_writes_its_row_numbers() -> None:
    assert list(read(",y\n0,a\n1,b\n").columns) == ["", "y"]


@pytest.mark.parametrize("name", ["p.txt", "p", "p.csv.gz", "p.pkl", "csv", "", ".", "p.npz"])
def test_a_file_of_another_kind_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(SubmissionError, match=r"is none of \.csv, \.parquet, \.npy"):
        read_table(b"x\n1\n", name)


def test_the_ending_may_be_in_capitals() -> None:
    assert len(read_table(b"x\n1\n", "PREDICTIONS.CSV")) == 1


def test_the_error_is_of_the_kind_asked_for() -> None:
    with pytest.raises(CourseError, match=r"y\.csv is empty"):
        read_table(b"", "y.csv", error=CourseError)


def test_a_cell_as_long_as_a_book_is_refused() -> None:
    assert "field larger than field limit" in refusal("x\n" + "y" * 200_000).message


@pytest.mark.parametrize(("long", "short"), [("y" * 100_000, "a"), ("0." + "0" * 99_998, "1.5")])
def test_one_long_cell_may_not_blow_up_all_the_other_rows(long: str, short: str) -> None:
    rows = module.MAX_TEXT_BYTES // (4 * 100_000) + 1

    said = refusal(f"x\n{long}" + f"\n{short}" * rows)

    assert said.message == f"p.csv has a cell of 100,000 characters, too many for {rows + 1:,} rows"


def test_too_many_columns_are_refused() -> None:
    wide = ",".join(f"c{n}" for n in range(module.MAX_COLUMNS + 1))

    assert refusal(f"{wide}\n").message == "p.csv has 20001 columns, more than 20000"


@pytest.mark.parametrize("tail", ["x", ".x", "e", "e+", "\v"])
def test_a_long_number_that_is_none_is_found_out_in_no_time(tail: str) -> None:
    start = time.process_time()

    numbers = column("1" * 100_000 + tail)

    assert numbers.dtype.kind == "U"
    assert time.process_time() - start < 2


def test_a_million_rows_are_read_in_seconds() -> None:
    data = b"x\n" + b"0.125\n7\n" * 500_000
    start = time.process_time()

    table = read(data)

    assert time.process_time() - start < 10
    assert len(table) == 1_000_000
    assert table.columns["x"].sum() == 500_000 * 7.125


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))),
                 min_size=2, max_size=2),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_whatever_csv_writes_comes_back_as_text_or_as_the_number_it_spells(
    rows: list[list[str]],
) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([["a", "b"], *rows])

    table = read(stream.getvalue())

    for position, name in enumerate(["a", "b"]):
        cells = [row[position] for row in rows]
        found = table.columns[name]
        if found.dtype.kind == "U":
            assert found.tolist() == cells
        elif found.dtype.kind == "b":
            assert [str(value) for value in found] == cells
        else:
            spelt = [float(cell.replace("NA", "nan") or "nan") for cell in cells]
            np.testing.assert_array_equal(found, spelt)


@settings(max_examples=150, deadline=None)
@given(data=st.one_of(st.binary(max_size=80), st.text('x,"\n\r1.e-T\ufeff\0', max_size=40)))
def test_no_bytes_do_anything_but_read_or_be_refused(data: bytes | str) -> None:
    content = data if isinstance(data, bytes) else data.encode()

    for name in ("p.csv", "p.npy", "p.parquet"):
        try:
            table = read_table(content, name)
        except SubmissionError:
            continue
        assert {len(column) for column in table.columns.values()} <= {len(table)}
