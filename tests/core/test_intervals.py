"""Confidence intervals: the published ones, SciPy's, and what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aims_gh.core.intervals import Interval, clopper_pearson, percentile_interval


@settings(max_examples=60, deadline=None)
@given(data=st.data(), level=st.sampled_from([0.9, 0.95, 0.99]))
def test_the_exact_interval_is_that_of_scipy(data: st.DataObject, level: float) -> None:
    rows = data.draw(st.integers(1, 100_000))
    right = data.draw(st.integers(0, rows))

    found = clopper_pearson(right, rows, level=level)

    expected = stats.binomtest(right, rows).proportion_ci(level)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-10)


@pytest.mark.parametrize(
    ("right", "rows", "low", "high"),
    [
        # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I.
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_the_exact_interval_is_the_published_one(
    right: int, rows: int, low: float, high: float
) -> None:
    found = clopper_pearson(right, rows)

    assert found == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.83])
def test_the_exact_interval_covers_the_true_share_at_least_as_often_as_it_says(
    share: float,
) -> None:
    rows = 60
    intervals = [clopper_pearson(right, rows) for right in range(rows + 1)]
    chances = stats.binom(rows, share).pmf(range(rows + 1))

    covered = [low <= share <= high for low, high in intervals]

    assert chances[covered].sum() >= 0.95


@pytest.mark.parametrize(("right", "rows"), [(-1, 3), (4, 3), (0, 0)])
def test_a_share_of_other_rows_is_a_mistake(right: int, rows: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        clopper_pearson(right, rows)


def test_the_percentile_interval_is_that_of_scipy() -> None:
    random = np.random.default_rng(5)
    losses = random.exponential(size=200)
    expected = stats.bootstrap(
        (losses,), np.mean, n_resamples=999, method="percentile", rng=np.random.default_rng(6)
    )

    found = percentile_interval(expected.bootstrap_distribution)

    interval = expected.confidence_interval
    assert found == pytest.approx((interval.low, interval.high), rel=0.002)


def test_undefined_resamples_are_left_out_until_they_are_half() -> None:
    defined, undefined = np.arange(10.0), np.full(9, np.nan)

    found = percentile_interval(np.concatenate([defined, undefined]), level=0.8)

    assert found == pytest.approx(tuple(np.quantile(defined, [0.1, 0.9])))
    assert percentile_interval(np.concatenate([defined[:9], undefined])) is None


@given(st.floats(-5, 5), st.floats(0, 3), st.integers(0, 6))
def test_rounding_outward_covers_no_less(low: float, width: float, digits: int) -> None:
    interval = Interval(low, low + width)

    rounded = interval.outward(digits)

    slack = 1e-12
    assert rounded.low <= interval.low + slack
    assert rounded.high >= interval.high - slack
    assert rounded.high - rounded.low <= width + 2.001 * 10.0**-digits
