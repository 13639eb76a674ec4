"""The data an owner hands over: what is published, and what must not be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.leaks import check_no_answers
from aims_gh.core.table import SUFFIXES, Table, read_table
from aims_gh.errors import CourseError

MAX_DATA_BYTES = 95_000_000
"""Of one file: GitHub refuses 100 MB."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file the owner hands over: its name, for the ending and for messages, and its bytes."""

    name: str
    content: bytes

    @property
    def suffix(self) -> str:
        """The ending, in small letters."""
        return Path(self.name).suffix.lower()

    def sha256(self) -> str:
        """Digest the file's bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def table(self) -> Table:
        """Read the file; CourseError where it is no good."""
        if self.suffix not in SUFFIXES:
            raise CourseError(
                f"{self.name} is none of {', '.join(SUFFIXES)}", hint="save it as CSV with a header"
            )
        if len(self.content) > MAX_DATA_BYTES:
            raise CourseError(
                f"{self.name} has {len(self.content):,} bytes, the limit is {MAX_DATA_BYTES:,}",
                hint="save it as Parquet, or hand over fewer rows",
            )
        table = read_table(self.content, self.name, error=CourseError)
        if len(table.columns) > 1 and "" in table.columns:
            raise CourseError(
                f"{self.name} has a column with no name, as row numbers have",
                hint="write it without them: to_csv(…, index=False)",
            )
        return table


@dataclass(frozen=True, slots=True)
class PublicData:
    """The files of a playground that are not labels, read and found fit to publish."""

    features: tuple[Source, Table] | None
    train: tuple[Source, Table] | None
    example: tuple[Source, Table] | None

    def given(self) -> dict[str, tuple[Source, Table]]:
        """Give what there is, by kind."""
        kinds = {"features": self.features, "train": self.train, "example": self.example}
        return {kind: item for kind, item in kinds.items() if item is not None}


def read_public_data(
    features: Source | None,
    train: Source | None,
    example: Source | None,
    *,
    labels: Source,
    label_name: str,
    answers: npt.NDArray[Any],
) -> PublicData:
    """Read the files, and make sure that none of them gives the answers away.

    Raises
    ------
    CourseError
        Naming the file.
    """
    rows = (features, features.table()) if features else None
    if rows:
        _check_features(rows[0], rows[1], labels, label_name, answers)
    found: list[tuple[Source, Table] | None] = []
    for source in (train, example):
        if source is None:
            found.append(None)
            continue
        table = source.table()
        held_out = rows[1] if rows else None
        check_no_answers(table, source.name, answers=answers, features=held_out)
        found.append((source, table))
    return PublicData(rows, *found)


def _check_features(
    source: Source, table: Table, labels: Source, label_name: str, answers: npt.NDArray[Any]
) -> None:
    if len(table) != len(answers):
        raise CourseError(
            f"{source.name} has {len(table)} rows, {labels.name} has {len(answers)}",
            hint="features and labels belong together row by row",
        )
    if label_name and label_name in table.columns:
        raise CourseError(
            f"{source.name} has the label column {label_name!r}: everybody could read the answers",
            hint="remove it from the features",
        )
    check_no_answers(table, source.name, answers=answers, features=None)


def inputs_of(table: Table, *, show: bool, input_type: str = "tabular") -> list[dict[str, Any]]:
    """Describe columns for `playground.yml`; `show`: with the first row, ranges and categories."""
    kinds = {"f": "float", "i": "int", "U": "string", "b": "bool"}
    inputs = []
    narrow = len(table.columns) <= MAX_DESCRIBED
    for name, column in table.columns.items():
        item: dict[str, Any] = {"name": name or "input", "dtype": kinds[column.dtype.kind]}
        if column.ndim > 1:
            item["shape"] = column.shape[1:]
        elif show and len(column) and column[0] == column[0]:  # NaN is not an example
            item["example"] = column[0].item()
        if show and narrow:
            item |= _extent(column, input_type)
        inputs.append(item)
    return inputs


MAX_DESCRIBED = 1_000
"""Columns; of more, the file would not hold all that is to be said."""

MAX_CATEGORIES = 50
_MAX_LETTERS = 100
_WHITES = (1.0, 16.0, 255.0)
"""What white is in the pictures people have; 16 in scikit-learn's digits."""


def _extent(column: npt.NDArray[Any], input_type: str) -> dict[str, Any]:
    """Tell which values there are: from where to where, or which texts."""
    if column.dtype.kind == "U":
        return _categories(column) if input_type == "tabular" and column.ndim == 1 else {}
    numbers = column[np.isfinite(column)] if column.dtype.kind == "f" else column
    if column.dtype.kind == "b" or not numbers.size:
        return {}
    low, high = numbers.min().item(), numbers.max().item()
    if input_type in ("image", "video"):
        white = next((white for white in _WHITES if high <= white), None)
        if low >= 0 and white is not None:
            return {"minimum": 0.0, "maximum": 255.0 if 1 < high < 16 else white}
        return {"minimum": -1.0, "maximum": 1.0} if (low, high) == (-1, 1) else {}
    return {"minimum": low, "maximum": high}


def _categories(column: npt.NDArray[Any]) -> dict[str, Any]:
    found = np.unique(column).tolist()
    few = len(found) <= MAX_CATEGORIES and 2 * len(found) <= len(column)
    if not few or any(len(text) > _MAX_LETTERS for text in found):
        return {}
    return {"categories": found}


def completed(given: Any, found: list[dict[str, Any]]) -> Any:
    """Add to what is said of inputs what was found of the same ones; what is said stands."""
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        return given  # the record will say what is wrong with it
    by_name = {item["name"]: item for item in found}
    return [by_name.get(str(item.get("name")), {}) | item for item in given]
