"""Residuals: predicted minus true numbers, summed once for all metrics of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from aims_gh.core.metrics.blocks import blocks
from aims_gh.core.predictions import Values

BLOCK = 16_384
"""Rows at a time: a few such buffers of float64 fit into the second-level cache."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over all rows, in the target's unit and its square."""

    absolute: float
    squared: float


@dataclass(frozen=True, eq=False)
class Residuals:
    """True and predicted numbers, whose differences are summed once for all metrics.

    `repr` shows neither: tracebacks end up in public logs.

    Attributes
    ----------
    truth : float64 array of shape (n,)
        The held-out target, in the target's own unit.
    predicted : float64 array of shape (n,)
        The prediction for the same rows in the same order and unit.

    Raises
    ------
    ValueError
        If the shapes differ.
    """

    truth: Values = field(repr=False)
    predicted: Values = field(repr=False)

    def __post_init__(self) -> None:
        if self.truth.shape != self.predicted.shape or self.truth.ndim != 1:
            raise ValueError(f"shapes {self.truth.shape} and {self.predicted.shape} differ")

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.truth)

    @cached_property
    @np.errstate(all="ignore")
    def sums(self) -> Sums:
        """Sum of the absolute and of the squared errors; not finite where that overflows."""
        absolute = squared = 0.0
        buffer = np.empty(min(BLOCK, self.rows))
        for rows in blocks(self.rows, BLOCK):
            truth = self.truth[rows]
            error = np.subtract(self.predicted[rows], truth, out=buffer[: len(truth)])
            np.abs(error, out=error)
            absolute += float(error.sum())
            # Not a dot product: the sum must be the same on every processor.
            np.multiply(error, error, out=error)
            squared += float(error.sum())
        return Sums(absolute, squared)

    @cached_property
    @np.errstate(all="ignore")
    def spread(self) -> float:
        """Sum of the squared distances of the truth from its mean."""
        first, last = self.truth[0], self.truth[-1]
        if first == last and (self.truth == first).all():
            return 0.0  # the mean of equal numbers, rounded, need not be that number
        mean, spread = self.truth.mean(), 0.0
        buffer = np.empty(min(BLOCK, self.rows))
        for rows in blocks(self.rows, BLOCK):
            truth = self.truth[rows]
            distance = np.subtract(truth, mean, out=buffer[: len(truth)])
            np.multiply(distance, distance, out=distance)
            spread += float(distance.sum())
        return spread
