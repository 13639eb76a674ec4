"""From a table of features to what a model's inputs take, a batch of rows at a time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from aims_gh.core.inert import plain
from aims_gh.core.table import Table
from aims_gh.errors import SubmissionError

Array = npt.NDArray[Any]
Side = int | str | None

BATCH_BYTES = 8_000_000
MAX_BATCH_ROWS = 10_000
MAX_RUNS = 20_000
"""How often a model with a fixed batch may be run."""

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(int16)": "int16",
    "tensor(int8)": "int8",
    "tensor(uint64)": "uint64",
    "tensor(uint32)": "uint32",
    "tensor(uint16)": "uint16",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
    "tensor(string)": "object",
}


@dataclass(frozen=True, slots=True)
class ModelInput:
    """An input as onnxruntime declares it."""

    name: str
    type: str
    """Such as ``tensor(float)``."""

    shape: tuple[Side, ...]
    """A number, or the name of a free axis, or None; empty where nothing is declared."""

    @property
    def batch(self) -> int | None:
        """The fixed number of rows; None where it is free."""
        return self.shape[0] if self.shape and isinstance(self.shape[0], int) else None

    @property
    def row(self) -> tuple[Side, ...]:
        """The shape of one row."""
        return self.shape[1:]

    @property
    def width(self) -> int | None:
        """Numbers in one row; None where an axis is free."""
        sides = [side for side in self.row if isinstance(side, int)]
        return math.prod(sides) if len(sides) == len(self.row) else None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, ready for the model; rows count from 0."""

    first: int
    stop: int
    feed: dict[str, Array]


@dataclass(frozen=True, slots=True)
class Feeds:
    """All rows, by input, and how many at a time."""

    arrays: Mapping[str, Array]
    rows: int
    batch: int

    def __iter__(self) -> Iterator[Batch]:
        for first in range(0, self.rows, self.batch):
            stop = min(first + self.batch, self.rows)
            feed = {name: array[first:stop] for name, array in self.arrays.items()}
            yield Batch(first, stop, feed)


def feeds(
    table: Table,
    inputs: Sequence[ModelInput],
    order: Sequence[str] = (),
    *,
    most: int = MAX_BATCH_ROWS,
) -> Feeds:
    """Fit a table to a model's inputs.

    Parameters
    ----------
    table : Table
        The features; a NumPy file is one column named "".
    inputs : sequence of ModelInput
        One for everything, or one per column with the column's name.
    order : sequence of str
        The names of the feature columns in the playground's order; empty: the table's.
    most : int
        How many rows to a batch, where the model leaves it open.

    Raises
    ------
    SubmissionError
        If they do not fit, naming the input and the columns there are.
    """
    if not inputs:
        _refuse("the model takes no input", "export it so that it takes the features")
    if len(table) == 0:
        _refuse("the features have no rows", _OWNERS)
    columns = _ordered(table, order)
    if len(inputs) == 1 and _takes_all(inputs[0], columns):
        arrays = {inputs[0].name: _whole(columns, inputs[0])}
    else:
        arrays = {each.name: _column(columns, each) for each in inputs}
    return Feeds(arrays, len(table), _batch_rows(arrays, inputs, len(table), most))


_OWNERS = "this is the playground's own file: tell its owners"


def _ordered(table: Table, order: Sequence[str]) -> dict[str, Array]:
    columns = dict(table.columns)
    if not order:
        return columns
    if list(columns) == [""]:
        array = columns[""]
        if array.ndim == 2 and array.shape[1] == len(order):
            return {name: array[:, position] for position, name in enumerate(order)}
        return columns
    missing = [name for name in order if name not in columns]
    if missing:
        _refuse(f"the features have no column {_names(missing)}", _OWNERS)
    return {name: columns[name] for name in order}


def _takes_all(only: ModelInput, columns: dict[str, Array]) -> bool:
    return only.name not in columns or len(columns) in (1, only.width)


def _whole(columns: dict[str, Array], wanted: ModelInput) -> Array:
    """Give the only input everything, side by side."""
    if len(columns) == 1:
        matrix = next(iter(columns.values()))
    elif wanted.type == "tensor(string)":
        matrix = np.column_stack([column.astype(object) for column in columns.values()])
    else:
        text = [name for name, column in columns.items() if column.dtype.kind == "U"]
        if text:
            _refuse(
                f"the model's only input takes numbers, and {_names(text)} holds text",
                "export the model with its preprocessing, one input per column",
            )
        matrix = np.column_stack(list(columns.values()))
    return _shaped(_cast(matrix, wanted), wanted, columns)


def _column(columns: dict[str, Array], wanted: ModelInput) -> Array:
    found = columns.get(wanted.name)
    if found is None:
        # Exporters that allow no spaces or brackets in names write underscores.
        alike = [c for c in columns if _identifier(c) == _identifier(wanted.name)]
        if len(alike) != 1:
            _refuse(
                f"the model has an input {_names([wanted.name])}, and the features have no such "
                f"column; they have {_names(list(columns))}",
                "export one input per column, named like it, or a single input for all",
            )
        found = columns[alike[0]]
    return _shaped(_cast(found, wanted), wanted, columns)


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _shaped(array: Array, wanted: ModelInput, columns: Mapping[str, Array]) -> Array:
    """Bring rows to the shape the input declares, where that is possible in one way only."""
    array = np.ascontiguousarray(array)
    rows = array.shape[0]
    if not wanted.shape:
        return array.reshape(rows, -1) if array.ndim == 1 else array
    if array.ndim == len(wanted.shape) and _agree(array.shape[1:], wanted.row):
        return array
    numbers = math.prod(array.shape[1:])
    if wanted.width == numbers:
        return array.reshape(rows, *(int(str(side)) for side in wanted.row))
    if len(wanted.row) == 1 and wanted.width is None and array.ndim == 1:
        return array.reshape(rows, 1)
    named = [name for name in columns if name]
    return _refuse(
        f"the model's input {_names([wanted.name])} takes rows of shape {_shape(wanted.row)}, "
        f"the features have rows of shape {_shape(array.shape[1:])}",
        f"the columns are {_names(named)}" if named else "see the playground's starter code",
    )


def _agree(have: Sequence[int], declared: Sequence[Side]) -> bool:
    pairs = zip(have, declared, strict=True)
    return all(not isinstance(side, int) or side == size for size, side in pairs)


def _cast(array: Array, wanted: ModelInput) -> Array:
    name = _names([wanted.name])
    if wanted.type not in _DTYPES:
        _refuse(
            f"the model's input {name} is a {plain(wanted.type)[:60]}",
            "export it with inputs of float, int, bool or string tensors",
        )
    dtype = np.dtype(_DTYPES[wanted.type])
    if dtype.kind == "O":
        text = array if array.dtype.kind == "O" else array.astype(np.str_)
        return text.astype(object)
    if array.dtype.kind in "UO":
        _refuse(f"the model's input {name} takes numbers, its column holds text", _TYPES)
    if dtype.kind == "f":
        # Numbers beyond float32 become infinite, as they would in the participant's own run.
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    return _whole_numbers(array, dtype, name)


_TYPES = "export each input with the type of its column"


def _whole_numbers(array: Array, dtype: np.dtype[Any], name: str) -> Array:
    if array.dtype.kind == "f" and not (array == np.trunc(array)).all():
        _refuse(
            f"the model's input {name} takes whole numbers, its column has fractions "
            "or empty cells",
            _TYPES,
        )
    low, high = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if array.size and (array.min() < low or array.max() > high):
        _refuse(f"the model's input {name} is a {dtype}, its column goes beyond", _TYPES)
    return array.astype(dtype)


def _batch_rows(
    arrays: Mapping[str, Array], inputs: Sequence[ModelInput], rows: int, most: int
) -> int:
    fixed = {each.batch for each in inputs} - {None}
    if len(fixed) > 1:
        _refuse("the model's inputs differ in their number of rows", _FREE_AXIS)
    if not fixed:
        row_bytes = sum(array.nbytes for array in arrays.values()) / rows
        return max(1, min(most, int(BATCH_BYTES / max(row_bytes, 1))))
    batch = next(each for each in fixed if each is not None)
    if batch < 1 or rows % batch or rows // batch > MAX_RUNS:
        _refuse(f"the model takes exactly {batch} rows at a time, not {rows:,}", _FREE_AXIS)
    return batch


_FREE_AXIS = (
    "export it with a free batch axis: dynamic_shapes or dynamic_axes in torch.onnx.export, "
    "None as the first side in skl2onnx"
)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{plain(name)[:60]}'" for name in names[:12])
    return f"{shown}, … ({len(names)} in all)" if len(names) > 12 else shown


def _shape(shape: Sequence[Side]) -> str:
    return "(" + ", ".join("?" if s is None else plain(s)[:20] for s in shape) + ")"


def _refuse(message: str, hint: str) -> NoReturn:
    raise SubmissionError(message, hint=hint)
