"""Which processes are children of this one, dead ones that nobody has fetched among them."""

from __future__ import annotations

import contextlib
from pathlib import Path


def children() -> set[int]:
    """Give their ids; none where the system has no `/proc`.

    Other tests may keep servers of their own running meanwhile: compare before and after.
    """
    return _children_of("self")


def descendants(process: int) -> set[int]:
    """Give the ids of all that a process has started, and those have, whatever their group is."""
    found = _children_of(process)
    return found.union(*(descendants(child) for child in found))


def _children_of(process: int | str) -> set[int]:
    found: set[int] = set()
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found |= {int(child) for child in path.read_text().split()}
    return found
