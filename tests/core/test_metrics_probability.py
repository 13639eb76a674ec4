"""Metrics of predicted probabilities equal scikit-learn's, with ties, zeros and ones."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from aims_gh.core.metrics import compute_scores
from aims_gh.core.metrics.probability import (
    SUM_TOLERANCE,
    check_probabilities,
    log_loss,
    roc_auc,
)
from aims_gh.core.predictions import Predictions
from aims_gh.domain.metric import MetricSpec
from aims_gh.errors import CourseError, SubmissionError

# The logarithms come from different libraries and may differ in the last bit.
CLOSE = 1e-12

Case = tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]

# Few values, so that ties, certainty and impossibility are common.
WEIGHTS = st.sampled_from([0.0, 0.0, 1.0, 1.0, 2.0, 3.0, 1e-300, 5e-324, 1e-17, 0.1]) | st.floats(
    1e-6, 1.0
)


@st.composite
def cases(draw: st.DrawFn, *, smallest: int = 2, every_label: bool = True) -> Case:
    k = draw(st.integers(smallest, 5))
    first = draw(st.permutations(range(k))) if every_label else []
    truth = [*first, *draw(st.lists(st.integers(0, k - 1), min_size=1, max_size=25))]
    row = st.lists(WEIGHTS, min_size=k, max_size=k)
    weights = np.array(draw(st.lists(row, min_size=len(truth), max_size=len(truth))))
    weights[weights.sum(axis=1) < 1e-6] = np.eye(k)[0]
    return np.array(truth, np.int32), weights / weights.sum(axis=1, keepdims=True)


def ours(name: str, truth: npt.NDArray[np.int32], probabilities: npt.NDArray[np.float64]) -> float:
    predictions = Predictions(
        codes=probabilities.argmax(axis=1).astype(np.int32), probabilities=probabilities
    )
    labels = [f"label {code}" for code in range(probabilities.shape[1])]
    scores = compute_scores(
        [MetricSpec(name=name)], labels=labels, truth=truth, predictions=predictions
    )
    return scores[name]


@settings(deadline=None, max_examples=150)
@given(case=cases(every_label=False))
@example(case=(np.array([0], np.int32), np.array([[1.0, 0.0]])))
@example(case=(np.array([1], np.int32), np.array([[1.0, 0.0]])))
def test_log_loss_equals_scikit_learn(case: Case) -> None:
    truth, probabilities = case

    score = ours("log_loss", truth, probabilities)

    expected = sk.log_loss(truth, probabilities, labels=range(probabilities.shape[1]))
    assert score == pytest.approx(expected, rel=CLOSE, abs=0)


@settings(deadline=None, max_examples=100)
@given(case=cases(every_label=False), share=st.floats(-0.99, 0.99))
def test_rows_slightly_off_one_are_scored_as_they_are(case: Case, share: float) -> None:
    truth, probabilities = case
    off = (probabilities * (1 + share * SUM_TOLERANCE)).clip(0, 1)

    score = ours("log_loss", truth, off)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's remark that the rows are off one
        expected = sk.log_loss(truth, off, labels=range(off.shape[1]))
    assert score == pytest.approx(expected, rel=CLOSE, abs=0)


def test_certain_and_wrong_costs_much_but_not_everything() -> None:
    loss = log_loss(np.array([1]), np.array([[1.0, 0.0]]))

    assert loss == pytest.approx(36.04365338911715, rel=CLOSE)


def test_log_loss_leaves_the_predictions_as_they_were() -> None:
    probabilities = np.array([[1.0, 0.0], [0.25, 0.75]])

    log_loss(np.array([1, 1]), probabilities)

    assert probabilities.tolist() == [[1.0, 0.0], [0.25, 0.75]]


@settings(deadline=None, max_examples=150)
@given(case=cases())
def test_roc_auc_equals_scikit_learn(case: Case) -> None:
    truth, probabilities = case
    k = probabilities.shape[1]

    score = ours("roc_auc", truth, probabilities)

    expected = (
        sk.roc_auc_score(truth, probabilities[:, 1])
        if k == 2
        else sk.roc_auc_score(truth, probabilities, multi_class="ovr", labels=range(k))
    )
    # scikit-learn adds up trapezoids, and carries a rounding error for each.
    assert score == pytest.approx(expected, rel=CLOSE, abs=1e-14)


@settings(deadline=None, max_examples=100)
@given(case=cases())
def test_roc_auc_is_the_share_of_pairs_in_the_right_order_ties_counting_half(case: Case) -> None:
    truth, probabilities = case
    areas = []
    for label in [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1]):
        rating = probabilities[:, label]
        pairs = list(itertools.product(rating[truth == label], rating[truth != label]))
        halves = sum(2 if a > b else 1 if a == b else 0 for a, b in pairs)
        areas.append(halves / (2 * len(pairs)))

    assert roc_auc(truth, probabilities) == np.mean(areas)


@pytest.mark.parametrize("decimals", [1, 3, 16])
def test_roc_auc_of_many_rows_equals_scikit_learn(decimals: int) -> None:
    generator = np.random.default_rng(decimals)
    second = generator.random(50_000).round(decimals)
    truth = (generator.random(50_000) < second).astype(np.int32)

    score = ours("roc_auc", truth, np.column_stack([1 - second, second]))

    assert score == pytest.approx(sk.roc_auc_score(truth, second), rel=CLOSE, abs=0)


@pytest.mark.parametrize(("labels", "truth"), [(2, [1, 1]), (2, [0, 0]), (3, [0, 1]), (3, [2, 2])])
def test_roc_auc_without_rows_to_compare_is_the_holdouts_fault(
    labels: int, truth: list[int]
) -> None:
    probabilities = np.full((2, labels), 1 / labels)

    with pytest.raises(CourseError, match="roc_auc is undefined") as refusal:
        ours("roc_auc", np.array(truth, np.int32), probabilities)

    assert "every part of the holdout" in refusal.value.hint


def test_log_loss_is_defined_where_a_label_is_missing() -> None:
    assert ours("log_loss", np.array([0], np.int32), np.full((1, 4), 0.25)) == np.log(4)


@pytest.mark.parametrize("metric", [log_loss, roc_auc])
@pytest.mark.parametrize("wrong", [-1, 2])
def test_a_true_code_that_is_no_label_is_a_mistake_of_the_caller(metric, wrong: int) -> None:
    with pytest.raises(ValueError, match="outside 0 to 1"):
        metric(np.array([0, 1, wrong], np.int32), np.full((3, 2), 0.5))


@pytest.mark.parametrize("name", ["log_loss", "roc_auc"])
def test_a_row_that_does_not_sum_to_one_is_named_with_its_sum(name: str) -> None:
    probabilities = np.array([[0.5, 0.5], [0.2, 0.8], [0.3, 0.65]])

    with pytest.raises(SubmissionError, match=r"row 3 sum to 0\.95, not to 1") as refusal:
        ours(name, np.array([0, 1, 0], np.int32), probabilities)

    assert "divide each row by its sum" in refusal.value.hint


@pytest.mark.parametrize("bad", [[-0.1, 1.1], [1.1, -0.1], [np.nan, 0.5], [np.inf, 0.0]], ids=str)
def test_a_row_with_what_is_no_probability_is_named(bad: list[float]) -> None:
    with pytest.raises(SubmissionError, match="row 2 is not a number from 0 to 1") as refusal:
        ours("log_loss", np.array([0, 1], np.int32), np.array([[0.5, 0.5], bad]))

    assert "softmax" in refusal.value.hint


@pytest.mark.parametrize("bad", [[-0.5, 0.75, 0.75], [0.0, 1.5, -0.5]], ids=str)
def test_numbers_outside_are_refused_even_where_the_sum_is_one(bad: list[float]) -> None:
    with pytest.raises(SubmissionError, match="row 1 is not a number from 0 to 1"):
        check_probabilities(np.array([bad]), labels=3)


def test_infinities_that_cancel_are_refused_without_a_warning() -> None:
    with pytest.raises(SubmissionError, match="row 1 is not a number"):
        check_probabilities(np.array([[np.inf, -np.inf]]), labels=2)


@pytest.mark.parametrize("row", [1, 65_000, 200_000])
@pytest.mark.parametrize("bad", [[0.4, 0.4, 0.1], [2.0, -1.0, 0.0]], ids=["sum", "range"])
def test_the_row_number_is_right_far_down(row: int, bad: list[float]) -> None:
    probabilities = np.full((200_000, 3), 1 / 3)
    probabilities[row - 1] = bad

    with pytest.raises(SubmissionError, match=f"row {row} "):
        check_probabilities(probabilities, labels=3)


@pytest.mark.parametrize("far", [0.9, -0.9])
def test_rounding_is_no_offence(far: float) -> None:
    check_probabilities(np.array([[1 + far * SUM_TOLERANCE, 0.0], [1.0, 0.0]]), labels=2)
    check_probabilities(np.array([[1.0, far * SUM_TOLERANCE]]), labels=2)


@pytest.mark.parametrize("far", [1.1, -1.1])
def test_more_than_rounding_is_an_offence(far: float) -> None:
    with pytest.raises(SubmissionError, match="row 1 sum to"):
        check_probabilities(np.array([[0.5 + far * SUM_TOLERANCE, 0.5]]), labels=2)


@pytest.mark.parametrize(("off", "accepted"), [(0.9e-5, True), (1.1e-5, False)])
def test_rows_off_one_are_refused_where_scikit_learn_refuses_them(
    off: float, accepted: bool
) -> None:
    truth = np.array([0, 1, 2], np.int32)
    probabilities = np.full((3, 3), (1 + off) / 3)

    if accepted:
        assert ours("roc_auc", truth, probabilities) == sk.roc_auc_score(
            truth, probabilities, multi_class="ovr"
        )
    else:
        with pytest.raises(SubmissionError, match="row 1 sum to"):
            ours("roc_auc", truth, probabilities)
        with pytest.raises(ValueError, match="sum up to"):
            sk.roc_auc_score(truth, probabilities, multi_class="ovr")


def test_single_precision_is_exact_enough() -> None:
    generator = np.random.default_rng(3)
    scores = np.exp(generator.normal(size=(1_000, 50)).astype(np.float32))
    probabilities = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float64)

    check_probabilities(probabilities, labels=50)


@pytest.mark.parametrize("shape", [(2, 3), (2, 1), (2,)])
def test_probabilities_need_one_column_per_label(shape: tuple[int, ...]) -> None:
    columns = shape[1] if len(shape) == 2 else 1

    with pytest.raises(SubmissionError, match=f"have {columns} columns, .* has 2 labels") as no:
        check_probabilities(np.full(shape, 1 / columns), labels=2)

    assert "one probability column per label" in no.value.hint


@pytest.mark.parametrize("name", ["log_loss", "roc_auc"])
def test_labels_alone_are_not_enough_for_a_metric_of_probabilities(name: str) -> None:
    codes = np.array([0, 1], np.int32)

    with pytest.raises(SubmissionError, match="scores probabilities") as refusal:
        compute_scores(
            [MetricSpec(name=name)], labels=[0, 1], truth=codes, predictions=Predictions(codes)
        )

    assert "one probability column per label" in refusal.value.hint
