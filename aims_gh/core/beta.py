"""The beta distribution: its distribution function and quantiles, in plain Python.

The evaluator has NumPy alone. SciPy would be 40 MB more to install for two numbers a submission.
"""

from __future__ import annotations

import math

_TINY = 1e-300
_STEPS = 100_000
"""More than any pair of parameters up to 1e9 needs; they need about the root of the larger."""


def beta_cdf(x: float, a: float, b: float) -> float:
    """Compute the regularised incomplete beta function, the beta distribution function.

    Parameters
    ----------
    x : float
        0 to 1.
    a, b : float
        Above 0.

    Returns
    -------
    float
        0 to 1. Same value as ``scipy.special.betainc(a, b, x)``.

    Notes
    -----
    The continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions
    (https://dlmf.nist.gov/8.17), by the algorithm of Lentz (1976), "Generating Bessel functions
    in Mie scattering calculations using continued fractions"; on the side of the mean where it
    converges fast.

    Examples
    --------
    >>> round(beta_cdf(0.5, 2, 3), 12)
    0.6875
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b))
    return front * _fraction(x, a, b) / a


def beta_quantile(share: float, a: float, b: float) -> float:
    """Find where the beta distribution function reaches `share`.

    Parameters
    ----------
    share : float
        0 to 1.
    a, b : float
        Above 0.

    Returns
    -------
    float
        0 to 1. Same value as ``scipy.special.betaincinv(a, b, share)``.

    Notes
    -----
    Newton's method, kept inside a bracket that halves wherever a step would leave it.

    Examples
    --------
    >>> round(beta_quantile(0.6875, 2, 3), 12)
    0.5
    """
    if share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    low, high, x, log_beta = 0.0, 1.0, a / (a + b), _log_beta(a, b)
    for _ in range(200):
        too_much = beta_cdf(x, a, b) - share
        if too_much > 0:
            high = x
        else:
            low = x
        log_slope = (a - 1) * math.log(x) + (b - 1) * math.log1p(-x) - log_beta
        # A slope of e^-700 sends the step to infinity, and so into the middle of the bracket.
        step = too_much / math.exp(log_slope) if -700 < log_slope < 700 else math.inf
        following = x - step
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= 1e-15 * following or following in (low, high):
            return following
        x = following
    return x


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction from its head, until it stands still."""
    numerator, denominator = 1.0, _away_from_zero(1 - (a + b) * x / (a + 1))
    denominator = 1 / denominator
    value = denominator
    for step in range(1, _STEPS):
        twice = a + 2 * step
        even = step * (b - step) * x / ((twice - 1) * twice)
        odd = -(a + step) * (a + b + step) * x / (twice * (twice + 1))
        change = 1.0
        for part in (even, odd):
            denominator = 1 / _away_from_zero(1 + part * denominator)
            numerator = _away_from_zero(1 + part / numerator)
            change = denominator * numerator
            value *= change
        if abs(change - 1) < 1e-16:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
