"""Score predictions against the holdout, public and private part apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from aims_gh.core.draws import Draws
from aims_gh.core.holdout import Truth
from aims_gh.core.ladder import Rung, climb, rounded
from aims_gh.core.metrics import compute_scores
from aims_gh.core.part import Part
from aims_gh.core.predictions import LARGEST, Predictions
from aims_gh.core.split import Mask
from aims_gh.core.standing import to_text
from aims_gh.core.summary import summary
from aims_gh.core.uncertainty import uncertainty
from aims_gh.domain.playground import Playground
from aims_gh.domain.reveal import Interval, PrivateScores
from aims_gh.domain.summary import Summary
from aims_gh.errors import CourseError, SubmissionError


@dataclass(frozen=True, slots=True)
class Findings:
    """What metrics say about one part: scores, and why the others are missing."""

    scores: dict[str, float]
    failures: dict[str, str] = field(default_factory=dict)


OwnMetrics = Callable[[Sequence[Part]], Sequence[Findings]]
"""Computes the metrics of the owner's own on each part, as they may be published."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of one submission.

    Attributes
    ----------
    scores : dict of str to float
        On the public part, or on all rows where nothing is private.
    rows : int
        How many rows that is.
    private : PrivateScores or None
        To be sealed.
    failures : dict of str to str
        Metrics of the owner's own that are missing in `scores`, and why. Not on the private part:
        that, too, is told in `private` alone.
    intervals : dict of str to (float, float)
        Where each score would lie on other rows like these, 95 times of 100.
    rung : Rung or None
        What the Ladder remembers, where this submission is the entrant's best so far. Secret.
    summary : Summary or None
        How the predictions are wrong, on the rows that `scores` covers.
    """

    scores: dict[str, float]
    rows: int
    private: PrivateScores | None
    failures: dict[str, str] = field(default_factory=dict)
    summary: Summary | None = None
    intervals: dict[str, Interval] = field(default_factory=dict)
    rung: Rung | None = field(default=None, repr=False)


def score(
    playground: Playground,
    truth: Truth,
    predictions: Predictions,
    own_metrics: OwnMetrics | None = None,
    draws: Draws | None = None,
    best: Rung | None = None,
) -> Scored:
    """Compute every metric of the playground.

    Parameters
    ----------
    own_metrics : callable, optional
        Computes those of the owner's own. Left out: only the built-in ones are computed.
    draws : Draws, optional
        Tells how sure the scores are. Left out: nothing is said about that.
    best : Rung, optional
        What the Ladder remembers of the entrant's best submission so far.

    Raises
    ------
    SubmissionError
        If the predictions do not fit the holdout or a score overflows.
    CourseError
        If a metric is undefined on this holdout.
    """
    if len(predictions) != len(truth):
        raise SubmissionError(
            f"there are {len(predictions)} predictions, the holdout has {len(truth)} rows",
            hint="give one prediction for every row of the features file, in its order",
        )
    parts = parts_of(truth, predictions)
    built_in = [Findings(_built_in(playground, part)) for part in parts]
    own = own_metrics(parts) if own_metrics else [Findings({}) for _ in parts]
    found = [_together(playground, *pair) for pair in zip(built_in, own, strict=True)]
    told = summary(playground, parts[0])  # of the public part, the first one
    sure = uncertainty(playground, parts[0], draws.public).intervals if draws else {}
    if len(found) == 1:
        whole = found[0]
        return Scored(whole.scores, len(truth), None, whole.failures, told, _short(sure))
    sealed = _sealed(playground, found, parts[1], draws)
    public = Scored(
        found[0].scores,
        int((~truth.private).sum()),
        sealed,
        found[0].failures,
        told,
        _short(sure),
    )
    if playground.competition.release == "exact":
        return public
    if playground.competition.release == "rounded" or draws is None:
        return replace(public, scores=rounded(public.scores), intervals={})
    rung = climb(playground, parts[0], draws.public, best)
    # Nothing else that is computed from the answers: of a mean of squares all of it can be read.
    shown = {playground.ranking_metric.name: rung.released}
    climbed = None if rung is best else rung
    return replace(public, scores=shown, failures={}, intervals={}, rung=climbed)


def _sealed(
    playground: Playground, found: Sequence[Findings], part: Part, draws: Draws | None
) -> PrivateScores:
    public, private, whole = found
    sure = uncertainty(playground, part, draws.private) if draws and draws.private else None
    return PrivateScores(
        private=private.scores,
        whole=whole.scores,
        public=public.scores if playground.competition.release != "exact" else {},
        failures=whole.failures | private.failures,
        intervals=_short(sure.intervals) if sure else {},
        replicates=to_text(sure.replicates) if sure else "",
    )


def _short(intervals: Mapping[str, Interval]) -> dict[str, Interval]:
    """Round ends: more digits than these would say more about the rows than about the score."""
    return {n: (_digits(low), _digits(high)) for n, (low, high) in intervals.items()}


def _digits(value: float) -> float:
    return float(f"{value:.3g}")


def parts_of(truth: Truth, predictions: Predictions) -> tuple[Part, ...]:
    """Give the public part, the private one and all rows; all rows alone where none is private."""
    whole = Part(truth.answers, predictions)
    if not truth.private.any():
        return (whole,)
    return (_on(whole, ~truth.private), _on(whole, truth.private), whole)


def check_metrics(playground: Playground, truth: Truth) -> None:
    """Make sure that every metric is defined on every part, before anybody submits.

    Raises
    ------
    CourseError
        Naming the metric.
    """
    count = len(playground.labels)
    if count:
        codes = truth.answers.astype(np.int32)
        probabilities = np.full((len(truth), count), 1 / count)
        score(playground, truth, Predictions(codes=codes, probabilities=probabilities))
    else:
        score(playground, truth, Predictions(values=truth.answers.astype(np.float64)))
        try:
            score(playground, truth, Predictions(values=np.full(len(truth), LARGEST)))
        except SubmissionError as error:
            raise CourseError(
                f"the answers are too large, or too close together: {error.message}",
                hint="write them in another unit, so that they are nearer to 1",
            ) from None


def _on(whole: Part, rows: Mask) -> Part:
    said: dict[str, Any] = {n: array[rows] for n, array in whole.predictions.arrays().items()}
    return Part(whole.answers[rows], Predictions(**said))


def _built_in(playground: Playground, part: Part) -> dict[str, float]:
    return compute_scores(
        playground.built_in_metrics,
        labels=playground.labels,
        truth=part.answers,
        predictions=part.predictions,
    )


def _together(playground: Playground, built_in: Findings, own: Findings) -> Findings:
    scores = built_in.scores | own.scores
    names = [metric.name for metric in playground.metrics]
    return Findings({name: scores[name] for name in names if name in scores}, own.failures)
