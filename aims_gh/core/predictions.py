"""Predictions: what a model says about each row, in one shape for every source."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.inert import plain
from aims_gh.core.table import Table
from aims_gh.errors import AimsError, SubmissionError

if TYPE_CHECKING:  # pydantic would be half of what the sandbox needs to start
    from aims_gh.domain.model_facts import Reading
    from aims_gh.domain.names import Label
    from aims_gh.domain.playground import TaskType

Columns = dict[str, npt.NDArray[Any]]
SLACK, ROUNDED = 1e-6, 1e-3
"""How far probabilities may be off by arithmetic, and by rounding them for a file."""

LARGEST = 1e100
"""Predictions beyond this are refused: their squares would overflow."""

Codes = npt.NDArray[np.int32]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Predictions:
    """One answer per row.

    Attributes
    ----------
    codes : int32 array of shape (n,), or None
        Classification: position of the label in the playground's `labels`.
    probabilities : float64 array of shape (n, k), or None
        One column per label, in the owner's order.
    values : float64 array of shape (n,), or None
        Regression, in the target's unit.
    reading : {"probabilities", "sorted", "scores"}, or None
        How a model's numbers were read: as probabilities in the owner's order or sorted by label,
        or as scores. None: it gave none for labels, or these are not a model's.
    """

    codes: Codes | None = None
    probabilities: Values | None = None
    values: Values | None = None
    reading: Reading | None = None

    def __len__(self) -> int:
        array = self.codes if self.codes is not None else self.values
        return 0 if array is None else len(array)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Give what there is, by name."""
        named = {"codes": self.codes, "probabilities": self.probabilities, "values": self.values}
        return {name: array for name, array in named.items() if array is not None}

    def sha256(self) -> str:
        """Digest the predictions as they are scored: names, shapes and little-endian bytes."""
        digest = hashlib.sha256()
        for name, array in self.arrays().items():
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            digest.update(f"{name}{little.dtype.str}{little.shape}".encode())
            digest.update(little.tobytes())
        return digest.hexdigest()


def predictions_from_table(
    table: Table,
    *,
    name: str,
    task_type: TaskType,
    labels: Sequence[Label],
    rows: int | None,
) -> Predictions:
    """Read predictions: one column, or one probability column per label.

    Parameters
    ----------
    table : Table
        As read from the file `name`.
    task_type : {"classification", "regression"}
    labels : sequence of str or int
        The playground's labels, in the owner's order.
    rows : int or None
        How many there must be; None: as many as there are.

    Raises
    ------
    SubmissionError
        Naming the file, the row (data rows count from 1) and what was expected.
    """
    if rows is not None and len(table) != rows:
        raise SubmissionError(
            f"{name} has {_rows(len(table))}, the holdout has {rows}",
            hint="the first line is read as a header: write one above the predictions"
            if len(table) == rows - 1 and _header_is_data(table, labels)
            else "give one prediction for every row of the features file, in its order",
        )
    if len(table) == 0:
        raise SubmissionError(f"{name} has no rows", hint="write a header and one row for each")
    columns = _without_index(table.columns)
    if task_type == "regression":
        return Predictions(values=_finite(_only_column(columns, name), name))
    matrix = _probability_matrix(columns, labels)
    if matrix is not None:
        return _from_probabilities(_finite(matrix, name), name)
    column = _only_column(columns, name, expected=f"or one per label: {_listed(labels)}")
    return Predictions(codes=codes_from(column, labels, name))


def predictions_from_outputs(
    outputs: Sequence[Any],
    *,
    task_type: TaskType,
    labels: Sequence[Label],
    reading: Reading | None = None,
) -> Predictions:
    """Read what a model returned.

    Classification: an output of whole numbers or text is the label; one of numbers with a
    column per label is probabilities, or scores whose largest wins; a single number per row is
    the probability, or the log-odds, of the second of two labels. Numbers that could be
    probabilities in every row count as such. Columns are in the owner's order; beside a label
    output those of probabilities may also be sorted by label, which the labels then show.
    Regression: the first output of numbers.

    Parameters
    ----------
    outputs : sequence of arrays, or of lists of dicts
        In the order of the graph, as onnxruntime gives them.
    reading : {"probabilities", "sorted", "scores"}, optional
        How the model's numbers are read, as found on all rows when it was scored; a row of known
        probabilities that are none is mended to some. Default: as these rows show, which a single
        row may do wrongly.

    Raises
    ------
    SubmissionError
        If no output can be read so.
    """
    arrays = [_from_maps(output, labels) for output in outputs]
    numbers = [_squeezed(a) for a in arrays if a.dtype.kind == "f" or task_type == "regression"]
    if task_type == "regression":
        for array in numbers:
            if array.dtype.kind in "fiu" and array.ndim == 1:
                return Predictions(values=_finite(array, "the model's output"))
        raise _no_output(arrays, "one number per row")
    named = [_squeezed(a) for a in arrays if a.dtype.kind in "iuUOb"]
    codes = next((codes_from(a, labels, "the model's output") for a in named if a.ndim == 1), None)
    scores = next((a for a in numbers if _fits_labels(a, len(labels))), None)
    if scores is None:
        if codes is None:
            raise _no_output(arrays, f"a label, or one number for each of {len(labels)} labels")
        return Predictions(codes=codes)
    found = _from_scores(_finite(scores, "the model's output"), codes, reading)
    named_columns = any(isinstance(output, list) for output in outputs)
    if codes is None or found.probabilities is None or named_columns:
        return found
    return _in_owners_order(found.probabilities, codes, labels, reading)


def codes_from(
    column: npt.NDArray[Any],
    labels: Sequence[Label],
    name: str,
    *,
    error: type[AimsError] = SubmissionError,
) -> Codes:
    """Turn labels into their positions among the playground's labels.

    Whole numbers written as 1.0 mean 1; False and True mean 0 and 1 where those are the labels,
    and the other way round.

    Examples
    --------
    >>> codes_from(np.array(["b", "a"]), ["a", "b"], "y.csv")
    array([1, 0], dtype=int32)
    """
    if column.ndim != 1:
        raise error(f"{name} has {column.ndim} axes", hint="one label per row")
    position = {str(label): code for code, label in enumerate(labels)}
    seen, inverse = np.unique(column.astype(np.str_), return_inverse=True)
    kind = column.dtype.kind
    codes = [
        next((position[s] for s in _spellings(text, kind) if s in position), -1) for text in seen
    ]
    found = np.array(codes, dtype=np.int32)[inverse]
    if (found < 0).any():
        row = int(np.argmax(found < 0))
        raise error(
            f"{name} has a label in row {row + 1} that the playground does not know",
            hint=f"the labels are {_listed(labels)}",
        )
    return found


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _header_is_data(table: Table, labels: Sequence[Label]) -> bool:
    """Tell whether the only column's name looks like a prediction."""
    name, *others = table.columns or ("",)
    number = name.replace(".", "", 1).removeprefix("-").isdecimal()
    return not others and (name in {str(v) for v in labels} or (number and not labels))


def _spellings(text: str, kind: str) -> tuple[str, ...]:
    """Give what the text can mean, the likeliest first."""
    whole = text
    if kind == "f" and float(text).is_integer():
        whole = str(int(float(text)))
    swaps = {"0": "False", "1": "True", "False": "0", "True": "1"}
    return (text, whole, swaps.get(whole, whole))


def _listed(labels: Sequence[Label]) -> str:
    shown = ", ".join(plain(label) for label in labels[:12])
    return f"{shown}, … ({len(labels)} in all)" if len(labels) > 12 else shown


def _without_index(columns: Columns) -> Columns:
    """Drop the row numbers that pandas writes as a nameless first column."""
    first, *others = columns
    if others and first in ("", "Unnamed: 0", "index"):
        array = columns[first]
        if array.dtype.kind == "i" and np.array_equal(array, np.arange(len(array)) + array[0]):
            return {key: columns[key] for key in others}
    return columns


def _only_column(columns: Columns, name: str, expected: str = "") -> npt.NDArray[Any]:
    if len(columns) != 1:
        names = ", ".join(repr(plain(key))[:40] for key in list(columns)[:6])
        raise SubmissionError(
            f"{name} has {len(columns)} columns ({names}), one was expected {expected}".rstrip(),
            hint="write the predictions alone: pandas.Series(p).to_csv(…, index=False)",
        )
    column = _squeezed(next(iter(columns.values())))
    if column.ndim != 1:
        raise SubmissionError(
            f"{name} has the shape {column.shape}, one column was expected {expected}".rstrip(),
            hint="write one prediction for each row",
        )
    return column


def _probability_matrix(columns: Columns, labels: Sequence[Label]) -> Values | None:
    """Give the columns in the owner's order, if they are one per label."""
    names = [str(label) for label in labels]
    if set(columns) == set(names) and all(c.dtype.kind in "fi" for c in columns.values()):
        return np.column_stack([columns[name] for name in names]).astype(np.float64)
    if list(columns) == [""]:
        array = columns[""]
        if array.dtype.kind == "f" and array.ndim == 2 and array.shape[1] == len(labels):
            return array
    return None


def _from_probabilities(matrix: Values, name: str) -> Predictions:
    strays = ((matrix < -SLACK) | (matrix > 1 + SLACK)).any(axis=1)
    # Each of k probabilities of three decimals may be off by half a thousandth.
    allowed = ROUNDED * max(1, matrix.shape[1] / 2) + SLACK
    outside = strays | (abs(matrix.sum(axis=1) - 1) > allowed)
    if outside.any():
        row = int(np.argmax(outside)) + 1
        raise SubmissionError(
            f"the probabilities in row {row} of {name} are not between 0 and 1 with sum 1",
            hint="one column per label; the columns of a row add up to 1",
        )
    return Predictions(
        codes=matrix.argmax(axis=1).astype(np.int32), probabilities=_summing_to_one(matrix)
    )


def _summing_to_one(matrix: Values) -> Values:
    """Mend what was rounded for writing: probabilities of three decimals rarely add up to 1."""
    matrix = matrix.clip(0, 1)
    matrix[~matrix.any(axis=1)] = 1  # nothing speaks for any label: each is as probable
    sums = matrix.sum(axis=1, keepdims=True)
    mended: Values = np.where(abs(sums - 1) > SLACK, matrix / sums, matrix)
    return mended


def _from_scores(scores: Values, codes: Codes | None, reading: Reading | None) -> Predictions:
    """Read a model's numbers as probabilities where they are, else let the largest win."""
    probable = _are_probabilities(scores) if reading is None else reading != "scores"
    if scores.ndim == 1:
        own = (scores > (0.5 if probable else 0.0)).astype(np.int32)
        scores = np.column_stack([1 - scores, scores])
    else:
        own = scores.argmax(axis=1).astype(np.int32)
    codes = own if codes is None else codes
    if not probable:
        return Predictions(codes, reading="scores")
    return Predictions(codes, _summing_to_one(scores), reading="probabilities")


def _are_probabilities(scores: Values) -> bool:
    if scores.ndim == 1:
        return bool(((scores >= -SLACK) & (scores <= 1 + SLACK)).all())
    near = abs(scores.sum(axis=1) - 1) < ROUNDED
    return bool((scores >= -SLACK).all() and near.all())


def _in_owners_order(
    matrix: Values, codes: Codes, labels: Sequence[Label], reading: Reading | None
) -> Predictions:
    """Put probability columns into the owner's order.

    A library that gives labels beside probabilities sorts its columns by label; the owner may
    have another order. Which of the two a matrix has shows in the labels given with it.
    """
    numbers = all(isinstance(label, int) for label in labels)
    by_label = np.argsort(np.array(labels) if numbers else np.array([str(v) for v in labels]))
    if (by_label == np.arange(len(labels))).all():
        return Predictions(codes, matrix, reading="probabilities")
    reordered: Values = matrix[:, np.argsort(by_label)]
    if reading is None:
        as_given = int((matrix.argmax(axis=1) == codes).sum())
        as_sorted = int((reordered.argmax(axis=1) == codes).sum())
        reading = "sorted" if as_sorted >= as_given else "probabilities"
    return Predictions(codes, reordered if reading == "sorted" else matrix, reading=reading)


def _fits_labels(array: npt.NDArray[Any], count: int) -> bool:
    return (array.ndim == 2 and array.shape[1] == count) or (array.ndim == 1 and count == 2)


def _from_maps(output: Any, labels: Sequence[Label]) -> npt.NDArray[Any]:
    """Turn a list of {label: probability}, as some converters write it, into a matrix."""
    if isinstance(output, list) and output and all(isinstance(row, dict) for row in output):
        found = {str(key): key for key in output[0]}
        keys = [found.get(str(label)) for label in labels]
        return np.array([[row.get(key, np.nan) for key in keys] for row in output], dtype=float)
    try:
        array = np.asarray(output)
    except ValueError:  # a sequence of arrays of several shapes is no answer per row
        return np.empty((), dtype=np.str_)
    return array.astype(np.str_) if array.dtype.kind == "O" else array


def _squeezed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    while array.ndim > 1 and array.shape[-1] == 1:
        array = array[..., 0]
    return array


def _finite(array: npt.NDArray[Any], name: str) -> Values:
    if array.dtype.kind not in "fiu":
        raise SubmissionError(
            f"{name} has text where numbers were expected",
            hint="look for empty cells, units or a second header line",
        )
    finite = np.isfinite(array)
    if not finite.all():
        row = int(np.argmin(finite.reshape(len(array), -1).all(axis=1))) + 1
        raise SubmissionError(
            f"{name} is not a finite number in row {row}",
            hint="look for empty cells or a division by zero in the preprocessing",
        )
    found: Values = array.astype(np.float64)
    # Decided before labels come near: an overflow in scoring would tell something of them.
    if np.abs(found).max(initial=0) > LARGEST:
        row = int(np.argmax((np.abs(found) > LARGEST).reshape(len(found), -1).any(axis=1))) + 1
        raise SubmissionError(
            f"{name} has a number beyond ±{LARGEST:g} in row {row}",
            hint="look for a division by almost zero, or a wrong unit",
        )
    return found


def _no_output(arrays: Sequence[npt.NDArray[Any]], expected: str) -> SubmissionError:
    shapes = ", ".join(f"{array.dtype}{list(array.shape)}" for array in arrays[:6]) or "nothing"
    return SubmissionError(
        f"the model returns {plain(shapes)}, expected {expected}",
        hint="export the model with one output per row, and scikit-learn's with zipmap=False",
    )
