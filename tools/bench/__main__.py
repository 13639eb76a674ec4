"""Measure everything, print a table, write bench-results.json.

`python -m tools.bench scoring serving` measures those parts alone, and the file keeps the figures
of the others. A part that breaks off is told at the end, and keeps nothing of the others from being
measured.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tools.bench.competitions import competitions
from tools.bench.github import rush, workflow
from tools.bench.measure import Row, machine
from tools.bench.models import models
from tools.bench.pages import pages, prediction
from tools.bench.results import write
from tools.bench.rows import board, evaluation, help_text, scoring
from tools.bench.serving import serving
from tools.bench.site import growth
from tools.bench.surety import surety

RESULTS = Path("bench-results.json")


Part = Callable[[Path], Iterable[Row]]
PARTS: dict[str, Part] = {
    "scoring": lambda _: scoring(),
    "surety": lambda _: surety(),
    "board": board,
    "evaluation": evaluation,
    "help": lambda _: help_text(),
    "models": models,
    "growth": growth,
    "pages": pages,
    "prediction": prediction,
    "serving": serving,
    "competitions": competitions,
    "rush": rush,
    "workflow": workflow,
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
def main(parts: Sequence[str]) -> None:
    here = machine()
    print(", ".join(str(value) for value in here.values()))
    print(f"{'what':<38}{'ours':<26}{'':>12}   {'beside':<38}{'':>12}  ratio")
    measured = parts or list(PARTS)
    done: list[dict[str, Any]] = []
    broken: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="aims-bench-") as name:
        os.environ["AIMS_KEYS"] = f"{name}/keys"
        for part in measured:
            try:
                for row in PARTS[part](Path(name)):
                    done.append({"part": part, **asdict(row), "ratio": row.ratio})
                    show(row)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are measured
                broken[part] = f"{type(error).__name__}: {error}"
                traceback.print_exc()
    write(RESULTS, here, measured, done, broken)
    print(f"written: {RESULTS}", file=sys.stderr)
    if broken:
        sys.exit(f"broke off: {', '.join(broken)}")


def show(row: Row) -> None:
    mine, theirs = row.shown
    print(
        f"{row.what:<38}{row.ours:<26}{mine:>9.2f} {row.unit}   "
        f"{row.other:<38}{theirs:>9.2f} {row.unit}  {row.ratio:.3f}",
        flush=True,
    )


main()
