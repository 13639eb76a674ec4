"""A leaderboard as it is shown: its columns, and the first rows as text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from aims_gh.domain.leaderboard import Board
from aims_gh.site import text

STATIC_ROWS = 100
"""Rows in the page itself. The others come from `leaderboard.json`, by script."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a board.

    `text` may be a participant's. `title`, `word` and `iso` go into attributes and are ours,
    apart from numbers and instants that the ledger has checked.
    """

    text: str
    title: str = ""
    word: str = ""
    """What a mark says to those who cannot see it."""

    iso: str = ""
    css: str = ""


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


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board, ready to be shown."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: str
    summary: str
    marks: bool
    """Whether the marks below the table need their explanation."""


_BEFORE_SCORES = (
    Column("rank", "#", "rank"),
    Column("username", "User", "user"),
)
_AFTER_SCORES = (
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
    name: str, board: Board, *, note: str, lower_is_better: Collection[str] = ()
) -> BoardView:
    """Prepare a board: leave out columns that are empty for all, and word the first rows.

    Parameters
    ----------
    lower_is_better : collection of str
        Metrics of the playground's own of which that is so; of built-in ones it is known.
    """
    lower = {*_ERRORS, *lower_is_better}
    columns = tuple(c for c in _columns(board, lower) if c.key in _ALWAYS or _any(board, c.key))
    top = {c.key: board.columns.get(c.key, [])[:STATIC_ROWS] for c in columns}
    shown = min(len(board), STATIC_ROWS)
    summary = text.count(len(board), "submission")
    return BoardView(
        name=name,
        title=name.capitalize(),
        note=note,
        columns=columns,
        rows=tuple(tuple(_cell(c, top[c.key], i) for c in columns) for i in range(shown)),
        total=f"{len(board):,}",
        summary=summary if shown == len(board) else f"The first {shown} of {summary}",
        marks=any(c.key in ("reproduced", "marks") for c in columns),
    )


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
        )
        for name in board.metrics
    )
    return (*_BEFORE_SCORES, *scores, *_AFTER_SCORES)


_ERRORS = ("log_loss", "mse", "rmse", "mae", "median_absolute_error", "mape")


def _any(board: Board, key: str) -> bool:
    return any(value not in (None, "", [], {}) for value in board.columns.get(key, ()))


def _cell(column: Column, values: list[Any], row: int) -> Cell:
    value = values[row] if row < len(values) else None
    if value is None:
        return Cell("" if column.kind in _BLANK else text.NOTHING)
    try:
        return _FORMATS[column.kind](value)
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        return Cell(str(value))  # not what the column holds: show it as it is


_BLANK = ("text", "list", "pairs")


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
    "user": lambda value: Cell(str(value)),
    "version": lambda value: Cell(str(value)),
    "text": lambda value: Cell(str(value)),
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
