"""Metrics that depend on the order of rows, on every resample: areas under curves, medians."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.resamples import Resamples, Values

_MOST_EXACT = 20_000
"""Rows times curves up to which areas are computed anew for each resample."""

_WIDTH = 8
"""How many standard deviations around the middle the median is looked for: beyond is 1e-15."""


def areas(
    positive: npt.NDArray[np.bool_], rating: Values, resamples: Resamples, *, many: int = 1
) -> Values:
    """Compute the area under the curve of one label against the rest, on every resample.

    Parameters
    ----------
    positive : bool array of shape (rows,)
        Rows that have the label.
    rating : float64 array of shape (rows,)
        Its probability.
    resamples : Resamples
        Of as many rows.
    many : int
        How many such curves there are in all, since they share the time.

    Returns
    -------
    float64 array of shape (resamples,)
        NaN where a resample has no row of the label, or no other.

    Notes
    -----
    Exactly `roc_auc` of the rows drawn, up to 20,000 rows times curves. Beyond, of first order
    in the weights: the mean placement of the rows with the label among all others, plus that of
    the others among these, less the area itself. Placements are those of DeLong, DeLong &
    Clarke-Pearson (1988), "Comparing the areas under two or more correlated receiver operating
    characteristic curves". What is left out is a few hundredths of the standard error at
    10,000 rows, and less of more.
    """
    having, lacking = np.flatnonzero(positive), np.flatnonzero(~positive)
    if len(having) == 0 or len(lacking) == 0:
        return np.full(len(resamples), np.nan)
    if resamples.groups is None and len(rating) * many <= _MOST_EXACT:
        return _exact_areas(having, lacking, rating, resamples)
    with_label, without = np.zeros(len(rating)), np.zeros(len(rating))
    with_label[having] = _placements(rating[having], rating[lacking])
    without[lacking] = 1 - _placements(rating[lacking], rating[having])
    area = with_label[having].mean()
    above, below = resamples.totals([with_label, without])
    sizes = resamples.counts(positive.astype(np.int64), bins=2)
    defined = (sizes > 0).all(axis=1)
    found = np.full(len(resamples), np.nan)
    found[defined] = (above[defined] / sizes[defined, 1]) + (below[defined] / sizes[defined, 0])
    inside: Values = np.clip(found - area, 0.0, 1.0)
    return inside


def _placements(ratings: Values, others: Values) -> Values:
    """Give the share of the others that each rating is above, ties counting half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, ratings, side="left")
    up_to = np.searchsorted(ordered, ratings, side="right")
    found: Values = (below + up_to) / (2 * len(others))
    return found


def _exact_areas(
    having: npt.NDArray[Any], lacking: npt.NDArray[Any], rating: Values, resamples: Resamples
) -> Values:
    lacking = lacking[np.argsort(rating[lacking], kind="stable")]
    below = np.searchsorted(rating[lacking], rating[having], side="left")
    up_to = np.searchsorted(rating[lacking], rating[having], side="right")
    found = np.full(len(resamples), np.nan)
    rows = np.concatenate([lacking, having])
    for place, weights in resamples.of_rows(rows):
        others, own = weights[:, : len(lacking)], weights[:, len(lacking) :].astype(np.int64)
        summed = np.zeros((len(weights), len(lacking) + 1), dtype=np.int64)
        np.cumsum(others, axis=1, out=summed[:, 1:])
        won = summed.take(below, axis=1) + summed.take(up_to, axis=1)
        pairs = own.sum(axis=1) * summed[:, -1]
        twice = np.einsum("rp,rp->r", own, won)
        np.divide(twice, 2 * pairs, out=found[place], where=pairs > 0)
    return found


def medians(values: Values, resamples: Resamples) -> Values:
    """Compute the median on every resample.

    Parameters
    ----------
    values : float64 array of shape (rows,)
    resamples : Resamples
        Of as many rows.

    Returns
    -------
    float64 array of shape (resamples,)

    Notes
    -----
    Only rows near the middle can be in the middle of a resample: how many of those below are
    drawn has a standard deviation of half the root of the rows. Of the rest it is enough to
    know how many are drawn.

    Examples
    --------
    >>> from aims_gh.core.resamples import draw_resamples
    >>> drawn = draw_resamples(3, resamples=2, seed=1)
    >>> drawn.weights.tolist(), medians(np.array([1.0, 2.0, 9.0]), drawn).tolist()
    ([[0, 2, 1], [2, 0, 1]], [2.0, 1.0])
    """
    rows = len(values)
    order = np.argsort(values, kind="stable")
    reach = math.ceil(_WIDTH * math.sqrt(rows) / 2) + 1
    first, last = max(0, rows // 2 - reach), min(rows, rows // 2 + reach)
    near = order[first:last]
    rank = np.ones(rows, dtype=np.int64)
    rank[order[:first]] = 0
    before = resamples.counts(rank, bins=2)[:, 0]
    sizes, ordered = resamples.sizes(), values[near]
    found = np.empty(len(resamples))
    for place, weights in resamples.of_rows(near):
        summed = np.cumsum(weights, axis=1, dtype=np.int64) + before[place, None]
        for number, (sums, size) in enumerate(
            zip(summed, sizes[place], strict=True), start=place.start
        ):
            middle = np.searchsorted(sums, [(size - 1) // 2, size // 2], side="right")
            lower, upper = ordered[np.minimum(middle, len(near) - 1)]
            found[number] = (lower + upper) / 2
    return found
