"""Metrics of predicted numbers, computed from the residuals."""

from __future__ import annotations

import math

import numpy as np

from aims_gh.core.metrics.blocks import blocks
from aims_gh.core.metrics.residuals import BLOCK, Residuals
from aims_gh.errors import CourseError

_EPSILON = float(np.finfo(np.float64).eps)


def mse(residuals: Residuals) -> float:
    """Compute the mean of the squared errors.

    Parameters
    ----------
    residuals : Residuals
        Of at least one row.

    Returns
    -------
    float
        In the square of the target's unit; 0 is perfect and there is no upper bound.
        Not finite if a square overflows: `compute_scores` refuses that.

    Notes
    -----
    ``mean((predicted - truth)**2)``. One of the four metrics for regression of Peters & Parrott
    (2024), section 3.1.1. Same value as ``sklearn.metrics.mean_squared_error(truth, predicted)``.

    Examples
    --------
    >>> mse(Residuals(np.array([0.0, 0.0]), np.array([3.0, 4.0])))
    12.5
    """
    return residuals.sums.squared / residuals.rows


def rmse(residuals: Residuals) -> float:
    """Compute the root of the mean of the squared errors.

    Parameters
    ----------
    residuals : Residuals
        Of at least one row.

    Returns
    -------
    float
        In the target's unit; 0 is perfect and there is no upper bound.
        Not finite if a square overflows: `compute_scores` refuses that.

    Notes
    -----
    ``sqrt(mean((predicted - truth)**2))``. One of the four metrics for regression of Peters &
    Parrott (2024), section 3.1.1. Same value as
    ``sklearn.metrics.root_mean_squared_error(truth, predicted)``.

    Examples
    --------
    >>> rmse(Residuals(np.array([0.0, 0.0]), np.array([3.0, 4.0])))
    3.5355339059327378
    """
    return math.sqrt(mse(residuals))


def mae(residuals: Residuals) -> float:
    """Compute the mean of the absolute errors.

    Parameters
    ----------
    residuals : Residuals
        Of at least one row.

    Returns
    -------
    float
        In the target's unit; 0 is perfect and there is no upper bound.
        Not finite if the sum overflows: `compute_scores` refuses that.

    Notes
    -----
    ``mean(abs(predicted - truth))``. One of the four metrics for regression of Peters & Parrott
    (2024), section 3.1.1. Same value as ``sklearn.metrics.mean_absolute_error(truth, predicted)``.

    Examples
    --------
    >>> mae(Residuals(np.array([0.0, 0.0]), np.array([3.0, -4.0])))
    3.5
    """
    return residuals.sums.absolute / residuals.rows


def r2(residuals: Residuals) -> float:
    """Compute the share of the truth's variance that the predictions explain.

    Parameters
    ----------
    residuals : Residuals
        Of at least two rows.

    Returns
    -------
    float
        1 is perfect, 0 is as good as the mean of the truth in every row, and there is no lower
        bound. No unit. Where the truth is the same in every row: 1 if all predictions are
        exactly right, else 0.

    Raises
    ------
    CourseError
        If there are fewer than two rows, or the truth's own variance overflows.

    Notes
    -----
    ``1 - sum((predicted - truth)**2) / sum((truth - mean(truth))**2)``. One of the four metrics
    for regression of Peters & Parrott (2024), section 3.1.1. Same value as
    ``sklearn.metrics.r2_score(truth, predicted)``, but for two cases where rounding and overflow
    make that depend on noise: a constant truth whose mean is not exactly the constant, as in
    ``[0.1, 0.1, 0.1]``, counts as constant here; and an infinite variance is an error.

    Examples
    --------
    >>> r2(Residuals(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])))
    0.5
    """
    if residuals.rows < 2:
        raise CourseError(
            "r2 is undefined on a single row",
            hint="let every part of the holdout have at least two rows, or drop r2",
        )
    if not math.isfinite(residuals.spread):
        raise CourseError(
            "r2 is undefined: the variance of the true values is not a finite number",
            hint="use a smaller unit for the target, or drop r2",
        )
    if residuals.sums.squared == 0:
        return 1.0
    return 1 - residuals.sums.squared / residuals.spread if residuals.spread else 0.0


@np.errstate(all="ignore")
def median_absolute_error(residuals: Residuals) -> float:
    """Compute the median of the absolute errors, which no single prediction can spoil.

    Parameters
    ----------
    residuals : Residuals
        Of at least one row.

    Returns
    -------
    float
        In the target's unit; 0 is perfect and there is no upper bound. NaN if any prediction is
        not finite: `compute_scores` refuses that.

    Notes
    -----
    ``median(abs(predicted - truth))``; of an even number of rows, the mean of the two in the
    middle. Same value as ``sklearn.metrics.median_absolute_error(truth, predicted)``.

    Examples
    --------
    >>> median_absolute_error(Residuals(np.zeros(3), np.array([1.0, -2.0, 90.0])))
    2.0
    """
    if not np.isfinite(residuals.predicted).all():  # the other metrics show it by themselves
        return math.nan
    error = residuals.predicted - residuals.truth
    np.abs(error, out=error)
    middle = len(error) // 2
    # numpy.median asks for several positions at once, for which numpy has no fast selection.
    error.partition(middle)
    upper = float(error[middle])
    return upper if len(error) % 2 else (float(error[:middle].max()) + upper) / 2


@np.errstate(all="ignore")
def mape(residuals: Residuals) -> float:
    """Compute the mean of the absolute errors, each relative to its true value.

    Parameters
    ----------
    residuals : Residuals
        Of at least one row.

    Returns
    -------
    float
        A ratio, not a percentage: 0.1 is off by a tenth. 0 is perfect and there is no upper
        bound; a true value of 0 makes it arbitrarily large.

    Notes
    -----
    ``mean(abs(predicted - truth) / max(abs(truth), eps))`` with the float64 ``eps`` of 2.2e-16.
    Same value as ``sklearn.metrics.mean_absolute_percentage_error(truth, predicted)``.

    Examples
    --------
    >>> mape(Residuals(np.array([10.0, 20.0]), np.array([11.0, 20.0])))
    0.05
    """
    total = 0.0
    buffers = np.empty((2, min(BLOCK, residuals.rows)))
    for rows in blocks(residuals.rows, BLOCK):
        truth = residuals.truth[rows]
        scale, ratio = buffers[:, : len(truth)]
        np.abs(truth, out=scale)
        np.maximum(scale, _EPSILON, out=scale)
        np.subtract(residuals.predicted[rows], truth, out=ratio)
        np.abs(ratio, out=ratio)
        np.divide(ratio, scale, out=ratio)
        total += float(ratio.sum())
    return total / residuals.rows
