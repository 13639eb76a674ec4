"""Reading commands: data, leaderboard, get, predict, inspect."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aims_gh.cli.output import (
    fitting,
    json_option,
    note,
    print_csv,
    print_json,
    print_table,
    showing,
)

if TYPE_CHECKING:
    from aims_gh.domain.address import Address
    from aims_gh.flows.read import BoardView

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TABLE_COLUMNS = (
    "failures", "reproduced", "model_type", "num_params", "memory_size", "latency_ms_per_1000",
    "ml_framework", "timestamp", "metadata", "optimizer", "loss", "depth", "epochs",
    "based_on", "tags",
)  # fmt: skip
"""What the table shows after ranks and scores, the most wanted first."""


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.  [default: data/SLUG]",
)
@json_option
def data(address: str, out: Path | None, as_json: bool) -> None:
    """Fetch a playground's public data: what to learn from, what to predict on, example rows.

    Files are checked by their digests. What is there already is not fetched again, so a download
    that broke off goes on when the command is repeated.

    \b
    Example:
        aims data aims-demo/course/diabetes -o data
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.download import download

    where = Address.parse(address)
    folder = out or Path("data") / where.slug
    with showing() as say:
        files = download(settings.forge(where.course), where, folder, say=say)
    if as_json:
        print_json(
            {
                item.file.path: {
                    "path": str(item.path),
                    "bytes": item.file.bytes,
                    "fetched": item.fetched,
                }
                for item in files
            }
        )
        return
    for item in files:
        there = "" if item.fetched else ", there already"
        click.echo(f"{item.path}: {item.file.bytes:,} bytes{there}")
    if not files:
        note(f"{where} has no public data")


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.option(
    "--board",
    type=click.Choice(["experiment", "competition", "final"]),
    default="experiment",
    show_default=True,
    help="Which one; the final one comes with the reveal.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, every column.")
@json_option
def leaderboard(address: str, board: str, as_csv: bool, as_json: bool) -> None:
    """Show a leaderboard, best first.

    \b
    Example:
        aims leaderboard aims-demo/course/breast-cancer
        aims leaderboard aims-demo/course/breast-cancer --board competition --json
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.read import read_board

    where = Address.parse(address)
    view = read_board(settings.forge(where.course), where, board)  # type: ignore[arg-type]
    columns, rows = view.board.columns, view.board.rows()
    if as_json:
        print_json(view.as_dict())
    elif as_csv:
        print_csv(tuple(columns), [tuple(row.values()) for row in rows])
    elif not rows:
        command = f"aims submit MODEL.onnx --to {shlex.quote(str(where))}"
        note(f"nobody has submitted to {where} yet: {command}")
    else:
        _print_board(view, where)


def _print_board(view: BoardView, where: Address) -> None:
    from aims_gh.domain.leaderboard import STANDING_COLUMNS

    board, rows = view.board, view.board.rows()
    known = board.columns

    def told(names: Iterable[str]) -> list[str]:
        return [n for n in names if any(v not in (None, [], {}) for v in known.get(n, ()))]

    first, *metrics = board.metrics
    standing = [*told(["marks"]), *(name for name in STANDING_COLUMNS if name in known)]
    names = ["rank", "version", "username", first, *standing, *told(metrics), *told(_TABLE_COLUMNS)]
    arrow = "↑" if board.direction == "maximize" else "↓"
    header = [f"{name} {arrow}" if name == board.metric else name for name in names]
    cells = [[_short(name, row[name]) for name in names] for row in rows]
    places = fitting(header, cells, keep=4)
    print_table(
        [header[place] for place in places],
        [[line[place] for place in places] for line in cells],
        title=f"{where.slug}, {view.name} board, ranked by {board.metric}",
        marked=[row["reproduced"] is False for row in rows],
    )
    hidden = [names[place] for place in range(len(names)) if place not in places]
    if hidden:
        note(f"no room for {', '.join(hidden)}: --csv or --json has every column")
    if False in board.columns["reproduced"]:
        note("reproduced no: the submitted model does not give the submitted predictions")


def _short(name: str, value: Any) -> Any:
    if name == "timestamp":
        return str(value)[:16].replace("T", " ")
    return value


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=int)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@json_option
def get(address: str, version: int, out: Path, as_json: bool) -> None:
    """Fetch a version's ONNX file; its digest is checked.

    \b
    Example:
        aims get aims-demo/course/breast-cancer 1 -o model.onnx
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.read import get_model

    where = Address.parse(address)
    content = get_model(settings.forge(where.course), where, version)
    out.write_bytes(content)
    if as_json:
        print_json({"path": str(out), "bytes": len(content)})
    else:
        click.echo(f"{out}: {len(content):,} bytes, digest as scored")


@click.command()
@click.argument("address", metavar="COURSE/SLUG|URL")
@click.argument("rows_file", metavar="DATA", type=FILE)
@click.option("--version", type=int, help="Which model.  [default: the best one]")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="CSV to write.")
@json_option
def predict(
    address: str, rows_file: Path, version: int | None, out: Path | None, as_json: bool
) -> None:
    """Run a version's model on the rows of DATA, in the sandbox; or ask the app at a URL.

    \b
    Example:
        aims predict aims-demo/course/breast-cancer rows.csv
        aims predict aims-demo/course/breast-cancer rows.csv --version 2 -o answers.csv
        aims predict http://127.0.0.1:7860/ rows.csv -o answers.csv
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.read import predict as flow

    if settings.is_app(address):
        if version is not None:
            raise click.UsageError("an app has one version: leave --version out")
        rows, said = _asked(address, rows_file), f"answered by {address}"
        head: dict[str, Any] = {"url": address}
    else:
        where = Address.parse(address)
        answers = flow(
            settings.forge(where.course),
            where,
            rows_file.read_bytes(),
            rows_file.name,
            version=version,
            sandbox=settings.sandbox(),
        )
        rows, said = answers.rows(), f"answered by version {answers.version}"
        head = {"playground": where.slug, "version": answers.version}
    if as_json:
        print_json(head | {"rows": rows})
        return
    _write_answers(rows, out)
    note(f"{len(rows)} rows {said}")


def _asked(url: str, file: Path) -> list[dict[str, Any]]:
    from aims_gh.flows.rows import as_rows
    from aims_gh.host.client import predict_rows

    with showing() as say:
        return predict_rows(
            url, as_rows(file), told=lambda done, total: say(f"{done:,} of {total:,} rows answered")
        )


def _write_answers(rows: list[dict[str, Any]], out: Path | None) -> None:
    header = tuple(rows[0]) if rows else ("prediction",)
    if out is None:
        print_csv(header, [tuple(row.values()) for row in rows])
        return
    import csv

    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)


@click.command()
@click.argument("model", type=FILE)
@json_option
def inspect(model: Path, as_json: bool) -> None:
    """Show what the evaluator reads from an ONNX file, in the sandbox.

    \b
    Example:
        aims inspect model.onnx
    """
    from aims_gh import settings
    from aims_gh.runner.sandbox import Bounds

    facts = settings.sandbox().inspect(model.read_bytes(), Bounds())
    if as_json:
        print_json(facts)
        return
    rows: list[tuple[str, Any]] = [
        ("bytes", facts.bytes),
        ("parameters", facts.num_params),
        ("tree nodes", facts.tree_nodes),
        ("producer", f"{facts.producer} {facts.producer_version}".strip()),
        ("operator sets", facts.opsets),
        ("operators", facts.operators),
    ]
    rows += [(f"input {t.name}", f"{t.dtype} {list(t.shape)}") for t in facts.inputs]
    rows += [(f"output {t.name}", f"{t.dtype} {list(t.shape)}") for t in facts.outputs]
    print_table(("", model.name), rows)


COMMANDS = (data, leaderboard, get, predict, inspect)
