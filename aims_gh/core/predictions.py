"""Predictions: what a model says about each row, in one shape for every source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Predictions:
    """One answer per row.

    Attributes
    ----------
    codes : int32 array of shape (n,), or None
        Classification: position of the label in the playground's `labels`.
    probabilities : float64 array of shape (n, k), or None
        One column per label, in the owner's order.
    values : float64 array of shape (n,), or None
        Regression, in the target's unit.
    """

    codes: Codes | None = None
    probabilities: Values | None = None
    values: Values | None = None

    def __len__(self) -> int:
        array = self.codes if self.codes is not None else self.values
        return 0 if array is None else len(array)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Give what there is, by name."""
        named = {"codes": self.codes, "probabilities": self.probabilities, "values": self.values}
        return {name: array for name, array in named.items() if array is not None}

    def sha256(self) -> str:
        """Digest the predictions as they are scored: names, shapes and little-endian bytes."""
        digest = hashlib.sha256()
        for name, array in self.arrays().items():
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            digest.update(f"{name}{little.dtype.str}{little.shape}".encode())
            digest.update(little.tobytes())
        return digest.hexdigest()
