"""Three-way merging: what changed on their side since the common start, if we left it as it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

MergeText = Callable[[bytes, bytes, bytes], bytes | None]
"""Joins ours, the base and theirs; None where both changed one place."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file, or a key of one, that both sides changed: ours stays."""

    path: str
    ours: bytes | None
    theirs: bytes | None


@dataclass(frozen=True, slots=True)
class MergedFiles:
    """What is to be written; None removes a file."""

    files: dict[str, bytes | None]
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class MergedKeys:
    """New values of keys; None removes one. And those that both sides changed."""

    keys: dict[str, Any]
    conflicts: tuple[str, ...]


def merge_files(
    base: Mapping[str, bytes],
    ours: Mapping[str, bytes],
    theirs: Mapping[str, bytes],
    merge_text: MergeText,
) -> MergedFiles:
    """Take over what they changed.

    Examples
    --------
    >>> base = {"a": b"1", "b": b"1", "c": b"1"}
    >>> theirs = {"a": b"2", "b": b"2"}
    >>> merged = merge_files(base, base | {"b": b"3"}, theirs, lambda ours, base, theirs: None)
    >>> merged.files, [conflict.path for conflict in merged.conflicts]
    ({'a': b'2', 'c': None}, ['b'])
    """
    files: dict[str, bytes | None] = {}
    conflicts = []
    for path in sorted({*base, *theirs}):
        before, mine, new = base.get(path), ours.get(path), theirs.get(path)
        if new in (before, mine):
            continue
        if mine == before:
            files[path] = new
            continue
        joined = None
        if before is not None and mine is not None and new is not None:
            joined = merge_text(mine, before, new)
        if joined is None:
            conflicts.append(Conflict(path, mine, new))
        elif joined != mine:
            files[path] = joined
    return MergedFiles(files, tuple(conflicts))


def merge_keys(
    base: Mapping[str, Any],
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    names: Collection[str],
) -> MergedKeys:
    """Take over the values of keys that they changed.

    Examples
    --------
    >>> merge_keys({"a": 1, "b": 1}, {"a": 1, "b": 3}, {"a": 2, "b": 2}, ["a", "b"])
    MergedKeys(keys={'a': 2}, conflicts=('b',))
    """
    keys: dict[str, Any] = {}
    conflicts = []
    for name in names:
        before, mine, new = base.get(name), ours.get(name), theirs.get(name)
        if new in (before, mine):
            continue
        if mine == before:
            keys[name] = new
        else:
            conflicts.append(name)
    return MergedKeys(keys, tuple(conflicts))
