"""The final board: what each entrant's chosen submissions are worth on the private part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import compress
from typing import Any

from aims_gh.core.aggregate import Column, Rule, aggregate
from aims_gh.core.penalty import counted
from aims_gh.core.rank import Row, board_of, bounds, extend, ranked, score_of, sorting
from aims_gh.core.rulings import Rulings
from aims_gh.domain.competition import Competition
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.playground import Playground
from aims_gh.domain.reveal import Opened


def with_final(board: Leaderboard, playground: Playground, rulings: Rulings) -> Leaderboard:
    """Add the final board, once the private scores are revealed.

    Each entrant has one row: the best on the private part of the submissions that were chosen,
    or of those that are best in public. Who is disqualified, late without a penalty, or outside
    the final phase where there is one, is not on it; baselines are, without a rank.
    """
    if rulings.reveal is None or "competition" not in board.boards:
        return board
    final = _final(board.boards["competition"], playground, rulings)
    return board.model_copy(update={"boards": {**board.boards, "final": final}})


def _final(public: Board, playground: Playground, rulings: Rulings) -> Board:
    assert rulings.reveal is not None
    opened = rulings.reveal.versions
    groups: dict[str, list[Row]] = {}
    baselines = []
    for row in public.rows():  # best in public first
        if row["version"] not in opened or not _is_eligible(row, playground, rulings):
            continue
        if "baseline" in row["marks"]:
            baselines.append(_closed(row, opened[row["version"]], playground, rulings))
        else:
            groups.setdefault(rulings.entrant(row["username"]), []).append(row)
    ranks = _public_ranks(groups, playground)
    rows = []
    for entrant, candidates in groups.items():
        chosen = _chosen(candidates, rulings.chosen.get(entrant, ()), playground)
        worth = [_closed(row, opened[row["version"]], playground, rulings) for row in chosen]
        best = min(worth, key=sorting(playground.ranking_metric))
        rows.append({**best, "public_rank": ranks[entrant]})
    return _shaken(rows, baselines, playground)


def _public_ranks(groups: Mapping[str, Sequence[Row]], playground: Playground) -> dict[str, int]:
    """Give entrants places by their best public score; equal ones share a place."""
    ranks: dict[str, int] = {}
    rank, previous = 0, None
    for place, (entrant, rows) in enumerate(groups.items(), start=1):
        score = score_of(rows[0], playground.ranking_metric)
        rank = rank if score == previous else place
        ranks[entrant], previous = rank, score
    return ranks


def _is_eligible(row: Row, playground: Playground, rulings: Rulings) -> bool:
    if row["rank"] is None and "baseline" not in row["marks"]:
        return False  # disqualified, late, or without a score
    return is_of_phase(row, playground.competition, rulings)


def is_of_phase(row: Mapping[str, Any], rules: Competition, rulings: Rulings) -> bool:
    """Tell whether a row of the competition board is of the phase that counts in the end."""
    if rules.final is None or "baseline" in row["marks"]:
        return True
    return rulings.in_final(rules, row["username"], datetime.fromisoformat(row["timestamp"]))


def of_phase(board: Board, rules: Competition, rulings: Rulings) -> Board:
    """Leave out what is of a phase that does not count in the end."""
    kept = [is_of_phase(row, rules, rulings) for row in board.rows()]
    columns = {name: list(compress(values, kept)) for name, values in board.columns.items()}
    return board.model_copy(update={"columns": columns})


def _chosen(candidates: Sequence[Row], wanted: Sequence[int], playground: Playground) -> list[Row]:
    """Give those that count: the choice, filled up with the best in public where it is short."""
    count = playground.competition.final_submissions
    own = [row for row in candidates if row["version"] in wanted]
    others = [row for row in candidates if row["version"] not in wanted]
    return [*own, *others][:count]


def _closed(row: Row, opened: Opened, playground: Playground, rulings: Rulings) -> dict[str, Any]:
    """Put private scores in the place of public ones."""
    metrics = playground.metrics
    found: Row = {
        **row,
        **{metric.name: opened.private.get(metric.name) for metric in metrics},
        **{f"{metric.name}_{end}": None for metric in metrics for end in ("low", "high")},
        **bounds(opened.intervals),
        "failures": dict(opened.failures),
        "tied_group": opened.group,
        "counted": None,
        "penalties": bool(playground.competition.penalty),
    }
    if "late" in row["marks"]:
        found["counted"] = counted(playground, found, rulings)
        found["unranked"] = found["counted"] is None
    return found


def _shaken(rows: list[Row], baselines: list[Row], playground: Playground) -> Board:
    """Rank, and tell how many places each won or lost since the public board."""
    for row in baselines:
        row["unranked"] = True
    rule = playground.competition.ranking
    if rule == "metric":
        found = ranked([*rows, *baselines], playground).rows()
    else:
        found = [*_together(rows, playground, rule), *ranked(baselines, playground).rows()]
    _renumber(found)
    for row in found:
        if row["rank"] is not None and row.get("public_rank") is not None:
            row["shake_up"] = row["public_rank"] - row["rank"]
    return board_of(found, playground)


def _renumber(rows: Sequence[Row]) -> None:
    """Count groups from 1 again, where somebody is out who led one."""
    there = sorted({row["tied_group"] for row in rows if row.get("tied_group") is not None})
    for row in rows:
        if row.get("tied_group") is not None:
            row["tied_group"] = there.index(row["tied_group"]) + 1


def _together(rows: Sequence[Row], playground: Playground, rule: Rule) -> list[Row]:
    """Rank by all metrics together; of equals, who was earlier comes first."""
    if not rows:
        return []
    rows = sorted(rows, key=lambda row: (datetime.fromisoformat(row["timestamp"]), row["version"]))
    columns = []
    for metric in playground.metrics:
        first = metric == playground.ranking_metric
        scores = tuple(score_of(row, metric) if first else row[metric.name] for row in rows)
        columns.append(Column(scores, greater_is_better=metric.greater_is_better))
    standings = aggregate(columns, rule)
    return [{**rows[s.place], "rank": s.rank, "rank_points": s.points} for s in standings]


def derived(
    board: Leaderboard,
    playground: Playground,
    evaluations: Sequence[Evaluation],
    rulings: Rulings,
) -> Leaderboard:
    """Derive all boards that there are now, the final one too."""
    return with_final(extend(board, playground, evaluations, rulings), playground, rulings)
