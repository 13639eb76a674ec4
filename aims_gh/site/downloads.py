"""The files beside the pages: every board as JSON and as CSV, in parts, and in short."""

from __future__ import annotations

import csv
import io
import json
from pathlib import PurePosixPath
from typing import Any

from aims_gh.core.inert import csv_cell
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.site.activity import feed
from aims_gh.site.board import column_keys, shown_columns
from aims_gh.site.head import COURSE_FEED, playground_feed, playground_picture
from aims_gh.site.pages import CourseSite, PlaygroundPage
from aims_gh.site.parts import part_path, parts
from aims_gh.site.picture import picture
from aims_gh.site.rules import rules
from aims_gh.site.summary import summary

INDEX = PurePosixPath("data/course.json")
"""Lists the playgrounds; also the sign that a folder is a site of ours."""


def downloads(site: CourseSite) -> dict[PurePosixPath, bytes]:
    """Give the files by their path on the site."""
    title = f"{site.course.title}: new submissions"
    files = {
        INDEX: _index(site),
        COURSE_FEED: feed(site, site.playgrounds, title=title, path=str(COURSE_FEED)),
    }
    for page in site.playgrounds:
        files |= _for_others(site, page)
        folder = PurePosixPath("data", page.slug)
        board = page.leaderboard or Leaderboard(playground=page.slug, boards={})
        files[folder / "leaderboard.json"] = board.to_json()
        files[folder / "rules.json"] = rules(page, site.course)
        for name in page.playground.boards:
            files[folder / f"{name}.csv"] = board_csv(board.boards.get(name))
        files |= _for_our_pages(page)
        files |= {_beside(page, path): content for path, content in page.files.items()}
    return files


def _for_our_pages(page: PlaygroundPage) -> dict[PurePosixPath, bytes]:
    """Give what the scripts of the pages read; their format is nobody else's business."""
    every = page.leaderboard.boards if page.leaderboard else {}
    boards = {name: every[name] for name in page.playground.boards if name in every}
    files = {PurePosixPath("data", page.slug, "summary.json"): summary(boards)}
    for name, board in boards.items():
        for number, part in enumerate(parts(board, column_keys(shown_columns(board)))):
            files[part_path(page.slug, name, number)] = part
    return files


def _for_others(site: CourseSite, page: PlaygroundPage) -> dict[PurePosixPath, bytes]:
    """Give what other programs show of a playground: its feed, and a picture of who leads."""
    path, title = playground_feed(page.slug), f"{page.playground.title}: new submissions"
    return {
        path: feed(site, [page], title=title, path=str(path)),
        playground_picture(page.slug): picture(page, site.course.title),
    }


def board_csv(board: Board | None) -> bytes:
    """Write a board as CSV; nothing in it runs as a formula."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    columns = board.columns if board else {}
    writer.writerow(csv_cell(name) for name in columns)
    writer.writerows(zip(*map(_csv_column, columns.values()), strict=True))
    return lines.getvalue().encode("utf-8")


_NUMBERS = frozenset((int, float, bool, type(None)))


def _csv_column(values: list[Any]) -> list[Any]:
    """Make a column inert; one of numbers is so already, and most texts occur many times."""
    if {*map(type, values)} <= _NUMBERS:
        return values
    flat = [value if isinstance(value, str) else _flat(value) for value in values]
    cells = {value: csv_cell(value) for value in {*flat}}
    return [cells[value] for value in flat]


def _flat(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else None
    return value


def _beside(page: PlaygroundPage, path: str) -> PurePosixPath:
    return PurePosixPath("playgrounds", page.slug, path)


def _index(site: CourseSite) -> bytes:
    playgrounds = [
        {
            "slug": page.slug,
            "title": page.playground.title,
            "page": f"playgrounds/{page.slug}/",
            "leaderboard": f"data/{page.slug}/leaderboard.json",
        }
        for page in site.playgrounds
    ]
    value = {"schema_version": 1, "title": site.course.title, "playgrounds": playgrounds}
    return f"{json.dumps(value, indent=1)}\n".encode("ascii")
