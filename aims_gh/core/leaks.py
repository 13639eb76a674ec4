"""Leaks: held-out answers that are about to be published by mistake."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.table import Table
from aims_gh.errors import CourseError

_TELLING = 5
"""So many rows that agree in order are no chance."""

_SHARE = 0.5
"""A larger share of rows in common is no chance either; whole numbers repeat themselves a lot."""


def check_no_answers(
    public: Table, name: str, *, answers: npt.NDArray[Any], features: Table | None
) -> None:
    """Refuse public data that give the held-out answers away.

    Parameters
    ----------
    public : Table
        What is to be published.
    name : str
        The file it is in.
    answers : array of shape (n,)
        The held-out answers.
    features : Table or None
        The held-out rows, where `public` is another file than theirs.

    Raises
    ------
    CourseError
        Naming the file and the column, or how many held-out rows it has.
    """
    for column, values in public.columns.items():
        if len(answers) >= _TELLING and _same(values, answers):
            raise CourseError(
                f"the column {column!r} of {name} is the held-out answers",
                hint="remove it: everybody could read them",
            )
    if features is not None and set(features.columns) < set(public.columns):
        held_out = set(_rows(features, tuple(features.columns)))
        shared = held_out.intersection(_rows(public, tuple(features.columns)))
        few = min(len(held_out), len(public))
        if len(shared) >= 2 and len(shared) > _SHARE * few:
            raise CourseError(
                f"{name} has {len(shared)} of the held-out rows, and more columns than they have",
                hint="leave them out: what is in those columns may be their answers",
            )


def _same(values: npt.NDArray[Any], answers: npt.NDArray[Any]) -> bool:
    if values.shape != answers.shape:
        return False
    if values.dtype.kind in "fib" and answers.dtype.kind in "fib":
        return bool(np.array_equal(values.astype(float), answers.astype(float)))
    return bool(np.array_equal(values.astype(np.str_), answers.astype(np.str_)))


def _rows(table: Table, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    flat = [table.columns[name].reshape(len(table), -1) for name in columns]
    return [
        tuple(cell for column in row for cell in column.tolist()) for row in zip(*flat, strict=True)
    ]
