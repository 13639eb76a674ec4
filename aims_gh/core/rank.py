"""Rank evaluations into leaderboards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from aims_gh.core.penalty import DIGITS, counted
from aims_gh.core.rulings import Rulings
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import (
    LEADING_COLUMNS,
    MODEL_COLUMNS,
    STANDING_COLUMNS,
    TRAILING_COLUMNS,
    Board,
    Leaderboard,
)
from aims_gh.domain.metric import MetricSpec
from aims_gh.domain.playground import BoardName, Playground
from aims_gh.domain.reveal import Contents, Opened

Row = dict[str, Any]
NOBODY = Rulings()
_APART = {
    "experiment": ("disqualified", "baseline"),
    "competition": ("disqualified", "baseline", "late"),
}


def leaderboard(
    slug: str,
    playground: Playground,
    evaluations: Iterable[Evaluation],
    rulings: Rulings = NOBODY,
) -> Leaderboard:
    """Derive a playground's leaderboard from its evaluations.

    Ranking is by the first metric in its direction. Equal scores share a rank, and within it
    the earlier server time comes first. A row without that score is not ranked, nor is one that
    is disqualified, a baseline, or, on the competition board, late without a penalty.
    """
    empty = Leaderboard(playground=slug, boards={})
    return extend(empty, playground, evaluations, rulings)


def extend(
    board: Leaderboard,
    playground: Playground,
    evaluations: Iterable[Evaluation],
    rulings: Rulings = NOBODY,
) -> Leaderboard:
    """Derive the leaderboard that has these evaluations too.

    The same as deriving it from all of them, without reading the old ones again: what is late
    or disqualified is worked out anew for every row.
    """
    fresh = list(evaluations)
    # A board that the playground has no more is kept as it was: it says what was scored.
    boards: dict[BoardName, Board] = {
        name: kept
        for name, kept in board.boards.items()
        if name not in (*playground.boards, "final")
    }
    for name in playground.boards:
        rows = board.boards[name].rows() if name in board.boards else []
        rows += [_row(e, playground) for e in fresh if e.board in (name, "all")]
        boards[name] = _board(name, rows, playground, rulings)
    return Leaderboard(playground=board.playground, boards=boards)


def _row(evaluation: Evaluation, playground: Playground) -> Row:
    return {
        "version": evaluation.version,
        "username": evaluation.username,
        "timestamp": evaluation.timestamp.isoformat().replace("+00:00", "Z"),
        **{metric.name: evaluation.scores.get(metric.name) for metric in playground.metrics},
        **bounds(evaluation.intervals),
        **_told(evaluation),
        "failures": dict(evaluation.failures),
        "marks": [*evaluation.marks, *(["sealed"] if evaluation.digests.bundle else [])],
        "submission": evaluation.submission,
        "proposal": evaluation.proposal,
        "head": evaluation.head,
    }


def _told(found: Evaluation | Contents) -> Row:
    """Give what is known of a model, and what its participant says about it."""
    claims, facts, cost = found.claims, found.facts, found.cost
    return {
        "reproduced": found.reproduction.reproduced if found.reproduction else None,
        "ml_framework": claims.ml_framework,
        "model_type": claims.model_type,
        "transfer_learning": claims.transfer_learning,
        "deep_learning": claims.deep_learning,
        "depth": claims.depth,
        "num_params": facts.num_params if facts else None,
        "optimizer": claims.optimizer,
        "loss": claims.loss,
        "epochs": claims.epochs,
        "memory_size": facts.bytes if facts else None,
        "latency_ms_per_1000": cost.latency_ms_per_1000 if cost else None,
        "peak_memory_bytes": cost.peak_memory_bytes if cost else None,
        "based_on": found.based_on,
        "tags": list(found.tags),
        "metadata": dict(claims.metadata),
    }


def bounds(intervals: dict[str, tuple[float, float]]) -> Row:
    """Give both ends of each interval as columns of their own."""
    ends: Row = {}
    for name, (low, high) in intervals.items():
        ends |= {f"{name}_low": low, f"{name}_high": high}
    return ends


def _board(name: BoardName, rows: list[Row], playground: Playground, rulings: Rulings) -> Board:
    apart = _APART[name]
    if name == "competition" and rulings.reveal:
        # What came after it was scored on all rows, by people who knew the private scores.
        over = rulings.reveal.at
        rows = [row for row in rows if datetime.fromisoformat(row["timestamp"]) <= over]
    for row in rows:
        opened = rulings.reveal.versions.get(row["version"]) if rulings.reveal else None
        if opened:
            _open(row, opened, playground, whole=name == "experiment")
        _judge(row, playground, rulings)
        row["counted"] = None
        row["penalties"] = name == "competition" and bool(playground.competition.penalty)
        if name == "competition" and "late" in row["marks"] and playground.competition.penalty:
            row["counted"] = counted(playground, row, rulings)
        row["unranked"] = any(
            mark in apart and not (mark == "late" and row["counted"] is not None)
            for mark in row["marks"]
        )
    return ranked(rows, playground)


def _open(row: Row, opened: Opened, playground: Playground, *, whole: bool) -> None:
    """Enter what the reveal told: all rows on the experiment board, what was sealed on both."""
    scores = opened.whole if whole else opened.public
    row |= {m.name: scores.get(m.name, row.get(m.name)) for m in playground.metrics}
    if whole:
        # Intervals were of the public rows.
        row |= {f"{m.name}_{end}": None for m in playground.metrics for end in ("low", "high")}
    if opened.contents:
        row |= _told(opened.contents)
        row["marks"] = [mark for mark in row["marks"] if mark != "sealed"]


def _judge(row: Row, playground: Playground, rulings: Rulings) -> None:
    """Mark a row by the rules of now: an extension, or another deadline, changes it."""
    rules, arrived = playground.competition, datetime.fromisoformat(row["timestamp"])
    marks = [mark for mark in row["marks"] if mark in ("baseline", "sealed")]
    if rulings.days_late(rules, row["username"], arrived) > 0:
        marks.append("late")
    if row["version"] in rulings.disqualified:
        marks.append("disqualified")
    row["marks"] = marks
    row["team_name"] = rulings.team(row["username"])


def score_of(row: Row, metric: MetricSpec) -> float | None:
    """Give what a row is ranked by: the score, or what is left of it.

    Beside scores less a penalty, others are compared as these are: to twelve digits.
    """
    value = row.get(metric.name) if row.get("counted") is None else row["counted"]
    return round(value, DIGITS) if row.get("penalties") and value is not None else value


def sorting(metric: MetricSpec) -> Callable[[Row], tuple[bool, bool, float, datetime, int]]:
    """Give the order of rows: best first; who was earlier among equals; who is apart, last."""
    sign = -1.0 if metric.greater_is_better else 1.0

    def key(row: Row) -> tuple[bool, bool, float, datetime, int]:
        score = score_of(row, metric)
        # As text, 12:00:00.5Z comes before 12:00:00Z.
        arrived = datetime.fromisoformat(row["timestamp"])
        apart = bool(row.get("unranked"))
        return (apart, score is None, sign * (score or 0.0), arrived, row["version"])

    return key


def ranked(rows: list[Row], playground: Playground) -> Board:
    """Put rows in order and give each its rank; who is apart has none."""
    metric = playground.ranking_metric
    rows = sorted(rows, key=sorting(metric))
    rank, previous = 0, None
    for place, row in enumerate(rows, start=1):
        score = None if row.get("unranked") else score_of(row, metric)
        rank = rank if score == previous else place
        row["rank"], previous = (None if score is None else rank), score
    return board_of(rows, playground)


def board_of(rows: list[Row], playground: Playground) -> Board:
    """Turn rows that are in order into a board; columns that are not for all only where used."""
    metric = playground.ranking_metric
    metrics = tuple(m.name for m in playground.metrics)
    ends = [f"{name}_{end}" for name in metrics for end in ("low", "high")]
    some = [n for n in (*STANDING_COLUMNS, *ends) if any(r.get(n) is not None for r in rows)]
    standing = [name for name in STANDING_COLUMNS if name in some]
    intervals = [name for name in ends if name in some]
    names = (*LEADING_COLUMNS, *standing, *metrics, *intervals, *MODEL_COLUMNS, *TRAILING_COLUMNS)
    return Board(
        metric=metric.name,
        direction="maximize" if metric.greater_is_better else "minimize",
        metrics=metrics,
        columns={name: [row.get(name) for row in rows] for name in names},
    )
