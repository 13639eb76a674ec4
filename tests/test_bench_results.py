"""What `make bench` has written stays where a part alone is measured again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.bench.results import write

HERE: dict[str, object] = {"processor": "one", "cores": 2}


def row(part: str, seconds: float) -> dict[str, Any]:
    return {"part": part, "what": "a figure", "seconds": seconds}


def test_a_part_alone_replaces_its_own_figures(tmp_path: Path) -> None:
    path = tmp_path / "bench-results.json"
    whole = ["scoring", "board", "serving"]
    rows = [row(part, 1) for part in ("scoring", "scoring", "board")]
    write(path, HERE, whole, rows, {"serving": "it ended", "board": "full"})

    write(path, HERE, ["scoring", "serving"], [row("scoring", 2)], {})

    told = json.loads(path.read_bytes())
    assert told["rows"] == [row("board", 1), row("scoring", 2)]
    assert told["broken"] == {"board": "full"}


def test_figures_of_another_machine_are_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "bench-results.json"
    write(path, {"processor": "another"}, ["board"], [row("board", 1)], {})

    write(path, HERE, ["scoring"], [row("scoring", 2)], {})

    assert json.loads(path.read_bytes())["rows"] == [row("scoring", 2)]
