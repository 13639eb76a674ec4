"""Code that participants attached, as data to be shown: its text, and nothing that could run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from aims_gh.site.versions import compact

MOST_VERSIONS = 20
"""Of a playground, the best ones, whose code the site carries."""

MOST_BYTES = 200_000
"""Of one file. A larger one is to be had from the repository alone."""

_MOST_CELLS = 500
_MOST_LETTERS = 20_000
_ESCAPE = re.compile(
    r"%[0-9A-Fa-f]{2}"
    r"|(?:\x1b|\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{1,3}|[a-z]))"
    r"(?:\[[0-9;]*m)?"
)
"""What stands for a character or a colour in source code, addresses and the outputs of cells."""


def attached_code(files: Mapping[str, bytes]) -> bytes | None:
    """Give the file `code/<version>.json`: each file as cells of text.

    Of a notebook's outputs the plain text alone is kept: no HTML, no picture, no script.

    Parameters
    ----------
    files : mapping of str to bytes
        By name, as they were submitted.

    Returns
    -------
    bytes or None
        None where nothing of it can be read.
    """
    read = {name: _cells(name, content) for name, content in files.items()}
    found = [{"name": name, "cells": cells} for name, cells in read.items() if cells]
    return compact({"files": found}) if found else None


def tells(name: str, content: bytes, word: str) -> bool:
    """Tell whether a word stands in what `attached_code` shows of a file."""
    search = re.compile(rf"(?i)(?<![a-z0-9-]){re.escape(word)}(?![a-z0-9-])").search
    cells = _cells(name, content)
    texts = [cell[part] for cell in cells for part in ("source", "output") if part in cell]
    # After an escape, as in print("\nzdenka"), its letter is no part of the word.
    return any(search(text) or search(_ESCAPE.sub(" ", text)) for text in texts)


def _cells(name: str, content: bytes) -> list[dict[str, str]]:
    return _notebook(content) if name.endswith(".ipynb") else _plain(content)


def _plain(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8", errors="replace")
    return [{"type": "code", "source": text}] if text.strip() else []


def _notebook(content: bytes) -> list[dict[str, str]]:
    try:
        cells = json.loads(content)["cells"]
        return [cell for item in cells[:_MOST_CELLS] if (cell := _cell(item))]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []


def _cell(item: Mapping[str, Any]) -> dict[str, str] | None:
    source = _text(item.get("source"))
    if not source.strip():
        return None
    kind = item.get("cell_type")
    found: dict[str, str] = {"type": kind if kind in ("code", "markdown") else "raw"}
    outputs = item.get("outputs") if kind == "code" else None
    said = "".join(map(_said, outputs)) if isinstance(outputs, list) else ""
    found["source"] = source
    return found | ({"output": said[:_MOST_LETTERS]} if said.strip() else {})


def _said(output: Any) -> str:
    if not isinstance(output, dict):
        return ""
    data = output.get("data")
    shown = data.get("text/plain") if isinstance(data, dict) else None
    text = _text(output.get("text")) + _text(shown)
    if output.get("output_type") == "error":
        text += f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
    return text if text.endswith("\n") or not text else f"{text}\n"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
