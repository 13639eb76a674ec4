"""Counts: how often each label is true, is predicted, and is both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.metrics.blocks import blocks

Integers = npt.NDArray[np.int64]

_BLOCK = 65_536
_JOINT_LABELS = 128  # beyond, the square of bins outgrows the cache, and in the end the memory


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Counts:
    """All that classification metrics need to know of truth and predictions.

    The diagonal and the two margins of the confusion matrix. `repr` shows none of them:
    tracebacks end up in public logs.

    Attributes
    ----------
    correct : int64 array of shape (k,)
        Rows of each label that are predicted to have it.
    true : int64 array of shape (k,)
        Rows that have the label.
    predicted : int64 array of shape (k,)
        Rows that are predicted to have the label.
    """

    correct: Integers
    true: Integers
    predicted: Integers

    @property
    def rows(self) -> int:
        """Number of rows counted."""
        return int(self.true.sum())

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Labels that occur in the truth or in the predictions, boolean of shape (k,)."""
        return (self.true > 0) | (self.predicted > 0)


def count(truth: npt.NDArray[Any], predicted: npt.NDArray[Any], *, labels: int) -> Counts:
    """Count once what every classification metric is computed from.

    Parameters
    ----------
    truth : integer array of shape (n,)
        Codes of the true labels, 0 to `labels` - 1.
    predicted : integer array of shape (n,)
        Codes of the predicted labels, for the same rows in the same order.
    labels : int
        How many labels there are (k).

    Returns
    -------
    Counts

    Raises
    ------
    ValueError
        If the lengths differ, or a code is none of the labels': whoever made the codes is wrong.

    Notes
    -----
    One pass of ``bincount(truth * k + predicted)``. Same counts as the diagonal and the sums
    over rows and columns of ``sklearn.metrics.confusion_matrix(truth, predicted,
    labels=range(k))``.

    Examples
    --------
    >>> counts = count(np.array([0, 1, 1]), np.array([1, 1, 1]), labels=2)
    >>> counts.correct, counts.true, counts.predicted
    (array([0, 2]), array([1, 2]), array([0, 3]))
    """
    if len(truth) != len(predicted):
        raise ValueError(f"{len(truth)} true codes but {len(predicted)} predicted codes")
    for codes in (truth, predicted):
        check_codes(codes, labels=labels)
    return (_count_jointly if labels <= _JOINT_LABELS else _count_apart)(truth, predicted, labels)


def check_codes(codes: npt.NDArray[Any], *, labels: int) -> None:
    """Make sure that every code is the position of a label.

    Parameters
    ----------
    codes : integer array of shape (n,)
    labels : int
        How many labels there are.

    Raises
    ------
    ValueError
        If one is not, or they are not signed integers.

    Examples
    --------
    >>> check_codes(np.array([0, 1, 2]), labels=2)
    Traceback (most recent call last):
    ValueError: a code is outside 0 to 1
    """
    if codes.dtype.kind != "i":
        raise ValueError(f"codes are signed integers, not {codes.dtype}")
    # Read as unsigned, a negative code is huge: one comparison checks both ends.
    unsigned = codes.view(f"u{codes.dtype.itemsize}")
    if len(codes) and int(unsigned.max()) >= labels:
        raise ValueError(f"a code is outside 0 to {labels - 1}")


def _count_jointly(truth: npt.NDArray[Any], predicted: npt.NDArray[Any], labels: int) -> Counts:
    bins = np.zeros(labels * labels, dtype=np.int64)
    for rows in blocks(len(truth), _BLOCK):
        pairs = np.multiply(truth[rows], labels, dtype=np.int32, casting="same_kind")
        np.add(pairs, predicted[rows], out=pairs, casting="same_kind")
        bins += np.bincount(pairs, minlength=labels * labels)
    confusion = bins.reshape(labels, labels)
    return Counts(confusion.diagonal().copy(), confusion.sum(axis=1), confusion.sum(axis=0))


def _count_apart(truth: npt.NDArray[Any], predicted: npt.NDArray[Any], labels: int) -> Counts:
    return Counts(
        np.bincount(truth[truth == predicted], minlength=labels),
        np.bincount(truth, minlength=labels),
        np.bincount(predicted, minlength=labels),
    )
