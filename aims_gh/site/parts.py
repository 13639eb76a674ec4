"""A board in parts: what the table of the page reads, a few thousand rows at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from aims_gh.domain.leaderboard import Board

PART_ROWS = 5_000
"""Rows in one file: a first look at a huge board costs no more than at a large one."""


def part_path(slug: str, name: str, number: int) -> PurePosixPath:
    """Say where a part lies on the site.

    Examples
    --------
    >>> str(part_path("titanic", "experiment", 1))
    'data/titanic/boards/experiment-1.json'
    """
    return PurePosixPath("data", slug, "boards", f"{name}-{number}.json")


def part_count(board: Board) -> int:
    """Say in how many parts a board is written; an empty one in none."""
    return -(-len(board) // PART_ROWS)


def parts(board: Board, keys: Iterable[str]) -> Iterator[bytes]:
    """Write the columns that the table shows, part after part.

    Parameters
    ----------
    keys : iterable of str
        The columns to write. Those that the board does not have are left out.
    """
    shown = [key for key in keys if key in board.columns]
    for number in range(part_count(board)):
        start = number * PART_ROWS
        value = {
            "from": start,
            "total": len(board),
            "columns": {key: board.columns[key][start : start + PART_ROWS] for key in shown},
        }
        yield json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")
