"""What is left of the limits on scored submissions, and when there is more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aims_gh.core.rulings import DAY, Rulings
from aims_gh.core.validate import limits_at, one_more
from aims_gh.domain.playground import Playground


def left(
    playground: Playground,
    author: str,
    rulings: Rulings,
    scored: Sequence[datetime],
    now: datetime,
) -> str:
    """Say what an entrant may still submit; nothing where there is no limit.

    Parameters
    ----------
    scored : sequence of datetime
        When all that was scored of the entrant arrived.
    """
    limits, counting = limits_at(playground, author, now, rulings, scored)
    said = []
    if limits.per_day is not None:
        recent = sorted(moment for moment in counting if now - moment < DAY)
        free = max(0, limits.per_day - len(recent))
        told = f"{free} of {limits.per_day} scored submissions left in 24 hours"
        if recent:
            told += f", {one_more(recent, limits.per_day)}"
        said.append(told)
    if limits.total is not None:
        said.append(f"{max(0, limits.total - len(counting))} of {limits.total} left in all")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}." if text else ""
