"""Figures on disk: those of parts that were not measured again stay, on the same machine."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any


def kept(path: Path, machine: Mapping[str, object], measured: Collection[str]) -> dict[str, Any]:
    """Give what a file holds of all other parts: their rows, and which of them broke off."""
    nothing: dict[str, Any] = {"rows": [], "broken": {}}
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return nothing
    if told["machine"] != machine:
        return nothing
    return {
        "rows": [row for row in told["rows"] if row.get("part", "") not in {"", *measured}],
        "broken": {part: why for part, why in told["broken"].items() if part not in measured},
    }


def write(
    path: Path,
    machine: Mapping[str, object],
    measured: Collection[str],
    rows: Sequence[dict[str, Any]],
    broken: Mapping[str, str],
) -> None:
    """Write down what was measured, beside what is kept of the other parts."""
    there = kept(path, machine, measured)
    told = {
        "machine": machine,
        "rows": [*there["rows"], *rows],
        "broken": {**there["broken"], **broken},
    }
    path.write_text(json.dumps(told, indent=1) + "\n")
