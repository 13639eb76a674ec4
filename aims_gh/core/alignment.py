"""Lay the layers of several networks side by side, like beside like."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from aims_gh.domain.claims import Layer

Aligned = tuple[Layer | None, ...]


def aligned(stacks: Sequence[Sequence[Layer]]) -> list[Aligned]:
    """Align the layers of several networks.

    Layers of the same type stand in one row, in each network's own order; where a network has
    none to fit there is a gap.

    Parameters
    ----------
    stacks : sequence of sequences of Layer
        One per network, first layer first.

    Returns
    -------
    list of tuples of Layer or None
        A row each, with one entry per network.

    Examples
    --------
    >>> a, b = Layer(name="a", type="Dense"), Layer(name="b", type="Dropout")
    >>> [[layer and layer.type for layer in row] for row in aligned([[a], [b, a]])]
    [[None, 'Dropout'], ['Dense', 'Dense']]
    """
    rows: list[Aligned] = []
    for place, stack in enumerate(stacks):
        rows = _joined(rows, stack, place)
    return rows


def _joined(rows: list[Aligned], stack: Sequence[Layer], place: int) -> list[Aligned]:
    """Set one more network beside those that are aligned already."""
    have = [_type_of(row) for row in rows]
    given = [layer.type for layer in stack]
    matcher = SequenceMatcher(None, have, given, autojunk=False)
    empty: Aligned = (None,) * place
    found: list[Aligned] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            pairs = zip(rows[i1:i2], stack[j1:j2], strict=True)
            found += [(*row, layer) for row, layer in pairs]
        else:
            found += [(*row, None) for row in rows[i1:i2]]
            found += [(*empty, layer) for layer in stack[j1:j2]]
    return found


def _type_of(row: Aligned) -> str:
    return next(layer.type for layer in row if layer is not None)
