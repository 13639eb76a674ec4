"""Faults on demand: the nth request, or an operation, goes wrong before or after its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .call import Answer


@dataclass(slots=True)
class Fault:
    """What goes wrong, when, and how often it did."""

    at: int | None
    operation: str | None
    status: int | None
    headers: Mapping[str, str]
    body: Any
    after: bool
    times: int
    delay: float
    drop: bool
    hits: int = 0

    def strikes(self, operation: str, index: int | None) -> bool:
        """Tell whether this is the request; those of git have no index."""
        if self.operation not in (None, operation):
            return False
        if self.at is None:
            return True
        return index is not None and self.at <= index < self.at + self.times

    @property
    def answer(self) -> Answer | None:
        """What is sent instead; None where the fault is but a delay."""
        if self.status is None:
            return None
        headers = {"Content-Type": "application/json", **self.headers}
        return Answer(self.status, self.body or {"message": _MESSAGES[self.status]}, headers)


_TOO_MUCH = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)
_MESSAGES = {
    401: "Bad credentials",
    403: _TOO_MUCH,
    404: "Not Found",
    409: "Conflict",
    422: "Validation Failed",
    429: _TOO_MUCH,
    500: "Server Error",
    502: "Server Error",
    503: "Service unavailable",
    504: "We couldn't respond to your request in time.",
}


@dataclass
class Faults:
    """The faults that are still to come."""

    pending: list[Fault] = field(default_factory=list)
    seen: int = 0

    def add(self, fault: Fault) -> Fault:
        """Plan one; its index counts from now."""
        if fault.at is not None:
            fault.at += self.seen
        self.pending.append(fault)
        return fault

    def next(self, operation: str, *, counts: bool) -> Fault | None:
        """Count a request; give the fault that strikes it."""
        index = self.seen
        self.seen += counts
        for fault in self.pending:
            if fault.strikes(operation, index if counts else None):
                fault.hits += 1
                if fault.hits == fault.times:
                    self.pending.remove(fault)
                return fault
        return None
