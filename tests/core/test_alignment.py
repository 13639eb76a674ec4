"""Networks side by side: like beside like, everything once and in its order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.alignment import aligned
from aims_gh.domain.claims import Layer


def stack(types: str) -> list[Layer]:
    return [Layer(name=f"{kind}{place}", type=kind) for place, kind in enumerate(types)]


def shown(*stacks: str) -> list[str]:
    rows = aligned([stack(types) for types in stacks])
    return ["".join(layer.type if layer else "-" for layer in row) for row in rows]


def test_equal_networks_stand_beside_each_other() -> None:
    assert shown("CPD", "CPD") == ["CC", "PP", "DD"]


def test_a_layer_that_one_has_more_leaves_a_gap_in_the_other() -> None:
    assert shown("CPD", "CPXD") == ["CC", "PP", "-X", "DD"]
    assert shown("CPXD", "CPD") == ["CC", "PP", "X-", "DD"]


def test_three_networks_are_aligned_together() -> None:
    assert shown("AB", "B", "AC") == ["A-A", "BB-", "--C"]


def test_no_network_has_no_rows() -> None:
    assert shown() == []
    assert shown("", "") == []
    assert shown("", "A") == ["-A"]


@given(st.lists(st.text(alphabet="ABC", max_size=8), max_size=4))
def test_every_layer_stands_once_in_its_order_beside_its_like(stacks: list[str]) -> None:
    rows = aligned([stack(types) for types in stacks])

    for place, types in enumerate(stacks):
        own = [row[place] for row in rows if row[place] is not None]
        assert own == stack(types)
    for row in rows:
        assert len({layer.type for layer in row if layer}) == 1
