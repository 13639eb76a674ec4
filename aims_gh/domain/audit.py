"""The audit file: what people did to results, and why."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.names import Instant, Login, Text, Version
from aims_gh.domain.record import Record

Action = Literal["disqualified", "reinstated", "rescored", "revealed"]


class AuditEntry(Record):
    """One line of `<slug>/audit.jsonl` on the ledger."""

    schema_version: Literal[1] = 1
    action: Action

    version: Version | None = None
    """Which is disqualified or reinstated."""

    rescore: int | None = Field(default=None, ge=1)
    """Which rescore counts from now on, for those it covers."""

    by: Login
    at: Instant
    reason: Text
