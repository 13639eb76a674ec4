"""Who takes part together, and for whom a deadline is another."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from aims_gh.domain.names import Instant, Login, Text
from aims_gh.domain.record import Record

TeamName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,38}$")]


class Teams(Record):
    """The file `playgrounds/<slug>/teams.yml`."""

    schema_version: Literal[1] = 1

    teams: dict[TeamName, tuple[Login, ...]] = Field(default={})
    """The members of each. Who is in none takes part alone."""

    @model_validator(mode="after")
    def _everybody_is_in_one(self) -> Self:
        members = Counter(login.lower() for logins in self.teams.values() for login in logins)
        twice = sorted(login for login, count in members.items() if count > 1)
        names = Counter(name.lower() for name in self.teams)
        same = sorted(name for name, count in names.items() if count > 1)
        problems = [f"{login} is in more than one team" for login in twice]
        problems += [f"{name} is the name of more than one team" for name in same]
        problems += [f"{name} has no members" for name, logins in self.teams.items() if not logins]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Extension(Record):
    """More time for one participant or team."""

    until: Instant
    """Their deadline; there is no grace after it."""

    reason: Text = ""
    """Everybody can read it."""


class Extensions(Record):
    """The file `playgrounds/<slug>/extensions.yml`."""

    schema_version: Literal[1] = 1

    participants: dict[Login, Extension] = Field(default={})
    """By login."""

    teams: dict[TeamName, Extension] = Field(default={})
    """By the name of a team, for all its members."""
