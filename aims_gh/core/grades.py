"""Grades: what a board says of each student, in the words that a rule is written in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def standing(board: Board, students: Collection[str], *, owners: Collection[str]) -> Standing:
    """Tell of each student what a rule may name.

    What counts is the best submission that is ranked; of who has none, the best late one, with
    `on_time` 0. Baselines and what was disqualified count for nobody. Places are those among the
    students: `rank` is 1 + how many have a better score, and `percentile` the share of the other
    students who have none, 1 for the best and for who is alone.

    Parameters
    ----------
    students, owners : collection of str
        Logins; upper and lower case are the same.
    """
    metric, sign = board.metric, 1.0 if board.direction == "maximize" else -1.0
    known, ours = ({login.lower() for login in each} for each in (students, owners))
    rows = [row for row in board.rows() if row.get(metric) is not None]
    by_login: dict[str, list[Row]] = {}
    for row in rows:
        if not _OUT & _marks(row):
            by_login.setdefault(str(row["username"]).lower(), []).append(row)
    best = {
        login: _best(found, metric, sign) for login, found in by_login.items() if login in known
    }
    counted = [sign * row[metric] for row in best.values() if row.get("rank") is not None]
    baselines = _baselines(rows, metric, sign)
    facts = {}
    for login, row in best.items():
        value = sign * row[metric]
        better = sum(other > value for other in counted)
        # Who was late alone is not among those who are ranked, and is placed as if.
        everybody = len(counted) + (row.get("rank") is None)
        facts[login] = {
            **{name: _number(row.get(name)) for name in board.metrics},
            "score": float(row[metric]),
            "rank": float(1 + better),
            "ranked": float(len(counted)),
            "percentile": 1.0 if everybody < 2 else 1 - better / (everybody - 1),
            "baselines_beaten": float(sum(value > other for other in baselines)),
            "baselines": float(len(baselines)),
            "on_time": float("late" not in _marks(row)),
            "submissions": float(len(by_login[login])),
        }
    others = {str(row["username"]) for login in by_login for row in by_login[login][:1]}
    strange = sorted(o for o in others if o.lower() not in known | ours)
    return Standing(facts, tuple(strange))


def _best(rows: Sequence[Row], metric: str, sign: float) -> Row:
    """Choose the submission that counts: a ranked one, the best, the earliest."""

    def key(row: Row) -> tuple[bool, float, datetime]:
        arrived = datetime.fromisoformat(row["timestamp"])
        return (row.get("rank") is None, -sign * row[metric], arrived)

    return min(rows, key=key)


def _baselines(rows: Sequence[Row], metric: str, sign: float) -> list[float]:
    """Give the score of each baseline: of those submitted again, of the newest."""
    found = {}
    for row in sorted(rows, key=lambda row: int(row["version"])):
        if "baseline" in _marks(row) and "disqualified" not in _marks(row):
            name = tuple(row.get("tags") or ()) or row["version"]
            found[name] = sign * row[metric]
    return list(found.values())


def _marks(row: Row) -> set[str]:
    return set(row.get("marks") or ())


def _number(value: Any) -> float:
    # A metric of the owner's own may have failed; a rule that names it then gives no number.
    return float("nan") if value is None else float(value)
