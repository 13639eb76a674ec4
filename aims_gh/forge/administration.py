"""What surrounds a course's files where somebody else keeps them: settings, secrets, runs.

A course in a folder has nothing of this, so that it is no part of `Forge`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from aims_gh.errors import ForgeError


class NotOnThisPlan(ForgeError):
    """The owner's plan does not have it; the request had no effect."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """A repository, as its host describes it."""

    name: str
    page: str
    private: bool
    archived: bool
    default_branch: str
    administered: bool
    """Whether whoever asks may change its settings."""

    parent: str | None
    """What it is a fork of."""

    topics: tuple[str, ...]
    homepage: str


@dataclass(frozen=True, slots=True)
class Token:
    """Who a token belongs to, and what it may do as far as it can be told from itself."""

    login: str
    kind: Literal["classic", "fine-grained", "job"]
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a token may not do."""

    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class ActionsRules:
    """What Actions may do in a repository."""

    enabled: bool
    allowed: str
    """`all`, `local_only` or `selected`."""

    default: str
    """What a workflow that asks for nothing gets: `read` or `write`."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a job gets its key from."""

    name: str
    branches: tuple[str, ...] | None
    """Which may use it; None: any."""

    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """The website of a repository."""

    by_workflow: bool
    address: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow that the host knows."""

    path: str
    name: str
    state: str
    """`active`, or what it is disabled by."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow."""

    workflow: str
    number: int
    event: str
    status: str
    conclusion: str | None
    started: datetime
    page: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests are left of those an hour has."""

    limit: int
    left: int
    resets: datetime


class Administration(Protocol):
    """What an owner does around a course's files; whatever is as it should be is left alone.

    What changes something tells whether it was needed.
    """

    @property
    def name(self) -> str:
        """Name the repository as `owner/name`; empty: none, which only `token` is asked about."""
        ...

    def token(self) -> Token:
        """Tell whose token is used; ForgeError where there is none."""
        ...

    def lacks(self, *, owning: bool) -> list[Lack]:
        """List what the token may not do of what owning, or taking part in, the course takes."""
        ...

    def repository(self) -> Hosted | None:
        """Describe the repository; None where there is none that may be seen."""
        ...

    def has_branch(self, name: str) -> bool:
        """Tell whether there is a branch."""
        ...

    def actions(self) -> ActionsRules:
        """Tell what Actions may do."""
        ...

    def outsiders_wait(self) -> bool | None:
        """Tell whether workflows that outsiders propose wait for approval; None: not told."""
        ...

    def environment(self, name: str) -> Environment | None:
        """Describe an environment."""
        ...

    def site(self) -> Site | None:
        """Describe the website; None where there is none."""
        ...

    def workflows(self) -> tuple[Workflow, ...]:
        """List the workflows."""
        ...

    def runs(self, workflow: str, *, event: str | None = None, limit: int) -> tuple[Run, ...]:
        """List the last runs of a workflow's file, newest first."""
        ...

    def protected(self, branch: str) -> bool:
        """Tell whether a branch is protected from force and deletion."""
        ...

    def allowance(self) -> Allowance:
        """Tell how many requests are left; asking costs none."""
        ...

    def create(self, *, private: bool, description: str) -> None:
        """Make the repository."""
        ...

    def start_main(self) -> bool:
        """See to it that there is a `main`, and that it is the default branch."""
        ...

    def forget(self, branch: str) -> bool:
        """Delete a branch with all that was on it."""
        ...

    def allow_actions(self) -> bool:
        """Switch Actions on, with no more rights than a workflow asks for."""
        ...

    def let_outsiders_wait(self) -> bool:
        """Run no workflow that an outsider proposes before somebody approved it."""
        ...

    def restrict(self, environment: str, branch: str) -> bool:
        """Make an environment that one branch alone may use."""
        ...

    def keep_secret(self, environment: str, name: str, value: str) -> None:
        """Put a secret into an environment, sealed on its way."""
        ...

    def serve(self) -> bool:
        """Have the website built by a workflow."""
        ...

    def describe(self, *, topics: tuple[str, ...], homepage: str) -> bool:
        """Add topics, and the homepage where there is none."""
        ...

    def add_labels(self, colors: dict[str, tuple[str, str]]) -> bool:
        """Make labels: colour and description by name."""
        ...

    def enable(self, workflow: str) -> None:
        """Enable a workflow's file."""
        ...

    def protect(self, branch: str) -> bool:
        """Protect a branch from force and deletion; whoever may push still may."""
        ...
