"""What a model says in its own terms, and whether its ONNX file says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.domain.model_facts import Reproduction

Array = npt.NDArray[Any]

CLOSE = 1e-4
"""How far numbers may be apart, as a share of their spread."""

_SINGLE = 2.5e-7
"""And as a share of themselves: two units in the last place of single precision."""

ALIKE = 1e-5
"""Within this, no other conversion is worth trying."""

_TIE = 1e-6


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says about n rows.

    Attributes
    ----------
    labels : array of shape (n,) of text, whole numbers or truth values; or None
        Classes as the model names them.
    numbers : float array of shape (n, ...), or None
        Values, probabilities, scores, or transformed features.
    """

    labels: Array | None = None
    numbers: Array | None = None

    def __len__(self) -> int:
        array = self.labels if self.labels is not None else self.numbers
        return 0 if array is None else len(array)

    def head(self, rows: int) -> Said:
        """Give the first rows."""
        return Said(*(None if a is None else a[:rows] for a in (self.labels, self.numbers)))


def said_by(outputs: Sequence[Array]) -> Said:
    """Read what an ONNX file says: the first labels, and the first numbers."""
    labels = next((a for a in outputs if a.dtype.kind in "iuUOb"), None)
    numbers = next((a for a in outputs if a.dtype.kind == "f"), None)
    return Said(None if labels is None else labels.reshape(_squeezed_shape(labels)), numbers)


def agreement(native: Said, outputs: Sequence[Array]) -> Reproduction:
    """Compare what a model says with what the ONNX file made from it says.

    A row matches where the label is the same, and the numbers are within a ten-thousandth of
    their spread. Where the model finds two labels equally probable, either will do.

    Parameters
    ----------
    native : Said
        What the model itself says.
    outputs : sequence of arrays of shape (n, ...)
        What the file gives, in its own order; the first that fit are compared.

    Returns
    -------
    Reproduction
        With no matching row where the file has no output of that form.

    Examples
    --------
    >>> agreement(Said(numbers=np.array([1.0, 2.0])), [np.array([[1.0], [2.5]])]).matching
    1
    """
    rows = len(native)
    same, largest = np.ones(rows, dtype=np.bool_), None
    if native.numbers is not None:
        given = _numbers_like(native.numbers, outputs)
        if given is None:
            return Reproduction(rows=rows, matching=0)
        near, largest = _near(native.numbers.astype(np.float64), given)
        same &= near
    if native.labels is not None:
        labels = _labels_like(native.labels, outputs)
        if labels is not None:
            alike = (labels == _text(native.labels)).reshape(rows, -1).all(axis=1)
            same &= alike | _tied(native)
        elif native.numbers is None:
            return Reproduction(rows=rows, matching=0)
    return Reproduction(rows=rows, matching=int(same.sum()), largest_difference=largest)


def _near(native: Array, given: Array) -> tuple[npt.NDArray[np.bool_], float | None]:
    """Tell in which rows the numbers are close, and the largest difference."""
    rows = len(native)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(given - native)
        spread = float(np.std(native[np.isfinite(native)])) if np.isfinite(native).any() else 0.0
        allowed = CLOSE * spread + _SINGLE * np.abs(native)
    same = np.isfinite(native) & (difference <= allowed)
    same |= (given == native) | (np.isnan(given) & np.isnan(native))
    # A column that hardly varies, such as a bias, has no spread to speak of.
    same |= difference <= _TIE
    finite = difference[np.isfinite(difference)]
    near: npt.NDArray[np.bool_] = same.reshape(rows, -1).all(axis=1)
    return near, float(finite.max()) if finite.size else None


def _numbers_like(native: Array, outputs: Sequence[Array]) -> Array | None:
    shape = _squeezed_shape(native)
    for output in outputs:
        if output.dtype.kind == "f" and _squeezed_shape(output) == shape:
            return output.reshape(native.shape).astype(np.float64)
        if output.dtype.kind == "f" and len(shape) == 1 and output.shape == (*shape, 2):
            # The score of the second of two labels, beside that of the first.
            return output[:, 1].astype(np.float64)
    return None


def _labels_like(native: Array, outputs: Sequence[Array]) -> Array | None:
    for output in outputs:
        if output.dtype.kind in "iuUOb" and _squeezed_shape(output) == native.shape:
            return _text(output.reshape(native.shape))
    return None


def _text(labels: Array) -> Array:
    """Write labels alike: 1, 1.0 and True are one."""
    if labels.dtype.kind == "b":
        labels = labels.astype(np.int64)
    if labels.dtype.kind == "f" and np.array_equal(labels, np.round(labels)):
        labels = labels.astype(np.int64)
    return labels.astype(np.str_)


def _tied(native: Said) -> npt.NDArray[np.bool_]:
    """Tell in which rows two labels are equally probable."""
    if native.numbers is None or native.numbers.ndim != 2 or native.numbers.shape[1] < 2:
        return np.zeros(len(native), dtype=np.bool_)
    best = np.sort(native.numbers, axis=1)
    tied: npt.NDArray[np.bool_] = best[:, -1] - best[:, -2] <= _TIE
    return tied


def _squeezed_shape(array: Array) -> tuple[int, ...]:
    shape = array.shape
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape
