"""What is printed: data to stdout, everything else to stderr."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 1000
"""Columns of a table that goes into a file or a pipe."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
owner_option = click.option(
    "--as",
    "author",
    help="Which owner you are.  [default: AIMS_USER, or your login; else the first owner]",
)


def print_json(value: Any) -> None:
    """Print JSON, indented."""
    click.echo(json.dumps(value, indent=2, allow_nan=False, default=_plain))


def print_json_line(value: Any) -> None:
    """Print JSON on one line."""
    click.echo(json.dumps(value, allow_nan=False, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)


def console(*, err: bool = False) -> Console:
    """Give a console as wide as the terminal, or wide where there is none."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    return Console(
        stderr=err, width=None if stream.isatty() else WIDE, highlight=False, soft_wrap=False
    )


@contextmanager
def running() -> Iterator[Callable[[int, int], None]]:
    """Show how far a run of submissions is, on stderr; nothing where that is no terminal."""
    if not sys.stderr.isatty():  # and rich takes a tenth of a second to load
        yield lambda done, total: None  # noqa: ARG005
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("running submissions"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(err=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def showing() -> Iterator[Callable[[str], None]]:
    """Show what is being done, on one line of stderr that goes away; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.text import Text

    with console(err=True).status("") as line:
        yield lambda what: line.update(Text(what))


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    title: str | None = None,
    marked: Sequence[bool] | None = None,
    styles: Sequence[Sequence[str]] | None = None,
) -> None:
    """Print a table; participants' text is made inert, `marked` rows are coloured.

    `styles` gives each cell a colour of its own; "" leaves it as it is.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from aims_gh.core.inert import plain

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        numeric = any(isinstance(row[place], int | float) for row in rows)
        table.add_column(Text(plain(name)), justify="right" if numeric else "left", overflow="fold")
    for number, row in enumerate(rows):
        style = "yellow" if marked and marked[number] else ""
        cells = styles[number] if styles else ("",) * len(row)
        texts = (Text(shown(v), style=own) for v, own in zip(row, cells, strict=True))
        table.add_row(*texts, style=style)
    console().print(table)


def fitting(header: Sequence[str], rows: Sequence[Sequence[Any]], *, keep: int) -> list[int]:
    """Choose the columns that fit the terminal: the first `keep`, then as many as there is room.

    Returns
    -------
    list of int
        Places of the columns, in order.
    """
    room = console().width
    chosen: list[int] = []
    for place, name in enumerate(header):
        width = max([len(name), *(len(shown(row[place])) for row in rows)]) + 3
        if place < keep or width <= room:
            chosen.append(place)
            room -= width
    return chosen


def shown(value: Any) -> str:
    """Write a value for people: six significant digits, an en dash for nothing."""
    from aims_gh.core.inert import plain

    if value is None or value in ([], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return plain(", ".join(str(item) for item in value))
    if isinstance(value, dict):
        return plain(", ".join(f"{key}={item}" for key, item in value.items()))
    return plain(value)


def print_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print CSV that a spreadsheet opens without running anything."""
    from aims_gh.core.inert import csv_cell

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([csv_cell(name) for name in header])
    for row in rows:
        cells = (json.dumps(v) if isinstance(v, list | dict) else v for v in row)
        writer.writerow(["" if cell is None else csv_cell(cell) for cell in cells])
    click.echo(stream.getvalue(), nl=False)


def print_diff(lines: Sequence[str]) -> None:
    """Print a unified difference, coloured."""
    from aims_gh.core.inert import plain

    colors = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines:
        color = colors.get(line[:1])
        heading = line.startswith(("+++", "---"))
        click.echo(click.style(plain(line), fg=None if heading else color, bold=heading))


def note(text: str) -> None:
    """Say something that is not data."""
    click.echo(text, err=True)
