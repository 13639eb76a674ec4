"""The forge that is GitHub."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Literal

from aims_gh.domain.proposal import ChangedFile, Comment, Proposal
from aims_gh.errors import CourseError, ForgeError, SubmissionError
from aims_gh.forge import LEDGER, MAIN, Answer, Arrival, Change, Edit
from aims_gh.forge.changes import changed_files, compare
from aims_gh.forge.github.answers import Answers
from aims_gh.forge.github.cache import Cache
from aims_gh.forge.github.listing import Listing
from aims_gh.forge.github.mirror import Mirror, Wanted
from aims_gh.forge.github.propose import Proposing
from aims_gh.forge.github.reading import NOTHING, LedgerTree, RestStore
from aims_gh.forge.github.session import Session
from aims_gh.forge.github.writing import RestWriter
from aims_gh.forge.local import AIMS, FIRST_ON_LEDGER, now_utc
from aims_gh.forge.patience import Patience
from aims_gh.forge.remote import Remote
from aims_gh.forge.tree import GitTree
from aims_gh.forge.write import write_commit
from aims_gh.workspace import Tree, Workspace

_logger = logging.getLogger(__name__)
_MAX_TITLE = 256
_LEAST = 256 * 1024
"""Bytes of a file that are fetched in any case: manifests have as many."""


class GitHubForge:
    """`owner/name` on GitHub.

    Parameters
    ----------
    repository : str
    session : Session
    remote : Remote, optional
        With it, git reads and records; without, all goes over REST.
    cache : Cache
    patience : Patience, optional
        How long to try while others are faster.
    """

    def __init__(
        self,
        repository: str,
        session: Session,
        *,
        remote: Remote | None = None,
        cache: Cache = Cache(None),  # noqa: B008  frozen
        patience: Patience | None = None,
    ) -> None:
        quick = Patience(attempts=20, first=0.05, longest=1.0)
        slow = Patience(attempts=20, first=1.0, longest=15.0)
        self._repository, self._session, self._remote = repository, session, remote
        self._patience = patience or (quick if session.server.local else slow)
        self._store = RestStore(session, repository, cache)
        self._listing = Listing(session, repository)
        self._answers = Answers(session, repository)
        self._mirrored: Mirror | None = None
        self._open: list[Wanted] = []
        self._largest: int | None = None
        self._bases: dict[tuple[int, str, datetime], str] = {}

    @property
    def name(self) -> str:
        """How people address the course: `owner/name`."""
        return self._repository

    def login(self) -> str | None:
        """Tell whose token is used; None without one."""
        return self._session.login()

    def tree(
        self, ref: str = MAIN, *, largest: int | None = None, also: Sequence[str] = ()
    ) -> AbstractContextManager[Tree]:
        """Read the files of a branch or commit, as data."""
        if ref == LEDGER:
            return self._ledger()
        if self._remote is not None:
            return self._mirror.open(ref, largest=largest, also=also)
        return nullcontext(GitTree(self._store, self._store.commit(ref)))

    def proposals(self, *, state: Literal["open", "closed", "all"] = "open") -> list[Proposal]:
        """List proposals, lowest number first."""
        found = self._listing.proposals(state)
        by_time = sorted(found, key=lambda p: (p.pushed, p.number))
        self._open = [Wanted(p.number, p.head) for p in by_time if p.state == "open"]
        if self._mirrored is not None:
            self._mirrored.start_batch()
        self._largest = None
        return found

    def arrived(self, proposal: Proposal, closes: datetime | None = None) -> Arrival:
        """Tell when the head was pushed, by GitHub's clock; at the latest, where it cannot say."""
        return self._listing.arrived(proposal, closes)

    def changes(self, proposal: Proposal, *, limit: int) -> list[ChangedFile]:
        """List what the proposal touches, at most `limit` + 1 files."""
        if self._remote is None:
            head = self._store.commit(proposal.head, whole=False)
            base = self._store.commit(self._base(proposal, self._store.parent(proposal.head)))
            return compare(self._store, base, head, limit=limit)
        place = next((n for n, w in enumerate(self._open) if w.head == proposal.head), 0)
        wanted = Wanted(proposal.number, proposal.head)
        self._mirror.need(wanted, self._open[place:], largest=self._largest_file())
        start = self._mirror.base(proposal.head) or self._base(proposal, None)
        if not self._mirror.has(start):
            self._mirror.update(MAIN)
        return changed_files(self._mirror.path, start, proposal.head, limit=limit, partial=True)

    def propose(self, change: Change, *, author: str, title: str) -> Proposal:
        """Ask for a change: a branch in the author's fork, and a pull request for it.

        Raises
        ------
        ForgeError
            If it is not the author who is signed in, or the title will not do.
        """
        me = self._session.login()
        if me is None:
            raise ForgeError(
                f"nobody is signed in to {self._session.server.host}",
                hint="gh auth login, or set GITHUB_TOKEN",
            )
        if author.lower() != me.lower():
            raise ForgeError(
                f"{me} is signed in, who cannot propose for somebody else",
                hint=f"leave out who you are, or say --as {me}",
            )
        if not title.strip() or len(title) > _MAX_TITLE:
            raise ForgeError(
                f"a title has 1 to {_MAX_TITLE} characters", hint="a title is a short line"
            )
        wait = Patience(attempts=25, first=self._patience.first, longest=5.0)
        opening = Proposing(self._session, self._repository, self._store, wait)
        proposal = self._listing.one(opening.open(change, author=me, title=title))
        if proposal is None:
            raise ForgeError(f"{me} is no login that can submit", hint="submit as a person")
        return proposal

    def record(self, edit: Edit, *, branch: str = LEDGER) -> str:
        """Commit straight to a branch; return the commit id.

        If somebody else was faster, `edit` is called again on the new tree.
        """
        attempt = self._record_by_rest if self._remote is None else self._record_by_git
        for _ in self._patience.tries():
            commit = attempt(edit, branch)
            if commit is not None:
                return commit
            _logger.debug("%s moved while it was written to: once more", branch)
        raise ForgeError(
            f"others kept writing to {self._repository} first, {self._patience.attempts} times",
            hint="wait until they are done, then do the same again",
        )

    def check_may_record(self) -> None:
        """See that the token may write to the ledger: it is moved to where it is."""
        writer = RestWriter(self._session, self._repository)
        tip = writer.tip(LEDGER)
        if tip is None:
            self._start_ledger()
        else:
            writer.advance(LEDGER, tip)  # False: somebody else writes to it just now

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Read what was said under a proposal."""
        return self._answers.read(number)

    def answer(self, number: int, answer: Answer) -> None:
        """Write or edit the one comment, set the label, close; the same answer twice is one."""
        self._answers.write(number, answer)

    @contextmanager
    def _ledger(self) -> Iterator[Tree]:
        if self._remote is None:
            yield LedgerTree(self._store)
        elif self._mirror.update(LEDGER):
            with self._mirror.fetched(LEDGER) as tree:
                yield tree
        else:
            yield GitTree(self._store, NOTHING)

    def _record_by_git(self, edit: Edit, branch: str) -> str | None:
        mirror = self._mirror
        if not mirror.update(branch):
            if branch != LEDGER:
                raise self._no_branch(branch)
            self._start_ledger()
            mirror.update(LEDGER)
        with mirror.fetched(branch) as tree:
            change, parent = edit(tree), tree.commit
        if change is None:
            return parent
        commit = write_commit(mirror.path, change, parent=parent, author=AIMS, time=now_utc())
        return commit if mirror.push(commit, branch) else None

    def _record_by_rest(self, edit: Edit, branch: str) -> str | None:
        found = self._store.ledger() if branch == LEDGER else self._store.commit(branch)
        if found == NOTHING:
            self._start_ledger()
            found = self._store.ledger()
        tree = GitTree(self._store, found)
        change = edit(tree)
        if change is None:
            return found.oid
        writer = RestWriter(self._session, self._repository)
        commit = writer.commit(change, found, there=tree.paths())
        return commit if writer.advance(branch, commit) else None

    def _start_ledger(self) -> None:
        # Where somebody else started it first, theirs is as good.
        writer = RestWriter(self._session, self._repository)
        writer.start(LEDGER, writer.commit(FIRST_ON_LEDGER, None, there=()))

    def _no_branch(self, branch: str) -> ForgeError:
        return ForgeError(
            f"{self._repository} has no branch {branch!r}", hint="see its branches on its page"
        )

    @property
    def _mirror(self) -> Mirror:
        if self._mirrored is None:
            assert self._remote is not None
            fetching = replace(self._patience, attempts=4)
            self._mirrored = Mirror(self._remote, self._repository, patience=fetching)
        return self._mirrored

    def _base(self, proposal: Proposal, parent: str | None) -> str:
        """Find the commit of `main` that a proposal starts from."""
        if parent == proposal.base:
            return parent
        key = (proposal.number, proposal.head, proposal.pushed)
        if key not in self._bases:
            self._bases[key] = self._merge_base(proposal)
        return self._bases[key]

    def _merge_base(self, proposal: Proposal) -> str:
        path = f"/repos/{self._repository}/compare/{MAIN}...{proposal.head}"
        found = self._session.get(path, absent=True, per_page=1)
        if found is None:
            raise SubmissionError(
                "the proposal does not start from the course's main",
                hint="submit with aims submit",
            )
        return str(found["merge_base_commit"]["sha"])

    def _largest_file(self) -> int:
        """Tell how many bytes the most generous playground takes."""
        if self._largest is None:
            largest = _LEAST
            with self._mirror.open(MAIN) as main:
                workspace = Workspace(main)
                for slug in workspace.slugs():
                    try:
                        largest = max(largest, workspace.playground(slug).limits.bytes)
                    except CourseError:
                        continue  # its proposals are told so
            self._largest = largest
        return self._largest
