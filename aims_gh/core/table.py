"""Tables: reading CSV, NumPy and Parquet files strictly, whoever sent them."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.errors import AimsError, MissingExtra, SubmissionError

MAX_COLUMNS = 20_000
MAX_CELLS = 100_000_000
MAX_TEXT_BYTES = 1_000_000_000
SUFFIXES = (".csv", ".parquet", ".npy")

_INTEGER = r"-?(?:0|[1-9][0-9]{0,17})"
_FLOAT = r"(?:[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf|nan|NaN|NA|)"
_INTEGERS = re.compile(rf"(?:{_INTEGER}\n)+")
_FLOATS = re.compile(rf"(?:(?![+-]?0[0-9]){_FLOAT}\n)+")
_BOOLS = re.compile(r"(?:(?:True|False)\n)+")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length.

    Attributes
    ----------
    columns : dict of str to array of shape (n,) or (n, ...)
        float64, int64, bool or text. A NumPy file is one column named "".
        Empty cells of a numeric column are NaN.
    """

    columns: dict[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def read_table(data: bytes, name: str, *, error: type[AimsError] = SubmissionError) -> Table:
    """Read a file by its ending: .csv with a header line, .npy, or .parquet.

    Parameters
    ----------
    data : bytes
        The file's content.
    name : str
        Its name, for the ending and for messages.
    error : type of AimsError
        What to raise: whose file it is.

    Raises
    ------
    AimsError
        Of the given type, naming the file and the row (data rows count from 1).
    """
    suffix = name[name.rfind(".") :].lower()
    readers = {".csv": _read_csv, ".npy": _read_npy, ".parquet": _read_parquet}
    if suffix not in readers:
        raise error(f"{name} is none of {', '.join(SUFFIXES)}", hint="save it as CSV with a header")
    try:
        return readers[suffix](data)
    except _Unreadable as problem:
        raise error(f"{name} {problem}", hint=problem.hint) from None


class _Unreadable(Exception):
    def __init__(self, what: str, hint: str = "write it again with pandas: to_csv(…, index=False)"):
        super().__init__(what)
        self.hint = hint


def _read_csv(data: bytes) -> Table:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise _Unreadable(f"is not UTF-8 text (byte {problem.start})", "save it as UTF-8") from None
    _check_text(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as problem:
        raise _Unreadable(f"is not CSV: {problem}") from None
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise _Unreadable("is empty")
    header = rows.pop(0)
    _check_separator(header, rows)
    _check_header(header)
    width = len(header)
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            found = len(row) if row else "no"
            raise _Unreadable(f"has {found} cells in row {number}, the header has {width}")
    cells = zip(*rows, strict=True) if rows else ((),) * width
    return Table({key: _typed(column) for key, column in zip(header, cells, strict=True)})


def _check_separator(header: list[str], rows: list[list[str]]) -> None:
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        lines = (header, *rows)
        if len(header) == 1 and all(separator in "".join(line) for line in lines):
            raise _Unreadable(
                f"is separated by {name}, not by commas",
                f"pandas.read_csv(…, sep={separator!r}).to_csv(…, index=False)",
            )


def _check_header(header: list[str]) -> None:
    if len(header) > MAX_COLUMNS:
        raise _Unreadable(f"has {len(header)} columns, more than {MAX_COLUMNS}")
    if len(set(header)) < len(header):
        raise _Unreadable("names a column twice", "give every column its own name")


def _typed(cells: tuple[str, ...]) -> npt.NDArray[Any]:
    """Give a column the narrowest type that keeps what was written: '01' stays text."""
    joined = "\n".join(cells) + "\n"
    # A quoted cell may hold a line break itself; such a column is text.
    if joined.count("\n") == len(cells) and joined.strip("\n"):
        if _INTEGERS.fullmatch(joined):
            return np.array(cells).astype(np.int64)
        if _FLOATS.fullmatch(joined):
            _check_room(cells)
            missing = {"": "nan", "NA": "nan"}
            return np.array([missing.get(cell, cell) for cell in cells]).astype(np.float64)
        if _BOOLS.fullmatch(joined):
            return np.array([cell == "True" for cell in cells], dtype=bool)
    return _text(cells)


def _text(cells: Sequence[str]) -> npt.NDArray[np.str_]:
    """Make an array of text."""
    _check_room(cells)
    return np.array(cells, dtype=np.str_) if len(cells) else np.array([], dtype=np.str_)


def _check_room(cells: Sequence[str]) -> None:
    """See that an array of text has room, whose every cell takes that of the longest."""
    longest = max(map(len, cells), default=0)
    if 4 * longest * len(cells) > MAX_TEXT_BYTES:
        raise _Unreadable(
            f"has a cell of {longest:,} characters, too many for {len(cells):,} rows",
            "shorten the longest texts",
        )


def _check_text(text: str) -> None:
    # NumPy drops it from the end of a text: two different texts would become one.
    if "\0" in text:
        raise _Unreadable("has a NUL character", "save it as text, without binary data")


def _read_npy(data: bytes) -> Table:
    stream = io.BytesIO(data)
    try:
        major, _ = np.lib.format.read_magic(stream)
        read_header = {
            1: np.lib.format.read_array_header_1_0,
            2: np.lib.format.read_array_header_2_0,
        }[major]
        shape, _, dtype = read_header(stream, max_header_size=10_000)
    except Exception as problem:  # noqa: BLE001  the header is a Python literal of somebody else's
        raise _Unreadable(f"is not a NumPy file ({type(problem).__name__})") from None
    if dtype.kind not in "fiubU" or not 0 < dtype.itemsize <= 4096:
        raise _Unreadable(
            "holds something other than numbers, truth values or text",
            "np.save an array of dtype float, int, bool or str",
        )
    # The size is checked before NumPy allocates what the header claims.
    cells = 1
    for side in shape:
        cells *= side
    if not shape or min(shape) < 0 or cells * dtype.itemsize != len(data) - stream.tell():
        raise _Unreadable("is cut short, too long, or has no rows")
    stream.seek(0)
    try:
        array = np.load(stream, allow_pickle=False)
    except Exception as problem:  # noqa: BLE001  shapes that NumPy cannot give an array
        raise _Unreadable(f"is not a NumPy file ({type(problem).__name__})") from None
    return Table({"": _plain(array)})


def _read_parquet(data: bytes) -> Table:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtra("reading Parquet files", extra="pandas") from None
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        rows, width = file.metadata.num_rows, file.metadata.num_columns
        if width > MAX_COLUMNS or rows * width > MAX_CELLS:
            raise _Unreadable(f"claims {rows} rows of {width} columns, more than allowed")
        table = file.read(use_threads=False)
        _check_header(table.column_names)
        columns = {
            name: _to_numpy(column)
            for name, column in zip(table.column_names, table.columns, strict=True)
            if not name.startswith("__index_level_")
        }
    except (_Unreadable, MemoryError):
        raise
    except Exception as problem:  # noqa: BLE001  pyarrow raises many kinds
        raise _Unreadable(f"is not a Parquet file ({type(problem).__name__})") from None
    return Table({name: _plain(column) for name, column in columns.items()})


def _to_numpy(column: Any) -> npt.NDArray[Any]:
    # pyarrow would give an empty cell of a categorical column the first of its categories.
    if column.null_count and hasattr(column.type, "index_type"):
        raise _Unreadable("has empty cells in a categorical column", "fill them in")
    array: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return array


def _plain(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Reduce NumPy's many types to four."""
    if array.dtype.kind == "O":
        if not all(isinstance(value, str) for value in array.flat):
            raise _Unreadable("has empty cells, or mixes text with other things, in one column")
        for value in array.flat:
            _check_text(value)
        return _text(array.tolist())
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # a long double may exceed it: infinity, refused later
            return array.astype(np.float64)
    if array.dtype.kind in "iu":
        if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
            raise _Unreadable("has whole numbers above 2^63")
        return array.astype(np.int64)
    if array.dtype.kind == "U":
        array = array.astype(array.dtype.newbyteorder("="), order="C")
        if array.size and array.view(np.uint32).max() > sys.maxunicode:
            raise _Unreadable("has text that is not Unicode")
        return array
    if array.dtype.kind == "b":
        return array
    raise _Unreadable(f"has a column of type {array.dtype}")
