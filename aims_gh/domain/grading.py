"""Grading: what a submission is worth, and what people got."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.names import Instant, Login, ShortText, Slug
from aims_gh.domain.playground import BoardName
from aims_gh.domain.record import Record

DEFAULT_RULE = "0.5 + 0.5 * percentile"
"""Half for a submission that counts, half for its place."""


class GradedPlayground(Record):
    """How one playground is graded."""

    points: float = Field(default=100, gt=0, le=1_000_000)
    """What the whole of it is worth."""

    rule: ShortText | None = None
    """Instead of the rule of all playgrounds."""

    board: BoardName | None = None
    """Which board counts. Default: `competition` where there is one, else `experiment`. Of the
    competition board only the final phase counts where there is one."""

    column: ShortText = ""
    """What the school's system calls it. Default: its title."""


class Grading(Record):
    """The file `grading.yml` on `main`; without it each playground is worth 100 points."""

    schema_version: Literal[1] = 1

    rule: ShortText = DEFAULT_RULE
    """Which share of the points somebody gets: an expression that gives 0 to 1. More than 1 is a
    bonus, less than 0 counts as 0."""

    playgrounds: dict[Slug, GradedPlayground] = Field(default={})
    """Those that are graded; none named: all."""

    missing: Literal["zero", "blank"] = "zero"
    """What who submitted nothing that counts gets."""

    decimals: int = Field(default=2, ge=0, le=6)
    """To how many places points are rounded."""


class Regrade(Record):
    """One grade that was sealed as another one before."""

    at: Instant
    """When the new one was sealed."""

    by: Login
    """Who sealed it."""

    login: Login
    """Whose grade it is."""

    playground: Slug
    """Where."""

    before: float | None
    """Points; null: there were none, or nothing was submitted and `missing` is blank."""

    after: float | None
    """Points, likewise."""


class Grades(Record):
    """The file `grades.age` on the ledger, sealed to the owners."""

    schema_version: Literal[1] = 1
    at: Instant
    """When they were sealed."""

    by: Login
    """Who sealed them."""

    grading: Grading
    """By which rules."""

    points: dict[Slug, dict[Login, float | None]]
    """By playground and login; null: nothing, and `missing` is blank."""

    changes: tuple[Regrade, ...] = ()
    """All that changed since they were first sealed, oldest first."""
