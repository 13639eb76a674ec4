"""The files beside the pages: every board as JSON and as CSV, in parts, and in short."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from aims_gh.core.inert import csv_cell
from aims_gh.domain.app import App
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.site.activity import IN_FEED, Event, feed, latest
from aims_gh.site.board import column_keys, shown_columns
from aims_gh.site.head import COURSE_FEED, playground_feed, playground_picture
from aims_gh.site.pages import CourseSite, PlaygroundPage
from aims_gh.site.parts import part_path, parts
from aims_gh.site.picture import picture
from aims_gh.site.records import records
from aims_gh.site.rules import rules
from aims_gh.site.summary import summary
from aims_gh.site.users import users
from aims_gh.site.view import Digest

INDEX = PurePosixPath("data/course.json")
"""Lists the playgrounds; also the sign that a folder is a site of ours."""


def playground_files(
    site: CourseSite, page: PlaygroundPage, lately: Sequence[Event]
) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give the files of a playground by their path on the site, one after the other."""
    folder = PurePosixPath("data", page.slug)
    board = page.leaderboard or Leaderboard(playground=page.slug, boards={})
    yield folder / "leaderboard.json", board.to_json()
    yield folder / "rules.json", rules(page, site.course)
    for name in page.boards:
        yield folder / f"{name}.csv", board_csv(board.boards.get(name))
    yield from _for_our_pages(page)
    path, title = playground_feed(page.slug), f"{page.playground.title}: new submissions"
    about = f"playgrounds/{page.slug}/"
    yield path, feed(site, lately, title=title, path=str(path), page=about)
    yield playground_picture(page.slug), picture(page, site.course.title)
    if page.app is not None:
        yield folder / "app.json", app_json(page.app)
    if page.model is not None:
        yield folder / "model.onnx", page.model
    yield from records(page)


def app_json(app: App) -> bytes:
    """Write what the page that predicts is made from; numbers of pictures take one line."""
    value = app.model_dump(mode="json")
    return f"{json.dumps(value, allow_nan=False, separators=(',', ':'))}\n".encode("ascii")


def course_files(
    site: CourseSite, digests: Sequence[Digest]
) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give the files of the course by their path on the site."""
    title = f"{site.course.title}: new submissions"
    lately = latest((event for one in digests for event in one.lately), IN_FEED)
    yield INDEX, _index(site, digests)
    yield COURSE_FEED, feed(site, lately, title=title, path=str(COURSE_FEED))
    yield PurePosixPath("data/users.json"), users(one.crowd for one in digests)


def owners_files(page: PlaygroundPage) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give the public files that lie beside a playground's pages."""
    for path, content in page.files.items():
        yield PurePosixPath("playgrounds", page.slug, path), content


def _for_our_pages(page: PlaygroundPage) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give what the scripts of the pages read; their format is nobody else's business."""
    every = page.leaderboard.boards if page.leaderboard else {}
    boards = {name: every[name] for name in page.boards if name in every}
    yield PurePosixPath("data", page.slug, "summary.json"), summary(boards)
    for name, board in boards.items():
        for number, part in enumerate(parts(board, column_keys(shown_columns(board)))):
            yield part_path(page.slug, name, number), part


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


def _index(site: CourseSite, digests: Sequence[Digest]) -> bytes:
    playgrounds = [
        {
            "slug": one.card.slug,
            "title": one.card.title,
            "page": f"playgrounds/{one.card.slug}/",
            "leaderboard": f"data/{one.card.slug}/leaderboard.json",
        }
        for one in digests
    ]
    value = {"schema_version": 1, "title": site.course.title, "playgrounds": playgrounds}
    return f"{json.dumps(value, indent=1)}\n".encode("ascii")
