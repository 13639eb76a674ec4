"""A course: what `course.yml` says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.names import CommitId, Login, PublicKey, ShortText, Text
from aims_gh.domain.record import Record


class Roster(Record):
    """Who may submit to the course's public playgrounds."""

    policy: Literal["open", "listed"] = "open"
    """`open`: everybody; `listed`: only `participants` and the owners."""

    participants: tuple[Login, ...] = ()
    """Logins, used with `listed`, beside those that `aims roster set` keeps on the ledger. What
    stands here goes along with every copy of the course."""


class CourseKeys(Record):
    """The public halves of the course's keys; the secret halves never lie in the course."""

    score: PublicKey
    """Opens the holdout's labels. Held by the score step."""

    run: PublicKey
    """Opens hidden features. Held by the run step."""

    owners: tuple[PublicKey, ...] = Field(min_length=1)
    """Open everything."""


class Upstream(Record):
    """The course that a copy was made of."""

    address: Text
    """Where it is: `owner/name` on GitHub, or a folder."""

    commit: CommitId
    """The commit of its `main` whose tasks the copy has; `aims course update` starts there."""


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

    address: Text = ""
    """Where the course is on GitHub, `owner/name`; empty in a folder. By it a copy finds out that
    it is one, until `aims course adopt` makes it a course of its own."""

    upstream: Upstream | None = None
    """Which course this one was made of, where it was."""
