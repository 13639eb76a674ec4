"""The holdout: truth and the public/private mask, and how they are written before sealing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.predictions import Codes, Values, codes_from
from aims_gh.core.split import Mask, draw_private
from aims_gh.core.table import Table
from aims_gh.domain.names import Label
from aims_gh.errors import CourseError

_EXACT = 2**53
"""Above it, a float is not every whole number any more."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The held-out answers. Never shown: `repr` tells only how many.

    Attributes
    ----------
    answers : int32 or float64 array of shape (n,)
        Positions in the playground's labels, or values in the target's unit.
    private : bool array of shape (n,)
        True where a row is secret until the reveal.
    """

    answers: Codes | Values = field(repr=False)
    private: Mask = field(repr=False)

    def __len__(self) -> int:
        return len(self.answers)


def read_labels(
    table: Table, *, name: str, column: str | None, labels: Sequence[Label] | None
) -> tuple[Label, ...]:
    """Find the classes of a label file: the owner's list, or what occurs, sorted.

    Whole numbers sort as numbers. Raises CourseError where there are fewer than two, or a row
    has none.
    """
    if labels:
        return tuple(labels)
    answers = label_column(table, name, column)
    _check_all_there(answers, name)
    found = np.unique(answers)
    if found.dtype.kind == "f":
        if not np.array_equal(found, np.round(found)) or np.abs(found).max() > _EXACT:
            raise CourseError(
                f"{name} holds fractions, which are no classes",
                hint="is this a regression task? --task regression",
            )
        found = found.astype(np.int64)
    if len(found) < 2:
        raise CourseError(
            f"{name} holds {len(found)} different labels, classification needs two",
            hint="list all classes with --label-names a,b,c if the holdout lacks some",
        )
    if len(answers) >= 20 and len(found) > len(answers) / 2:
        raise CourseError(
            f"{name} holds {len(found)} different labels in {len(answers)} rows",
            hint="is this a regression task? --task regression; or list them: --label-names a,b,c",
        )
    classes = tuple(str(v) if found.dtype.kind in "Ub" else int(v) for v in found)
    if (column or next(iter(table.columns))) in {str(v) for v in classes}:
        raise CourseError(
            f"the first line of {name} is itself a label, and is read as a header",
            hint="write a header line above the labels",
        )
    return classes


def truth_from_table(
    table: Table,
    *,
    name: str,
    column: str | None,
    labels: Sequence[Label],
    fraction: float,
    seed: int,
) -> Truth:
    """Read the held-out answers and draw the private part.

    Parameters
    ----------
    table : Table
        The label file: one column, or the one named `column`.
    labels : sequence of str or int
        The classes in the owner's order; empty for regression.
    fraction, seed
        See `draw_private`.

    Raises
    ------
    CourseError
        Naming the file and the row that is wrong.
    """
    answers = label_column(table, name, column)
    if labels:
        codes = codes_from(answers, labels, name, error=CourseError)
        return Truth(codes, draw_private(codes, rows=len(codes), fraction=fraction, seed=seed))
    if answers.dtype.kind not in "fi":
        raise CourseError(
            f"{name} has something other than numbers",
            hint="look for units or a second header line; classes need --task classification",
        )
    _check_all_there(answers, name)
    values = answers.astype(np.float64)
    return Truth(values, draw_private(None, rows=len(values), fraction=fraction, seed=seed))


def _check_all_there(answers: npt.NDArray[Any], name: str) -> None:
    missing = answers == "" if answers.dtype.kind == "U" else ~np.isfinite(answers)
    if missing.any():
        raise CourseError(
            f"{name} has no answer in row {int(np.argmax(missing)) + 1}",
            hint="remove rows with no answer, from the features too",
        )


def label_column(table: Table, name: str, column: str | None) -> npt.NDArray[Any]:
    """Give the answers as they are written: the only column, or the one named."""
    if column is None and len(table.columns) == 1:
        column = next(iter(table.columns))
    if column not in table.columns:
        raise CourseError(
            f"{name} has {len(table.columns)} columns"
            + (f", none called {column!r}" if column else ""),
            hint="say which one holds the labels with --label-column: "
            + ", ".join(name or "(no name)" for name in list(table.columns)[:12]),
        )
    array = table.columns[column]
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) == 0:
        raise CourseError(f"{name} has no single column of labels", hint="one label per row")
    return array


def truth_to_bytes(truth: Truth) -> bytes:
    """Write the truth for sealing. Not compressed: the length tells only the number of rows."""
    stream = io.BytesIO()
    np.savez(stream, answers=truth.answers, private=truth.private)
    return stream.getvalue()


def truth_from_bytes(data: bytes) -> Truth:
    """Read what `truth_to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return Truth(arrays["answers"], arrays["private"])
