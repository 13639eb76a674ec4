"""A part of the holdout: rows that are scored together, as bytes where they have to travel."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aims_gh.core.predictions import Codes, Predictions, Values


@dataclass(frozen=True, slots=True)
class Part:
    """Answers, and what was predicted for the same rows. `repr` shows neither.

    Attributes
    ----------
    answers : int32 or float64 array of shape (n,)
        Positions in the playground's labels, or values in the target's unit.
    predictions : Predictions
        For the same rows in the same order.
    """

    answers: Codes | Values = field(repr=False)
    predictions: Predictions = field(repr=False)

    def to_bytes(self) -> bytes:
        """Write plain arrays."""
        stream = io.BytesIO()
        arrays: dict[str, Any] = {"answers": self.answers, **self.predictions.arrays()}
        np.savez(stream, **arrays)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Part:
        """Read what `to_bytes` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        return cls(found.pop("answers"), Predictions(**found))
