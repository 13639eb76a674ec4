"""The rules that the page *Submit* checks a file by, before anything is handed in."""

from __future__ import annotations

import json

from aims_gh.core.rulings import on_time
from aims_gh.domain.course import Course
from aims_gh.domain.metric import PROBABILITY_METRICS
from aims_gh.site.pages import PlaygroundPage


def rules(page: PlaygroundPage, course: Course) -> bytes:
    """Write the rules of a playground; of its participants no name is told."""
    playground = page.playground
    competition = playground.competition
    last = on_time(competition) if competition.closes else None
    if competition.final:
        last = competition.final.closes
    listed = "playground" if playground.visibility == "private" else ""
    value = {
        "schema_version": 1,
        "slug": page.slug,
        "task_type": playground.task_type,
        "labels": [str(label) for label in playground.labels],
        "rows": playground.holdout.rows,
        "needs_probabilities": [
            metric.name for metric in playground.metrics if metric.name in PROBABILITY_METRICS
        ],
        "evaluation": playground.evaluation,
        "features": playground.features,
        "boards": playground.boards,
        "bytes": playground.limits.bytes,
        "per_day": playground.limits.per_day,
        "total": playground.limits.total,
        "opens": competition.opens.isoformat() if competition.opens else None,
        "closes": competition.closes.isoformat() if competition.closes else None,
        "deadline": last.isoformat() if last else None,
        "late": competition.late,
        "listed": listed or ("course" if course.roster.policy == "listed" else None),
    }
    return json.dumps(value, separators=(",", ":")).encode("ascii")
