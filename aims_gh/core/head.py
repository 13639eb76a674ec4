"""The first rows of a public data file, read without the rest."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.table import Table, read_table

_MAX_TEXT = 4_000_000


def first_rows(data: bytes, name: str, rows: int) -> Table | None:
    """Read so many rows at most; None where the file cannot be read.

    The types of CSV columns are those of the rows that were read.
    """
    suffix = name[name.rfind(".") :].lower()
    readers = {".csv": _csv_head, ".npy": _npy_head, ".parquet": _parquet_head}
    try:
        return readers[suffix](data, rows)
    except Exception:  # noqa: BLE001  examples are a courtesy, whatever is wrong with a file
        return None


def _csv_head(data: bytes, rows: int) -> Table:
    text = data[:_MAX_TEXT].decode("utf-8-sig", errors="ignore")
    lines = list(itertools.islice(csv.reader(io.StringIO(text, newline="")), rows + 1))
    if len(data) > _MAX_TEXT and len(lines) <= rows:
        lines.pop()  # cut in the middle
    return _read_again(lines)


def _read_again(lines: Sequence[Sequence[str]]) -> Table:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return read_table(stream.getvalue().encode(), "rows.csv")


def _npy_head(data: bytes, rows: int) -> Table:
    whole: npt.NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
    stream = io.BytesIO()
    np.save(stream, whole[:rows], allow_pickle=False)
    return read_table(stream.getvalue(), "rows.npy")


def _parquet_head(data: bytes, rows: int) -> Table:
    table = read_table(data, "rows.parquet")
    return Table({name: column[:rows] for name, column in table.columns.items()})


def as_examples(
    table: Table, names: Sequence[str], *, most: int, numbers: int
) -> list[tuple[Any, ...]]:
    """Give rows as plain values, a flat tuple for an array; NaN becomes None.

    Parameters
    ----------
    names : sequence of str
        Of the inputs, in order; a NumPy file is the only one, or all of them side by side.
    most, numbers : int
        How many rows, and how many numbers in all, at the most; one row if that is too many.
    """
    columns = _columns(table, names)
    if columns is None or not len(table):
        return []
    each = sum(int(np.prod(column.shape[1:])) for column in columns)
    count = min(most, len(table), max(1, numbers // max(each, 1)))
    return [tuple(_value(column[row]) for column in columns) for row in range(count)]


def _columns(table: Table, names: Sequence[str]) -> list[npt.NDArray[Any]] | None:
    if all(name in table.columns for name in names):
        return [table.columns[name] for name in names]
    if list(table.columns) == [""]:
        array = table.columns[""]
        if len(names) == 1:
            return [array]
        if array.ndim == 2 and array.shape[1] == len(names):
            return list(array.T)
    return None


def _value(value: Any) -> Any:
    if np.ndim(value):
        return tuple(_value(one) for one in np.ravel(value))
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float) and not np.isfinite(plain):
        return None
    return plain
