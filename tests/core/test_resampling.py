"""Resamples: the bootstrap of rows, the same for all, and metrics on each of them."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from core_builders import playground, regression
from scipy import stats

from aims_gh.core.metrics import compute_scores
from aims_gh.core.metrics.evidence import Evidence
from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.core.replicates import replicates
from aims_gh.core.resamples import GROUPS, Resamples, draw_resamples
from aims_gh.core.uncertainty import FEWEST_ROWS, uncertainty
from aims_gh.domain.metric import CLASSIFICATION_METRICS, REGRESSION_METRICS, MetricSpec
from aims_gh.errors import CourseError

AVERAGES: list[dict[str, Any]] = [
    {"average": "micro"},
    {"average": "weighted"},
    {"average": "macro", "zero_division": 1},
]


def classified(rows: int, labels: int, *, seed: int = 0) -> Part:
    random = np.random.default_rng(seed)
    truth = random.integers(0, labels, rows).astype(np.int32)
    # Ties among probabilities, and labels that are rare in the answers.
    noise = random.integers(0, 4, (rows, labels)) / 4 + 0.01
    noise[np.arange(rows), truth] += 0.4
    probabilities = noise / noise.sum(axis=1, keepdims=True)
    codes = probabilities.argmax(axis=1).astype(np.int32)
    return Part(truth, Predictions(codes=codes, probabilities=probabilities))


def measured(rows: int, *, seed: int = 0) -> Part:
    random = np.random.default_rng(seed)
    truth = random.normal(size=rows).round(1)
    return Part(truth, Predictions(values=truth + random.normal(size=rows) ** 3))


def row_counts(resamples: Resamples) -> npt.NDArray[Any]:
    """How often each row is in each resample, whether groups were drawn or rows."""
    if resamples.groups is None:
        return resamples.weights
    return resamples.weights[:, resamples.groups]


def by_hand(
    spec: MetricSpec, labels: tuple[str, ...], part: Part, times: npt.NDArray[Any]
) -> float:
    """Score the rows of one resample, each repeated as often as it was drawn."""
    rows = np.repeat(np.arange(len(times)), times)
    said = {name: array[rows] for name, array in part.predictions.arrays().items()}
    try:
        scores = compute_scores(
            [spec], labels=labels, truth=part.answers[rows], predictions=Predictions(**said)
        )
    except CourseError:  # undefined on these rows
        return math.nan
    return scores[spec.name]


def check(specs: list[MetricSpec], labels: tuple[str, ...], part: Part, number: int) -> None:
    resamples = draw_resamples(len(part.answers), resamples=number, seed=4)

    found = replicates(specs, Evidence(labels, part.answers, part.predictions), resamples)

    for spec in specs:
        expected = [by_hand(spec, labels, part, times) for times in row_counts(resamples)]
        np.testing.assert_allclose(found[spec.name], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("rows", "labels"), [(6, 2), (12, 4), (150, 3), (40, 200)])
def test_a_replicate_is_the_score_of_the_rows_drawn(rows: int, labels: int) -> None:
    names = tuple(f"l{number}" for number in range(labels))
    specs = [MetricSpec(name=name) for name in CLASSIFICATION_METRICS]

    check(specs, names, classified(rows, labels), 60)


@pytest.mark.parametrize("options", [*AVERAGES, {"average": "binary", "pos_label": "l0"}])
def test_a_replicate_averages_over_labels_as_the_score_does(options: dict[str, Any]) -> None:
    specs = [MetricSpec(name=name, **options) for name in ("f1_score", "precision", "recall")]
    names = ("l0", "l1") if options["average"] == "binary" else ("l0", "l1", "l2", "l3", "l4")

    check(specs, names, classified(9, len(names)), 60)


@pytest.mark.parametrize("rows", [2, 3, 7, 200])
def test_a_replicate_of_errors_is_the_score_of_the_rows_drawn(rows: int) -> None:
    check([MetricSpec(name=name) for name in REGRESSION_METRICS], (), measured(rows), 60)


def test_replicates_of_groups_are_the_scores_of_the_rows_drawn() -> None:
    names = ("a", "b", "c")
    exact = [MetricSpec(name=name) for name in CLASSIFICATION_METRICS if name != "roc_auc"]

    check(exact, names, classified(2 * GROUPS + 77, 3), 4)
    check([MetricSpec(name=n) for n in REGRESSION_METRICS], (), measured(2 * GROUPS + 77), 4)


def test_more_labels_than_fit_a_table_are_counted_all_the_same() -> None:
    names = tuple(f"l{number}" for number in range(1_500))
    random = np.random.default_rng(2)
    truth, codes = random.integers(0, 1_500, (2, 90)).astype(np.int32)
    part = Part(truth, Predictions(codes=np.where(random.random(90) < 0.5, truth, codes)))

    check([MetricSpec(name="f1_score"), MetricSpec(name="accuracy")], names, part, 10)


def test_the_area_of_many_rows_is_right_to_first_order() -> None:
    part = classified(GROUPS + 5_000, 2)
    spec = MetricSpec(name="roc_auc")
    resamples = draw_resamples(len(part.answers), resamples=20, seed=9)

    found = replicates([spec], Evidence(("a", "b"), part.answers, part.predictions), resamples)

    exact = [by_hand(spec, ("a", "b"), part, times) for times in row_counts(resamples)]
    assert np.abs(found["roc_auc"] - exact).max() < 0.1 * np.std(exact)


def test_the_same_seed_draws_the_same_rows_everywhere() -> None:
    drawn = draw_resamples(5, resamples=3, seed=2026)

    assert drawn.weights.tolist() == [[2, 1, 0, 1, 1], [1, 2, 0, 1, 1], [1, 0, 0, 2, 2]]
    assert draw_resamples(5, resamples=3, seed=2027).weights.tolist() != drawn.weights.tolist()


@pytest.mark.parametrize("rows", [1, 7, 400, GROUPS + 1, 3 * GROUPS])
def test_every_row_is_drawn_once_on_average_and_as_many_as_there_are(rows: int) -> None:
    resamples = draw_resamples(rows, resamples=50, seed=3)

    assert (resamples.weights.sum(axis=1) == min(rows, GROUPS)).all()
    assert resamples.sizes() == pytest.approx(rows, rel=0.02)
    assert resamples.weights.mean() == 1
    if resamples.groups is not None:
        sizes = np.bincount(resamples.groups, minlength=GROUPS)
        assert sizes.max() - sizes.min() <= 1


def test_how_often_a_row_is_drawn_is_binomial() -> None:
    resamples = draw_resamples(100, resamples=2_000, seed=8)

    observed = np.bincount(resamples.weights.ravel(), minlength=12)[:6]

    expected = stats.binom(100, 1 / 100).pmf(range(6)) * resamples.weights.size
    assert observed == pytest.approx(expected, rel=0.12, abs=60)


@pytest.mark.parametrize("rows", [300, 4 * GROUPS])
def test_the_spread_of_resampled_means_is_the_standard_error(rows: int) -> None:
    losses = np.random.default_rng(1).exponential(size=rows)
    resamples = draw_resamples(rows, resamples=2_000, seed=5)

    means = resamples.totals([losses])[0] / resamples.sizes()

    assert means.std() == pytest.approx(losses.std() / math.sqrt(rows), rel=0.06)


def test_sums_keep_small_numbers_beside_a_huge_one() -> None:
    values = np.array([1e60, 1.0, 2.0, 4.0, 8.0])
    resamples = draw_resamples(5, resamples=300, seed=6)
    without = resamples.weights[:, 0] == 0

    totals = resamples.totals([values * [1e-40, 1, 1, 1, 1]])[0]

    assert without.any()
    assert totals[without].tolist() == (resamples.weights[without] @ values[:, None])[:, 0].tolist()


SUMS = """
import numpy as np
from aims_gh.core.resamples import draw_resamples
random = np.random.Generator(np.random.PCG64(3))
resamples = draw_resamples(3_000, resamples=50, seed=1)
codes, values = random.integers(0, 40, 3_000), random.integers(1, 10**9, 3_000) / 7
print(resamples.counts(codes, bins=40).sum(), resamples.totals([values]).tobytes().hex())
"""


def test_sums_are_the_same_to_the_last_bit_on_every_processor() -> None:
    # OpenBLAS multiplies in another order on each; the oldest it knows, beside this one.
    told = {
        subprocess.run(
            [sys.executable, "-c", SUMS],
            env={**os.environ, **kernel},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for kernel in ({}, {"OPENBLAS_CORETYPE": "Prescott"})
    }

    assert len(told) == 1


def test_a_million_rows_take_no_memory_that_grows_with_the_resamples() -> None:
    losses = np.ones(1_000_000)
    few, many = (draw_resamples(1_000_000, resamples=n, seed=1) for n in (20, 400))
    peaks = []
    for resamples in (few, many):
        tracemalloc.start()
        resamples.totals([losses])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert max(peaks) < 20_000_000
    assert peaks[1] < 1.1 * peaks[0]


def test_uncertainty_tells_an_interval_for_every_built_in_metric_around_its_score() -> None:
    rules = playground(labels=("a", "b", "c"), metrics=CLASSIFICATION_METRICS)
    part = classified(400, 3)
    resamples = draw_resamples(400, resamples=300, seed=7)

    told = uncertainty(rules, part, resamples)

    scores = compute_scores(
        rules.metrics, labels=rules.labels, truth=part.answers, predictions=part.predictions
    )
    assert list(told.intervals) == list(scores)
    for name, (low, high) in told.intervals.items():
        assert low < scores[name] < high
        assert high - low < 0.25
    assert told.replicates is not None
    assert told.replicates.dtype == np.float32
    assert told.replicates.mean() == pytest.approx(scores["accuracy"], abs=0.01)
    assert "replicates" not in repr(told)


def test_an_interval_covers_the_true_score_about_as_often_as_it_says() -> None:
    rules, rows, repeats = regression("rmse"), 200, 200
    random = np.random.default_rng(12)
    resamples = draw_resamples(rows, resamples=400, seed=2)
    covered = 0
    for _ in range(repeats):
        part = Part(np.zeros(rows), Predictions(values=random.normal(size=rows)))
        low, high = uncertainty(rules, part, resamples).intervals["rmse"]
        covered += low <= 1 <= high

    assert 0.88 <= covered / repeats <= 0.99


def test_metrics_of_the_owners_own_have_no_interval() -> None:
    own = {"name": "cost", "function": "cost", "direction": "minimize"}
    rules = playground(metrics=[own, "accuracy"])

    told = uncertainty(rules, classified(50, 2), draw_resamples(50, resamples=20, seed=1))

    assert list(told.intervals) == ["accuracy"]
    assert told.replicates is None


def test_few_rows_have_an_exact_interval_and_no_bootstrap_one() -> None:
    rules = playground(metrics=["f1_score", "accuracy"])
    rows = FEWEST_ROWS - 1

    told = uncertainty(rules, classified(rows, 2), draw_resamples(rows, resamples=20, seed=1))

    assert list(told.intervals) == ["accuracy"]
    assert told.replicates is not None


def test_resamples_of_other_rows_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="49 rows, but resamples of 50"):
        uncertainty(regression(), measured(49), draw_resamples(50, resamples=2, seed=1))
