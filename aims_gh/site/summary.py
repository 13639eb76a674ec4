"""What the charts of a playground are drawn from. It stays small however many submit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aims_gh.domain.leaderboard import Board
from aims_gh.domain.playground import BoardName

MOST = 500
"""Points in one chart: more would hide each other, and make the file grow."""

COSTS = ("num_params", "memory_size", "latency_ms_per_1000")
"""What a score is set against; less is better."""

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a board that charts need; NaN where a row has no value."""

    score: Floats
    """With the sign turned where lower is better, so that more is always better."""

    time: Floats
    """Seconds since 1970."""

    version: list[Any]
    username: list[Any]


def summary(boards: Mapping[BoardName, Board]) -> bytes:
    """Write the file `summary.json` of a playground."""
    value = {
        "schema_version": 1,
        "boards": {name: _board(board) for name, board in boards.items() if len(board)},
    }
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def _board(board: Board) -> dict[str, Any]:
    sign = 1.0 if board.direction == "maximize" else -1.0
    columns = _Columns(
        score=sign * _numbers(board.columns.get(board.metric, [])),
        time=_times(board.columns["timestamp"]),
        version=board.columns["version"],
        username=board.columns["username"],
    )
    dated = np.flatnonzero(np.isfinite(columns.score) & np.isfinite(columns.time))
    # A stable sort: rows of the same second stay in rank order, the better one first.
    dated = dated[np.argsort(columns.time[dated], kind="stable")]
    costs = {key: _numbers(board.columns.get(key, [])) for key in COSTS}
    return {
        "metric": board.metric,
        "direction": board.direction,
        "total": len(board),
        "scored": len(dated),
        "best": _dated(columns, _thinned(dated[_records(columns.score[dated])]), sign),
        "sample": _dated(columns, _thinned(dated), sign),
        "against": {
            key: _against(columns, cost, sign)
            for key, cost in costs.items()
            if np.isfinite(cost).any()
        },
    }


def _against(columns: _Columns, cost: Floats, sign: float) -> dict[str, Any]:
    """Set the score against a cost: the whole front, and a sample of the other points."""
    known = np.flatnonzero(np.isfinite(cost) & np.isfinite(columns.score))
    front = _thinned(known[pareto_front(cost[known], columns.score[known])])
    others = np.setdiff1d(known, front)
    rows = np.union1d(front, _thinned(others, MOST - len(front)))
    return _points(columns, rows, sign) | {
        "cost": [_rounded(value) for value in cost[rows]],
        "front": np.isin(rows, front).astype(int).tolist(),
        "total": len(known),
    }


def pareto_front(cost: Floats, score: Floats) -> Rows:
    """Find the points that no other beats: none costs less, or as much, and scores more.

    Parameters
    ----------
    cost, score : array of float, shape (n,)
        Less cost and more score are better.

    Returns
    -------
    array of int
        Places of the front, from the cheapest to the best.

    Examples
    --------
    >>> pareto_front(np.array([3.0, 1.0, 2.0, 2.0]), np.array([0.9, 0.5, 0.4, 0.8])).tolist()
    [1, 3, 0]
    """
    order = np.lexsort((-score, cost))
    return order[_records(score[order])]


def _records(score: Floats) -> Rows:
    """Find where a series exceeds all that came before."""
    before = np.concatenate(([-np.inf], np.maximum.accumulate(score)[:-1])) if len(score) else score
    return np.flatnonzero(score > before)


def _thinned(rows: Rows, most: int = MOST) -> Rows:
    """Keep at most so many, evenly, the first and the last among them."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, num=most).round().astype(np.intp)]


def _dated(columns: _Columns, rows: Rows, sign: float) -> dict[str, list[Any]]:
    times = columns.time[rows].round().astype(np.int64).tolist()
    return {"time": times} | _points(columns, rows, sign)


def _points(columns: _Columns, rows: Rows, sign: float) -> dict[str, list[Any]]:
    return {
        "score": [_rounded(sign * value) for value in columns.score[rows]],
        "version": [columns.version[row] for row in rows],
        "username": [columns.username[row] for row in rows],
    }


def _rounded(value: float) -> float:
    """Keep six digits: a chart shows no more, and the file is half as large."""
    return float(f"{value + 0.0:.6g}")


def _numbers(column: list[Any]) -> Floats:
    return np.array([_number(value) for value in column], dtype=np.float64)


def _number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else np.nan


def _times(column: list[Any]) -> Floats:
    return np.array([_time(value) for value in column], dtype=np.float64)


def _time(value: Any) -> float:
    try:
        return datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        return np.nan  # not what the column holds: no point of a chart
