"""Networks of PyTorch and Keras become ONNX files that say the same for any number of rows."""

from __future__ import annotations

import network_cases
import pytest


@pytest.mark.parametrize("group", network_cases.GROUPS)
def test_every_network_converts_or_is_refused_by_what_is_at_fault(group: str) -> None:
    outcomes = network_cases.outcomes(group)

    assert [each for each in outcomes if not each.as_expected] == []
    assert len(outcomes) >= 8
