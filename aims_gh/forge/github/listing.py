"""Proposals on GitHub: pull requests to `main`, and when what they propose arrived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from aims_gh.domain.proposal import Proposal
from aims_gh.domain.record import Problems
from aims_gh.forge import MAIN, Arrival
from aims_gh.forge.github.session import PAGE, Refused, Session, instant

LABELS = ("scored", "chosen", "refused", "waiting")
"""Labels that are ours: a proposal has one of them at most. All others are people's."""


_AGAIN = ("reopened", "base_ref_changed")
_MOST_EVENTS = 10 * PAGE


class Listing:
    """The pull requests of a course, and what their listing said of where they come from."""

    def __init__(self, session: Session, repository: str) -> None:
        self._session, self._path = session, f"/repos/{repository}"
        self._origins: dict[tuple[int, str], _Origin] = {}
        self._arrivals: dict[tuple[int, str, datetime, datetime | None], Arrival] = {}

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

    def arrived(self, proposal: Proposal, closes: datetime | None) -> Arrival:
        """Tell when the head was pushed, by GitHub's clock; at the latest, where it cannot say.

        Where more happened after `closes`, and its author proposed it again then, it arrived then.
        """
        if proposal.pushed <= proposal.opened:
            return Arrival(proposal.opened)  # nothing happened to it since
        key = (proposal.number, proposal.head, proposal.pushed, closes)
        if key not in self._arrivals:
            self._arrivals[key] = self._ask(proposal, closes)
        return self._arrivals[key]

    def _ask(self, proposal: Proposal, closes: datetime | None) -> Arrival:
        arrival = self._pushed(proposal)
        if closes is None or not arrival.moment <= closes < proposal.pushed:
            return arrival
        return self._proposed_again(proposal, arrival)

    def _pushed(self, proposal: Proposal) -> Arrival:
        latest = Arrival(proposal.pushed, exact=False)
        origin = self._origins.get((proposal.number, proposal.head))
        if origin is None or origin.repository is None:
            return latest
        try:
            events = self._session.get(
                f"/repos/{origin.repository}/activity",
                ref=f"refs/heads/{origin.branch}",
                per_page=100,
            )
        except Refused:
            return latest  # the fork is gone, or private
        moments = [instant(e["timestamp"]) for e in events if e["after"] == proposal.head]
        if not moments:
            return latest
        # Whoever goes back to an earlier commit arrives anew; a branch may be older than its
        # proposal.
        return Arrival(max(*moments, proposal.opened))

    def _proposed_again(self, proposal: Proposal, arrival: Arrival) -> Arrival:
        latest = Arrival(proposal.pushed, exact=False)
        try:
            events = list(
                islice(
                    self._session.pages(f"{self._path}/issues/{proposal.number}/events"),
                    _MOST_EVENTS,
                )
            )
        except Refused:
            return latest
        if len(events) == _MOST_EVENTS:
            return latest
        # What the owners open again keeps its time.
        again = [
            instant(event["created_at"])
            for event in events
            if event["event"] in _AGAIN and _by(event) in (None, proposal.author.lower())
        ]
        return replace(arrival, moment=max([arrival.moment, *again]))

    def _read(self, pulls: Iterator[Any]) -> Iterator[Proposal]:
        for pull in pulls:
            proposal = self.one(pull)
            if proposal is not None:
                yield proposal


class _Origin:
    __slots__ = ("branch", "repository")

    def __init__(self, repository: str | None, branch: str) -> None:
        self.repository, self.branch = repository, branch


def _by(event: Any) -> str | None:
    actor = event["actor"]
    return str(actor["login"]).lower() if actor else None


def labels_of(pull: Any) -> list[str]:
    """List the names of a pull request's labels."""
    return [str(label["name"]) for label in pull["labels"]]
