"""A proposal: a pull request as the code sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from aims_gh.domain.names import CommitId, Instant, Login
from aims_gh.domain.record import Record


class Comment(Record):
    """What was said under a proposal."""

    author: str
    created: Instant
    body: str


class Proposal(Record):
    """A pull request: everything in it but the files is the forge's word."""

    number: int = Field(ge=1)
    author: Login
    title: str = Field(max_length=300)

    head: CommitId
    """The proposed commit."""

    base: CommitId
    """The commit of `main` it starts from."""

    opened: Instant
    pushed: Instant
    """When `head` arrived, by the forge's clock. Deadlines and ties look at this."""

    state: Literal["open", "closed"] = "open"
    label: str | None = None
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file that a proposal touches."""

    path: str
    """As git has it; bytes that are not UTF-8 are shown as U+FFFD."""

    kind: Literal["file", "link", "submodule", "removed"]
    size: int | None
    """In bytes; 0 for what is not a file; None: larger than any playground of the course takes,
    and for that reason not fetched."""
