"""The registry of metrics agrees with the domain, shares its work and blames the right person."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from aims_gh.core import metrics
from aims_gh.core.metrics import METRICS, averaged, classification, compute_scores, regression
from aims_gh.core.metrics.evidence import Evidence
from aims_gh.core.metrics.probability import log_loss, roc_auc
from aims_gh.core.predictions import Predictions
from aims_gh.domain.metric import (
    CLASSIFICATION_METRICS,
    PROBABILITY_METRICS,
    REGRESSION_METRICS,
    MetricSpec,
)
from aims_gh.errors import AimsError, CourseError, SubmissionError

CODES = np.array([0, 1, 1, 0], np.int32)
CHANCES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
VALUES = np.array([1.0, 2.0, 3.0, 4.0])
ALL = Predictions(codes=CODES, probabilities=CHANCES, values=VALUES + 1)

MODULES = sorted(module.name for module in pkgutil.iter_modules(metrics.__path__))
FUNCTIONS = [
    function
    for module in (averaged, classification, regression)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if not name.startswith("_") and function.__module__ == module.__name__
] + [log_loss, roc_auc]


def truth_for(name: str) -> Any:
    return CODES if name in CLASSIFICATION_METRICS else VALUES


def labels_for(name: str) -> tuple[str, ...]:
    return ("no", "yes") if name in CLASSIFICATION_METRICS else ()


def test_the_registry_has_exactly_the_metrics_of_the_domain() -> None:
    assert set(METRICS) == {*CLASSIFICATION_METRICS, *REGRESSION_METRICS}
    assert len(METRICS) == len(CLASSIFICATION_METRICS) + len(REGRESSION_METRICS)


def test_every_metric_has_a_documented_function_of_its_name() -> None:
    assert {function.__name__ for function in FUNCTIONS} == set(METRICS)


def test_scores_come_in_the_order_of_the_playground_and_as_plain_numbers() -> None:
    names = ("recall", "log_loss", "accuracy", "roc_auc")

    scores = compute_scores(
        [MetricSpec(name=name) for name in names],
        labels=["no", "yes"],
        truth=CODES,
        predictions=ALL,
    )

    assert tuple(scores) == names
    assert {type(score) for score in scores.values()} == {float}


@pytest.mark.parametrize("name", METRICS)
def test_every_score_is_a_plain_number(name: str) -> None:
    scores = compute_scores(
        [MetricSpec(name=name)], labels=labels_for(name), truth=truth_for(name), predictions=ALL
    )

    assert type(scores[name]) is float


def test_no_metrics_give_no_scores() -> None:
    assert compute_scores([], labels=[], truth=CODES, predictions=ALL) == {}


def test_what_metrics_share_is_worked_out_once() -> None:
    labelled = Evidence(["no", "yes"], CODES, ALL)
    numeric = Evidence([], VALUES, ALL)

    assert labelled.counts is labelled.counts
    assert labelled.probabilities is labelled.probabilities
    assert numeric.residuals is numeric.residuals
    assert numeric.residuals.sums is numeric.residuals.sums


@pytest.mark.parametrize("name", METRICS)
def test_no_rows_are_the_holdouts_fault(name: str) -> None:
    with pytest.raises(CourseError, match=f"{name} is undefined: there are no rows") as refusal:
        compute_scores(
            [MetricSpec(name=name)],
            labels=labels_for(name),
            truth=truth_for(name)[:0],
            predictions=ALL,
        )

    assert "holdout" in refusal.value.hint


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("rows", [3, 5, 0])
def test_too_many_or_too_few_predictions_are_refused_with_both_numbers(
    name: str, rows: int
) -> None:
    again = {key: np.resize(array, (rows, *array.shape[1:])) for key, array in ALL.arrays().items()}

    with pytest.raises(SubmissionError, match=f"{rows} predictions, the holdout has 4 rows") as no:
        compute_scores(
            [MetricSpec(name=name)],
            labels=labels_for(name),
            truth=truth_for(name),
            predictions=Predictions(**again),
        )

    assert "one prediction for every row" in no.value.hint


@pytest.mark.parametrize("name", [name for name in METRICS if name not in PROBABILITY_METRICS])
def test_metrics_of_the_other_task_are_a_mistake_of_the_caller(name: str) -> None:
    other = Predictions(values=VALUES) if name in CLASSIFICATION_METRICS else Predictions(CODES)

    with pytest.raises(ValueError, match="these predictions hold no"):
        compute_scores(
            [MetricSpec(name=name)], labels=["a", "b"], truth=truth_for(name), predictions=other
        )


def test_a_binary_average_of_three_labels_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="recall: average binary needs two labels"):
        compute_scores(
            [MetricSpec(name="recall", average="binary")],
            labels=["a", "b", "c"],
            truth=CODES,
            predictions=ALL,
        )


def test_every_refusal_hints_at_the_next_step_without_numbers_of_the_holdout() -> None:
    secret = 31337.25

    with pytest.raises(AimsError) as refusal:
        compute_scores(
            [MetricSpec(name="mse")],
            labels=[],
            truth=np.array([secret, 1.0]),
            predictions=Predictions(values=np.array([np.inf, 1.0])),
        )

    assert refusal.value.hint
    assert "31337" not in refusal.value.message + refusal.value.hint


@pytest.mark.parametrize("name", ["__init__", *MODULES])
def test_the_examples_in_the_docstrings_are_true(name: str) -> None:
    package = metrics.__name__
    module = importlib.import_module(package if name == "__init__" else f"{package}.{name}")

    outcome = doctest.testmod(module)

    assert outcome.failed == 0


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_metric_says_what_it_takes_gives_and_equals(function: Any) -> None:
    text = inspect.getdoc(function) or ""

    for part in ("Parameters\n", "Returns\n", "Notes\n", "Examples\n", ">>> ", "sklearn.metrics."):
        assert part in text


def test_metrics_need_numpy_alone() -> None:
    code = """
import sys
import numpy as np
from aims_gh.core.metrics import METRICS, compute_scores
from aims_gh.core.predictions import Predictions
from aims_gh.domain.metric import CLASSIFICATION_METRICS, MetricSpec
said = Predictions(np.array([0, 1]), np.eye(2), np.array([0.0, 1.0]))
for name in METRICS:
    labels = ["a", "b"] if name in CLASSIFICATION_METRICS else []
    truth = np.array([0, 1]) if labels else np.array([1.0, 2.0])
    compute_scores([MetricSpec(name=name)], labels=labels, truth=truth, predictions=said)
print(*sys.modules)
"""
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"sklearn", "scipy", "pandas", "onnx"} & set(loaded)
