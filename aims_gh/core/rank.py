"""Rank evaluations into leaderboards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import (
    LEADING_COLUMNS,
    MODEL_COLUMNS,
    TRAILING_COLUMNS,
    Board,
    Leaderboard,
)
from aims_gh.domain.playground import BoardName, Playground

Row = dict[str, Any]


def leaderboard(
    slug: str, playground: Playground, evaluations: Iterable[Evaluation]
) -> Leaderboard:
    """Derive a playground's leaderboard from its evaluations.

    Ranking is by the first metric in its direction. Equal scores share a rank, and within it
    the earlier server time comes first. A row without that score is not ranked.
    """
    return extend(Leaderboard(playground=slug, boards={}), playground, evaluations)


def extend(
    board: Leaderboard, playground: Playground, evaluations: Iterable[Evaluation]
) -> Leaderboard:
    """Derive the leaderboard that has these evaluations too.

    The same as deriving it from all of them, without reading the old ones again.
    """
    fresh = list(evaluations)
    # A board that the playground has no more is kept as it was: it says what was scored.
    boards: dict[BoardName, Board] = {
        name: kept for name, kept in board.boards.items() if name not in playground.boards
    }
    for name in playground.boards:
        rows = board.boards[name].rows() if name in board.boards else []
        rows += [_row(e, playground) for e in fresh if e.board in (name, "all")]
        boards[name] = _ranked(rows, playground)
    return Leaderboard(playground=board.playground, boards=boards)


def _row(evaluation: Evaluation, playground: Playground) -> Row:
    claims, facts, cost = evaluation.claims, evaluation.facts, evaluation.cost
    reproduction = evaluation.reproduction
    return {
        "version": evaluation.version,
        "username": evaluation.username,
        "timestamp": evaluation.timestamp.isoformat().replace("+00:00", "Z"),
        **{metric.name: evaluation.scores.get(metric.name) for metric in playground.metrics},
        "reproduced": reproduction.reproduced if reproduction else None,
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
        "failures": dict(evaluation.failures),
        "marks": list(evaluation.marks),
        "based_on": evaluation.based_on,
        "tags": list(evaluation.tags),
        "metadata": dict(claims.metadata),
        "submission": evaluation.submission,
        "proposal": evaluation.proposal,
        "head": evaluation.head,
    }


def _ranked(rows: list[Row], playground: Playground) -> Board:
    metric = playground.ranking_metric
    sign = -1.0 if metric.greater_is_better else 1.0

    def key(row: Row) -> tuple[bool, float, datetime, int]:
        score = row.get(metric.name)
        # As text, 12:00:00.5Z comes before 12:00:00Z.
        arrived = datetime.fromisoformat(row["timestamp"])
        return (score is None, sign * (score or 0.0), arrived, row["version"])

    rows = sorted(rows, key=key)
    rank, previous = 0, None
    for place, row in enumerate(rows, start=1):
        score = row.get(metric.name)
        rank = rank if score == previous else place
        row["rank"], previous = (None if score is None else rank), score
    metrics = tuple(m.name for m in playground.metrics)
    names = (*LEADING_COLUMNS, *metrics, *MODEL_COLUMNS, *TRAILING_COLUMNS)
    return Board(
        metric=metric.name,
        direction="maximize" if metric.greater_is_better else "minimize",
        metrics=metrics,
        columns={name: [row.get(name) for row in rows] for name in names},
    )
