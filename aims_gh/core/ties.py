"""Ties: which submissions this many rows cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.beta import beta_cdf
from aims_gh.core.intervals import LEVEL, percentile_interval
from aims_gh.core.uncertainty import Replicates


def tie_groups(
    replicates: Sequence[Replicates | None], *, greater_is_better: bool, level: float = LEVEL
) -> tuple[int, ...]:
    """Put ranked submissions into groups that are tied.

    Parameters
    ----------
    replicates : sequence of float arrays of shape (resamples,), or None
        Of each submission, the best first, all on the same resamples. None: not known, so the
        submission is a group of its own.
    greater_is_better : bool
    level : float
        Of the interval that decides.

    Returns
    -------
    tuple of int
        The group of each, counting from 1.

    Raises
    ------
    ValueError
        If they are not on the same resamples.

    Notes
    -----
    The best leads the first group. Going down, a submission belongs to the group as long as the
    interval of how far the leader is ahead of it reaches zero; the first that the leader beats
    beyond chance leads the next group. What a submission is compared with is always a leader,
    and never its neighbour, since a chain of neighbours, each tied with the next, would tie the
    best with the worst. What a new group says is that its leader is beaten by the leader above
    beyond chance. Two submissions of neighbouring groups may well be tied with each other.

    The difference is taken resample by resample: the paired bootstrap, recommended for
    comparing two systems on the same test data by Dror et al. (2018), "The hitchhiker's guide to
    testing statistical significance in natural language processing"; the interval is that of
    Efron & Tibshirani (1993), chapter 13. Each comparison stands for itself. Of twenty that are
    really tied, one is told apart by chance, at the level of 95 %.

    Examples
    --------
    >>> scores = np.array([[0.90, 0.92, 0.94], [0.91, 0.91, 0.93], [0.70, 0.72, 0.71]])
    >>> tie_groups(scores.astype(np.float32), greater_is_better=True)
    (1, 1, 2)
    """
    groups: list[int] = []
    leader: Replicates | None = None
    for own in replicates:
        if leader is None or own is None or _ahead(leader, own, greater_is_better, level):
            groups.append(groups[-1] + 1 if groups else 1)
            leader = own
        else:
            groups.append(groups[-1])
    return tuple(groups)


def _ahead(leader: Replicates, other: Replicates, greater_is_better: bool, level: float) -> bool:
    if leader.shape != other.shape:
        raise ValueError(f"{len(leader)} resamples beside {len(other)}")
    lead = leader.astype(np.float64) - other
    interval = percentile_interval(lead if greater_is_better else -lead, level=level)
    return interval is not None and interval.low > 0


def mcnemar(only_first: int, only_second: int) -> float:
    """Test whether two submissions have the same accuracy, from the rows they disagree on.

    Parameters
    ----------
    only_first, only_second : int
        Rows that only the first, and only the second, gets right.

    Returns
    -------
    float
        The p-value, 0 to 1: how likely so uneven a split is where both are equally good.

    Notes
    -----
    McNemar (1947), "Note on the sampling error of the difference between correlated
    proportions or percentages", exactly: where both are equally good, each row that they
    disagree on falls to either side like a coin. Two-sided. Same value as
    ``scipy.stats.binomtest(only_first, only_first + only_second).pvalue``.

    Examples
    --------
    >>> round(mcnemar(1, 9), 6)
    0.021484
    """
    fewer, together = min(only_first, only_second), only_first + only_second
    if fewer < 0:
        raise ValueError(f"{fewer} rows")
    if 2 * fewer == together:
        return 1.0
    # At most `fewer` heads: the binomial distribution function, as a beta distribution.
    return min(1.0, 2 * beta_cdf(0.5, together - fewer, fewer + 1))


def disagreement(
    answers: npt.NDArray[Any], first: npt.NDArray[Any], second: npt.NDArray[Any]
) -> tuple[int, int]:
    """Count the rows that only the first, and only the second, gets right, for `mcnemar`.

    Parameters
    ----------
    answers, first, second : integer arrays of shape (rows,)
        Codes of the labels: the true ones, and those of two submissions.

    Examples
    --------
    >>> truth, said = np.array([0, 1, 1]), np.array([0, 1, 0])
    >>> disagreement(truth, said, np.array([1, 1, 1]))
    (1, 1)
    """
    one, other = first == answers, second == answers
    return int((one & ~other).sum()), int((other & ~one).sum())
