"""A course's repository, fetched by git into a temporary folder: whole where the owners wrote it.

What participants wrote is fetched by its commit's id, one commit deep, without files that no
playground would take, and within bounds; nothing is ever checked out.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from aims_gh.core.inert import plain
from aims_gh.errors import ForgeError, SubmissionError
from aims_gh.forge import LEDGER, MAIN, git, remote
from aims_gh.forge.git import Bounds, Header, Object, Objects, OutOfBounds, TooLarge
from aims_gh.forge.patience import Patience
from aims_gh.forge.tree import MAX_COMMIT_BYTES, GitTree, find_commit, open_tree

_ID = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9][A-Za-z0-9._/-]*")
_OWN = Bounds(bytes=5_000_000_000, seconds=600)
"""For what the owners wrote."""

_OVERHEAD = 16_000_000
_MOST_AT_ONCE = 1_000_000_000
_MOST_KEPT = 4_000_000_000
"""Of what participants wrote. A runner has 14 GB, and the work on a batch takes its part."""

BATCH = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """A proposal's head."""

    number: int
    head: str


class Mirror:
    """A bare repository that goes when it is no longer used.

    Parameters
    ----------
    patience : Patience
        How often to fetch again where the connection broke.
    seconds : float
        How long a fetch of what participants wrote may take.
    """

    def __init__(
        self,
        source: remote.Remote,
        name: str,
        *,
        patience: Patience = Patience(attempts=4, first=0.1),  # noqa: B008  frozen
        seconds: float = 120,
    ) -> None:
        self._source, self._name, self._seconds = source, name, seconds
        self._patience = patience
        self._batches = True
        self._on_main: frozenset[str] | None = None
        self._start()

    def open(
        self, ref: str, *, largest: int | None = None, also: Sequence[str] = ()
    ) -> AbstractContextManager[GitTree]:
        """Read the files of a branch as it is now, or of a commit.

        Parameters
        ----------
        largest : int, optional
            Larger files of a commit are not fetched with it.
        also : sequence of str
            Commits that come in the same fetch, where all of them can be had.
        """
        if _ID.fullmatch(ref):
            if not self.has(ref):
                self._fetch_commit(ref, largest, also)
            return open_tree(self.path, ref, partial=True)
        if not _REF.fullmatch(ref) or not self.update(ref):
            raise self._missing(ref)
        return self.fetched(ref)

    def fetched(self, ref: str) -> AbstractContextManager[GitTree]:
        """Read the files of a branch as it was when it was last fetched."""
        return open_tree(self.path, _full(ref), partial=True)

    def update(self, ref: str) -> bool:
        """Fetch a branch; False where there is none."""
        full = _full(ref)
        depth = 1 if ref == LEDGER else None
        try:
            self._ask([f"+{full}:{full}"], _OWN, depth=depth)
        except remote.NotThere:
            return False
        if full == _full(MAIN):
            self._on_main = None
        return True

    def tip(self, branch: str) -> str:
        """Tell where a branch was when it was last fetched."""
        with self.fetched(branch) as tree:
            return tree.commit

    def push(self, commit: str, branch: str) -> bool:
        """Move a branch on; False where somebody else moved it first."""
        try:
            return remote.push(self.path, self._source, commit, branch, bounds=_OWN)
        except remote.Lost:
            # It may have been done before the connection broke.
            return self.update(branch) and self.tip(branch) == commit

    def need(self, wanted: Wanted, also: Sequence[Wanted], *, largest: int) -> None:
        """Fetch a proposal's head, and others on the way.

        Where they do not come together they come alone, so that nobody suffers for another.

        Raises
        ------
        SubmissionError
            If it is too large to be read.
        ForgeError
            If it is not to be had.
        """
        if self.has(wanted.head):
            return
        if self._kept > _MOST_KEPT:
            self._start_anew()
        absent = self._absent([w.head for w in also])
        group = [w for w in also if w.head != wanted.head and w.head in absent]
        if group and self._batches:
            most = min(BATCH, max(_MOST_AT_ONCE // largest, 1))
            group = [wanted, *group][:most]
            bounds = self._bounds(len(group) * largest)
            try:
                self._fetch([w.head for w in group], bounds, largest)
            except ForgeError:
                self._batches = False
            else:
                return
        self._fetch_one(wanted, largest)

    def start_batch(self) -> None:
        """Forget that a batch failed: other proposals are open now."""
        self._batches = True

    def has(self, commit: str) -> bool:
        """Tell whether a commit is here."""
        return not self._absent([commit])

    def _absent(self, commits: Iterable[str]) -> set[str]:
        """Tell which commits are not here."""
        todo = set(commits) - self._there
        if not todo:
            return todo
        with Objects(self.path) as objects:
            for commit in todo:
                found: Object | Header | None
                try:
                    found = objects.find(commit, limit=MAX_COMMIT_BYTES)
                except TooLarge as large:
                    found = large.header  # who reads it is told
                if found is not None and found.kind == "commit":
                    self._there.add(commit)
        return todo - self._there

    def base(self, head: str) -> str | None:
        """Find the commit of `main` that a head starts from, where that is its first parent."""
        if self._in_main(head):
            return head
        with Objects(self.path) as objects:
            found = find_commit(objects, head)
        lines = found.content.partition(b"\n\n")[0].splitlines() if found else []
        parents = [line[7:].decode("ascii") for line in lines if line.startswith(b"parent ")]
        return parents[0] if parents and self._in_main(parents[0]) else None

    def _start(self) -> None:
        folder = tempfile.mkdtemp(prefix="aims-mirror-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = remote.start(Path(folder))
        self._there: set[str] = set()
        self._on_main = None
        self._theirs: set[Path] = set()
        self._kept = 0

    def _start_anew(self) -> None:
        """Give the disk back; somebody may still read there what the owners wrote."""
        theirs = self._theirs
        self._start()
        for pack in theirs:
            pack.unlink(missing_ok=True)
        self.update(MAIN)

    def _in_main(self, commit: str) -> bool:
        if self._on_main is None:  # asked once, not for every proposal
            args = ["rev-list", f"refs/heads/{MAIN}"]
            self._on_main = frozenset(git.run(args, repository=self.path).decode().split())
        return commit in self._on_main

    def _fetch(self, commits: Sequence[str], bounds: Bounds, largest: int) -> None:
        self._take([f"+{commit}:refs/aims/{commit}" for commit in commits], bounds, largest)
        self._there.update(commits)

    def _take(self, refspecs: Sequence[str], bounds: Bounds, largest: int) -> None:
        """Fetch what participants wrote, and note what it takes."""
        before = self._packs()
        self._ask(refspecs, bounds, depth=1, largest=largest)
        for pack in self._packs() - before:
            self._theirs.add(pack)
            self._kept += pack.stat().st_size

    def _packs(self) -> set[Path]:
        return set((self.path / "objects" / "pack").glob("pack-*"))

    def _ask(
        self,
        refspecs: Sequence[str],
        bounds: Bounds,
        *,
        depth: int | None,
        largest: int | None = None,
    ) -> None:
        trouble: ForgeError | None = None
        for _ in self._patience.tries():
            try:
                remote.fetch(
                    self.path, self._source, refspecs, bounds=bounds, depth=depth, largest=largest
                )
            except remote.Lost as lost:
                trouble = lost
            else:
                return
        assert trouble is not None
        raise trouble

    def _fetch_one(self, wanted: Wanted, largest: int) -> None:
        bounds = self._bounds(largest)
        try:
            try:
                self._fetch([wanted.head], bounds, largest)
            except remote.NotThere:
                self._fetch_by_ref(wanted, bounds, largest)
        except OutOfBounds:
            raise SubmissionError(
                f"proposal {wanted.number} is too large to be read",
                hint="one submission per proposal: a manifest, a model, predictions, code",
            ) from None

    def _fetch_by_ref(self, wanted: Wanted, bounds: Bounds, largest: int) -> None:
        """Where a server gives no commit by its id, take the proposal's ref, if it still is it."""
        refspec = f"+refs/pull/{wanted.number}/head:refs/aims/{wanted.head}"
        self._take([refspec], bounds, largest)
        if not self.has(wanted.head):
            raise ForgeError(
                f"proposal {wanted.number} moved on while it was read",
                hint="its new commit is looked at next time",
            )

    def _fetch_commit(self, commit: str, largest: int | None, also: Sequence[str]) -> None:
        others = [one for one in also if one != commit and _ID.fullmatch(one)]
        if others and self._fetched_together([commit, *others], largest):
            return
        try:
            self._ask([f"+{commit}:refs/aims/{commit}"], _OWN, depth=1, largest=largest)
        except remote.NotThere:
            raise self._missing(commit) from None
        self._there.add(commit)

    def _fetched_together(self, commits: Sequence[str], largest: int | None) -> bool:
        missing = [commit for commit in dict.fromkeys(commits) if not self.has(commit)]
        refspecs = [f"+{commit}:refs/aims/{commit}" for commit in missing]
        try:
            self._ask(refspecs, _OWN, depth=1, largest=largest)
        except ForgeError:  # one of them is gone: each is asked for alone
            return False
        self._there.update(missing)
        return True

    def _bounds(self, content: int) -> Bounds:
        return Bounds(bytes=content + _OVERHEAD, seconds=self._seconds)

    def _missing(self, ref: str) -> ForgeError:
        return ForgeError(
            f"{self._name} has no branch or commit {plain(ref)[:100]!r}",
            hint="see its branches on its page",
        )


def _full(ref: str) -> str:
    return ref if ref.startswith("refs/") else f"refs/heads/{ref}"
