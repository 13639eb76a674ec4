"""Metrics of single labels, averaged: precision, recall and F1, from the counts of labels."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from aims_gh.core.metrics.counts import Counts, Integers

Average = Literal["binary", "micro", "macro", "weighted"]
ZeroDivision = Literal[0, 1]


def precision(
    counts: Counts,
    *,
    average: Average = "macro",
    positive: int = 1,
    zero_division: ZeroDivision = 0,
) -> float:
    """Compute the share of rows predicted to have a label that do have it.

    Parameters
    ----------
    counts : Counts
        Of at least one row.
    average : {"binary", "micro", "macro", "weighted"}
        binary: of the positive label alone. micro: of all rows together. macro: mean over the
        labels that occur in truth or predictions. weighted: the same mean, each label weighted
        by its rows in the truth.
    positive : int
        Code of the positive label, with ``average="binary"``; the second label by default.
    zero_division : {0, 1}
        The precision of a label that is never predicted.

    Returns
    -------
    float
        0 to 1, 1 is perfect; no unit.

    Notes
    -----
    ``correct / predicted`` for each label, then averaged. One of the four metrics for
    classification of Peters & Parrott (2024), section 3.1.1. Same value as
    ``sklearn.metrics.precision_score(truth, predicted, average=average, pos_label=positive,
    zero_division=zero_division)``.

    Examples
    --------
    >>> from aims_gh.core.metrics.counts import count
    >>> counts = count(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), labels=2)
    >>> precision(counts, average="binary")
    0.6666666666666666
    >>> precision(counts)
    0.8333333333333333
    """
    return _averaged(counts, counts.correct, counts.predicted, average, positive, zero_division)


def recall(
    counts: Counts,
    *,
    average: Average = "macro",
    positive: int = 1,
    zero_division: ZeroDivision = 0,
) -> float:
    """Compute the share of rows having a label that are predicted to have it.

    Parameters
    ----------
    counts : Counts
        Of at least one row.
    average : {"binary", "micro", "macro", "weighted"}
        As for `precision`.
    positive : int
        Code of the positive label, with ``average="binary"``; the second label by default.
    zero_division : {0, 1}
        The recall of a label that is predicted, but never true.

    Returns
    -------
    float
        0 to 1, 1 is perfect; no unit.

    Notes
    -----
    ``correct / true`` for each label, then averaged. One of the four metrics for classification
    of Peters & Parrott (2024), section 3.1.1. Same value as
    ``sklearn.metrics.recall_score(truth, predicted, average=average, pos_label=positive,
    zero_division=zero_division)``.

    Examples
    --------
    >>> from aims_gh.core.metrics.counts import count
    >>> recall(count(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), labels=2))
    0.75
    """
    return _averaged(counts, counts.correct, counts.true, average, positive, zero_division)


def f1_score(
    counts: Counts,
    *,
    average: Average = "macro",
    positive: int = 1,
    zero_division: ZeroDivision = 0,
) -> float:
    """Compute the harmonic mean of precision and recall, label by label.

    Parameters
    ----------
    counts : Counts
        Of at least one row.
    average : {"binary", "micro", "macro", "weighted"}
        As for `precision`; the average is taken of the labels' own F1 scores.
    positive : int
        Code of the positive label, with ``average="binary"``; the second label by default.
    zero_division : {0, 1}
        The F1 score of a positive label that is neither true nor predicted anywhere.

    Returns
    -------
    float
        0 to 1, 1 is perfect; no unit.

    Notes
    -----
    ``2 * correct / (true + predicted)`` for each label, then averaged. One of the four metrics
    for classification of Peters & Parrott (2024), section 3.1.1. Same value as
    ``sklearn.metrics.f1_score(truth, predicted, average=average, pos_label=positive,
    zero_division=zero_division)``.

    Examples
    --------
    >>> from aims_gh.core.metrics.counts import count
    >>> f1_score(count(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), labels=2), average="binary")
    0.8
    """
    twice, both = 2 * counts.correct, counts.true + counts.predicted
    return _averaged(counts, twice, both, average, positive, zero_division)


def _averaged(
    counts: Counts,
    part: Integers,
    whole: Integers,
    average: Average,
    positive: int,
    zero_division: ZeroDivision,
) -> float:
    if average == "micro":
        return int(part.sum()) / int(whole.sum())
    chosen: Any = [positive] if average == "binary" else counts.present
    ratios = _divided(part[chosen], whole[chosen], zero_division)
    if average == "weighted":
        weights = counts.true[chosen]
        return float((ratios * weights).sum() / weights.sum())
    return float(ratios.mean())


def _divided(
    part: Integers, whole: Integers, zero_division: ZeroDivision
) -> npt.NDArray[np.float64]:
    ratios = np.full(len(part), float(zero_division))
    np.divide(part, whole, out=ratios, where=whole > 0)
    return ratios
