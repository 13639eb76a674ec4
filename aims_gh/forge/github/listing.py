"""Proposals on GitHub: pull requests to `main`, and when what they propose arrived."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from aims_gh.domain.proposal import Proposal
from aims_gh.domain.record import Problems
from aims_gh.forge import MAIN
from aims_gh.forge.github.session import Refused, Session, instant

LABELS = ("scored", "refused", "waiting")
"""Labels that are ours: a proposal has one of them at most. All others are people's."""


class Listing:
    """The pull requests of a course, and what their listing said of where they come from."""

    def __init__(self, session: Session, repository: str) -> None:
        self._session, self._path = session, f"/repos/{repository}"
        self._origins: dict[tuple[int, str], _Origin] = {}

    def proposals(self, state: Literal["open", "closed", "all"]) -> list[Proposal]:
        """List proposals to `main`, lowest number first.

        `base` is where `main` was, and `pushed` the latest that the head can have arrived:
        `arrived` says when it did. What neither a person nor a login in our shape opened, a
        bot's, is no proposal.
        """
        pulls = self._session.pages(
            f"{self._path}/pulls", state=state, base=MAIN, sort="created", direction="asc"
        )
        return sorted(self._read(pulls), key=lambda proposal: proposal.number)

    def one(self, pull: Any) -> Proposal | None:
        """Read one pull request; None where it is no proposal."""
        label = next((name for name in labels_of(pull) if name in LABELS), None)
        try:
            proposal = Proposal.from_value(
                {
                    "number": pull["number"],
                    "author": (pull["user"] or {}).get("login", ""),
                    "title": pull["title"][:300],
                    "head": pull["head"]["sha"],
                    "base": pull["base"]["sha"],
                    "opened": instant(pull["created_at"]),
                    "pushed": instant(pull["updated_at"]),
                    "state": pull["state"],
                    "label": label,
                }
            )
        except Problems:
            return None
        repository = (pull["head"].get("repo") or {}).get("full_name")
        self._origins[proposal.number, proposal.head] = _Origin(repository, pull["head"]["ref"])
        return proposal

    def arrived(self, proposal: Proposal) -> datetime:
        """Tell when the head was pushed, by GitHub's clock; at the latest, where it cannot say."""
        origin = self._origins.get((proposal.number, proposal.head))
        if proposal.pushed <= proposal.opened:
            return proposal.opened  # nothing happened to it since
        if origin is None or origin.repository is None:
            return proposal.pushed
        try:
            events = self._session.get(
                f"/repos/{origin.repository}/activity",
                ref=f"refs/heads/{origin.branch}",
                per_page=100,
            )
        except Refused:
            return proposal.pushed  # the fork is gone, or private
        moments = [instant(e["timestamp"]) for e in events if e["after"] == proposal.head]
        if not moments:
            return proposal.pushed
        # Whoever goes back to an earlier commit arrives anew; a branch may be older than its
        # proposal.
        return max(*moments, proposal.opened)

    def _read(self, pulls: Iterator[Any]) -> Iterator[Proposal]:
        for pull in pulls:
            proposal = self.one(pull)
            if proposal is not None:
                yield proposal


class _Origin:
    __slots__ = ("branch", "repository")

    def __init__(self, repository: str | None, branch: str) -> None:
        self.repository, self.branch = repository, branch


def labels_of(pull: Any) -> list[str]:
    """List the names of a pull request's labels."""
    return [str(label["name"]) for label in pull["labels"]]
