"""Extend: give a participant or a team more time."""

from __future__ import annotations

from datetime import datetime

from aims_gh.domain.address import Address
from aims_gh.domain.people import Extension, Extensions
from aims_gh.domain.record import Problems
from aims_gh.errors import CourseError
from aims_gh.flows.decide import refresh
from aims_gh.forge import MAIN, Change, Forge
from aims_gh.workspace import Tree, Workspace, extensions_file


def extend(
    forge: Forge,
    address: Address,
    who: str,
    until: datetime | None,
    *,
    by: str,
    reason: str = "",
) -> Extensions:
    """Write an extension to `main`, or take it back, and work the boards out again.

    Parameters
    ----------
    who : str
        A login, or the name of a team of `teams.yml`.
    until : datetime or None
        None takes the extension back.
    by : str
        The owner who grants it, as the commit says.

    Raises
    ------
    CourseError
        If the playground never closes, or the name is none.
    """
    slug, written = address.slug, list[Extensions]()

    def edit(tree: Tree) -> Change:
        rules = Workspace(tree)
        if rules.playground(slug).competition.closes is None:
            raise CourseError(
                f"{slug} never closes, so nobody needs more time",
                hint="set competition.closes in its playground.yml first",
            )
        team = next((n for n in rules.teams(slug).teams if n.lower() == who.lower()), None)
        now = rules.extensions(slug)
        kind, name = ("teams", team) if team else ("participants", who)
        entries = {n: e for n, e in getattr(now, kind).items() if n.lower() != who.lower()}
        if until is not None:
            entries[name] = Extension(until=until, reason=reason)
        try:
            value = now.model_dump() | {kind: {n: e.model_dump() for n, e in entries.items()}}
            new = Extensions.from_value(value)
        except Problems as problems:
            raise CourseError(
                f"{who} cannot be given more time: {problems}",
                hint="name a login, or a team of teams.yml",
            ) from None
        written[:] = [new]
        verb = "Give" if until else "Take back"
        message = f"{verb} more time in {slug}, by {by}"
        return Change(message, {extensions_file(slug): new.to_yaml()})

    forge.record(edit, branch=MAIN)
    refresh(forge)
    return written[0]
