"""What people decided beside a playground's rules: teams, more time, disqualifications, choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from aims_gh.domain.audit import AuditEntry
from aims_gh.domain.competition import Competition
from aims_gh.domain.people import Extensions, Teams
from aims_gh.domain.reveal import Reveal
from aims_gh.domain.selection import Selection

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rulings:
    """Decisions of people, as the course's files and its ledger have them.

    Attributes
    ----------
    teams : Teams
    extensions : Extensions
    audit : sequence of AuditEntry
        In the order in which they were decided.
    selections : sequence of Selection
        In the order in which they were recorded.
    reveal : Reveal or None
        What was sealed, once it is opened.
    """

    teams: Teams = field(default_factory=Teams)
    extensions: Extensions = field(default_factory=Extensions)
    audit: tuple[AuditEntry, ...] = ()
    selections: tuple[Selection, ...] = ()
    reveal: Reveal | None = None

    def team(self, login: str) -> str | None:
        """Name somebody's team; None who takes part alone."""
        return self._teams.get(login.lower())

    def entrant(self, login: str) -> str:
        """Name who takes part: a team, or a login in small letters.

        Examples
        --------
        >>> rulings = Rulings(teams=Teams(teams={"red": ("Ada", "bob")}))
        >>> rulings.entrant("ada"), rulings.entrant("Eve")
        ('team red', 'eve')
        """
        team = self._teams.get(login.lower())
        return f"team {team}" if team else login.lower()

    def deadline(self, rules: Competition, login: str) -> datetime | None:
        """Tell somebody's last moment that is on time; None where there is no closing."""
        if rules.closes is None:
            return None
        return max([on_time(rules), *self._granted(login)])

    def _granted(self, login: str) -> list[datetime]:
        people = {name.lower(): more for name, more in self.extensions.participants.items()}
        teams = {name.lower(): more for name, more in self.extensions.teams.items()}
        found = [people.get(login.lower()), teams.get((self.team(login) or "").lower())]
        return [more.until for more in found if more]

    def in_final(self, rules: Competition, login: str, moment: datetime) -> bool:
        """Tell whether something of somebody's arrived in the final phase."""
        if rules.final is None or rules.closes is None:
            return False
        return final_opens(rules) < moment <= max([rules.final.closes, *self._granted(login)])

    def last_deadline(self, rules: Competition) -> datetime | None:
        """Tell when nobody can be on time any more."""
        if rules.closes is None:
            return None
        granted = [*self.extensions.participants.values(), *self.extensions.teams.values()]
        ends = [on_time(rules), *(more.until for more in granted)]
        ends += [rules.final.closes] if rules.final else []
        ends += [rules.late_until] if rules.late_until else []
        return max(ends)

    def days_late(self, rules: Competition, login: str, arrived: datetime) -> float:
        """Tell how late something is, in days; 0 what is on time, or in the final phase."""
        last = self.deadline(rules, login)
        if last is None or arrived <= last or self.in_final(rules, login, arrived):
            return 0.0
        return (arrived - last) / DAY

    @cached_property
    def disqualified(self) -> frozenset[int]:
        """The versions that do not count."""
        out: set[int] = set()
        for entry in self.audit:
            if entry.version is not None and entry.action == "disqualified":
                out.add(entry.version)
            elif entry.version is not None and entry.action == "reinstated":
                out.discard(entry.version)
        return frozenset(out)

    def reason(self, version: int) -> str:
        """Say why a version does not count; empty where it does, or nobody said why."""
        if version not in self.disqualified:
            return ""
        return [entry.reason for entry in self.audit if entry.version == version][-1]

    @cached_property
    def chosen(self) -> Mapping[str, tuple[int, ...]]:
        """What each entrant wants to count in the end: the last choice."""
        ordered = sorted(self.selections, key=lambda choice: (choice.at, choice.proposal))
        return {self.entrant(choice.by): choice.versions for choice in ordered}

    @cached_property
    def _teams(self) -> dict[str, str]:
        return {
            login.lower(): name for name, logins in self.teams.teams.items() for login in logins
        }


def on_time(rules: Competition) -> datetime:
    """Tell the last moment that is on time for everybody; there is a closing."""
    assert rules.closes is not None
    try:
        return rules.closes + timedelta(minutes=rules.grace_minutes)
    except OverflowError:
        return rules.closes


def final_opens(rules: Competition) -> datetime:
    """Tell when the final phase opens: never while the first one still counts."""
    assert rules.final is not None
    return max(rules.final.opens or on_time(rules), on_time(rules))
