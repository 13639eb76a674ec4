"""Each participant's places, over all playgrounds of a course, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.site.pages import PlaygroundPage
from aims_gh.site.versions import compact


@dataclass(frozen=True, slots=True)
class Crowd:
    """The participants of one playground.

    Attributes
    ----------
    playground : dict
        What it is called, and how it ranks.
    users : dict
        For each login its best on each board, how many submissions, and when the last; and whether
        all of them are baselines, so that the login is nobody who takes part.
    """

    slug: str
    playground: dict[str, Any]
    users: dict[str, dict[str, Any]]


def crowd(page: PlaygroundPage) -> Crowd:
    """Find the participants of a playground."""
    metric = page.playground.ranking_metric
    playground = {
        "title": page.playground.title,
        "metric": metric.name,
        "higher": metric.greater_is_better,
        "boards": list(page.playground.boards),
    }
    found, taking_part = _of(page), participants(page.leaderboard)
    for login, seen in found.items():
        seen["submissions"] = len(seen.pop("versions"))
        if login not in taking_part:
            seen["baseline"] = True
    return Crowd(page.slug, playground, found)


def participants(leaderboard: Leaderboard | None) -> frozenset[str]:
    """Tell who takes part: whoever submitted anything but what others are measured by."""
    boards = leaderboard.boards.values() if leaderboard else ()
    return frozenset(
        login
        for board in boards
        for login, marks in zip(
            board.columns.get("username", ()),
            board.columns.get("marks", repeat(())),
            strict=False,
        )
        if "baseline" not in (marks or ())
    )


def users(crowds: Iterable[Crowd]) -> bytes:
    """Give the file `users.json`: for each login and playground its best, and how many.

    It grows with participants, not with submissions.
    """
    found: dict[str, dict[str, Any]] = {}
    playgrounds: dict[str, Any] = {}
    for one in crowds:
        playgrounds[one.slug] = one.playground
        for login, seen in one.users.items():
            found.setdefault(login, {})[one.slug] = seen
    order = sorted(found, key=lambda login: (login.lower(), login))
    return compact({"playgrounds": playgrounds, "users": {login: found[login] for login in order}})


def _of(page: PlaygroundPage) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    boards = page.leaderboard.boards if page.leaderboard else {}
    order = (name for name in page.playground.boards if name in boards)
    for name, board in {**{name: boards[name] for name in order}, **boards}.items():
        for version, login, moment, rank, score in _rows(board):
            mine = found.setdefault(login, {"best": {}, "last": moment, "versions": set()})
            mine["versions"].add(version)
            mine["last"] = max(mine["last"], moment)
            if name not in mine["best"]:  # rows are in rank order: the first is the best
                mine["best"][name] = [rank, score, version]
    return found


def _rows(board: Board) -> Iterable[tuple[Any, ...]]:
    names = ("version", "username", "timestamp", "rank", board.metric)
    columns = [board.columns.get(name, [None] * len(board)) for name in names]
    return zip(*columns, strict=True)
