"""Files of a repository on GitHub, read over REST: a folder and a file are found by their ids."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import ForgeError
from aims_gh.forge import LEDGER
from aims_gh.forge.github.cache import Cache
from aims_gh.forge.github.session import Refused, Session, in_path
from aims_gh.forge.tree import Commit, Entry, GitTree, too_many

_ID = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9][A-Za-z0-9._/-]*")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_MAX_FOLDERS = 200
"""Requests for single folders, where somebody made so many that GitHub does not list them all."""

_NO_NAME = "\N{REPLACEMENT CHARACTER}".encode()
NOTHING = Commit("0" * 40, "")
"""What a branch is before its first commit."""


class RestStore:
    """A repository on GitHub; what is asked for by its id is kept, as it can never change."""

    def __init__(self, session: Session, repository: str, cache: Cache) -> None:
        self._session, self._repository, self._cache = session, repository, cache
        self._path = f"/repos/{repository}"
        self._folders: dict[str, Mapping[bytes, Entry]] = {"": {}}
        self._sizes: dict[str, int] = {}
        self._asked = 0

    def commit(self, ref: str, *, whole: bool = True) -> Commit:
        """Find the commit that an id, a branch or a full ref means.

        Parameters
        ----------
        whole : bool
            Whether all its folders are listed at once: a stranger's may be too many.

        Raises
        ------
        ForgeError
            If there is none, or no such repository.
        """
        found = self._find(ref)
        if found is None:
            raise self._missing(ref)
        if whole:
            self._list(found.root)
        return found

    def parent(self, commit: str) -> str | None:
        """Tell a commit's first parent."""
        found = self._remembered(f"{self._path}/git/commits/{commit}")
        return str(found["parents"][0]["sha"]) if found and found["parents"] else None

    def ledger(self) -> Commit:
        """Find the ledger's commit; a fork, which has `main` alone, has none yet."""
        found = self._branch(LEDGER)
        if found is None:
            self.check_there()
            return NOTHING
        self._list(found.root)
        return found

    def contents(self, path: str, branch: str) -> bytes | None:
        """Read a small file of a branch in one request; None where that cannot be done."""
        if not _PLAIN_PATH.fullmatch(path):
            return None
        data = self._remembered(f"{self._path}/contents/{in_path(path)}", ref=branch)
        if not isinstance(data, dict) or data.get("encoding") != "base64":
            return None
        return base64.b64decode(data["content"])

    def entries(self, oid: str) -> Mapping[bytes, Entry]:
        """List what is directly in a folder."""
        if oid not in self._folders:
            self._asked += 1
            if self._asked > _MAX_FOLDERS:
                raise too_many("more folders than any submission has")
            listed = self._session.get(f"{self._path}/git/trees/{oid}")
            if listed.get("truncated"):
                raise too_many("a folder with more entries than GitHub lists")
            self._keep(oid, listed["tree"])
        return self._folders[oid]

    def size(self, oid: str) -> int | None:
        """Tell how many bytes a file has."""
        return self._sizes.get(oid)

    def read(self, oid: str) -> bytes:
        """Read a file."""
        content = self._cache.get(f"blob {oid}")
        if content is None:
            answer = self._session.get(f"{self._path}/git/blobs/{oid}")
            content = base64.b64decode(answer["content"])
            if blob_id(content) != oid:
                raise ForgeError(
                    f"GitHub gave another file than {oid}", hint="try again: githubstatus.com"
                )
            self._cache.put(f"blob {oid}", content)
        return content

    def read_all(self, oids: Iterable[str]) -> Iterator[bytes]:
        """Read many files, in their order; each costs a request, once."""
        return map(self.read, oids)

    def check_there(self) -> dict[str, Any]:
        """Say so where there is no such repository, or none that we may see."""
        try:
            found: dict[str, Any] = self._session.get(self._path)
        except Refused as refused:
            if refused.status != 404:
                raise
            where = self._session.server.host
            raise ForgeError(
                f"there is no course {self._repository} on {where} that you may see",
                hint=f"{refused.hint}; a folder on this machine is written ./{self._repository}",
            ) from None
        return found

    def _find(self, ref: str) -> Commit | None:
        if _ID.fullmatch(ref):
            found = self._remembered(f"{self._path}/git/commits/{ref}")
            return Commit(found["sha"], found["tree"]["sha"]) if found else None
        if not _REF.fullmatch(ref):
            return None
        if not ref.startswith("refs/"):
            return self._branch(ref)
        found = self._session.get(f"{self._path}/git/ref/{in_path(ref[5:])}", absent=True)
        return self._find(found["object"]["sha"]) if found else None

    def _branch(self, name: str) -> Commit | None:
        found = self._remembered(f"{self._path}/branches/{in_path(name)}")
        if not found:
            return None
        return Commit(found["commit"]["sha"], found["commit"]["commit"]["tree"]["sha"])

    def _list(self, root: str) -> None:
        """Learn all folders below one in a single request, where there are not too many."""
        key = f"tree {root}"
        kept = self._cache.get(key)
        if kept is None:
            listed = self._session.get(f"{self._path}/git/trees/{root}", recursive=1)
            if listed.get("truncated"):
                return  # folders are asked for one by one
            entries = listed["tree"]
            self._cache.put(key, json.dumps(entries).encode())
        else:
            entries = json.loads(kept)
        folders = {"": root} | {e["path"]: e["sha"] for e in entries if e["type"] == "tree"}
        inside: dict[str, list[Any]] = {path: [] for path in folders}
        for entry in entries:
            inside[entry["path"].rpartition("/")[0]].append(entry)
        for path, oid in folders.items():
            self._keep(oid, inside[path])

    def _keep(self, oid: str, listed: list[Any]) -> None:
        self._folders[oid] = {
            _name(entry["path"]): Entry(int(entry["mode"], 8), entry["sha"]) for entry in listed
        }
        self._sizes |= {e["sha"]: e["size"] for e in listed if e["type"] == "blob"}

    def _remembered(self, path: str, **query: Any) -> Any:
        return self._session.remembered(self._cache, path, **query)

    def _missing(self, ref: str) -> ForgeError:
        self.check_there()
        short = plain(ref).removeprefix("refs/heads/")[:100]
        return ForgeError(
            f"{self._repository} has no branch or commit {short!r}",
            hint=f"see its branches: {self._session.server.web}/{self._repository}/branches",
        )


class LedgerTree:
    """The ledger, as a visitor reads it: its first file costs one request.

    What is asked for after that is read from one commit, which may be a later one: on the
    ledger, what is written stays.
    """

    def __init__(self, store: RestStore) -> None:
        self._store = store
        self._first: dict[str, bytes] = {}
        self._pinned: GitTree | None = None

    @property
    def commit(self) -> str:
        """The commit's id."""
        return self._tree.commit

    def read(self, path: str, *, limit: int | None = None) -> bytes | None:
        """Give a file's bytes; None where there is no plain file."""
        if path not in self._first and self._pinned is None and not self._first:
            content = self._store.contents(path, LEDGER)
            if content is not None:
                self._first[path] = content
        if path in self._first and limit is None:
            return self._first[path]
        return self._tree.read(path, limit=limit)

    def read_all(self, paths: Iterable[str]) -> Iterator[bytes]:
        """Give the bytes of many plain files, in their order."""
        return self._tree.read_all(paths)

    def paths(self, folder: str = "") -> list[str]:
        """List every plain file below a folder."""
        return self._tree.paths(folder)

    def folders(self, folder: str = "") -> list[str]:
        """List the names of the folders directly in a folder."""
        return self._tree.folders(folder)

    @property
    def _tree(self) -> GitTree:
        if self._pinned is None:
            self._pinned = GitTree(self._store, self._store.ledger())
        return self._pinned


def blob_id(content: bytes) -> str:
    """Give the id that git has for a file's bytes."""
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content)).hexdigest()  # noqa: S324


def _name(path: str) -> bytes:
    # GitHub shows bytes that are not UTF-8 as U+FFFD; as on disk, such a name is no text.
    return path.rpartition("/")[2].encode(errors="surrogatepass").replace(_NO_NAME, b"\xff")
