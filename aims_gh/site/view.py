"""What the templates are given: everything decided, sorted, counted and worded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from aims_gh.core.inert import plain
from aims_gh.domain.architecture import Library
from aims_gh.domain.course import Course
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.playground import BoardName, Playground
from aims_gh.site import text, words
from aims_gh.site.activity import SHOWN, Event, latest, recent
from aims_gh.site.board import BoardView, board_view
from aims_gh.site.code import CodeFile, code_files
from aims_gh.site.commands import Commands, commands
from aims_gh.site.data_files import Download, downloads
from aims_gh.site.facts import WAITS, Fact, InputRow, facts, input_rows, task
from aims_gh.site.pages import CourseSite, PlaygroundPage
from aims_gh.site.served_snippets import endpoint_part
from aims_gh.site.snippets import Part, board_part, model_part
from aims_gh.site.tabs import TABS, Tab
from aims_gh.site.timetable import Deadline, dates, deadlines, timetable
from aims_gh.site.users import Crowd, crowd, participants


@dataclass(frozen=True, slots=True)
class Best:
    """The score on top of a board, and whose it is: a team's, or a user's."""

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
    times: dict[str, str]
    """What a script tells from where it stands now."""

    status: str
    """When it is open, for whoever runs none."""

    deadlines: tuple[Deadline, ...]
    private: bool
    input: str
    tags: tuple[str, ...]
    libraries: tuple[str, ...]
    """Those that its submissions were made with, of the ones that are known."""

    best: Best | None


@dataclass(frozen=True, slots=True)
class PlaygroundView:
    """One playground's page."""

    card: Card
    address: str
    """What to type in commands."""

    repository: str
    """The course on GitHub, ``https://github.com/OWNER/NAME``; empty for a folder."""

    tabs: tuple[Tab, ...]
    about: str
    """What it is, for a page's description."""

    waits: str
    """Why nothing can be submitted: it waits for its labels; else empty."""

    moved: str
    """How many changed places by the reveal; empty before it."""

    readme: str
    facts: tuple[Fact, ...]
    inputs: tuple[InputRow, ...]
    boards: tuple[BoardView, ...]
    commands: Commands
    downloads: tuple[Download, ...]
    code: tuple[CodeFile, ...]
    starter: CodeFile | None
    """The notebook to begin with, as long as it can be submitted from."""

    snippets: tuple[Part, ...]
    on_ladder: bool
    """Whether the scores that are shown are each entrant's best so far."""

    tags: tuple[str, ...]
    latest: int
    """The highest version on a board; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are of something, and the page that lists them."""

    number: str
    noun: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class CourseView:
    """The course's own pages."""

    title: str
    description: str
    address: str
    counts: tuple[Count, ...]
    cards: tuple[Card, ...]
    activity: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What the course's own pages say of a playground: all that is kept of its boards."""

    card: Card
    versions: int
    participants: frozenset[str]
    crowd: Crowd
    lately: tuple[Event, ...]


def digest(page: PlaygroundPage) -> Digest:
    """Keep of a playground what the course's own pages show."""
    return Digest(
        card=_card(page),
        versions=len(_versions(page.leaderboard)),
        participants=participants(page.leaderboard),
        crowd=crowd(page),
        lately=recent(page),
    )


def course_view(site: CourseSite, digests: Sequence[Digest]) -> CourseView:
    """Prepare the course's own pages."""
    people = {login for one in digests for login in one.participants}
    submissions = sum(one.versions for one in digests)
    return CourseView(
        title=site.course.title,
        description=site.course.description,
        address=site.address,
        counts=(
            _count(len(digests), "playground", "playgrounds/"),
            _count(len(people), "participant", "users/"),
            _count(submissions, "submission"),
        ),
        cards=tuple(one.card for one in digests),
        activity=latest((event for one in digests for event in one.lately), SHOWN),
    )


def _count(number: int, noun: str, page: str = "") -> Count:
    return Count(f"{number:,}", noun if number == 1 else f"{noun}s", page)


def playground_view(page: PlaygroundPage, site: CourseSite) -> PlaygroundView:
    """Prepare a playground's pages."""
    playground = page.playground
    card = _card(page)
    code = {path: content for path, content in page.files.items() if path.startswith("code/")}
    files = code_files(code, page.slug, site.repository)
    return PlaygroundView(
        card=card,
        address=plain(page.address),
        repository=site.repository,
        tabs=TABS,
        about=playground.description or f"{card.task}: {card.title}",
        waits=f"This playground waits for its labels: {WAITS}." * playground.waits_for_labels,
        readme=without_title(page.readme),
        moved=_moved(page),
        facts=facts(
            playground, site.course, revealed=page.revealed, teams=_teams(page.leaderboard)
        ),
        inputs=input_rows(playground),
        boards=_boards(page, site.course),
        commands=commands(page, in_folder=not site.repository),
        downloads=downloads(page),
        code=files,
        starter=None if playground.waits_for_labels else _starter(files),
        snippets=_snippets(page, site),
        on_ladder=page.on_ladder,
        tags=playground.tags,
        latest=_latest_version(page),
    )


def _starter(files: Sequence[CodeFile]) -> CodeFile | None:
    return next((file for file in files if file.name == "starter.ipynb"), None)


def _snippets(page: PlaygroundPage, site: CourseSite) -> tuple[Part, ...]:
    served = endpoint_part(page.slug, site.url, page.app)
    return (
        *((served,) if served else ()),
        model_part(page.slug, site.url, page.app),
        board_part(page.slug, site.url, page.playground.ranking_metric.name),
    )


def _latest_version(page: PlaygroundPage) -> int:
    boards = page.leaderboard.boards.values() if page.leaderboard else ()
    return max((max(board.columns.get("version", ()), default=0) for board in boards), default=0)


def _moved(page: PlaygroundPage) -> str:
    if page.leaderboard is None or not page.revealed:
        return ""
    won = page.leaderboard.boards["final"].columns.get("shake_up", ())
    places = [each for each in won if each is not None]
    changed = sum(each != 0 for each in places)
    return f"{changed:,} of {text.count(len(places), 'entrant')} changed places."


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
    return Card(
        slug=page.slug,
        title=playground.title,
        description=playground.description,
        task=task(playground),
        metric=metric.name,
        arrow=words.arrow(metric),
        better=words.better(metric),
        rows=f"{playground.holdout.rows:,}",
        participants=f"{len(participants(page.leaderboard)):,}",
        submissions=f"{len(_versions(page.leaderboard)):,}",
        times=timetable(playground, revealed=page.revealed),
        status=dates(playground, revealed=page.revealed),
        deadlines=deadlines(playground),
        private=playground.visibility == "private",
        input=words.INPUTS[playground.input_type],
        tags=playground.tags,
        libraries=_libraries(page.leaderboard),
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
            note=_note(page, name, private).format(metric=metric.name, better=words.better(metric)),
            lower_is_better=_lower_is_better(page.playground),
            owners=course.owners,
        )
        for name in page.boards
    )


def _note(page: PlaygroundPage, name: BoardName, private: bool) -> str:
    if page.revealed and name != "final":
        return _REVEALED[name]
    held = words.withheld(page.playground) if private and name != "final" else ""
    return f"{_NOTES[name, private]} {held}".rstrip()


def _lower_is_better(playground: Playground) -> list[str]:
    return [own.name for own in playground.own_metrics if not own.greater_is_better]


_REVEALED = {
    "experiment": "For trying things out: all rows, now that the private ones are revealed. "
    "Ranked by {metric}, {better}.",
    "competition": "How it stood before the reveal: the public rows. Ranked by {metric}, {better}.",
}
_NOTES = {
    ("experiment", False): "Every row counts. Ranked by {metric}, {better}.",
    ("experiment", True): (
        "For trying things out: the public rows now, all rows after the reveal. "
        "Ranked by {metric}, {better}."
    ),
    ("final", True): (
        "What counts: each entrant's chosen submissions, or their best in public, on the private "
        "rows. Ranked by {metric}, {better}."
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


def _teams(board: Leaderboard | None) -> int:
    boards = board.boards.values() if board else ()
    return len({team for one in boards for team in one.columns.get("team_name", ()) if team})


def _versions(board: Leaderboard | None) -> set[object]:
    boards = board.boards.values() if board else ()
    return {version for one in boards for version in one.columns.get("version", ())}


def _libraries(board: Leaderboard | None) -> tuple[str, ...]:
    boards = board.boards.values() if board else ()
    claimed = {str(name) for one in boards for name in one.columns.get("ml_framework", ())}
    return tuple(sorted(claimed & set(get_args(Library))))


def _best(page: PlaygroundPage) -> Best | None:
    for name in page.boards:
        board = page.leaderboard.boards.get(name) if page.leaderboard else None
        score = next(iter(board.columns.get(board.metric, [])), None) if board else None
        if board and isinstance(score, int | float):
            user = next(iter(board.columns.get("team_name", [])), None)
            user = user or next(iter(board.columns.get("username", [])), "")
            return Best(text.score(score), repr(float(score)), str(user))
    return None
