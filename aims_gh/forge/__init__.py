"""What aims_gh needs from a forge, a place that keeps repositories and takes proposals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from aims_gh.domain.proposal import ChangedFile, Comment, Proposal
from aims_gh.workspace import Tree

__all__ = ["LEDGER", "MAIN", "Answer", "Arrival", "Change", "ChangedFile", "Edit", "Forge"]

MAIN = "main"
LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Change:
    """Files to write, and why. A value: nothing happens until a forge takes it."""

    message: str
    files: Mapping[str, bytes | None]
    """Content by path; None removes the file."""


Edit = Callable[[Tree], Change | None]
"""What to write, worked out from the very tree it will be written on; None: nothing to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a proposal is told: one comment edited in place, one label, and whether it closes."""

    comment: str
    label: str
    close: bool = True

    head: str | None = None
    """The commit it is about. Where the proposal has moved on, the comment alone is written:
    the new commit still waits for its own answer."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When what is proposed arrived, by the forge's clock."""

    moment: datetime

    exact: bool = True
    """Else it arrived then at the latest: anybody's comment may have moved that moment."""


class Forge(Protocol):
    """A place that keeps repositories and takes proposals."""

    @property
    def name(self) -> str:
        """How people address the course."""
        ...

    def login(self) -> str | None:
        """Tell who we are on the forge; None where it takes everybody's word."""
        ...

    def tree(
        self, ref: str = MAIN, *, largest: int | None = None, also: Sequence[str] = ()
    ) -> AbstractContextManager[Tree]:
        """Read the files of a branch or commit, as data; nothing is checked out.

        Parameters
        ----------
        largest : int, optional
            Of a commit, nobody is going to read files with more bytes: they need not be fetched.
        also : sequence of str
            Commits that are going to be asked for next, which may come on the way.
        """
        ...

    def proposals(self, *, state: Literal["open", "closed", "all"] = "open") -> list[Proposal]:
        """List proposals, lowest number first.

        `pushed` may be later than it was where one would have to ask for each: see `arrived`.
        """
        ...

    def arrived(self, proposal: Proposal, closes: datetime | None = None) -> Arrival:
        """Tell when the head arrived, as exactly as the forge knows.

        What its author took back and proposed again after `closes` arrived when it was
        proposed again.
        """
        ...

    def changes(self, proposal: Proposal, *, limit: int) -> list[ChangedFile]:
        """List what the proposal touches, at most `limit` + 1 files.

        Folders without end, or too deep to walk, are a SubmissionError.
        """
        ...

    def propose(self, change: Change, *, author: str, title: str) -> Proposal:
        """Ask for a change: a commit on top of `main`, and a pull request for it."""
        ...

    def record(self, edit: Edit, *, branch: str = LEDGER) -> str:
        """Commit straight to a branch; return the commit id.

        If somebody else was faster, `edit` is called again on the new tree.
        """
        ...

    def check_may_record(self) -> None:
        """See that we may commit to the ledger; nothing is changed.

        Raises
        ------
        ForgeError
            If we may not.
        """
        ...

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Read what was said under a proposal."""
        ...

    def answer(self, number: int, answer: Answer) -> None:
        """Write or edit the one comment, set the label, close; the same answer twice is one."""
        ...
