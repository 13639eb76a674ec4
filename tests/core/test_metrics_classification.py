"""Metrics of predicted labels equal scikit-learn's, whatever occurs and whatever is missing."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from aims_gh.core.metrics import compute_scores
from aims_gh.core.metrics.counts import check_codes, count
from aims_gh.core.predictions import Predictions
from aims_gh.domain.metric import MetricSpec

# Both sides divide the same whole numbers; only the order of the final mean can differ.
CLOSE = 1e-12

WHOLE: dict[str, Callable[..., float]] = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "matthews_corrcoef": sk.matthews_corrcoef,
}
AVERAGED: dict[str, Callable[..., float]] = {
    "f1_score": sk.f1_score,
    "precision": sk.precision_score,
    "recall": sk.recall_score,
}

Rows = tuple[int, list[int], list[int]]
FEW = st.integers(2, 7)


@st.composite
def rows(draw: st.DrawFn, labels: st.SearchStrategy[int]) -> Rows:
    """Give a number of labels, and codes of which any label may be missing on either side."""
    k = draw(labels)
    n = draw(st.integers(1, 40))
    some = st.sets(st.integers(0, k - 1), min_size=1)
    true = st.sampled_from(sorted(draw(some)))
    predicted = st.one_of(st.sampled_from(sorted(draw(some))), st.none())
    truth = draw(st.lists(true, min_size=n, max_size=n))
    said = draw(st.lists(predicted, min_size=n, max_size=n))
    return k, truth, [t if p is None else p for t, p in zip(truth, said, strict=True)]


def ours(spec: MetricSpec, labels: list[Any], truth: list[int], predicted: list[int]) -> float:
    scores = compute_scores(
        [spec],
        labels=labels,
        truth=np.array(truth, np.int32),
        predictions=Predictions(codes=np.array(predicted, np.int32)),
    )
    return scores[spec.name]


def theirs(metric: Callable[..., float], *columns: Any, **options: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's remarks on what is missing
        return float(metric(*columns, **options))


@pytest.mark.parametrize("name", WHOLE)
@settings(deadline=None, max_examples=100)
@given(case=rows(FEW))
@example(case=(2, [0], [0]))
@example(case=(2, [0], [1]))
@example(case=(3, [1, 1, 1], [1, 1, 1]))
@example(case=(3, [1, 1, 1], [0, 2, 0]))
@example(case=(3, [0, 1, 2], [1, 1, 1]))
def test_metrics_without_options_equal_scikit_learn(name: str, case: Rows) -> None:
    k, truth, predicted = case

    score = ours(MetricSpec(name=name), list(range(k)), truth, predicted)

    assert score == pytest.approx(theirs(WHOLE[name], truth, predicted), rel=CLOSE, abs=0)


@pytest.mark.parametrize("zero_division", [0, 1])
@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
@pytest.mark.parametrize("name", AVERAGED)
@settings(deadline=None, max_examples=40)
@given(case=rows(FEW))
@example(case=(3, [0, 0], [1, 1]))
@example(case=(3, [0, 0, 2], [0, 1, 1]))
@example(case=(4, [3], [3]))
def test_averages_over_labels_equal_scikit_learn(
    name: str, average: Any, zero_division: Any, case: Rows
) -> None:
    k, truth, predicted = case
    spec = MetricSpec(name=name, average=average, zero_division=zero_division)

    score = ours(spec, list(range(k)), truth, predicted)

    expected = theirs(
        AVERAGED[name], truth, predicted, average=average, zero_division=zero_division
    )
    assert score == pytest.approx(expected, rel=CLOSE, abs=0)


@pytest.mark.parametrize("zero_division", [0, 1])
@pytest.mark.parametrize("labels", [["no", "yes"], ["yes", "no"], [1, 0]], ids=str)
@pytest.mark.parametrize("name", AVERAGED)
@settings(deadline=None, max_examples=30)
@given(case=rows(st.just(2)), chosen=st.sampled_from([None, 0, 1]))
@example(case=(2, [0], [0]), chosen=None)
@example(case=(2, [0, 1], [0, 0]), chosen=None)
@example(case=(2, [0, 0], [0, 1]), chosen=1)
def test_the_positive_label_is_the_one_named_or_the_second(
    name: str, labels: list[Any], zero_division: Any, case: Rows, chosen: int | None
) -> None:
    _, truth, predicted = case
    spec = MetricSpec(
        name=name,
        average="binary",
        zero_division=zero_division,
        pos_label=None if chosen is None else labels[chosen],
    )

    score = ours(spec, labels, truth, predicted)

    expected = theirs(
        AVERAGED[name],
        [labels[code] for code in truth],
        [labels[code] for code in predicted],
        average="binary",
        pos_label=labels[1 if chosen is None else chosen],
        zero_division=zero_division,
    )
    assert score == pytest.approx(expected, rel=CLOSE, abs=0)


def test_all_labels_count_alike_in_a_macro_average_and_by_rows_in_a_weighted_one() -> None:
    truth, predicted = [0, 0, 0, 1], [0, 0, 0, 0]

    macro = ours(MetricSpec(name="recall"), [0, 1, 2], truth, predicted)
    weighted = ours(MetricSpec(name="recall", average="weighted"), [0, 1, 2], truth, predicted)

    assert (macro, weighted) == (0.5, 0.75)


def test_the_correlation_is_zero_where_one_side_never_changes() -> None:
    spec = MetricSpec(name="matthews_corrcoef")

    assert ours(spec, [0, 1], [0, 1, 1], [1, 1, 1]) == 0.0
    assert ours(spec, [0, 1], [1, 1, 1], [1, 1, 1]) == 0.0


@settings(deadline=None, max_examples=60)
@given(case=rows(st.sampled_from([2, 5, 127, 128, 129, 300])))
def test_counts_are_the_margins_of_the_confusion_matrix(case: Rows) -> None:
    k, truth, predicted = case
    matrix = sk.confusion_matrix(truth, predicted, labels=range(k))

    counts = count(np.array(truth, np.int32), np.array(predicted, np.int32), labels=k)

    assert counts.correct.tolist() == matrix.diagonal().tolist()
    assert counts.true.tolist() == matrix.sum(axis=1).tolist()
    assert counts.predicted.tolist() == matrix.sum(axis=0).tolist()
    assert counts.rows == len(truth)


@pytest.mark.parametrize("labels", [100, 1000])
@pytest.mark.parametrize("kind", [np.int8, np.int32, np.int64])
def test_counts_do_not_depend_on_length_or_width_of_the_codes(labels: int, kind: Any) -> None:
    generator = np.random.default_rng(7)
    truth, predicted = generator.integers(0, 100, (2, 200_003)).astype(kind)

    counts = count(truth, predicted, labels=labels)

    matrix = sk.confusion_matrix(truth, predicted, labels=range(labels))
    assert counts.correct.tolist() == matrix.diagonal().tolist()
    assert counts.true.tolist() == matrix.sum(axis=1).tolist()
    assert counts.predicted.tolist() == matrix.sum(axis=0).tolist()


def test_a_million_rows_do_not_overflow_the_correlation() -> None:
    truth = np.arange(1_000_000, dtype=np.int32) % 3
    predicted = np.where(np.arange(1_000_000) % 7 == 0, 0, truth).astype(np.int32)

    score = compute_scores(
        [MetricSpec(name="matthews_corrcoef")],
        labels=["a", "b", "c"],
        truth=truth,
        predictions=Predictions(codes=predicted),
    )["matthews_corrcoef"]

    assert score == pytest.approx(sk.matthews_corrcoef(truth, predicted), rel=CLOSE, abs=0)


@pytest.mark.parametrize("labels", [3, 200])
@pytest.mark.parametrize("wrong", [-1, -(2**31), 2**31 - 1])
@pytest.mark.parametrize("side", [0, 1])
def test_a_code_that_is_no_label_is_a_mistake_of_the_caller(
    labels: int, wrong: int, side: int
) -> None:
    # The other code is chosen so that truth * k + predicted alone would look like a label pair.
    columns = [np.array([1, 2], np.int32), np.array([2, 1], np.int32)]
    columns[side][0] = wrong

    with pytest.raises(ValueError, match=f"outside 0 to {labels - 1}"):
        count(*columns, labels=labels)


def test_the_first_code_beyond_the_labels_is_refused() -> None:
    codes = np.array([0, 1, 2], np.int32)

    check_codes(codes, labels=3)
    with pytest.raises(ValueError, match="outside"):
        check_codes(codes, labels=2)


def test_codes_that_are_no_integers_are_refused() -> None:
    with pytest.raises(ValueError, match="signed integers, not float64"):
        count(np.array([0.0]), np.array([0.0]), labels=2)


def test_columns_of_different_length_are_not_counted() -> None:
    with pytest.raises(ValueError, match="1 true codes but 2 predicted"):
        count(np.array([0]), np.array([0, 1]), labels=2)


def test_counts_never_show_the_truth() -> None:
    counts = count(np.array([0, 1, 1]), np.array([1, 1, 1]), labels=2)

    assert "array" not in repr(counts)
