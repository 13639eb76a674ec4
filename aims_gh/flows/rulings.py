"""Read what people decided: teams and extensions on main; audit, choices, reveal on the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection

from aims_gh.core.rulings import Rulings
from aims_gh.errors import CourseError
from aims_gh.workspace import Workspace


def read_rulings(rules: Workspace, ledger: Workspace, slug: str) -> Rulings:
    """Gather all that bears on a playground's boards beside its rules and its evaluations."""
    return Rulings(
        teams=rules.teams(slug),
        extensions=rules.extensions(slug),
        audit=ledger.audit(slug),
        selections=ledger.selections(slug),
        reveal=ledger.reveal(slug),
    )


def entrants_of(rules: Workspace) -> Callable[[str], Collection[str]]:
    """Give what tells under which names a login takes part: its own, and its team's anywhere."""
    names: dict[str, set[str]] = {}
    for slug in rules.slugs():
        try:
            teams = rules.teams(slug).teams
        except CourseError:
            continue  # aims check names what is wrong with it
        for team, logins in teams.items():
            for login in logins:
                names.setdefault(login.lower(), set()).add(f"{slug}/{team}")
    return lambda login: {login.lower()} | names.get(login.lower(), set())
