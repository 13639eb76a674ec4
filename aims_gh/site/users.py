"""Each participant's places, over all playgrounds of a course, as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aims_gh.domain.leaderboard import Board
from aims_gh.site.pages import PlaygroundPage
from aims_gh.site.versions import compact


def users(pages: Iterable[PlaygroundPage]) -> bytes:
    """Give the file `users.json`: for each login and playground its best, and how many.

    It grows with participants, not with submissions.
    """
    found: dict[str, dict[str, Any]] = {}
    playgrounds: dict[str, Any] = {}
    for page in pages:
        metric = page.playground.ranking_metric
        playgrounds[page.slug] = {
            "title": page.playground.title,
            "metric": metric.name,
            "higher": metric.greater_is_better,
            "boards": list(page.playground.boards),
        }
        for login, seen in _of(page).items():
            versions = seen.pop("versions")
            seen["submissions"] = len(versions)
            found.setdefault(login, {})[page.slug] = seen
    order = sorted(found, key=lambda login: (login.lower(), login))
    return compact({"playgrounds": playgrounds, "users": {login: found[login] for login in order}})


def _of(page: PlaygroundPage) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, board in (page.leaderboard.boards if page.leaderboard else {}).items():
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
