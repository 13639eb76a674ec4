"""What a proposal changes, compared from the top of two trees and no further than asked.

Not by `git diff-tree`: a few kilobytes of folders that hold the same folder many times over
unfold to billions of files, which it would list to the end before it says the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from aims_gh.domain.proposal import ChangedFile
from aims_gh.errors import SubmissionError
from aims_gh.forge.git import Objects
from aims_gh.forge.tree import Commit, DiskStore, Entry, Store, read_commit

_MAX_DEPTH = 100
_MAX_ENTRIES = 50_000
"""Looked at on both sides of the comparison: the folders that differ, and no others."""


def changed_files(
    repository: Path, base: str, head: str, *, limit: int, partial: bool = False
) -> list[ChangedFile]:
    """List what differs between two commits, by path, at most `limit` + 1 files.

    Raises
    ------
    SubmissionError
        If there are folders that no honest proposal has.
    """
    with Objects(repository, partial=partial) as objects:
        old, new = (read_commit(objects, name, repository) for name in (base, head))
        return compare(DiskStore(objects, most=_MAX_ENTRIES), old, new, limit=limit)


def compare(store: Store, old: Commit, new: Commit, *, limit: int) -> list[ChangedFile]:
    """List what differs between two commits of a store."""
    walk = _Walk(store).changes(old.root, new.root)
    return [_changed(store, *found) for found in islice(walk, limit + 1)]


def _changed(store: Store, path: bytes, entry: Entry | None) -> ChangedFile:
    name = path.decode("utf-8", errors="replace")
    if entry is None:
        return ChangedFile(name, "removed", 0)
    if entry.kind == "link" or entry.kind == "submodule":
        return ChangedFile(name, entry.kind, 0)
    return ChangedFile(name, "file", store.size(entry.oid))


class _Difference(NamedTuple):
    path: bytes
    entry: Entry | None
    """As it is now; None: removed."""


class _Walk:
    """Two trees, compared from the top and no further than somebody asks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Pairs that hold no file: else a forest of empty folders would be walked to its end.
        self._barren: set[tuple[str | None, str | None]] = set()

    def changes(
        self, old: str | None, new: str | None, prefix: bytes = b"", depth: int = 0
    ) -> Iterator[_Difference]:
        if (old, new) in self._barren:
            return
        if depth > _MAX_DEPTH:
            raise SubmissionError(
                f"the proposal has folders more than {_MAX_DEPTH} deep",
                hint="one submission per proposal: a manifest, a model, predictions, code",
            )
        before = self._store.entries(old) if old else {}
        after = self._store.entries(new) if new else {}
        barren = True
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name), after.get(name)
            if was != now:
                for found in self._pair(was, now, prefix + name, depth):
                    barren = False
                    yield found
        if barren:
            self._barren.add((old, new))

    def _pair(
        self, was: Entry | None, now: Entry | None, path: bytes, depth: int
    ) -> Iterator[_Difference]:
        old = was.oid if was and was.kind == "folder" else None
        new = now.oid if now and now.kind == "folder" else None
        if now and not new:
            yield _Difference(path, now)
        elif was and not old:
            yield _Difference(path, None)
        if old or new:
            yield from self.changes(old, new, path + b"/", depth + 1)
