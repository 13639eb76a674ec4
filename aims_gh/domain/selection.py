"""A selection: which submissions a participant wants to count in the end."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.names import CommitId, Instant, Login, Version
from aims_gh.domain.record import Record

SELECTION_FILE = "selection.yml"


class Choice(Record):
    """The file `submissions/<slug>/<login>/selection.yml` of a proposal."""

    schema_version: Literal[1] = 1

    versions: tuple[Version, ...] = Field(max_length=20)
    """Own versions; none at all leaves the choice to the public scores again."""


class Selection(Record):
    """One line of `<slug>/selections.jsonl` on the ledger; the last one of an entrant counts."""

    schema_version: Literal[1] = 1
    by: Login

    at: Instant
    """When the proposal arrived, by the forge's clock."""

    versions: tuple[Version, ...]
    proposal: int = Field(ge=1)
    head: CommitId
