"""The files of a commit, read from git's tree objects.

They are read here and not by `git ls-tree`: paths then never enter a command, so that no name
can break one, and a link is seen to be a link.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from aims_gh.core.inert import plain
from aims_gh.errors import ForgeError, SubmissionError
from aims_gh.forge.git import Object, Objects, TooLarge

MAX_FOLDER_BYTES = 64 * 1024 * 1024
"""More than a million files side by side."""

MAX_COMMIT_BYTES = 1_000_000

_MODE = re.compile(rb"[0-7]{5,6}")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9][A-Za-z0-9._/-]*")


class Entry(NamedTuple):
    """What a folder says of one thing in it."""

    mode: int
    oid: str

    @property
    def kind(self) -> Literal["file", "link", "submodule", "folder"]:
        """What it is; like git, take for a submodule what is nothing else."""
        if stat.S_ISDIR(self.mode):
            return "folder"
        if stat.S_ISLNK(self.mode):
            return "link"
        return "file" if stat.S_ISREG(self.mode) else "submodule"


class Store(Protocol):
    """Where the folders and files of commits are found by their ids."""

    def entries(self, oid: str) -> Mapping[bytes, Entry]:
        """List what is directly in a folder."""
        ...

    def size(self, oid: str) -> int | None:
        """Tell how many bytes a file has; None: more than anybody wanted to fetch."""
        ...

    def read(self, oid: str) -> bytes:
        """Read a file."""
        ...

    def read_all(self, oids: Iterable[str]) -> Iterator[bytes]:
        """Read many files, in their order."""
        ...


class Commit(NamedTuple):
    """A commit and its uppermost folder."""

    oid: str
    root: str


class GitTree:
    """The files of one commit. A name that is not UTF-8 is not there: nobody here could ask."""

    def __init__(self, store: Store, commit: Commit) -> None:
        self._store = store
        self._commit, self._root = commit.oid, commit.root

    @property
    def commit(self) -> str:
        """The commit's id."""
        return self._commit

    def read(self, path: str, *, limit: int | None = None) -> bytes | None:
        """Give a file's bytes; None where there is no plain file, and for links.

        Raises
        ------
        SubmissionError
            If it is larger than `limit`; its content was not read then.
        """
        entry = self._find(path)
        if entry is None or entry.kind != "file":
            return None
        if limit is not None:
            size = self._store.size(entry.oid)
            if size is None or size > limit:
                has = "too many bytes" if size is None else f"{size:,} bytes"
                raise SubmissionError(
                    f"{plain(path)} has {has}, more than the {limit:,} allowed",
                    hint="make it smaller, or ask the owner for a larger limit",
                )
        return self._store.read(entry.oid)

    def read_all(self, paths: Iterable[str]) -> Iterator[bytes]:
        """Give the bytes of many plain files, in their order; what is none is left out."""
        entries = map(self._find, paths)
        return self._store.read_all(e.oid for e in entries if e is not None and e.kind == "file")

    def paths(self, folder: str = "") -> list[str]:
        """List every plain file below a folder, as full paths, sorted."""
        found = []
        todo = [(f"{folder}/" if folder else "", self._entries(folder))]
        while todo:
            prefix, entries = todo.pop()
            for name, entry in _named(entries):
                if entry.kind == "file":
                    found.append(prefix + name)
                elif entry.kind == "folder":
                    todo.append((f"{prefix}{name}/", self._store.entries(entry.oid)))
        return sorted(found)

    def folders(self, folder: str = "") -> list[str]:
        """List the names of the folders directly in a folder, sorted."""
        named = _named(self._entries(folder))
        return sorted(name for name, entry in named if entry.kind == "folder")

    def _entries(self, folder: str) -> Mapping[bytes, Entry]:
        entry = self._find(folder) if folder else Entry(stat.S_IFDIR, self._root)
        if entry is None or entry.kind != "folder":
            return {}
        return self._store.entries(entry.oid)

    def _find(self, path: str) -> Entry | None:
        try:
            names = path.encode("utf-8").split(b"/")
        except UnicodeEncodeError:
            return None
        entry: Entry | None = Entry(stat.S_IFDIR, self._root)
        for name in names:
            if entry is None or entry.kind != "folder":
                return None
            entry = self._store.entries(entry.oid).get(name)
        return entry


@contextmanager
def open_tree(repository: Path, ref: str, *, partial: bool = False) -> Iterator[GitTree]:
    """Read the files of a branch or commit.

    Parameters
    ----------
    partial : bool
        Whether large files were left out when the repository was fetched.
    """
    if _ID.fullmatch(ref):
        revision = ref
    elif _REF.fullmatch(ref):
        revision = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
    else:
        raise _missing(ref, repository)
    with Objects(repository, partial=partial) as objects:
        yield GitTree(DiskStore(objects), read_commit(objects, revision, repository))


class DiskStore:
    """A repository on this disk; each folder is read once.

    Parameters
    ----------
    most : int, optional
        How many entries may be read in all, where a stranger made the folders.
    """

    def __init__(self, objects: Objects, *, most: int | None = None) -> None:
        self._objects = objects
        self._left = most
        self._read: dict[str, Mapping[bytes, Entry]] = {}

    def size(self, oid: str) -> int | None:
        """Tell how many bytes a file has; None: it was left out when others were fetched."""
        return self._objects.size(oid)

    def read(self, oid: str) -> bytes:
        """Read a file."""
        return self._objects.read(oid)

    def read_all(self, oids: Iterable[str]) -> Iterator[bytes]:
        """Read many files, in their order."""
        return self._objects.read_all(oids)

    def entries(self, oid: str) -> Mapping[bytes, Entry]:
        """List what is directly in a folder."""
        if oid not in self._read:
            self._read[oid] = self._parse(oid)
            if self._left is not None:
                self._left -= len(self._read[oid])
                if self._left < 0:
                    raise too_many("more entries than any submission has")
        return self._read[oid]

    def _parse(self, oid: str) -> Mapping[bytes, Entry]:
        try:
            # No entry is shorter than 24 bytes, few are longer than 100.
            most = MAX_FOLDER_BYTES if self._left is None else 100 * (self._left + 1)
            data = self._objects.read(oid, limit=min(most, MAX_FOLDER_BYTES))
        except TooLarge as large:
            raise too_many(str(large)) from None
        width, start = len(oid) // 2, 0
        entries = {}
        try:
            while start < len(data):
                space = data.index(b" ", start)
                end = data.index(b"\0", space)
                id_end = end + 1 + width
                name = data[space + 1 : end]
                if not _MODE.fullmatch(data, start, space) or not _is_name(name):
                    raise ValueError
                mode = int(data[start:space], 8)
                entries[name] = Entry(mode, data[end + 1 : id_end].hex())
                start = id_end
        except ValueError:
            raise SubmissionError(
                f"a folder of the commit is not one that git made: {oid}",
                hint="make the submission again: aims submit",
            ) from None
        return entries


def _is_name(name: bytes) -> bool:
    return name not in (b"", b".", b"..") and b"/" not in name


def too_many(what: str) -> SubmissionError:
    """Say that a commit's folders have no end."""
    return SubmissionError(
        f"the commit's folders list too many files: {what}",
        hint="one submission per proposal: a manifest, a model, predictions, code",
    )


def read_commit(objects: Objects, revision: str, repository: Path) -> Commit:
    """Find the commit that an id or a full ref means."""
    found = find_commit(objects, f"{revision}^{{commit}}")
    if found is None:
        raise _missing(revision, repository)
    return Commit(found.oid, found.content[5 : found.content.index(b"\n")].decode("ascii"))


def find_commit(objects: Objects, name: str) -> Object | None:
    """Read a commit that a stranger may have made: its message may have no end."""
    try:
        return objects.find(name, limit=MAX_COMMIT_BYTES)
    except TooLarge as large:
        raise SubmissionError(
            f"its commit is too large: {large}", hint="make the submission again: aims submit"
        ) from None


def _named(entries: Mapping[bytes, Entry]) -> Iterator[tuple[str, Entry]]:
    for name, entry in entries.items():
        try:
            yield name.decode("utf-8"), entry
        except UnicodeDecodeError:
            continue


def _missing(ref: str, repository: Path) -> ForgeError:
    short = plain(ref).removeprefix("refs/heads/")[:100]
    return ForgeError(
        f"{repository} has no branch or commit {short!r}",
        hint=f"git --git-dir='{repository}' branch lists its branches",
    )
