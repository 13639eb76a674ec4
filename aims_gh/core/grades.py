"""Grades: what a board says of each student, in the words that a rule is written in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aims_gh.core.penalty import DIGITS
from aims_gh.domain.leaderboard import Board

NAMES = (
    "score",
    "rank",
    "ranked",
    "percentile",
    "baselines_beaten",
    "baselines",
    "on_time",
    "submissions",
)
"""What a rule may name, beside the playground's metrics."""

_OUT = {"baseline", "disqualified"}
Row = dict[str, Any]
Facts = dict[str, float]


@dataclass(frozen=True, slots=True)
class Standing:
    """A board, as far as grades go."""

    facts: Mapping[str, Facts]
    """By login in small letters, of who has a submission that counts."""

    others: tuple[str, ...]
    """Logins that are on the board, and not among the students."""


def standing(
    board: Board,
    students: Collection[str],
    *,
    owners: Collection[str],
    entrant: Callable[[str], str] = str.lower,
    scored: Board | None = None,
) -> Standing:
    """Tell of each student what a rule may name.

    What counts is the best submission that is in time, or late and has a score less a penalty; of
    who has none, the best late one, with `on_time` 0. Baselines and what was disqualified count
    for nobody. Places are those among the students: `rank` is 1 + how many have a better score,
    and `percentile` the share of the other students who have none, 1 for the best and for who is
    alone.

    Parameters
    ----------
    students, owners : collection of str
        Logins; upper and lower case are the same.
    entrant : callable
        Tells with whom a login takes part: what its team handed in counts for every member.
    scored : Board, optional
        The board that has every submission, where `board` has one of each entrant.
    """
    metric, sign = board.metric, 1.0 if board.direction == "maximize" else -1.0

    def compared(value: float) -> float:
        """Give a score as the board compares it; the largest is the best."""
        return sign * (round(value, DIGITS) if "counted" in board.columns else value)

    ours = {login.lower() for login in owners}
    entrants = {login.lower(): entrant(login) for login in students}
    rows = [row for row in board.rows() if row.get(metric) is not None]
    entries = _entries(board, entrant)
    every = entries if scored is None else _entries(scored, entrant)
    known = set(entrants.values())
    best = {who: _best(found, metric, compared) for who, found in entries.items() if who in known}
    counted = [compared(_worth(r, metric)) for r in best.values() if _is_ranked(r)]
    baselines = [compared(value) for value in _baselines(rows, metric)]
    found = {}
    for who, row in best.items():
        value = compared(_worth(row, metric))
        better = sum(other > value for other in counted)
        # Who was late alone is not among those who are ranked, and is placed as if.
        everybody = len(counted) + (not _is_ranked(row))
        found[who] = {
            **{name: _number(row.get(name)) for name in board.metrics},
            "score": _worth(row, metric),
            "rank": float(1 + better),
            "ranked": float(len(counted)),
            "percentile": 1.0 if everybody < 2 else 1 - better / (everybody - 1),
            "baselines_beaten": float(sum(value > other for other in baselines)),
            "baselines": float(len(baselines)),
            "on_time": float("late" not in _marks(row)),
            "submissions": float(len(every.get(who, entries[who]))),
        }
    facts = {login: found[who] for login, who in entrants.items() if who in found}
    others = {
        str(r["username"]) for who, their in entries.items() if who not in known for r in their
    }
    names = {name.lower(): name for name in sorted(others) if name.lower() not in ours}
    return Standing(facts, tuple(names[key] for key in sorted(names)))


def _entries(board: Board, entrant: Callable[[str], str]) -> dict[str, list[Row]]:
    """Give what counts for each entrant, and has a score."""
    entries: dict[str, list[Row]] = {}
    for row in board.rows():
        if row.get(board.metric) is not None and not _OUT & _marks(row):
            entries.setdefault(entrant(str(row["username"])), []).append(row)
    return entries


def _is_ranked(row: Row) -> bool:
    """Tell whether a row has a place; the experiment board gives late ones a rank too."""
    late = "late" in _marks(row) and row.get("counted") is None
    return row.get("rank") is not None and not late


def _best(rows: Sequence[Row], metric: str, compared: Callable[[float], float]) -> Row:
    """Choose the submission that counts: a ranked one, the best, the earliest."""

    def key(row: Row) -> tuple[bool, float, datetime]:
        arrived = datetime.fromisoformat(row["timestamp"])
        return (not _is_ranked(row), -compared(_worth(row, metric)), arrived)

    return min(rows, key=key)


def _baselines(rows: Sequence[Row], metric: str) -> list[float]:
    """Give the score of each baseline: of those submitted again, of the newest."""
    found = {}
    for row in sorted(rows, key=lambda row: int(row["version"])):
        if "baseline" in _marks(row) and "disqualified" not in _marks(row):
            name = tuple(row.get("tags") or ()) or row["version"]
            found[name] = row[metric]
    return list(found.values())


def _worth(row: Row, metric: str) -> float:
    """Give the score that counts: less a penalty, where the board has one."""
    counted = row.get("counted")
    return float(row[metric] if counted is None else counted)


def _marks(row: Row) -> set[str]:
    return set(row.get("marks") or ())


def _number(value: Any) -> float:
    # A metric of the owner's own may have failed; a rule that names it then gives no number.
    return float("nan") if value is None else float(value)
