"""When a playground is open, as the pages need it: they tell by the reader's clock what is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aims_gh.core.rulings import final_opens, on_time
from aims_gh.domain.playground import Playground
from aims_gh.site import text


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment that people work towards, as long as it is ahead."""

    key: str
    """Which one of the timetable it is: a script shows the one that matters now."""

    name: str
    moment: str
    """In ISO's form."""

    value: str


def timetable(playground: Playground, *, revealed: bool) -> dict[str, str]:
    """Give what a script tells the phase of a playground from; what there is not is left out."""
    rules = playground.competition
    moments = {"opens": rules.opens, "closes": rules.closes}
    if rules.closes:
        moments["on_time"] = on_time(rules)
    if rules.closes and rules.late != "refuse":
        moments["late_until"] = rules.late_until
    if rules.final:
        moments |= {"final_opens": final_opens(rules), "final_closes": rules.final.closes}
    found = {name: moment.isoformat() for name, moment in moments.items() if moment}
    if rules.closes and rules.late != "refuse":
        found["late"] = rules.late
    return found | ({"revealed": "yes"} if revealed else {})


def deadlines(playground: Playground) -> tuple[Deadline, ...]:
    """List what may be the deadline that matters, in order."""
    rules = playground.competition
    late = rules.late_until if rules.late != "refuse" else None
    final = rules.final.closes if rules.final else None
    named: tuple[tuple[str, str, datetime | None], ...] = (
        ("closes", "deadline", rules.closes),
        ("late_until", "late submissions until", late),
        ("final_closes", "final phase closes", final),
    )
    return tuple(
        Deadline(key, name, moment.isoformat(), text.moment(moment))
        for key, name, moment in named
        if moment
    )


def dates(playground: Playground, *, revealed: bool) -> str:
    """Name the days, for whoever runs no script; a script says what is now."""
    rules = playground.competition
    found = ["private"] if playground.visibility == "private" else []
    if revealed:
        return ", ".join([*found, "revealed"])
    found += [f"opens {text.day(rules.opens)}"] if rules.opens else []
    found += [f"closes {text.day(rules.closes)}"] if rules.closes else []
    found += [f"final phase closes {text.day(rules.final.closes)}"] if rules.final else []
    return ", ".join(found)
