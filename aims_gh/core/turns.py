"""Whose turn it is, where many wait and one may have brought a hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def in_turn(
    items: Iterable[T], *, entrants: Callable[[T], Collection[str]], order: Callable[[T], Any]
) -> list[T]:
    """Take everybody's first before anybody's second: nobody can push others back.

    A team is one entrant: its members share a limit, so among them it is the order that decides.

    Parameters
    ----------
    entrants : callable
        Gives the names under which whoever brought an item takes part anywhere.
    order : callable
        Gives what items of one entrant, and first ones among each other, are sorted by.

    Examples
    --------
    >>> in_turn(["a1", "a2", "a3", "b4"], entrants=lambda t: t[0], order=lambda t: t[1])
    ['a1', 'b4', 'a2', 'a3']
    >>> TEAM = {"a": ["red"], "b": ["red"], "c": ["c"]}
    >>> in_turn(["a1", "a2", "b3", "c4"], entrants=lambda t: TEAM[t[0]], order=lambda t: t[1])
    ['a1', 'c4', 'a2', 'b3']
    """
    before: Counter[str] = Counter()
    turns: list[tuple[int, T]] = []
    for item in sorted(items, key=order):
        names = entrants(item)
        turn = max(before[name] for name in names)
        turns.append((turn, item))
        for name in names:
            before[name] = turn + 1
    return [item for _, item in sorted(turns, key=lambda turn: turn[0])]
