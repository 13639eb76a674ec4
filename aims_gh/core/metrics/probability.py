"""Metrics of predicted probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.metrics.blocks import blocks
from aims_gh.core.metrics.counts import check_codes
from aims_gh.core.predictions import Values
from aims_gh.errors import CourseError, SubmissionError

SUM_TOLERANCE = 1e-5
"""How far from 1 the sum of a row may be: what ``sklearn.metrics.roc_auc_score`` allows. Wide
enough for single precision, and too narrow to gain anything by it in a log loss."""

_EPSILON = float(np.finfo(np.float64).eps)
_BLOCK = 65_536


def check_probabilities(probabilities: Values, *, labels: int) -> None:
    """Make sure that every row is a distribution over the labels.

    Parameters
    ----------
    probabilities : float64 array of shape (n, k)
        One column per label, in the owner's order; of any number of rows.
    labels : int
        How many labels there are (k).

    Raises
    ------
    SubmissionError
        If there is not one column per label; if a row holds a number outside 0 to 1, or not a
        number, or does not sum to 1. The last two name the row, counting data rows from 1.
        All within `SUM_TOLERANCE`: rounding is no offence.

    Examples
    --------
    >>> try:
    ...     check_probabilities(np.array([[0.5, 0.5], [0.2, 0.7]]), labels=2)
    ... except SubmissionError as error:
    ...     print(error)
    the probabilities in row 2 sum to 0.9, not to 1
    """
    if probabilities.ndim != 2 or probabilities.shape[1] != labels:
        columns = probabilities.shape[1] if probabilities.ndim == 2 else 1
        raise SubmissionError(
            f"probabilities have {columns} columns, the playground has {labels} labels",
            hint="submit one probability column per label, in the order of the playground's labels",
        )
    ones = np.ones(labels)
    with np.errstate(all="ignore"):
        for rows in blocks(len(probabilities), max(1, _BLOCK // labels)):
            _check_block(probabilities[rows], ones, first_row=rows.start + 1)


def _check_block(block: Values, ones: Values, *, first_row: int) -> None:
    sums = block @ ones
    # Written so that NaN, which compares as false, is refused.
    if block.min() >= -SUM_TOLERANCE and block.max() <= 1 + SUM_TOLERANCE:
        if (abs(sums - 1) <= SUM_TOLERANCE).all():
            return
        row = int(np.argmin(abs(sums - 1) <= SUM_TOLERANCE))
        raise SubmissionError(
            f"the probabilities in row {first_row + row} sum to {sums[row]:.6g}, not to 1",
            hint="divide each row by its sum, and write the probabilities with all their digits",
        )
    inside = (block >= -SUM_TOLERANCE) & (block <= 1 + SUM_TOLERANCE)
    raise SubmissionError(
        f"a probability in row {first_row + int(np.argmin(inside.all(axis=1)))} "
        "is not a number from 0 to 1",
        hint="submit probabilities (predict_proba, softmax), not scores or log-odds",
    )


def log_loss(truth: npt.NDArray[Any], probabilities: Values) -> float:
    """Compute the mean negative logarithm of the probability given to the true label.

    Parameters
    ----------
    truth : integer array of shape (n,)
        Codes of the true labels; n is at least 1.
    probabilities : float64 array of shape (n, k)
        One column per label, in the owner's order, accepted by `check_probabilities`.

    Returns
    -------
    float
        In nats; 0 is perfect, 36.04 is the worst.

    Raises
    ------
    ValueError
        If a code is none of the labels'.

    Notes
    -----
    ``-mean(log(clip(p, eps, 1 - eps)))`` of the true labels' probabilities ``p``, with the
    float64 ``eps`` of 2.2e-16, so that a certain and wrong answer costs much but not everything.
    Rows are not rescaled. Bishop (2006), "Pattern Recognition and Machine Learning", p. 209.
    Same value as ``sklearn.metrics.log_loss(truth, probabilities, labels=range(k))``.

    Examples
    --------
    >>> log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]]))
    0.6931471805599453
    """
    check_codes(truth, labels=probabilities.shape[1])
    given = np.take_along_axis(probabilities, truth[:, None], axis=1)[:, 0]
    np.clip(given, _EPSILON, 1 - _EPSILON, out=given)
    np.log(given, out=given)
    return -float(given.mean())


def roc_auc(truth: npt.NDArray[Any], probabilities: Values) -> float:
    """Compute how often a row of a label is rated above a row without it.

    Parameters
    ----------
    truth : integer array of shape (n,)
        Codes of the true labels.
    probabilities : float64 array of shape (n, k)
        One column per label, in the owner's order, accepted by `check_probabilities`.

    Returns
    -------
    float
        0 to 1; 1 is perfect, 0.5 is chance. No unit.

    Raises
    ------
    CourseError
        If a label has no row in the truth, or all of them: there is nothing to compare.
    ValueError
        If a code is none of the labels'.

    Notes
    -----
    The area under the receiver operating characteristic, which is the Mann-Whitney statistic:
    over all pairs of a row with the label and a row without it, the share in which the first
    has the higher probability, ties counting half. Hanley & McNeil (1982), "The meaning and use
    of the area under a receiver operating characteristic (ROC) curve". Sorting makes it
    O(n log n).

    Two labels: the second is the positive one; same value as
    ``sklearn.metrics.roc_auc_score(truth, probabilities[:, 1])``. More labels: each against the
    rest, and the plain mean; same value as ``sklearn.metrics.roc_auc_score(truth,
    probabilities, multi_class="ovr", average="macro", labels=range(k))``.

    Examples
    --------
    >>> roc_auc(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]]))
    0.75
    """
    labels = probabilities.shape[1]
    check_codes(truth, labels=labels)
    ones = [1] if labels == 2 else range(labels)
    return float(np.mean([_area(truth == label, probabilities[:, label]) for label in ones]))


def _area(positive: npt.NDArray[np.bool_], rating: Values) -> float:
    having, lacking = np.sort(rating[positive]), np.sort(rating[~positive])
    pairs = len(having) * len(lacking)
    if pairs == 0:
        raise CourseError(
            "roc_auc is undefined: a label has no row, or every row, in the true labels",
            hint="let every label occur in every part of the holdout, or drop roc_auc",
        )
    # A tie is below-or-equal but not below: counted once in two, so the halves come out even.
    below = int(np.searchsorted(lacking, having, side="left").sum())
    up_to = int(np.searchsorted(lacking, having, side="right").sum())
    return (below + up_to) / (2 * pairs)
