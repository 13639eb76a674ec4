"""The audit file: what people did to results, and why."""

from __future__ import annotations

from typing import Literal

from aims_gh.domain.names import Instant, Login, Text, Version
from aims_gh.domain.record import Record


class AuditEntry(Record):
    """One line of `<slug>/audit.jsonl` on the ledger."""

    schema_version: Literal[1] = 1
    action: Literal["disqualified", "reinstated", "rescored", "revealed"]
    version: Version | None = None
    by: Login
    at: Instant
    reason: Text
