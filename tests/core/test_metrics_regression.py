"""Metrics of predicted numbers equal scikit-learn's, from tiny to huge."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from aims_gh.core.metrics import compute_scores
from aims_gh.core.metrics.residuals import BLOCK, Residuals
from aims_gh.core.predictions import Predictions
from aims_gh.domain.metric import REGRESSION_METRICS, MetricSpec
from aims_gh.errors import CourseError, SubmissionError

CLOSE = 1e-12

ORACLE: dict[str, Callable[..., float]] = {
    "mse": sk.mean_squared_error,
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
    "median_absolute_error": sk.median_absolute_error,
    "mape": sk.mean_absolute_percentage_error,
}

ORDINARY = st.floats(-1e6, 1e6)
EXTREME = st.sampled_from(
    [0.0, -0.0, 1e-300, 5e-324, -1e-160, 1e-16, 1.0, 1e16, -1e100, 1e150]
) | st.floats(-1e150, 1e150)

Case = tuple[list[float], list[float]]


@st.composite
def cases(draw: st.DrawFn, *, least: int = 1) -> Case:
    number = draw(st.sampled_from([ORDINARY, EXTREME]))
    truth = draw(st.lists(number, min_size=least, max_size=40))
    return truth, [t if draw(st.booleans()) else draw(number) for t in truth]


def ours(name: str, truth: Any, predicted: Any) -> float:
    scores = compute_scores(
        [MetricSpec(name=name)],
        labels=(),
        truth=np.array(truth, np.float64),
        predictions=Predictions(values=np.array(predicted, np.float64)),
    )
    return scores[name]


@pytest.mark.parametrize("name", [name for name in ORACLE if name != "r2"])
@settings(deadline=None, max_examples=100)
@given(case=cases())
@example(case=([1.0], [1.0]))
@example(case=([0.0], [2.0]))
@example(case=([0.0, 1.0], [3.0, -4.0]))
def test_errors_equal_scikit_learn(name: str, case: Case) -> None:
    truth, predicted = case

    score = ours(name, truth, predicted)

    # Sums of the same terms, none negative, so no digits cancel.
    assert score == pytest.approx(ORACLE[name](truth, predicted), rel=CLOSE, abs=0)


@settings(deadline=None, max_examples=200)
@given(case=cases(least=2))
@example(case=([1.0, 2.0, 3.0], [2.0, 2.0, 2.0]))
def test_r2_equals_scikit_learn(case: Case) -> None:
    truth, predicted = case
    assume(len(set(truth)) > 1)  # see the tests of a constant truth
    with np.errstate(over="ignore"):
        expected = sk.r2_score(truth, predicted)
    assume(math.isfinite(expected))  # see the tests of overflow

    score = ours("r2", truth, predicted)

    # 1 - ratio: near a ratio of 1 the digits cancel, so the ratio is what can be compared.
    assert 1 - score == pytest.approx(1 - expected, rel=CLOSE, abs=1e-15)


@settings(deadline=None, max_examples=50)
@given(
    constant=st.integers(-1000, 1000),
    predicted=st.lists(st.integers(-1000, 1000), min_size=2, max_size=10),
)
@example(constant=3, predicted=[3, 3])
@example(constant=3, predicted=[3, 4])
def test_r2_of_a_constant_truth_is_one_or_zero_as_in_scikit_learn(
    constant: int, predicted: list[int]
) -> None:
    truth = [float(constant)] * len(predicted)

    assert ours("r2", truth, predicted) == sk.r2_score(truth, predicted)


def test_r2_of_a_constant_truth_does_not_hang_on_rounding() -> None:
    truth = [0.1, 0.1, 0.1]  # whose mean is 0.10000000000000002: scikit-learn answers -1e+31

    assert np.mean(truth) != 0.1
    assert ours("r2", truth, [0.1, 0.1, 0.2]) == 0.0
    assert ours("r2", truth, truth) == 1.0


def test_r2_sees_a_single_differing_value_in_the_middle() -> None:
    truth, predicted = [1.0, 2.0, 1.0], [1.0, 1.0, 1.0]

    assert ours("r2", truth, predicted) == pytest.approx(sk.r2_score(truth, predicted), rel=CLOSE)


@pytest.mark.parametrize("name", ORACLE)
@pytest.mark.parametrize("rows", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_no_row_is_lost_between_blocks(name: str, rows: int) -> None:
    generator = np.random.default_rng(rows)
    truth = generator.normal(5, 2, rows)
    predicted = truth + generator.normal(0, 1, rows)
    predicted[-1] += 1e6  # the last row decides the mean

    score = ours(name, truth, predicted)

    assert score == pytest.approx(ORACLE[name](truth, predicted), rel=CLOSE, abs=0)


@pytest.mark.parametrize("name", ORACLE)
def test_columns_that_are_not_contiguous_score_the_same_and_stay_as_they_were(name: str) -> None:
    table = np.random.default_rng(1).normal(size=(BLOCK + 7, 3))
    before = table.copy()
    truth, predicted = table[:, 0], table[::-1, 2]

    score = compute_scores(
        [MetricSpec(name=name)], labels=(), truth=truth, predictions=Predictions(values=predicted)
    )[name]

    assert score == pytest.approx(ORACLE[name](truth, predicted), rel=CLOSE, abs=0)
    assert np.array_equal(table, before)


def test_r2_of_one_row_is_the_holdouts_fault() -> None:
    with pytest.raises(CourseError, match="r2 is undefined on a single row") as refusal:
        ours("r2", [1.0], [1.0])

    assert "at least two rows" in refusal.value.hint


@pytest.mark.parametrize("truth", [[1e200, -1e200], [1e308, 1.7e308], [math.nan, 1.0]], ids=str)
def test_r2_of_a_truth_without_finite_variance_is_the_holdouts_fault(truth: list[float]) -> None:
    with pytest.raises(CourseError, match="r2 is undefined: the variance"):
        ours("r2", truth, [0.0, 0.0])


@pytest.mark.parametrize("name", REGRESSION_METRICS)
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_prediction_that_is_no_number_is_refused(name: str, value: float) -> None:
    with pytest.raises(SubmissionError, match=f"score {name} is not a finite number") as refusal:
        ours(name, [1.0, 2.0, 3.0], [1.0, value, 3.0])

    assert "size" in refusal.value.hint


@pytest.mark.parametrize(
    ("name", "huge"),
    [
        ("mse", 1e155),
        ("rmse", 1e155),
        ("r2", 1e155),
        ("mae", 1.7e308),
        ("mape", 1e300),
        ("median_absolute_error", 1.7e308),
    ],
)
def test_huge_predictions_that_overflow_are_refused(name: str, huge: float) -> None:
    truth = np.array([1e-9, -1e308, -1e308]) if huge > 1e300 else [1e-9, 0.0, 1.0]

    with pytest.raises(SubmissionError, match=f"score {name} is not a finite number"):
        ours(name, truth, [huge] * 3)


def test_an_r2_that_overflows_without_its_sums_overflowing_is_refused() -> None:
    with pytest.raises(SubmissionError, match="score r2 is not a finite number"):
        ours("r2", [0.0, 1e-9], [0.0, 1e150])


def test_the_median_bears_a_huge_error_as_in_scikit_learn() -> None:
    truth, predicted = [-1e308, 1.0, 2.0], [1.7e308, 1.5, 2.0]  # their difference overflows

    assert ours("median_absolute_error", truth, predicted) == 0.5


@pytest.mark.parametrize("name", [name for name in ORACLE if name != "r2"])
def test_a_truth_that_is_no_number_is_the_holdouts_fault(name: str) -> None:
    with pytest.raises(CourseError, match=f"{name} is undefined: a true value") as refusal:
        ours(name, [1.0, math.nan], [1.0, 2.0])

    assert "seal it again" in refusal.value.hint


def test_whole_numbers_are_numbers() -> None:
    # Their difference does not fit into 64 bits, so they must be made floats first.
    truth, values = np.array([3 * 2**61, 0]), np.array([-3 * 2**61, 0])

    score = compute_scores(
        [MetricSpec(name="mae")], labels=(), truth=truth, predictions=Predictions(values=values)
    )["mae"]

    assert score == 3 * 2.0**61


def test_residuals_of_different_shapes_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"shapes \(3,\) and \(3, 1\) differ"):
        Residuals(np.zeros(3), np.zeros((3, 1)))


def test_residuals_never_show_the_truth() -> None:
    assert repr(Residuals(np.array([42.0]), np.array([43.0]))) == "Residuals()"
