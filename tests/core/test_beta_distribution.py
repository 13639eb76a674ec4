"""The beta distribution is SciPy's, to ten digits and more."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from aims_gh.core.beta import beta_cdf, beta_quantile

parameters = st.one_of(st.floats(0.3, 50), st.integers(1, 20_000).map(float))


@settings(max_examples=150, deadline=None)
@given(x=st.floats(0, 1), a=parameters, b=parameters)
def test_the_distribution_function_is_that_of_scipy(x: float, a: float, b: float) -> None:
    assert math.isclose(beta_cdf(x, a, b), special.betainc(a, b, x), abs_tol=1e-10)


@settings(max_examples=150, deadline=None)
@given(share=st.floats(1e-6, 1 - 1e-6), a=parameters, b=parameters)
def test_the_quantile_is_that_of_scipy(share: float, a: float, b: float) -> None:
    assert math.isclose(beta_quantile(share, a, b), special.betaincinv(a, b, share), abs_tol=1e-10)


@pytest.mark.parametrize(
    ("a", "b"), [(5e5, 5e5), (999_990, 11), (3, 999_998), (1, 1e6), (1e8, 1e8), (0.5, 0.5)]
)
@pytest.mark.parametrize("share", [0.0005, 0.025, 0.5, 0.975])
def test_a_million_rows_lose_no_digits(share: float, a: float, b: float) -> None:
    found = beta_quantile(share, a, b)

    assert found == pytest.approx(special.betaincinv(a, b, share), rel=1e-9, abs=1e-12)


def test_the_ends_are_the_ends() -> None:
    assert [beta_quantile(share, 3, 4) for share in (0, 1)] == [0, 1]
    assert [beta_cdf(x, 3, 4) for x in (-1, 0, 1, 2)] == [0, 0, 1, 1]
