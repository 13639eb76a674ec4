"""Rows as networks take them: arrays or tensors, one for each of their inputs."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.inert import plain
from aims_gh.core.outputs import Said
from aims_gh.errors import SubmissionError

Array = npt.NDArray[Any]

_BATCH_BYTES = 8_000_000
_MAX_BATCH_ROWS = 1_024


@dataclass(frozen=True, slots=True)
class Inputs:
    """Rows, part by part.

    Attributes
    ----------
    names : tuple of str
        One for each input.
    values : tuple of arrays or tensors of shape (n, ...)
    """

    names: tuple[str, ...]
    values: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.values[0])

    def part(self, first: int, stop: int) -> Inputs:
        """Give some of the rows."""
        return Inputs(self.names, tuple(value[first:stop] for value in self.values))

    def exactly(self, count: int) -> Inputs:
        """Give so many rows, again from the first where there are not enough.

        What is traced with one row is, in part silently, made for one row only.
        """
        places = [place % len(self) for place in range(count)]
        return Inputs(self.names, tuple(value[places] for value in self.values))

    def batches(self) -> Iterator[Inputs]:
        """Part the rows evenly: none has a single row, which some models take for no batch."""
        total = len(self)
        row_bytes = sum(value.nbytes for value in self.values) / max(total, 1)
        most = max(2, min(_MAX_BATCH_ROWS, int(_BATCH_BYTES / max(row_bytes, 1))))
        edges = np.linspace(0, total, -(-total // most) + 1).astype(int).tolist()
        for first, stop in itertools.pairwise(edges):
            yield self.part(first, stop)


@dataclass(frozen=True, slots=True)
class First:
    """The first tensor of what a network gives."""

    tensor: Any
    count: int
    """How many tensors there are."""


def first_tensor(output: Any) -> First:
    """Find the first tensor in a tuple, list, dictionary or dataclass."""
    found = list(_tensors(output))
    return First(found[0] if found else None, len(found))


def check_rows(first: First, count: int, name: str) -> None:
    """Refuse a network that gives no entry for each row.

    Raises
    ------
    SubmissionError
        Naming the network, and the shape that it gives.
    """
    if first.tensor is None:
        raise SubmissionError(f"{name} gives no tensor", hint="return one when it is called")
    shape = tuple(first.tensor.shape)
    if not shape or shape[0] != count:
        raise SubmissionError(
            f"{name} gives a tensor of shape {shape} for {count} rows",
            hint="give one entry for each row, first; squeeze(-1) instead of squeeze()",
        )


def as_said(answers: Sequence[Array], name: str) -> Said:
    """Join what a network gives, batch by batch: whole numbers are labels, all else is numbers.

    Raises
    ------
    SubmissionError
        If it gives several whole numbers, or nothing that is a number, for a row.
    """
    answer = np.concatenate(answers)
    if answer.dtype.kind == "f":
        return Said(numbers=answer.astype(np.float64))
    if answer.dtype.kind in "iub" and answer.size == len(answer):
        return Said(labels=answer.reshape(len(answer)))
    raise SubmissionError(
        f"{name} gives {answer.dtype} of shape {answer.shape[1:]} for a row",
        hint="give a label, one number, or one number for each label",
    )


def numbers(features: Any, library: str) -> Array:
    """Give features as an array of numbers: a DataFrame's columns side by side.

    Raises
    ------
    SubmissionError
        If there is text among them; with the names of the columns.
    """
    if hasattr(features, "detach"):  # a tensor of PyTorch's
        features = features.detach().cpu()
    if hasattr(features, "columns"):
        arrays = {str(c): _numeric(features[c]) for c in features.columns}
        texts = [name for name, array in arrays.items() if array is None]
        if texts:
            raise SubmissionError(
                f"{library} takes numbers, and {', '.join(map(plain, texts[:6]))} holds none",
                hint="encode texts as numbers in the playground's data, or submit predictions",
            )
        return np.column_stack([array for array in arrays.values() if array is not None])
    array = _numeric(features)
    if array is None:
        raise SubmissionError(
            f"{library} takes numbers, and the features are texts",
            hint="give them as whole numbers, one for each word, or submit the predictions alone",
        )
    return array


def column_named(features: Any, name: str, owner: str) -> str:
    """Find the column for an input of that name; characters other than letters may differ.

    Raises
    ------
    SubmissionError
        If the features have no such column.
    """
    if not hasattr(features, "columns"):
        raise SubmissionError(
            f"{owner} has several inputs, and the features are one array",
            hint="let it take one input and part it inside, or give a DataFrame",
        )
    alike = [str(c) for c in features.columns if word(str(c)) == word(name)]
    if len(alike) == 1:
        return alike[0]
    there = ", ".join(plain(c)[:40] for c in list(features.columns)[:12])
    raise SubmissionError(
        f"{owner} has an input {plain(name)[:60]}, and the features have no such column",
        hint=f"name inputs like columns ({there}), or take one input for all",
    )


def word(name: str) -> str:
    """Write a name as exporters do, which allow no spaces or brackets."""
    return re.sub(r"\W", "_", name)


def check_any(arrays: Sequence[Array]) -> None:
    """Refuse features without rows."""
    if not all(len(array) for array in arrays):
        raise SubmissionError("the features have no rows", hint="give a few of the playground's")


def _numeric(values: Any) -> Array | None:
    array = np.asarray(values)
    if array.dtype.kind in "fiub":
        return array
    try:
        return array.astype(np.float64) if array.dtype.kind == "O" else None
    except (TypeError, ValueError):
        return None


def _tensors(output: Any) -> Iterator[Any]:
    if hasattr(output, "shape") and hasattr(output, "dtype"):
        yield output
    elif isinstance(output, Mapping):
        for item in output.values():
            yield from _tensors(item)
    elif isinstance(output, tuple | list):
        for item in output:
            yield from _tensors(item)
    elif dataclasses.is_dataclass(output):
        for each in dataclasses.fields(output):
            yield from _tensors(getattr(output, each.name))
