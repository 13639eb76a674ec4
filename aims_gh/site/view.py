"""What the templates are given: everything decided, sorted, counted and worded."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass

from aims_gh.core.inert import plain
from aims_gh.domain.course import Course
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.playground import DataFile, Playground
from aims_gh.site import text, words
from aims_gh.site.board import BoardView, board_view
from aims_gh.site.facts import Fact, InputRow, facts, input_rows, task
from aims_gh.site.pages import CourseSite, PlaygroundPage


@dataclass(frozen=True, slots=True)
class Best:
    """The score on top of a board, and whose it is."""

    score: str
    title: str
    username: str


@dataclass(frozen=True, slots=True)
class Card:
    """A playground among others."""

    slug: str
    title: str
    description: str
    task: str
    metric: str
    arrow: str
    better: str
    rows: str
    participants: str
    submissions: str
    closes: str
    closing_day: str
    best: Best | None


@dataclass(frozen=True, slots=True)
class Download:
    """A public data file."""

    path: str
    what: str
    rows: str
    size: str
    here: bool
    """Whether the site carries it."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What to type, ready to be copied."""

    data: str
    check: str
    submit: str
    without_model: str
    """A remark on submitting predictions alone; empty where a model is needed."""

    leaderboard: str
    python: str


@dataclass(frozen=True, slots=True)
class PlaygroundView:
    """One playground's page."""

    card: Card
    readme: str
    facts: tuple[Fact, ...]
    inputs: tuple[InputRow, ...]
    boards: tuple[BoardView, ...]
    commands: Commands
    downloads: tuple[Download, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CourseView:
    """The course's own pages."""

    title: str
    description: str
    address: str
    counts: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]


def course_view(site: CourseSite) -> CourseView:
    """Prepare the course's own pages."""
    boards = [page.leaderboard for page in site.playgrounds]
    users = set().union(*(_users(board) for board in boards))
    submissions = sum(len(_versions(board)) for board in boards)
    return CourseView(
        title=site.course.title,
        description=site.course.description,
        address=site.address,
        counts=(
            (f"{len(boards):,}", "playground" if len(boards) == 1 else "playgrounds"),
            (f"{len(users):,}", "participant" if len(users) == 1 else "participants"),
            (f"{submissions:,}", "submission" if submissions == 1 else "submissions"),
        ),
        cards=tuple(_card(page) for page in site.playgrounds),
    )


def playground_view(page: PlaygroundPage, course: Course) -> PlaygroundView:
    """Prepare a playground's page."""
    playground = page.playground
    return PlaygroundView(
        card=_card(page),
        readme=without_title(page.readme),
        facts=facts(playground, course),
        inputs=input_rows(playground),
        boards=_boards(page, course),
        commands=_commands(page),
        downloads=_downloads(page),
        tags=playground.tags,
    )


def without_title(readme: str) -> str:
    r"""Drop the title that a README begins with; the page has its own.

    Examples
    --------
    >>> without_title("# Titanic\n\nWho survived?"), without_title("Who survived?")
    ('Who survived?', 'Who survived?')
    """
    return re.sub(r"\A\s*(?:# [^\n]*|[^\n]+\n=+[ \t]*)(?:\n+|\Z)", "", readme)


def _card(page: PlaygroundPage) -> Card:
    playground = page.playground
    metric = playground.ranking_metric
    closes = playground.competition.closes
    return Card(
        slug=page.slug,
        title=playground.title,
        description=playground.description,
        task=task(playground),
        metric=metric.name,
        arrow=words.arrow(metric),
        better=words.better(metric),
        rows=f"{playground.holdout.rows:,}",
        participants=f"{len(_users(page.leaderboard)):,}",
        submissions=f"{len(_versions(page.leaderboard)):,}",
        closes=text.moment(closes) if closes else "",
        closing_day=text.day(closes) if closes else "",
        best=_best(page),
    )


def _boards(page: PlaygroundPage, course: Course) -> tuple[BoardView, ...]:
    found = page.leaderboard.boards if page.leaderboard else {}
    private = len(page.playground.boards) > 1
    metric = page.playground.ranking_metric
    return tuple(
        board_view(
            name,
            found.get(name) or _empty_board(page.playground),
            note=_NOTES[name, private].format(metric=metric.name, better=words.better(metric)),
            lower_is_better=_lower_is_better(page.playground),
            owners=course.owners,
        )
        for name in page.playground.boards
    )


def _lower_is_better(playground: Playground) -> list[str]:
    return [own.name for own in playground.own_metrics if not own.greater_is_better]


_NOTES = {
    ("experiment", False): "Every row counts. Ranked by {metric}, {better}.",
    ("experiment", True): (
        "For trying things out: the public rows now, all rows after the reveal. "
        "Ranked by {metric}, {better}."
    ),
    ("competition", True): (
        "For the prize: the public rows now, the private rows after the reveal. "
        "Ranked by {metric}, {better}."
    ),
}


def _empty_board(playground: Playground) -> Board:
    metric = playground.ranking_metric
    names = tuple(m.name for m in playground.metrics)
    direction = "maximize" if metric.greater_is_better else "minimize"
    return Board(metric=metric.name, direction=direction, metrics=names, columns={})


def _users(board: Leaderboard | None) -> set[object]:
    boards = board.boards.values() if board else ()
    return {user for one in boards for user in one.columns.get("username", ())}


def _versions(board: Leaderboard | None) -> set[object]:
    boards = board.boards.values() if board else ()
    return {version for one in boards for version in one.columns.get("version", ())}


def _best(page: PlaygroundPage) -> Best | None:
    for name in page.playground.boards:
        board = page.leaderboard.boards.get(name) if page.leaderboard else None
        score = next(iter(board.columns.get(board.metric, [])), None) if board else None
        if board and isinstance(score, int | float):
            user = next(iter(board.columns.get("username", [])), "")
            return Best(text.score(score), repr(float(score)), str(user))
    return None


def _commands(page: PlaygroundPage) -> Commands:
    address = shlex.quote(plain(page.address))
    predicts = page.playground.evaluation != "model"
    predictions = " --predictions p.csv" if predicts else ""
    argument = ", prediction_submission=model.predict(X_test)" if predicts else ""
    return Commands(
        data=f"aims data {address}",
        check=f"aims check model.onnx --to {address}{predictions}",
        submit=f"aims submit model.onnx --to {address}{predictions}",
        without_model=" (leave out `model.onnx` to submit predictions alone)"
        if page.playground.evaluation == "predictions"
        else "",
        leaderboard=f"aims leaderboard {address}",
        python="from aims_gh import ModelPlayground\n"
        f"pg = ModelPlayground(playground_url={json.dumps(plain(page.address))}, "
        'username="YOU")\n'
        f"pg.submit_model(model{argument})",
    )


def _downloads(page: PlaygroundPage) -> tuple[Download, ...]:
    data = page.playground.data
    named = (
        ("to learn from", data.train),
        ("to predict on", data.features),
        ("a few example rows", data.example),
        *(("shared by the owner", file) for file in data.shared),
    )
    found = [_download(page, what, file) for what, file in named if file]
    code = page.files.get("metrics.py")
    if code is not None:
        what = "computes the owners' own metrics"
        found.append(Download("metrics.py", what, rows="", size=text.size(len(code)), here=True))
    return tuple(found)


def _download(page: PlaygroundPage, what: str, file: DataFile) -> Download:
    path = file.path if file.path.startswith("data/") else f"data/{file.path}"
    return Download(
        path=path,
        what=what,
        rows="" if file.rows is None else f"{file.rows:,}",
        size=text.size(file.bytes),
        here=path in page.files,
    )
