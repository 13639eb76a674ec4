"""Random numbers that are drawn by the way, given back."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def same_chances() -> Iterator[None]:
    """Leave the random numbers of Python and NumPy as they were: Keras seeds its layers by them."""
    python, numbers = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)
