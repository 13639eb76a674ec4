"""The rules that the page *Submit* checks a file by, before anything is handed in."""

from __future__ import annotations

import json

from aims_gh.domain.course import Course
from aims_gh.domain.metric import PROBABILITY_METRICS
from aims_gh.site.pages import PlaygroundPage
from aims_gh.site.timetable import timetable


def rules(page: PlaygroundPage, course: Course) -> bytes:
    """Write the rules of a playground; of its participants no name is told."""
    playground = page.playground
    competition = playground.competition
    limits, final = playground.limits, playground.final_limits
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
        "bytes": limits.bytes,
        "per_day": limits.per_day,
        "total": limits.total,
        "final": final and {"per_day": final.per_day, "total": final.total},
        "times": timetable(playground, revealed=page.revealed),
        "penalty": competition.penalty,
        "sealed": competition.sealed,
        "listed": listed or ("course" if course.roster.policy == "listed" else None),
    }
    return json.dumps(value, separators=(",", ":")).encode("ascii")
