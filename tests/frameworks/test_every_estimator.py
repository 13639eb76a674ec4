"""Every estimator of scikit-learn converts as the reference says, or is refused as it says."""

from __future__ import annotations

import pytest
import sklearn_cases
from framework_cases import outcome_of

CASES = sklearn_cases.cases()


@pytest.mark.parametrize("name", CASES)
def test_a_case_converts_or_is_refused_as_expected(name: str) -> None:
    outcome = outcome_of(CASES[name])

    why = sklearn_cases.why_not(name)
    assert outcome.converts == (why is None), outcome.message or "it converts now"
    if not outcome.converts:
        assert name.partition(",")[0] in outcome.message or "features" in outcome.message


def test_at_least_95_percent_of_what_skl2onnx_knows_converts() -> None:
    from skl2onnx._supported_operators import sklearn_operator_name_map

    known = {
        name for name, kind in sklearn_cases.ESTIMATORS.items() if kind in sklearn_operator_name_map
    }
    refused = known & set(sklearn_cases.WHY_NOT)

    assert len(known) >= 135
    assert len(refused) <= 0.05 * len(known)


def test_only_estimators_there_are_are_listed_as_refused() -> None:
    assert set(sklearn_cases.WHY_NOT) <= set(sklearn_cases.ESTIMATORS)
