"""What a test of conversions is made of: a fitted model, features, and what comes of them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aims_gh.errors import SubmissionError
from aims_gh.flows.convert import Converted, Tools, convert
from aims_gh.runner.sandbox import Bounds, Sandbox


@dataclass(frozen=True, slots=True)
class Case:
    """A fitted model, and the features of a playground that it is asked about."""

    model: Any
    features: Any


Cases = Mapping[str, Callable[[], Case]]
"""How to make each case, by its name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of converting a case.

    Attributes
    ----------
    converts : bool
    off_by : str
        The largest difference, as a share of the spread, as the power of ten it stays below; or
        `nothing`, or `labels alone` where no numbers are compared.
    message : str
        Why it does not convert, as users are told.
    """

    converts: bool
    off_by: str = ""
    message: str = ""


def converted(model: Any, features: Any) -> Converted:
    """Convert as users do, in this process: real converters, a real sandbox."""
    return convert(model, features, Tools(Sandbox(), Bounds(), seconds=None))


def outcome_of(make: Callable[[], Case]) -> Outcome:
    """Make a case, and see what comes of it."""
    with warnings.catch_warnings():
        # How well a model fits is not what is tested.
        warnings.simplefilter("ignore")
        case = make()
    try:
        with warnings.catch_warnings():
            # Said by libraries when they predict, about themselves.
            warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
            warnings.filterwarnings("ignore", "Maximum number of iterations")
            found = converted(case.model, case.features)
    except SubmissionError as refusal:
        return Outcome(False, message=refusal.message)
    assert found.claims.conversion is not None
    largest = found.claims.conversion.largest_difference
    if largest is None or found.said.numbers is None:
        return Outcome(True, "labels alone")
    spread = float(np.nanstd(found.said.numbers)) or 1.0
    return Outcome(True, power_of_ten(largest / spread))


def power_of_ten(difference: float) -> str:
    """Write the power of ten that a difference stays below."""
    return f"1e{math.ceil(math.log10(difference))}" if difference else "nothing"
