"""What an evaluation tells beside its scores: sums over rows, never a row."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from aims_gh.domain.names import Label
from aims_gh.domain.record import Record

MOST_LABELS = 50
"""With more labels, hardly a cell of a confusion matrix stands for more than one row."""

BINS = 20
"""Of a histogram of errors."""


class Confusion(Record):
    """How often each label was taken for each."""

    labels: tuple[Label, ...] = Field(max_length=MOST_LABELS)
    """In the playground's order."""

    counts: tuple[tuple[int, ...], ...]
    """A row for each true label, a column for each predicted one."""

    @model_validator(mode="after")
    def _is_square(self) -> Self:
        sides = {len(self.counts), *(len(row) for row in self.counts)}
        if sides != {len(self.labels)}:
            raise ValueError("a confusion matrix has a row and a column for each label")
        if any(count < 0 for row in self.counts for count in row):
            raise ValueError("a count is 0 or more")
        return self


class Residuals(Record):
    """How predicted values lie around the true ones: prediction minus truth."""

    mean: float
    """Rounded to a hundredth of the usual error, as all numbers here are."""

    deviation: float = Field(ge=0)
    """Standard deviation."""

    step: float = Field(gt=0)
    """Width of a bin: 1, 2 or 5 times a power of ten, chosen by the usual error."""

    counts: tuple[int, ...] = Field(min_length=BINS, max_length=BINS)
    """Rows in each bin. Half of the bins lie below zero; the first and the last hold
    whatever lies beyond them, too."""


class Summary(Record):
    """Sums over the rows that `scores` covers."""

    rows: int = Field(ge=1)
    """How many rows are summed up."""

    confusion: Confusion | None = None
    """Of labels; null for regression."""

    residuals: Residuals | None = None
    """Of values; null for classification."""
