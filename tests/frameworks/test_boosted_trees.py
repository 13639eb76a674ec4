"""XGBoost, LightGBM and CatBoost convert, alone and inside scikit-learn."""

from __future__ import annotations

import catboost_cases
import lightgbm_cases
import pytest
import xgboost_cases
from framework_cases import outcome_of

LIBRARIES = {"xgboost": xgboost_cases, "lightgbm": lightgbm_cases, "catboost": catboost_cases}
EVERY = [(library, name) for library, module in LIBRARIES.items() for name in module.cases()]


@pytest.mark.parametrize(("library", "name"), EVERY)
def test_a_case_converts_or_is_refused_as_expected(library: str, name: str) -> None:
    module = LIBRARIES[library]

    outcome = outcome_of(module.cases()[name])

    assert outcome.converts == (module.why_not(name) is None), outcome.message or "it converts now"
    if not outcome.converts:
        assert name.partition(",")[0] in outcome.message
