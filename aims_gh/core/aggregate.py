"""Rank by several metrics at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from types import MappingProxyType
from typing import Literal

Rule = Literal["mean", "median", "borda"]


@dataclass(frozen=True, slots=True)
class Column:
    """One metric's scores.

    Attributes
    ----------
    scores : tuple of float or None
        Of every submission, the earliest first. None, or NaN: there is none.
    greater_is_better : bool
    """

    scores: tuple[float | None, ...]
    greater_is_better: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one submission stands.

    Attributes
    ----------
    place : int
        Position in the columns.
    rank : int
        From 1; equals share it, and the next is left out.
    points : float
        The mean or the median of its ranks, less being better; or the sum of its Borda points,
        more being better.
    """

    place: int
    rank: int
    points: float


def ranks(column: Column) -> list[float]:
    """Rank one metric, the best being 1; equals share the mean of the ranks they take up.

    A missing score comes after all others, and those missing share the last ranks likewise.

    Notes
    -----
    Same as ``scipy.stats.rankdata(scores, method="average")`` where less is better.

    Examples
    --------
    >>> ranks(Column((0.8, 0.9, None, 0.8), greater_is_better=True))
    [2.5, 1.0, 4.0, 2.5]
    """
    sign = -1.0 if column.greater_is_better else 1.0
    keys = [math.inf if _missing(score) else sign * (score or 0.0) for score in column.scores]
    places: dict[float, list[int]] = {}
    for place in sorted(range(len(keys)), key=keys.__getitem__):
        places.setdefault(keys[place], []).append(place)
    found, above = [0.0] * len(keys), 0
    for equals in places.values():
        for place in equals:
            found[place] = above + (1 + len(equals)) / 2
        above += len(equals)
    return found


def aggregate(columns: Sequence[Column], rule: Rule) -> tuple[Standing, ...]:
    """Rank submissions by all metrics together.

    Parameters
    ----------
    columns : sequence of Column
        At least one, all of the same length.
    rule : {"mean", "median", "borda"}
        mean: by the mean of the ranks in each metric. median: by their median, which one bad
        metric does not spoil. borda: by points, one in each metric for every submission that is
        worse, and half for every equal; a missing score has none.

    Returns
    -------
    tuple of Standing
        The best first. Equals share a rank, and of them the earlier comes first.

    Raises
    ------
    ValueError
        If there is no column, or they are not equally long.

    Notes
    -----
    With no score missing, Borda points rank as the mean rank does. They differ in what a gap
    costs: nothing but the points, or the last rank. Borda (1781), "Mémoire sur les élections au
    scrutin"; for leaderboards, Maier-Hein et al. (2018), "Why rankings of biomedical image
    analysis competitions should be interpreted with care", who show that the rule often decides
    who wins. So choose it before anybody submits.

    Examples
    --------
    >>> accuracy = Column((0.9, 0.8, 0.7), greater_is_better=True)
    >>> seconds = Column((30.0, 10.0, 20.0), greater_is_better=False)
    >>> [(one.place, one.rank, one.points) for one in aggregate([accuracy, seconds], "mean")]
    [(1, 1, 1.5), (0, 2, 2.0), (2, 3, 2.5)]
    """
    if len({len(column.scores) for column in columns}) != 1:
        raise ValueError("columns of one length are needed")
    ranked = _points if rule == "borda" else ranks
    points = [_RULES[rule](own) for own in zip(*map(ranked, columns), strict=True)]
    sign = -1.0 if rule == "borda" else 1.0
    standings: list[Standing] = []
    for place in sorted(range(len(points)), key=lambda place: sign * points[place]):
        equal = bool(standings) and standings[-1].points == points[place]
        rank = standings[-1].rank if equal else len(standings) + 1
        standings.append(Standing(place, rank, points[place]))
    return tuple(standings)


def _points(column: Column) -> list[float]:
    """Give a point for everybody who is worse, and half of one for everybody who is equal."""
    last = len(column.scores)
    return [
        0.0 if _missing(score) else last - rank
        for score, rank in zip(column.scores, ranks(column), strict=True)
    ]


def _missing(score: float | None) -> bool:
    return score is None or math.isnan(score)


_RULES: Mapping[Rule, Callable[[Sequence[float]], float]] = MappingProxyType(
    {"mean": mean, "median": median, "borda": math.fsum}
)
