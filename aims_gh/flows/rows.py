"""Rows as plain data, from whatever users of Python have them in."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError


def as_rows(data: Any) -> list[Any]:
    """Give rows as what JSON has: objects by column, lists, or values; NaN becomes null.

    Parameters
    ----------
    data : DataFrame, array, Series, list, mapping, or Path
        A mapping of columns, or of one row; a file that ends in .csv or .npy.

    Raises
    ------
    SubmissionError
        With the row and the column, if a value is none that can be sent.
    """
    return [_row(row, place) for place, row in enumerate(_rows(data), start=1)]


def _rows(data: Any) -> Sequence[Any]:
    if isinstance(data, Path):
        return _file(data)
    if hasattr(data, "columns") and hasattr(data, "to_dict"):
        names = [str(name) for name in data.columns]
        columns = [data.iloc[:, at].tolist() for at in range(len(names))]
        return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
    if isinstance(data, Mapping):
        return _columns(data)
    if hasattr(data, "tolist"):
        found = data.tolist()
        return found if isinstance(found, list) else [found]
    return list(data)


def _columns(data: Mapping[Any, Any]) -> list[dict[Any, Any]]:
    """Tell columns from one row: each value is a list, or an array of more than one."""
    lists = [v.tolist() if hasattr(v, "tolist") else v for v in data.values()]
    if not lists or not all(isinstance(one, list | tuple) for one in lists):
        return [dict(data)]
    lengths = {str(name): len(one) for name, one in zip(data, lists, strict=True)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{plain(name)}: {count}" for name, count in list(lengths.items())[:8])
        raise SubmissionError(
            f"the columns have different lengths: {told}", hint="give a value for each row"
        )
    return [dict(zip(data, cells, strict=True)) for cells in zip(*lists, strict=True)]


def _file(path: Path) -> Sequence[Any]:
    if not path.is_file():
        raise SubmissionError(
            f"there is no file {path}", hint="a text is given in a list: predict(url, [text])"
        )
    if path.suffix.lower() == ".npy":
        array: list[Any] = np.load(path, allow_pickle=False).tolist()
        return array
    if path.suffix.lower() != ".csv":
        raise SubmissionError(f"{path.name} is neither .csv nor .npy", hint="save it as CSV")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            rows = list(reader)
        except (csv.Error, UnicodeDecodeError) as problem:
            raise SubmissionError(f"{path.name} is not CSV: {problem}", hint="UTF-8") from None
    for place, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            raise SubmissionError(
                f"{path.name} has too many or too few cells in row {place}",
                hint="each line has a cell for each column of the first",
            )
    return rows


def _row(row: Any, place: int) -> Any:
    if isinstance(row, Mapping):
        return {str(name): _value(cell, place, str(name)) for name, cell in row.items()}
    return _value(row, place, None)


def _value(value: Any, place: int, name: str | None) -> Any:
    if isinstance(value, list | tuple):
        return [_value(one, place, name) for one in value]
    if hasattr(value, "tolist"):
        return _value(value.tolist(), place, name)
    if isinstance(value, float):
        if math.isinf(value):
            where = f"“{plain(name)[:60]}” in row {place}" if name else f"a value of row {place}"
            raise SubmissionError(f"{where} is {value}, no number", hint="leave it empty")
        return None if math.isnan(value) else value
    if value is None or isinstance(value, str | int):
        return value
    return None if str(value) == "NaT" else str(value)
