"""How sure a score is: an interval for every metric, and what the ranking one says of resamples."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from aims_gh.core.intervals import LEVEL, Interval, clopper_pearson, percentile_interval
from aims_gh.core.metrics.evidence import Evidence
from aims_gh.core.part import Part
from aims_gh.core.replicates import replicates
from aims_gh.core.resamples import Resamples
from aims_gh.domain.playground import Playground

Replicates = npt.NDArray[np.float32]

FEWEST_ROWS = 20
"""Of fewer rows no bootstrap interval is told: they are too few to stand for all others."""


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """How sure the scores of one submission are.

    Attributes
    ----------
    intervals : dict of str to Interval
        By metric, in the playground's order. Metrics of the owner's own are missing, and so is
        what cannot be told from so few rows. They tell the exact score: where scores are rounded
        show them `outward`, and on the Ladder not at all.
    replicates : float32 array of shape (resamples,), or None
        The ranking metric on every resample, for `tie_groups`. None if it is the owner's own.
        As secret as the answers: a thousand sums over known rows would give them away.
    """

    intervals: dict[str, Interval]
    replicates: Replicates | None = field(repr=False)


def uncertainty(
    playground: Playground, part: Part, resamples: Resamples, *, level: float = LEVEL
) -> Uncertainty:
    """Tell how sure the scores of a submission are.

    Parameters
    ----------
    part : Part
        Answers and predictions that `score` has accepted.
    resamples : Resamples
        Of this part's rows; the same for all submissions, so that they can be compared.
    level : float
        Of the intervals.

    Returns
    -------
    Uncertainty

    Notes
    -----
    Accuracy has the exact interval of Clopper & Pearson (1934), every other metric the
    percentile interval of the bootstrap (Efron & Tibshirani 1993). Both take the rows for a
    random choice among all that there could be. They do not tell what another training run of
    the same model would score.
    """
    specs = playground.built_in_metrics
    evidence = Evidence(playground.labels, part.answers, part.predictions)
    ranking = playground.ranking_metric
    enough = len(part.answers) >= FEWEST_ROWS
    wanted = [s for s in specs if s == ranking or (enough and s.name != "accuracy")]
    found = replicates(wanted, evidence, resamples)
    intervals = {}
    for spec in specs:
        if spec.name == "accuracy":
            right = int(evidence.counts.correct.sum())
            intervals["accuracy"] = clopper_pearson(right, len(part.answers), level=level)
        elif enough:
            interval = percentile_interval(found[spec.name], level=level)
            if interval is not None:
                intervals[spec.name] = interval
    ranked = found.get(ranking.name)
    return Uncertainty(intervals, None if ranked is None else _single(ranked))


@np.errstate(over="ignore")
def _single(replicates: npt.NDArray[np.float64]) -> Replicates:
    largest = float(np.finfo(np.float32).max)
    return np.clip(replicates, -largest, largest).astype(np.float32)
