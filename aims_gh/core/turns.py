"""Whose turn it is, where many wait and one may have brought a hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def in_turn(
    items: Iterable[T], *, author: Callable[[T], str], order: Callable[[T], Any]
) -> list[T]:
    """Take everybody's first before anybody's second: nobody can push others back.

    Parameters
    ----------
    author : callable
        Gives the login of who brought an item.
    order : callable
        Gives what items of one author, and first ones among each other, are sorted by.

    Examples
    --------
    >>> in_turn(["a1", "a2", "a3", "b4"], author=lambda t: t[0], order=lambda t: t[1])
    ['a1', 'b4', 'a2', 'a3']
    """
    before: Counter[str] = Counter()
    turns: list[tuple[int, T]] = []
    for item in sorted(items, key=order):
        name = author(item).lower()
        turns.append((before[name], item))
        before[name] += 1
    return [item for _, item in sorted(turns, key=lambda turn: turn[0])]
