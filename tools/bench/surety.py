"""What is told of a submission beside its scores: how sure they are, and whether it climbs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn import metrics as peer

from aims_gh.core.ladder import climb
from aims_gh.core.metrics import compute_scores
from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.core.resamples import draw_resamples
from aims_gh.core.uncertainty import uncertainty
from aims_gh.domain.playground import Holdout, Playground
from tools.bench.measure import Row, alternate

CLASSES, RESAMPLES = 10, 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """A submission, and what SciPy resamples to the same end."""

    metric: str
    rules: Playground
    part: Part
    data: tuple[np.ndarray, ...]
    statistic: Callable[..., object]
    vectorized: bool = True


def surety() -> Iterator[Row]:
    """Intervals from a thousand resamples beside SciPy's on the same data, and the Ladder."""
    for rows, runs in ((10_000, 9), (1_000_000, 3)):
        yield _drawing(rows, runs)
        for case in _cases(rows):
            yield _interval(case, rows, runs)
            yield _ladder(case, rows, runs)


def _drawing(rows: int, runs: int) -> Row:
    random = np.random.default_rng(0)
    shape = (RESAMPLES, min(rows, 10_000))
    mine, other = alternate(
        lambda: draw_resamples(rows, resamples=RESAMPLES, seed=1),
        lambda: random.integers(0, shape[1], shape),
        runs=runs,
    )
    what = f"resamples, {rows:,} rows, once"
    return Row(what, "draw_resamples", mine, "numpy integers, none counted", other)


def _interval(case: Case, rows: int, runs: int) -> Row:
    drawn = draw_resamples(rows, resamples=RESAMPLES, seed=1)
    # SciPy would take minutes: some of the resamples are timed, and the time is multiplied.
    share = (1 if rows == 10_000 else 50) * (1 if case.vectorized else 10)

    def theirs():
        return stats.bootstrap(
            case.data,
            case.statistic,
            n_resamples=RESAMPLES // share,
            method="percentile",
            paired=len(case.data) > 1,
            vectorized=case.vectorized,
            batch=50,  # the fastest for it
        )

    mine, other = alternate(lambda: uncertainty(case.rules, case.part, drawn), theirs, runs=runs)
    beside = "scipy bootstrap" if share == 1 else f"scipy bootstrap, 1/{share} of it, times {share}"
    return Row(
        f"interval, {case.metric}, {rows:,} rows", "uncertainty", mine, beside, other * share
    )


def _ladder(case: Case, rows: int, runs: int) -> Row:
    drawn = draw_resamples(rows, resamples=RESAMPLES, seed=1)
    best = climb(case.rules, case.part, drawn, None)

    def score():
        return compute_scores(
            case.rules.metrics,
            labels=case.rules.labels,
            truth=case.part.answers,
            predictions=case.part.predictions,
        )

    mine, other = alternate(
        lambda: climb(case.rules, case.part, drawn, best), score, runs=max(5, runs)
    )
    return Row(f"Ladder, {case.metric}, {rows:,} rows", "climb", mine, "the score alone", other)


def _cases(rows: int) -> Iterator[Case]:
    random = np.random.default_rng(0)
    truth = random.integers(0, CLASSES, rows).astype(np.int32)
    guess = random.integers(0, CLASSES, rows).astype(np.int32)
    said = np.where(random.random(rows) < 0.8, truth, guess)
    labelled = Part(truth, Predictions(codes=said))
    right = (truth == said).astype(np.float64)
    yield Case("accuracy", _rules("accuracy"), labelled, (right,), np.mean)

    def macro(one, other):
        return peer.f1_score(one, other, average="macro")

    yield Case("macro f1", _rules("f1_score"), labelled, (truth, said), macro, vectorized=False)
    values = random.normal(size=rows)
    errors = random.normal(size=rows)
    measured = Part(values, Predictions(values=values + errors))

    def root(squares, axis):
        return np.sqrt(np.mean(squares, axis=axis))

    yield Case("rmse", _rules("rmse"), measured, (np.square(errors),), root)


def _rules(metric: str) -> Playground:
    task = "regression" if metric == "rmse" else "classification"
    return Playground.model_validate(
        {
            "title": "Bench",
            "input_type": "tabular",
            "task_type": task,
            "labels": [] if metric == "rmse" else list(range(CLASSES)),
            "metrics": [metric],
            "holdout": Holdout(rows=1, labels_sha256="0" * 64),
        }
    )
