"""Confidence intervals: between which scores the truth lies, as far as this many rows can tell."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aims_gh.core.beta import beta_quantile

LEVEL = 0.95


class Interval(NamedTuple):
    """From `low` to `high`, both included, in the unit of the score."""

    low: float
    high: float

    def outward(self, digits: int) -> Interval:
        """Round so that the interval covers no less; for scores that are shown rounded.

        Examples
        --------
        >>> Interval(0.81234, 0.85678).outward(2)
        Interval(low=0.81, high=0.86)
        """
        scale = 10.0**digits
        low, high = math.floor(self.low * scale) / scale, math.ceil(self.high * scale) / scale
        return Interval(round(low, digits), round(high, digits))


def clopper_pearson(right: int, rows: int, *, level: float = LEVEL) -> Interval:
    """Compute the exact interval of a share, such as accuracy.

    Parameters
    ----------
    right : int
        Rows predicted right.
    rows : int
        All of them, at least 1.
    level : float
        How often, at the least, such an interval covers the true share.

    Returns
    -------
    Interval
        Within 0 to 1. Same as ``scipy.stats.binomtest(right, rows).proportion_ci(level)``.

    Notes
    -----
    All shares that a binomial test with half of ``1 - level`` on each side does not reject:
    Clopper & Pearson (1934), "The use of confidence or fiducial limits illustrated in the case
    of the binomial". It never covers less often than it says, and often a little more.

    Examples
    --------
    >>> low, high = clopper_pearson(10, 10)
    >>> round(low, 4), high
    (0.6915, 1.0)
    """
    if not 0 <= right <= rows or rows < 1:
        raise ValueError(f"{right} of {rows} rows is no share")
    outside = (1 - level) / 2
    wrong = rows - right
    low = beta_quantile(outside, right, wrong + 1) if right else 0.0
    # From the other end, where small numbers keep their digits.
    high = 1 - beta_quantile(outside, wrong, right + 1) if wrong else 1.0
    return Interval(low, high)


def percentile_interval(replicates: npt.NDArray[Any], *, level: float = LEVEL) -> Interval | None:
    """Compute the interval that the middle of the resampled scores fills.

    Parameters
    ----------
    replicates : float array of shape (resamples,)
        Scores of the resamples; NaN where a metric is undefined on one.
    level : float
        Share of the resamples inside.

    Returns
    -------
    Interval or None
        None where the metric is undefined on half of the resamples or more.

    Notes
    -----
    The percentile interval of Efron & Tibshirani (1993), "An Introduction to the Bootstrap",
    chapter 13. Same as ``numpy.quantile`` of the defined ones at ``(1 - level) / 2`` and
    ``(1 + level) / 2``.

    Examples
    --------
    >>> percentile_interval(np.arange(101.0), level=0.5)
    Interval(low=25.0, high=75.0)
    """
    defined = replicates[~np.isnan(replicates)].astype(np.float64)
    if 2 * len(defined) <= len(replicates):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
