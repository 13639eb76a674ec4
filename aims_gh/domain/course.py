"""A course: what `course.yml` says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.names import Login, PublicKey, ShortText, Text
from aims_gh.domain.record import Record


class Roster(Record):
    """Who may submit to the course's public playgrounds."""

    policy: Literal["open", "listed"] = "open"
    """`open`: everybody; `listed`: only `participants` and the owners."""

    participants: tuple[Login, ...] = ()
    """Logins, used with `listed`."""


class CourseKeys(Record):
    """The public halves of the course's keys; the secret halves never lie in the course."""

    score: PublicKey
    """Opens the holdout's labels. Held by the score step."""

    run: PublicKey
    """Opens hidden features. Held by the run step."""

    owners: tuple[PublicKey, ...] = Field(min_length=1)
    """Open everything."""


class Course(Record):
    """The file `course.yml`."""

    schema_version: Literal[1] = 1

    title: ShortText
    """Shown on top of the site."""

    description: Text = ""
    """A sentence or two about the course."""

    owners: tuple[Login, ...] = ()
    """Who runs the course."""

    roster: Roster = Roster()
    """Who may submit."""

    keys: CourseKeys
    """Public keys that held-out data are sealed to."""
