"""Networks of PyTorch and Keras become ONNX files that say the same for any number of rows.

That the reference lists them is seen here too: their libraries take seconds to import.
"""

from __future__ import annotations

import network_cases
import pytest
from test_frameworks_page import frameworks, why_not


def test_the_groups_are_those_of_the_reference() -> None:
    assert {*network_cases.GROUPS} == {*frameworks.NETWORKS}


@pytest.mark.parametrize("group", network_cases.GROUPS)
def test_every_network_converts_or_is_refused_by_what_is_at_fault(group: str) -> None:
    found = network_cases.converted(group)

    outcomes = found.outcomes
    assert [each for each in outcomes if not each.as_expected] == []
    assert len(outcomes) >= 5
    if group == "pytorch":
        _check_what_is_particular(outcomes)
    assert why_not(group) == found.listed, f"run: python tools/frameworks.py {group}"


def _check_what_is_particular(outcomes: list[network_cases.Outcome]) -> None:
    """A recurrent layer is one operator for each of its levels; one of many outputs is said."""
    recurrent = {
        kind: each.operators
        for each in outcomes
        for kind in ("LSTM", "GRU", "RNN")
        if kind in each.name
    }
    assert {kind: found[kind] for kind, found in recurrent.items()} == {
        "LSTM": 2, "GRU": 2, "RNN": 2,
    }  # fmt: skip
    assert all(sum(found.values()) < 25 for found in recurrent.values()), recurrent
    converters = [each.converter or "" for each in outcomes]
    assert sum(each.endswith(", the first of 2 outputs") for each in converters) == 1
