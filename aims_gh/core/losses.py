"""Losses: what each row adds to a metric that is a mean over rows, or made of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from aims_gh.core.metrics.counts import check_codes
from aims_gh.core.metrics.evidence import Evidence
from aims_gh.core.predictions import Values

_EPSILON = float(np.finfo(np.float64).eps)


def _wrong(evidence: Evidence) -> Values:
    found: Values = (evidence.truth != evidence.codes).astype(np.float64)
    return found


def _surprise(evidence: Evidence) -> Values:
    rated, truth = evidence.probabilities, evidence.truth
    check_codes(truth, labels=rated.shape[1])
    given = np.take_along_axis(rated, truth[:, None], axis=1)[:, 0]
    found: Values = -np.log(np.clip(given, _EPSILON, 1 - _EPSILON))
    return found


def _square(evidence: Evidence) -> Values:
    residuals = evidence.residuals
    found: Values = np.square(residuals.predicted - residuals.truth)
    return found


def _distance(evidence: Evidence) -> Values:
    residuals = evidence.residuals
    found: Values = np.abs(residuals.predicted - residuals.truth)
    return found


def _relative(evidence: Evidence) -> Values:
    size = np.maximum(np.abs(evidence.residuals.truth), _EPSILON)
    return _distance(evidence) / size


LOSSES: Mapping[str, Callable[[Evidence], Values]] = MappingProxyType(
    {
        "accuracy": _wrong,
        "log_loss": _surprise,
        "mse": _square,
        "rmse": _square,
        "mae": _distance,
        "mape": _relative,
    }
)
"""The loss of every row. A metric is the mean of its own; accuracy is 1 minus it, rmse its root."""
