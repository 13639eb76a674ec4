"""Ties: differences that this many rows cannot tell from chance."""

from __future__ import annotations

import numpy as np
import pytest
from core_builders import playground, regression
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.core.resamples import draw_resamples
from aims_gh.core.ties import disagreement, mcnemar, tie_groups
from aims_gh.core.uncertainty import uncertainty


def shifted(*leads: float, spread: float = 1.0) -> list[np.ndarray]:
    """Replicates of scores that differ by these leads, each with luck of its own."""
    random = np.random.default_rng(4)
    shared = random.normal(size=1_000)
    return [
        (lead + shared + spread * random.normal(size=1_000)).astype(np.float32) for lead in leads
    ]


def test_whoever_the_leader_beats_beyond_chance_leads_the_next_group() -> None:
    # Two such differences have a deviation of 1.4, so 2.8 is what shows.
    found = tie_groups(shifted(20, 19, 18, 15, 14, 5), greater_is_better=True)

    assert found == (1, 1, 1, 2, 2, 3)


def test_a_chain_of_neighbours_ties_nobody_with_the_leader() -> None:
    found = tie_groups(shifted(10, 8, 6, 4, 2), greater_is_better=True)

    assert found == (1, 1, 2, 2, 3)


def test_where_less_is_better_the_least_leads() -> None:
    replicates = shifted(5, 6, 12)

    assert tie_groups(replicates, greater_is_better=False) == (1, 1, 2)


def test_luck_with_the_rows_that_both_share_falls_out() -> None:
    # Of its own each has a deviation of 1: far more than they differ by.
    replicates = shifted(0.5, 0.0, spread=0.01)

    assert tie_groups(replicates, greater_is_better=True) == (1, 2)


def test_the_same_predictions_are_tied() -> None:
    (one,) = shifted(0)

    assert tie_groups([one, one, one], greater_is_better=True) == (1, 1, 1)
    assert tie_groups([], greater_is_better=True) == ()


def test_a_submission_without_replicates_stands_alone() -> None:
    one, two = shifted(0, 0)

    assert tie_groups([one, None, two, two], greater_is_better=True) == (1, 2, 3, 3)


def test_resamples_that_are_undefined_for_both_say_nothing() -> None:
    better, worse = shifted(9, 1)
    better[:300] = worse[:300] = np.nan

    assert tie_groups([better, worse], greater_is_better=True) == (1, 2)


def test_replicates_of_other_resamples_are_a_mistake() -> None:
    (one,) = shifted(0)

    with pytest.raises(ValueError, match="1000 resamples beside 999"):
        tie_groups([one, one[1:]], greater_is_better=True)


def test_equally_good_models_are_told_apart_about_as_often_as_the_level_says() -> None:
    random, rows, repeats = np.random.default_rng(3), 500, 200
    rules, resamples = playground(metrics=["accuracy"]), draw_resamples(500, resamples=300, seed=5)
    apart = 0
    for _ in range(repeats):
        truth = random.integers(0, 2, rows).astype(np.int32)
        parts = [
            Part(truth, Predictions(codes=np.where(random.random(rows) < 0.8, truth, 1 - truth)))
            for _ in range(2)
        ]
        found = [uncertainty(rules, part, resamples).replicates for part in parts]
        found.sort(key=lambda own: -float(own.mean()))  # the better one by luck leads
        apart += tie_groups(found, greater_is_better=True) == (1, 2)

    assert 0.01 <= apart / repeats <= 0.10


def test_the_paired_bootstrap_and_mcnemar_mostly_agree_on_accuracy() -> None:
    random, rows = np.random.default_rng(8), 400
    rules, resamples = playground(metrics=["accuracy"]), draw_resamples(400, resamples=600, seed=5)
    truth = random.integers(0, 2, rows).astype(np.int32)
    agreed = 0
    for skill in np.linspace(0.7, 0.9, 40):
        first, second = (
            np.where(random.random(rows) < good, truth, 1 - truth) for good in (0.9, skill)
        )
        told = [
            uncertainty(rules, Part(truth, Predictions(codes=codes)), resamples).replicates
            for codes in (first, second)
        ]
        one, other = disagreement(truth, first, second)
        apart = tie_groups(told, greater_is_better=True) == (1, 2)
        agreed += apart == (one > other and mcnemar(one, other) < 0.05)

    assert agreed >= 37


def test_a_hundred_times_the_rows_tell_smaller_differences_apart() -> None:
    random, groups = np.random.default_rng(2), []
    for rows in (200, 20_000):
        truth = random.normal(size=rows)
        resamples = draw_resamples(rows, resamples=300, seed=2)
        told = [
            uncertainty(
                regression("rmse"),
                Part(truth, Predictions(values=truth + noise * random.normal(size=rows))),
                resamples,
            ).replicates
            for noise in (1.0, 1.05)
        ]
        groups.append(tie_groups(told, greater_is_better=False))

    assert groups == [(1, 1), (1, 2)]


@settings(max_examples=80, deadline=None)
@given(first=st.integers(0, 3_000), second=st.integers(0, 3_000))
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int) -> None:
    expected = stats.binomtest(first, first + second).pvalue if first + second else 1.0

    assert mcnemar(first, second) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Agresti (1990), approval of the prime minister: 150 changed one way, 86 the other.
        (150, 86, 3.716e-05),
        (0, 0, 1.0),
        (7, 7, 1.0),
        (0, 6, 0.03125),
    ],
)
def test_mcnemar_gives_the_published_values(first: int, second: int, expected: float) -> None:
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-3)


def test_a_negative_number_of_rows_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="-1 rows"):
        mcnemar(-1, 5)
