"""Metrics: how good predictions are, by the names that `playground.yml` uses.

All of them in numpy alone: scikit-learn takes longer to import than the Action takes to score.
The tests hold every metric to scikit-learn's value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from aims_gh.core.metrics.averaged import Average, ZeroDivision, f1_score, precision, recall
from aims_gh.core.metrics.classification import accuracy, balanced_accuracy, matthews_corrcoef
from aims_gh.core.metrics.counts import Counts
from aims_gh.core.metrics.evidence import Evidence
from aims_gh.core.metrics.probability import check_probabilities, log_loss, roc_auc
from aims_gh.core.metrics.regression import (
    mae,
    mape,
    median_absolute_error,
    mse,
    r2,
    rmse,
)
from aims_gh.core.metrics.residuals import Residuals
from aims_gh.core.predictions import Predictions, Values
from aims_gh.domain.metric import MetricSpec
from aims_gh.domain.names import Label
from aims_gh.errors import CourseError, SubmissionError

__all__ = ["METRICS", "check_probabilities", "compute_scores"]

Metric = Callable[[Evidence, MetricSpec], float]


class _Averaging(Protocol):
    def __call__(
        self, counts: Counts, *, average: Average, positive: int, zero_division: ZeroDivision
    ) -> float: ...


def _of_counts(metric: Callable[[Counts], float]) -> Metric:
    return lambda evidence, _: metric(evidence.counts)


def _of_averaged_counts(metric: _Averaging) -> Metric:
    return lambda evidence, spec: metric(
        evidence.counts,
        average=spec.average,
        positive=evidence.positive(spec),
        zero_division=spec.zero_division,
    )


def _of_probabilities(metric: Callable[[npt.NDArray[Any], Values], float]) -> Metric:
    return lambda evidence, _: metric(evidence.truth, evidence.probabilities)


def _of_residuals(metric: Callable[[Residuals], float]) -> Metric:
    return lambda evidence, _: metric(evidence.residuals)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "accuracy": _of_counts(accuracy),
        "f1_score": _of_averaged_counts(f1_score),
        "precision": _of_averaged_counts(precision),
        "recall": _of_averaged_counts(recall),
        "balanced_accuracy": _of_counts(balanced_accuracy),
        "matthews_corrcoef": _of_counts(matthews_corrcoef),
        "log_loss": _of_probabilities(log_loss),
        "roc_auc": _of_probabilities(roc_auc),
        "mse": _of_residuals(mse),
        "rmse": _of_residuals(rmse),
        "mae": _of_residuals(mae),
        "r2": _of_residuals(r2),
        "median_absolute_error": _of_residuals(median_absolute_error),
        "mape": _of_residuals(mape),
    }
)
"""Every metric by its name in `playground.yml`."""


def compute_scores(
    specs: Sequence[MetricSpec],
    *,
    labels: Sequence[Label],
    truth: npt.NDArray[Any],
    predictions: Predictions,
) -> dict[str, float]:
    """Compute each metric of a playground on the same rows.

    Parameters
    ----------
    specs : sequence of MetricSpec
        Which metrics, with their options. The positive class of ``average: binary`` is
        `pos_label`, or the second label.
    labels : sequence of str or int
        The playground's labels, in the owner's order; empty for regression.
    truth : array of shape (n,)
        int32 codes (positions in `labels`), or float64 numbers in the target's unit.
    predictions : Predictions
        For the same rows in the same order.

    Returns
    -------
    dict of str to float
        Finite scores by name, in the order of `specs`.

    Raises
    ------
    SubmissionError
        If there are more or fewer predictions than rows, a metric needs probabilities and there
        are none, a row of probabilities is no distribution, or a score is not finite.
    CourseError
        If a metric is undefined on this truth, be it for want of rows.
    ValueError
        If a code is none of the labels', or the metrics are those of the other task type: a
        mistake in the calling code.

    Notes
    -----
    Labels are counted, errors summed and probabilities checked once for all metrics. Each
    score equals scikit-learn's, as stated with each metric.

    Examples
    --------
    >>> specs = [MetricSpec(name="accuracy"), MetricSpec(name="recall", average="binary")]
    >>> truth, codes = np.array([0, 1, 1], np.int32), np.array([0, 1, 0], np.int32)
    >>> compute_scores(specs, labels=["no", "yes"], truth=truth, predictions=Predictions(codes))
    {'accuracy': 0.6666666666666666, 'recall': 0.5}
    """
    evidence = Evidence(labels, truth, predictions)
    return {spec.name: _score(evidence, spec) for spec in specs}


def _score(evidence: Evidence, spec: MetricSpec) -> float:
    if len(evidence.truth) == 0:
        raise CourseError(
            f"{spec.name} is undefined: there are no rows to compute it on",
            hint="give the holdout more rows, or change the private fraction",
        )
    score = METRICS[spec.name](evidence, spec)
    if math.isfinite(score):
        return score
    if not np.isfinite(evidence.truth).all():
        raise CourseError(
            f"{spec.name} is undefined: a true value of the holdout is not a finite number",
            hint="remove rows without a target from the holdout and seal it again",
        )
    raise SubmissionError(
        f"the score {spec.name} is not a finite number",
        hint="some predictions are far too large, or no numbers: compare their size with the "
        "target's in the training data",
    )
