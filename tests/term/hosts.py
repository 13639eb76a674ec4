"""Where a term happens: what differs between a folder on this machine and GitHub."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.flows.course import new_course
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.record import Outcome
from aims_gh.flows.submit import Packed, submit
from aims_gh.forge import Forge
from aims_gh.forge.local import LocalForge

OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A proposal as who opened it knows it."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Cost:
    """What an evaluation took."""

    taken: int
    seconds: float = 0
    processor: float = 0
    """Seconds of it, with those of programs that were started."""

    requests: int = 0
    writes: int = 0


class Host(Protocol):
    """A place with a clock, a course, and people who do things there."""

    name: str
    """How people address the course."""

    @property
    def repository(self) -> Path:
        """The bare repository that everybody can read."""
        ...

    def now(self) -> datetime:
        """Read the clock that deadlines go by."""
        ...

    def wait_until(self, moment: datetime) -> None:
        """Let time pass; what is over is over."""
        ...

    def forge(self, login: str, *, whole: bool = False) -> Forge:
        """Give the course as somebody has it; `whole` where most of its files will be read."""
        ...

    def submit(self, slug: str, packed: Packed, author: str) -> Arrived:
        """Open a proposal as somebody."""
        ...

    def evaluate(self) -> list[Outcome]:
        """Evaluate until nothing is open that can be decided."""
        ...

    def comments(self, number: int) -> list[str]:
        """Read what was said under a proposal."""
        ...

    def spent(self) -> Cost:
        """Tell what was asked of the host until now."""
        ...


class LocalHost:
    """A folder; whoever has it is who they say they are."""

    def __init__(self, folder: Path) -> None:
        self._time = datetime(2026, 9, 1, 8, tzinfo=UTC)
        new_course(
            folder,
            title="A term",
            description="",
            owners=(OWNER,),
            keyring=settings.keyring(),
            templates=settings.templates(),
            clock=self.now,
        )
        self._forge = LocalForge.open(folder, clock=self.now)
        self.name, self.repository = self._forge.name, folder

    def now(self) -> datetime:
        self._time += timedelta(microseconds=1)  # no two things happen at once
        return self._time

    def wait_until(self, moment: datetime) -> None:
        self._time = max(self._time, moment)

    def forge(self, login: str, *, whole: bool = False) -> Forge:
        return self._forge

    def submit(self, slug: str, packed: Packed, author: str) -> Arrived:
        proposal = submit(self._forge, Address(self.name, slug), packed, author=author)
        return Arrived(proposal.number, proposal.opened)

    def evaluate(self) -> list[Outcome]:
        find_key = settings.keys().find
        return list(
            evaluate(self._forge, sandbox=settings.sandbox(), find_key=find_key, clock=self.now)
        )

    def comments(self, number: int) -> list[str]:
        return [comment.body for comment in self._forge.comments(number)]

    def spent(self) -> Cost:
        return Cost(0)
