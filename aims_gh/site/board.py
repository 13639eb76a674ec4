"""A leaderboard as it is shown: its columns, and the first rows as text."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from aims_gh.domain.leaderboard import Board
from aims_gh.site import text
from aims_gh.site.parts import part_count

STATIC_ROWS = 100
"""Rows in the page itself. The others come from the parts of the board, by script."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a board.

    `text` may be a participant's. `title`, `word`, `iso` and `href` go into attributes and are
    ours, apart from numbers and instants that the ledger has checked, and names that are quoted.
    """

    text: str
    title: str = ""
    word: str = ""
    """What a mark says to those who cannot see it."""

    iso: str = ""
    css: str = ""
    href: str = ""
    aside: str = ""
    """What stands beside the value, smaller: an interval, or what is to be known of a row."""

    team: str | None = None
    """Of a user, where the board has teams: stands below the name on small screens."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a board: what the script needs to draw more of it."""

    key: str
    label: str
    kind: str
    label_by_script: str = ""
    ranks: bool = False
    arrow: str = ""
    descending_first: bool = False
    interval: bool = False
    """Whether the board has a confidence interval of this score."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board, ready to be shown."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: int
    total: str
    parts: int
    """In how many files the rows lie that the script reads."""

    summary: str
    owners: tuple[str, ...]
    legend: frozenset[str]
    """The marks that the table may show and that need their explanation."""


_BEFORE_SCORES = (
    Column("rank", "#", "rank"),
    Column("username", "User", "user"),
    Column("team_name", "Team", "team"),
)
_BESIDE_SCORE = (
    Column("counted", "Counts as", "score", descending_first=True),
    Column("rank_points", "All metrics", "score"),
    Column("tied_group", "Tied group", "int"),
)
_AFTER_SCORES = (
    Column("public_rank", "Public rank", "int"),
    Column("shake_up", "Places won", "int", descending_first=True),
    Column("version", "Version", "version"),
    Column("model_type", "Model", "text"),
    Column("reproduced", "Reproduced", "mark", descending_first=True),
    Column("ml_framework", "Framework", "text"),
    Column("num_params", "Parameters", "int"),
    Column("depth", "Depth", "int"),
    Column("optimizer", "Optimizer", "text"),
    Column("loss", "Loss", "text"),
    Column("epochs", "Epochs", "int"),
    Column("transfer_learning", "Transfer", "bool", descending_first=True),
    Column("deep_learning", "Deep", "bool", descending_first=True),
    Column("memory_size", "Size", "size"),
    Column("latency_ms_per_1000", "ms / 1,000 rows", "decimal"),
    Column("peak_memory_bytes", "Peak memory", "size"),
    Column("timestamp", "Submitted (UTC)", "time", "Submitted", descending_first=True),
    Column("failures", "Not computed", "pairs"),
    Column("marks", "Marks", "list"),
    Column("based_on", "Based on", "version"),
    Column("tags", "Tags", "list"),
    Column("metadata", "Metadata", "pairs"),
)
_ALWAYS = {"rank", "username", "version", "timestamp"}


def board_view(
    name: str,
    board: Board,
    *,
    note: str,
    lower_is_better: Collection[str] = (),
    owners: Collection[str] = (),
) -> BoardView:
    """Prepare a board: leave out columns that are empty for all, and word the first rows.

    Parameters
    ----------
    lower_is_better : collection of str
        Metrics of the playground's own of which that is so; of built-in ones it is known.
    owners : collection of str
        Whose rows are marked as the owners' own.
    """
    columns = shown_columns(board, lower_is_better=lower_is_better)
    shown = min(len(board), STATIC_ROWS)
    summary = text.count(len(board), "submission")
    return BoardView(
        name=name,
        title=name.capitalize(),
        note=note,
        columns=columns,
        rows=tuple(zip(*(_cells(c, board, owners) for c in columns), strict=True)),
        count=len(board),
        total=f"{len(board):,}",
        parts=part_count(board),
        summary=summary if shown == len(board) else f"The first {shown} of {summary}",
        owners=tuple(owners),
        legend=frozenset(_legend(board, columns, owners)),
    )


def shown_columns(board: Board, *, lower_is_better: Collection[str] = ()) -> tuple[Column, ...]:
    """Give the columns that the table has, in its order."""
    columns = _columns(board, {*_ERRORS, *lower_is_better})
    return tuple(c for c in columns if c.key in _ALWAYS or _any(board, c.key))


def column_keys(columns: Collection[Column]) -> Iterator[str]:
    """Give the names of what the table reads for these columns."""
    for column in columns:
        yield column.key
        if column.interval:
            yield from _interval_keys(column.key)


def _legend(board: Board, columns: Collection[Column], owners: Collection[str]) -> Iterator[str]:
    keys = {column.key for column in columns}
    yield from {"reproduced", "tied_group"} & keys
    yield from {mark for marks in board.columns.get("marks", ()) for mark in marks or ()}
    if any(column.interval for column in columns):
        yield "interval"
    people = {str(user).lower() for user in board.columns.get("username", ())}
    if people & {owner.lower() for owner in owners}:
        yield "owner"
    if _tied(board.columns.get("rank", [])):
        yield "tie"


def _tied(ranks: list[Any]) -> bool:
    return any(a == b is not None for a, b in itertools.pairwise(ranks))


def _interval_keys(key: str) -> tuple[str, str]:
    return f"{key}_low", f"{key}_high"


def _columns(board: Board, lower: Collection[str]) -> tuple[Column, ...]:
    higher = board.direction == "maximize"
    scores = tuple(
        Column(
            name,
            name,
            "score",
            ranks=name == board.metric,
            arrow=("↑" if higher else "↓") if name == board.metric else "",
            descending_first=higher if name == board.metric else name not in lower,
            interval=all(_any(board, key) for key in _interval_keys(name)),
        )
        for name in board.metrics
    )
    return (*_BEFORE_SCORES, scores[0], *_BESIDE_SCORE, *scores[1:], *_AFTER_SCORES)


_ERRORS = ("log_loss", "mse", "rmse", "mae", "median_absolute_error", "mape")


def _any(board: Board, key: str) -> bool:
    return any(value not in (None, "", [], {}) for value in board.columns.get(key, ()))


def _cells(column: Column, board: Board, owners: Collection[str]) -> Iterator[Cell]:
    """Word the first rows of a column."""
    shown = min(len(board), STATIC_ROWS)
    values = board.columns.get(column.key, [])
    cells = (_cell(column, value) for value in itertools.islice(_padded(values), shown))
    if column.kind == "rank":
        return (_with_tie(cell, values, row) for row, cell in enumerate(cells))
    if column.kind == "user":
        return _users(cells, board, owners)
    if column.interval:
        low, high = (board.columns[key] for key in _interval_keys(column.key))
        return (
            replace(c, aside=_interval(*ends)) for c, *ends in zip(cells, low, high, strict=False)
        )
    return cells


def _users(cells: Iterator[Cell], board: Board, owners: Collection[str]) -> Iterator[Cell]:
    """Say beside each name what sets the row apart, and whose team it is."""
    known = {owner.lower() for owner in owners}
    marks = _padded(board.columns.get("marks", []))
    has_teams = _any(board, "team_name")
    teams = _padded(board.columns.get("team_name", []))
    for cell, marked, team in zip(cells, marks, teams, strict=False):
        told = [mark for mark in MARKS if mark in (marked or ())]
        if cell.text.lower() in known and "baseline" not in told:
            told = ["owner", *told]
        yield replace(cell, aside=", ".join(told), team=str(team or "") if has_teams else None)


MARKS = ("baseline", "late", "disqualified", "sealed")
"""What stands beside a name, in this order."""


def _padded(values: list[Any]) -> Iterator[Any]:
    return itertools.chain(values, itertools.repeat(None))


def _with_tie(cell: Cell, ranks: list[Any], row: int) -> Cell:
    """Write `=2` where two or more share the second place."""
    neighbours = [ranks[at] for at in (row - 1, row + 1) if 0 <= at < len(ranks)]
    tied = row < len(ranks) and ranks[row] is not None and ranks[row] in neighbours
    return replace(cell, text=f"={cell.text}", title="shared") if tied else cell


def _interval(low: Any, high: Any) -> str:
    numbers = [value for value in (low, high) if isinstance(value, int | float)]
    return "–".join(text.score(value) for value in numbers) if len(numbers) == 2 else ""


def _cell(column: Column, value: Any) -> Cell:
    if value is None:
        return Cell("" if column.kind in _BLANK else text.NOTHING)
    try:
        return _FORMATS[column.kind](value)
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        return Cell(str(value))  # not what the column holds: show it as it is


_BLANK = ("text", "team", "list", "pairs")


def _user(value: str) -> Cell:
    return Cell(value, href=f"../../../users/?u={quote(value, safe='', errors='replace')}")


def _version(value: int) -> Cell:
    return Cell(f"{value:d}", href=f"../models/?v={value:d}")


def _score(value: float) -> Cell:
    return Cell(text.score(value), title=repr(float(value)))


def _size(value: int) -> Cell:
    return Cell(text.size(value), title=f"{value:,} bytes")


def _time(value: str) -> Cell:
    short = text.stamp(value)
    if short == value:
        return Cell(value)
    return Cell(short, title=text.stamp(value, seconds=True), iso=value)


def _mark(value: bool) -> Cell:
    if value is True:
        return Cell("✔", word="reproduced", css="aims-good")
    return Cell("✘", word="not reproduced", css="aims-bad")


def _list(values: list[Any]) -> Cell:
    return Cell(", ".join(str(v) for v in values))


def _pairs(values: Mapping[str, Any]) -> Cell:
    return Cell(", ".join(f"{key}: {_scalar(v)}" for key, v in sorted(values.items())))


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return text.NOTHING if value is None else str(value)


_FORMATS: Mapping[str, Callable[[Any], Cell]] = {
    "rank": lambda value: Cell(f"{value:,}"),
    "user": _user,
    "version": _version,
    "text": lambda value: Cell(str(value)),
    "team": lambda value: Cell(str(value)),
    "int": lambda value: Cell(f"{value:,}", title=str(value)),
    "bool": lambda value: Cell("yes" if value else "no"),
    "size": _size,
    "decimal": lambda value: Cell(text.decimal(value), title=repr(float(value))),
    "score": _score,
    "time": _time,
    "mark": _mark,
    "list": _list,
    "pairs": _pairs,
}
