"""Replicates: what each metric says of every resample.

The same numbers as `compute_scores` gives on the rows drawn, which the tests hold them to, for a
thousand resamples at once: a metric of labels is computed from counts, one of errors from sums, so
a resample costs a product of weights and counts, and no row is touched again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from aims_gh.core.losses import LOSSES
from aims_gh.core.metrics.evidence import Evidence
from aims_gh.core.ranked import areas, medians
from aims_gh.core.resamples import Integers, Resamples, Values
from aims_gh.domain.metric import MetricSpec


def replicates(
    specs: Sequence[MetricSpec], evidence: Evidence, resamples: Resamples
) -> dict[str, Values]:
    """Compute built-in metrics on every resample.

    Parameters
    ----------
    specs : sequence of MetricSpec
        Built-in ones, which `compute_scores` has computed on all rows without an error.
    evidence : Evidence
        Of those rows.
    resamples : Resamples
        Of as many rows.

    Returns
    -------
    dict of str to float64 array of shape (resamples,)
        By name, in the order of `specs`. NaN where a metric is undefined on a resample.
    """
    found: dict[str, Values] = {}
    means = [spec.name for spec in specs if spec.name in LOSSES]
    if means:
        totals = resamples.totals([LOSSES[name](evidence) for name in means])
        found |= dict(zip(means, totals / resamples.sizes(), strict=True))
    if "accuracy" in found:
        found["accuracy"] = 1 - found["accuracy"]
    if "rmse" in found:
        found["rmse"] = np.sqrt(found["rmse"])
    if any(spec.name in _OF_COUNTS for spec in specs):
        sampled = SampledCounts(evidence, resamples)
        found |= {
            spec.name: _OF_COUNTS[spec.name](sampled, spec, evidence)
            for spec in specs
            if spec.name in _OF_COUNTS
        }
    for spec in specs:
        if spec.name in _OTHERS:
            found[spec.name] = _OTHERS[spec.name](evidence, resamples)
    return {spec.name: found[spec.name] for spec in specs}


class SampledCounts:
    """The counts of labels in every resample, each an int64 array of shape (resamples, k)."""

    def __init__(self, evidence: Evidence, resamples: Resamples) -> None:
        predicted, labels = evidence.codes, len(evidence.labels)
        right = np.where(evidence.truth == predicted, predicted, -1)
        self.correct = resamples.counts(right, bins=labels)
        self.true = resamples.counts(evidence.truth, bins=labels)
        self.predicted = resamples.counts(predicted, bins=labels)
        self.rows = self.true.sum(axis=1)


def _precision(counts: SampledCounts, spec: MetricSpec, evidence: Evidence) -> Values:
    return _averaged(counts, counts.correct, counts.predicted, spec, evidence)


def _recall(counts: SampledCounts, spec: MetricSpec, evidence: Evidence) -> Values:
    return _averaged(counts, counts.correct, counts.true, spec, evidence)


def _f1_score(counts: SampledCounts, spec: MetricSpec, evidence: Evidence) -> Values:
    return _averaged(counts, 2 * counts.correct, counts.true + counts.predicted, spec, evidence)


def _averaged(
    counts: SampledCounts, part: Integers, whole: Integers, spec: MetricSpec, evidence: Evidence
) -> Values:
    if spec.average == "micro":
        return _ratio(part.sum(axis=1), whole.sum(axis=1), 0.0)
    ratios = _ratio(part, whole, float(spec.zero_division))
    if spec.average == "binary":
        return ratios[:, evidence.positive(spec)]
    present = (counts.true > 0) | (counts.predicted > 0)
    weights = counts.true if spec.average == "weighted" else present
    found: Values = (ratios * weights).sum(axis=1) / weights.sum(axis=1)
    return found


def _balanced_accuracy(counts: SampledCounts, _: MetricSpec, __: Evidence) -> Values:
    recalls, there = _ratio(counts.correct, counts.true, 0.0), counts.true > 0
    found: Values = recalls.sum(axis=1) / there.sum(axis=1)
    return found


def _matthews_corrcoef(counts: SampledCounts, _: MetricSpec, __: Evidence) -> Values:
    rows, correct = counts.rows, counts.correct.sum(axis=1)

    def products(first: Integers, second: Integers) -> Integers:
        together: Integers = np.einsum("rk,rk->r", first, second)
        return together

    both = correct * rows - products(counts.true, counts.predicted)
    # Each factor is exact; their product would overflow as a whole number.
    spread = (rows**2 - products(counts.predicted, counts.predicted)).astype(np.float64)
    spread *= rows**2 - products(counts.true, counts.true)
    return _ratio(both, np.sqrt(spread), 0.0)


def _r2(evidence: Evidence, resamples: Resamples) -> Values:
    truth, predicted = evidence.residuals.truth, evidence.residuals.predicted
    # Around the mean of all rows, so that the difference below loses no digits.
    distance = truth - truth.mean()
    columns = [np.square(predicted - truth), distance, np.square(distance)]
    wrong, shift, square = resamples.totals(columns)
    spread = square - np.square(shift) / resamples.sizes()
    constant = spread <= 1e-12 * square
    return np.where(wrong == 0, 1.0, 1 - _ratio(wrong, np.where(constant, 0.0, spread), 1.0))


def _roc_auc(evidence: Evidence, resamples: Resamples) -> Values:
    labels = len(evidence.labels)
    ones = [1] if labels == 2 else range(labels)
    rated = evidence.probabilities
    total = np.zeros(len(resamples))
    for label in ones:
        total += areas(evidence.truth == label, rated[:, label], resamples, many=len(ones))
    return total / len(ones)


def _median_absolute_error(evidence: Evidence, resamples: Resamples) -> Values:
    residuals = evidence.residuals
    return medians(np.abs(residuals.predicted - residuals.truth), resamples)


def _ratio(part: npt.NDArray[np.number], whole: npt.NDArray[np.number], otherwise: float) -> Values:
    ratios = np.full(part.shape, otherwise)
    np.divide(part, whole, out=ratios, where=whole > 0)
    return ratios


_OfCounts = Callable[[SampledCounts, MetricSpec, Evidence], Values]
_OF_COUNTS: Mapping[str, _OfCounts] = MappingProxyType(
    {
        "f1_score": _f1_score,
        "precision": _precision,
        "recall": _recall,
        "balanced_accuracy": _balanced_accuracy,
        "matthews_corrcoef": _matthews_corrcoef,
    }
)
_OTHERS: Mapping[str, Callable[[Evidence, Resamples], Values]] = MappingProxyType(
    {"r2": _r2, "roc_auc": _roc_auc, "median_absolute_error": _median_absolute_error}
)
