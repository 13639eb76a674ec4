"""Measure everything, print a table, write bench-results.json."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tools.bench.competitions import competitions
from tools.bench.github import rush, workflow
from tools.bench.measure import Row, machine
from tools.bench.models import models
from tools.bench.pages import pages, prediction
from tools.bench.rows import board, evaluation, help_text, scoring
from tools.bench.serving import serving
from tools.bench.site import growth
from tools.bench.surety import surety

RESULTS = Path("bench-results.json")


def rows(folder: Path) -> Iterator[Row]:
    yield from scoring()
    yield from surety()
    yield from board(folder)
    yield from evaluation(folder)
    yield from help_text()
    yield from models(folder)
    yield from growth(folder)
    yield from pages(folder)
    yield from prediction(folder)
    yield from serving(folder)
    yield from competitions(folder)
    yield from rush(folder)
    yield from workflow(folder)


def main() -> None:
    here = machine()
    print(", ".join(str(value) for value in here.values()))
    print(f"{'what':<38}{'ours':<26}{'':>12}   {'beside':<38}{'':>12}  ratio")
    done = []
    with tempfile.TemporaryDirectory(prefix="aims-bench-") as name:
        os.environ["AIMS_KEYS"] = f"{name}/keys"
        for row in rows(Path(name)):
            done.append({**asdict(row), "ratio": row.ratio})
            mine, theirs = row.shown
            print(
                f"{row.what:<38}{row.ours:<26}{mine:>9.2f} {row.unit}   "
                f"{row.other:<38}{theirs:>9.2f} {row.unit}  {row.ratio:.3f}",
                flush=True,
            )
    RESULTS.write_text(json.dumps({"machine": here, "rows": done}, indent=1) + "\n")
    print(f"written: {RESULTS}", file=sys.stderr)


main()
