"""A late submission's score, less what being late costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aims_gh.core.rulings import Rulings
from aims_gh.domain.competition import PENALTY_NAMES
from aims_gh.domain.expression import Expression
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError

DIGITS = 12


def counted(playground: Playground, row: Mapping[str, Any], rulings: Rulings) -> float | None:
    """Work out what a row's score is worth, by the expression of the rules.

    Where it has no value, as by a division by zero, the row counts as one without a penalty: it is
    listed apart. One submission must not keep the others from their board.
    """
    rules = playground.competition
    score = row.get(playground.ranking_metric.name)
    if score is None:
        return None
    arrived = datetime.fromisoformat(row["timestamp"])
    days = rulings.days_late(rules, row["username"], arrived)
    try:
        worth = Expression.parse(rules.penalty, names=PENALTY_NAMES).value(score=score, days=days)
    except CourseError:
        return None
    return round(worth, DIGITS)  # 0.6 - 0.2 and 0.4 are equal, and share a rank
