"""The forge that needs no network: a bare git repository in a folder."""

from __future__ import annotations

import logging
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from aims_gh.domain.proposal import ChangedFile, Comment, Proposal
from aims_gh.domain.record import Problems
from aims_gh.errors import ForgeError
from aims_gh.forge import LEDGER, MAIN, Answer, Arrival, Change, Edit, git
from aims_gh.forge.changes import changed_files
from aims_gh.forge.patience import Patience
from aims_gh.forge.proposals import ProposalStore
from aims_gh.forge.tree import open_tree
from aims_gh.forge.write import RefUpdate, update_refs, write_commit
from aims_gh.workspace import Tree

_logger = logging.getLogger(__name__)

AIMS = "aims"
"""Who answers proposals and records evaluations."""

_LEDGER_README = b"""\
# Ledger

Evaluations, leaderboards and deployments of this course, written by `aims` and by nobody else.
What people write is on the branch `main`.
"""
FIRST_ON_LEDGER = Change("Start the ledger", {"README.md": _LEDGER_README})


def now_utc() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


class LocalForge:
    """A bare git repository on disk.

    There is no server and no lock of our own: whoever moves a ref says what it was before, and
    tries again if it is no longer that.

    Parameters
    ----------
    path : Path
    clock : callable
        Says when a proposal arrived.
    patience : Patience
        How long to try while others are faster.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime] = now_utc,
        patience: Patience = Patience(),  # noqa: B008  frozen
    ) -> None:
        self._path = path.absolute()
        self._clock = clock
        self._patience = patience
        self._store = ProposalStore(self._path, patience)

    @staticmethod
    def check_free(path: Path) -> None:
        """Refuse a place where something is already."""
        if path.is_symlink() or (path.exists() and (not path.is_dir() or any(path.iterdir()))):
            raise ForgeError(
                f"there is something at {path} already",
                hint="name a folder that is empty or does not exist yet",
            )

    @classmethod
    def create(
        cls,
        path: Path,
        files: Mapping[str, bytes],
        message: str,
        *,
        clock: Callable[[], datetime] = now_utc,
    ) -> LocalForge:
        """Make a repository with `main` and an empty ledger; complete, or not there at all."""
        cls.check_free(path)
        path = path.absolute()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
                # One level down: the temporary folder itself is closed to everybody else.
                made = Path(folder) / "course.git"
                options = ["--quiet", "--bare", "--template=", f"--initial-branch={MAIN}"]
                git.run(["init", *options, str(made)])
                forge = cls(made, clock=clock)
                forge._start(MAIN, Change(message, dict(files)))
                forge._start(LEDGER, FIRST_ON_LEDGER)
                if path.exists():
                    path.rmdir()
                made.replace(path)
        except OSError as error:
            raise ForgeError(
                f"{path} cannot be made: {error.strerror}", hint="choose a folder you may write to"
            ) from None
        return cls(path, clock=clock)

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], datetime] = now_utc) -> LocalForge:
        """Use the repository at `path`; a fork, which has `main` alone, gets its own ledger."""
        if (path / ".git").exists():
            raise ForgeError(
                f"{path} is a checkout, not the course itself",
                hint="name the bare repository it came from: "
                f"git -C {shlex.quote(str(path))} remote -v",
            )
        found = b""
        if (path / "HEAD").is_file():
            heads = [f"refs/heads/{MAIN}", f"refs/heads/{LEDGER}"]
            found = git.run(
                ["for-each-ref", "--format=%(refname:short)", *heads], repository=path.absolute()
            )
        branches = found.decode().split()
        if MAIN not in branches:
            make = f"aims course new {shlex.quote(str(path))} makes one"
            if not path.is_absolute():
                make = (
                    f"do this in the folder that holds {path}, which {Path.cwd()} is not; or {make}"
                )
            raise ForgeError(f"{path} is not a course", hint=make)
        forge = cls(path, clock=clock)
        if LEDGER not in branches:
            forge._start(LEDGER, FIRST_ON_LEDGER)
        return forge

    @property
    def name(self) -> str:
        """How people address the course: its path."""
        return str(self._path)

    def login(self) -> None:
        """Tell nothing: here everybody is who they say they are."""

    def tree(
        self,
        ref: str = MAIN,
        *,
        largest: int | None = None,  # noqa: ARG002  all is here
        also: Sequence[str] = (),  # noqa: ARG002
    ) -> AbstractContextManager[Tree]:
        """Read the files of a branch or commit, as data; nothing is checked out."""
        return open_tree(self._path, ref)

    def proposals(self, *, state: Literal["open", "closed", "all"] = "open") -> list[Proposal]:
        """List proposals, lowest number first."""
        chosen = (p for p in self._store.all() if state in ("all", p.state))
        return sorted(chosen, key=lambda proposal: proposal.number)

    def arrived(self, proposal: Proposal, closes: datetime | None = None) -> Arrival:  # noqa: ARG002
        """Tell when the head arrived, or was proposed again."""
        return Arrival(proposal.pushed)

    def changes(self, proposal: Proposal, *, limit: int) -> list[ChangedFile]:
        """List what the proposal touches, at most `limit` + 1 files."""
        return changed_files(self._path, proposal.base, proposal.head, limit=limit)

    def propose(self, change: Change, *, author: str, title: str) -> Proposal:
        """Ask for a change: a commit on top of `main`, and a number for it.

        Raises
        ------
        ForgeError
            If author or title will not do.
        """
        base = self._tip(f"refs/heads/{MAIN}")
        now = self._clock()
        draft = _checked(
            {"number": 1, "author": author, "title": title, "head": base, "base": base}
            | {"opened": now, "pushed": now}
        )
        head = write_commit(self._path, change, parent=base, author=author, time=now)
        for _ in self._patience.tries():
            now = self._clock()
            made = {"number": self._store.next_number(), "head": head, "opened": now, "pushed": now}
            proposal = draft.model_copy(update=made)
            if self._store.create(proposal):
                return proposal
        raise self._busy()

    def update(self, number: int, change: Change) -> Proposal:
        """Push a further commit to an open proposal, as its author would.

        Raises
        ------
        ForgeError
            If it is closed.
        """
        ref = f"refs/pull/{number}/head"
        for _ in self._patience.tries():
            stored = self._store.one(number)
            was = stored.proposal
            if was.state == "closed":
                raise ForgeError(f"proposal {number} is closed", hint="open a new one: aims submit")
            # On top of the last head, so that no commit that was ever proposed can be pruned.
            parent, now = self._tip(ref), self._clock()
            head = write_commit(self._path, change, parent=parent, author=was.author, time=now)
            proposal = was.model_copy(update={"head": head, "pushed": self._clock()})
            if self._store.replace(stored, proposal, RefUpdate(ref, head, parent)):
                return proposal
        raise self._busy()

    def record(self, edit: Edit, *, branch: str = LEDGER) -> str:
        """Commit straight to a branch; return the commit id.

        If somebody else was faster, `edit` is called again on the new tree.
        """
        for _ in self._patience.tries():
            with self.tree(branch) as tree:
                change, parent = edit(tree), tree.commit
            if change is None:
                return parent
            commit = write_commit(
                self._path, change, parent=parent, author=AIMS, time=self._clock()
            )
            update = RefUpdate(f"refs/heads/{branch}", commit, parent)
            if update_refs(self._path, [update], self._patience):
                return commit
            _logger.debug("%s moved while it was written to: once more", branch)
        raise self._busy()

    def check_may_record(self) -> None:
        """See that we may write to the ledger: whoever has the folder may."""

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Read what was said under a proposal."""
        return self._store.one(number).proposal.comments

    def answer(self, number: int, answer: Answer) -> None:
        """Write or edit the one comment, set the label, close; the same answer twice is one."""
        self._edit(number, lambda proposal: _answered(proposal, answer, self._clock()))

    def close(self, number: int) -> None:
        """Close a proposal, as its author may."""
        self._edit(number, lambda proposal: proposal.model_copy(update={"state": "closed"}))

    def reopen(self, number: int) -> None:
        """Open a closed proposal again: it arrives anew."""

        def reopened(proposal: Proposal) -> Proposal:
            if proposal.state == "open":
                return proposal
            return proposal.model_copy(update={"state": "open", "pushed": self._clock()})

        self._edit(number, reopened)

    def origin(self) -> str | None:
        """Tell what it was cloned from."""
        try:
            said = git.run(["config", "--get", "remote.origin.url"], repository=self._path)
        except git.GitFailed:
            return None
        return said.decode(errors="replace").strip() or None

    def forget_origin(self) -> None:
        """Keep no more what it was cloned from."""
        with suppress(git.GitFailed):  # it was not
            git.run(["config", "--remove-section", "remote.origin"], repository=self._path)

    def start_over(self) -> None:
        """Begin with an empty ledger and no proposals; nothing of what was on them is kept."""
        refs = [f"refs/heads/{LEDGER}", "refs/pull", "refs/aims"]
        found = git.run(["for-each-ref", "--format=%(refname)", *refs], repository=self._path)
        gone = "".join(f"delete {ref}\n" for ref in found.decode().splitlines())
        git.run(["update-ref", "--stdin"], repository=self._path, input=gone.encode())
        self._start(LEDGER, FIRST_ON_LEDGER)
        git.run(["reflog", "expire", "--expire=now", "--all"], repository=self._path)
        git.run(["gc", "--prune=now", "--quiet"], repository=self._path)

    def _edit(self, number: int, edit: Callable[[Proposal], Proposal]) -> None:
        for _ in self._patience.tries():
            stored = self._store.one(number)
            proposal = edit(stored.proposal)
            if proposal == stored.proposal or self._store.replace(stored, proposal):
                return
        raise self._busy()

    def _start(self, branch: str, change: Change) -> None:
        commit = write_commit(self._path, change, parent=None, author=AIMS, time=self._clock())
        # Where somebody else started it first, theirs is as good.
        update_refs(self._path, [RefUpdate(f"refs/heads/{branch}", commit, None)], self._patience)

    def _tip(self, ref: str) -> str:
        with open_tree(self._path, ref) as tree:
            return tree.commit

    def _busy(self) -> ForgeError:
        return ForgeError(
            f"others kept writing to {self._path} first, {self._patience.attempts} times",
            hint="wait until they are done, then do the same again",
        )


def _checked(facts: Mapping[str, object]) -> Proposal:
    try:
        return Proposal.from_value(dict(facts))
    except Problems as problems:
        raise ForgeError(
            f"this cannot be proposed: {problems}",
            hint="a login is letters, digits and hyphens; a title is a short line",
        ) from None


def _answered(proposal: Proposal, answer: Answer, now: datetime) -> Proposal:
    own = next((c for c in proposal.comments if c.author == AIMS), None)
    said = Comment(author=AIMS, created=own.created if own else now, body=answer.comment)
    before = proposal.comments if own else (*proposal.comments, said)
    comments = tuple(said if c is own else c for c in before)
    if answer.head not in (None, proposal.head):
        return proposal.model_copy(update={"comments": comments})
    state = "closed" if answer.close else proposal.state
    return proposal.model_copy(update={"comments": comments, "label": answer.label, "state": state})
