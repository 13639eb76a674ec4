"""The inputs of the file: one matrix where all is numbers or all is text, else one per column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aims_gh.errors import SubmissionError

Kind = Literal["number", "whole", "text"]

BY_NAME = "aims_gh.by_name"
"""Set in the `attrs` of a DataFrame whose columns are not all that the playground has."""

MATRIX = "input"
"""The name of the one input that takes everything."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the features.

    Attributes
    ----------
    name : str
    kind : str
        `text`, `whole` (whole numbers or truth values) or `number`.
    """

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the file takes.

    Attributes
    ----------
    columns : tuple of Column
        As the model takes them, in its order.
    matrix : bool
        Whether they are one input, side by side.
    """

    columns: tuple[Column, ...]
    matrix: bool

    def declared(self, number: Callable[..., Any], whole: Callable[..., Any]) -> list[Any]:
        """Declare them to skl2onnx, under names that it keeps.

        Parameters
        ----------
        number, whole : type
            skl2onnx's types for numbers, and for whole numbers.
        """
        from skl2onnx.common.data_types import StringTensorType

        types = {"number": number, "whole": whole, "text": StringTensorType}
        if self.matrix:
            kinds = {column.kind for column in self.columns}
            kind = kinds.pop() if len(kinds) == 1 else "number"
            return [(MATRIX, types[kind]([None, len(self.columns)]))]
        return [
            (f"column_{place}", types[column.kind]([None, 1]))
            for place, column in enumerate(self.columns)
        ]

    def names(self) -> dict[str, str]:
        """Give the name of each input in the file, by the one it was declared under."""
        if self.matrix:
            return {}
        return {f"column_{place}": column.name for place, column in enumerate(self.columns)}

    @property
    def are_numbers_apart(self) -> bool:
        """Whether they are several inputs, although all hold numbers."""
        return not self.matrix and all(column.kind != "text" for column in self.columns)

    @property
    def has_whole(self) -> bool:
        """Whether some column holds whole numbers only."""
        return any(column.kind == "whole" for column in self.columns)


def inputs_of(rows: Any) -> Inputs:
    """Read the columns and their kinds from the rows that the model is asked about.

    Parameters
    ----------
    rows : DataFrame, Series, array of shape (n, columns) or (n,), or list of texts

    Raises
    ------
    SubmissionError
        If the file could not tell two columns apart, or a row is no row of a table.
    """
    if not hasattr(rows, "columns"):
        return _array_inputs(rows)
    names = [str(name) for name in rows.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        raise SubmissionError(
            f"the features have two columns {twice[0]!r}" if twice else "a feature has no name",
            hint="give every column its own name, in the training data too",
        )
    columns = tuple(Column(name, _kind(rows.iloc[:, place])) for place, name in enumerate(names))
    numbers = all(column.kind != "text" for column in columns)
    by_name = bool(getattr(rows, "attrs", {}).get(BY_NAME))
    return Inputs(columns, matrix=numbers and not by_name)


def _array_inputs(rows: Any) -> Inputs:
    try:
        array = np.asarray(rows)
    except ValueError:
        array = np.empty(())
    if array.ndim > 2 or array.ndim == 0:
        raise SubmissionError(
            f"a row of the features has the shape {array.shape[1:]}, not that of columns"
            if array.ndim
            else "the features are no table: their rows differ in length",
            hint="reshape them: X.reshape(len(X), -1), for the training data too",
        )
    width = array.shape[1] if array.ndim == 2 else 1
    kind = _kind(array)
    return Inputs(tuple(Column(str(place), kind) for place in range(width)), matrix=True)


def _kind(values: Any) -> Kind:
    """Tell what a column holds, as the CSV file will have it: a category of numbers is numbers."""
    array = np.asarray(values)
    if array.dtype.kind == "O":
        kept = [value for value in array.ravel() if value is not None and value == value]
        has_gaps, array = len(kept) < array.size, np.asarray(kept)
        if array.dtype.kind == "O" or (array.dtype.kind == "b" and has_gaps):
            return "text"  # in a file, truth values with empty cells between them are words
    if array.dtype.kind in "iub":
        return "whole"
    return "number" if array.dtype.kind == "f" else "text"
