"""Evidence: truth and predictions, and what several metrics read off them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.metrics.counts import Counts, count
from aims_gh.core.metrics.probability import check_probabilities
from aims_gh.core.metrics.residuals import Residuals
from aims_gh.core.predictions import Codes, Predictions, Values
from aims_gh.domain.metric import MetricSpec
from aims_gh.domain.names import Label
from aims_gh.errors import SubmissionError


class Evidence:
    """What the metrics of one call share; each part is worked out when first asked for.

    Parameters
    ----------
    labels : sequence of str or int
        The playground's labels, in the owner's order; empty for regression.
    truth : array of shape (n,)
        Codes of the labels, or numbers.
    predictions : Predictions
        For the same rows in the same order.
    """

    def __init__(
        self, labels: Sequence[Label], truth: npt.NDArray[Any], predictions: Predictions
    ) -> None:
        self.labels = labels
        self.truth = truth
        self._predictions = predictions

    @cached_property
    def codes(self) -> Codes:
        """Codes of the predicted labels."""
        codes = self._predictions.codes
        if codes is None:
            raise ValueError("these predictions hold no labels")
        self._check_rows(codes)
        return codes

    @cached_property
    def counts(self) -> Counts:
        """Of true and predicted labels."""
        return count(self.truth, self.codes, labels=len(self.labels))

    @cached_property
    def probabilities(self) -> Values:
        """One column per label, every row a distribution."""
        probabilities = self._predictions.probabilities
        if probabilities is None:
            raise SubmissionError(
                "the predictions are labels, but the playground scores probabilities",
                hint="submit one probability column per label, in the order of the playground's "
                "labels",
            )
        self._check_rows(probabilities)
        check_probabilities(probabilities, labels=len(self.labels))
        return probabilities

    @cached_property
    def residuals(self) -> Residuals:
        """Of the predicted numbers."""
        values = self._predictions.values
        if values is None:
            raise ValueError("these predictions hold no numbers")
        self._check_rows(values)
        return Residuals(np.asarray(self.truth, np.float64), np.asarray(values, np.float64))

    def positive(self, spec: MetricSpec) -> int:
        """Code of the positive label: the one `spec` names, else the second."""
        if spec.average == "binary" and len(self.labels) != 2:
            raise ValueError(f"{spec.name}: average binary needs two labels")
        return 1 if spec.pos_label is None else list(self.labels).index(spec.pos_label)

    def _check_rows(self, predicted: npt.NDArray[Any]) -> None:
        if len(predicted) != len(self.truth):
            raise SubmissionError(
                f"there are {len(predicted)} predictions, the holdout has {len(self.truth)} rows",
                hint="give one prediction for every row of the features file, in its order",
            )
