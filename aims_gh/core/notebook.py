"""Notebooks that aims writes: which course they are for, and whether somebody changed them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading a file may end in that is no notebook."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a notebook of ours remembers."""

    address: str
    """The playground, `COURSE/SLUG`, as its cells say it."""

    label: str
    """The column of the training data that holds the answers."""


def notebook(cells: Iterable[tuple[str, str]], note: Note) -> bytes:
    """Write a notebook of cells, each of a kind and a text, that can be known again."""
    made = [_cell(place, kind, source) for place, (kind, source) in enumerate(cells)]
    return _bytes(
        {
            "cells": made,
            "metadata": {
                "aims": asdict(note) | {"sha256": _digest(made)},
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def untouched(content: bytes) -> Note | None:
    """Read the note of a notebook; None where it is not as aims wrote it.

    Examples
    --------
    >>> made = notebook([("code", "ADDRESS = 'ada/ml/cars'")], Note("ada/ml/cars", "price"))
    >>> untouched(made).label, untouched(made.replace(b"ADDRESS", b"PLACE"))
    ('price', None)
    """
    try:
        value = json.loads(content)
        note = value["metadata"]["aims"]
        if note["sha256"] == _digest(value["cells"]):
            return Note(str(note["address"]), str(note["label"]))
    except _ODD:
        pass
    return None


def readdressed(content: bytes, address: str) -> bytes:
    """Let a notebook of ours name another course, also where somebody changed the rest of it.

    Examples
    --------
    >>> made = notebook([("code", "ADDRESS = 'ada/ml/cars'")], Note("ada/ml/cars", "price"))
    >>> moved = readdressed(made, "bob/ml/cars")
    >>> b"ada/ml" in moved, untouched(moved).address
    (False, 'bob/ml/cars')
    """
    try:
        value = json.loads(content)
        note, cells = value["metadata"]["aims"], value["cells"]
        same = note["sha256"] == _digest(cells)
        old, new = f"ADDRESS = {note['address']!r}", f"ADDRESS = {address!r}"
        for cell in cells:
            cell["source"] = _replaced(cell["source"], old, new)
        note["address"] = address
        if same:
            note["sha256"] = _digest(cells)
        return _bytes(value)
    except _ODD:
        return content


def _replaced(source: str | list[str], old: str, new: str) -> str | list[str]:
    """Replace lines that say nothing else; a source is one text, or a list of lines."""
    lines = "".join(source).splitlines(keepends=True)
    done = [line.replace(old, new) if line.rstrip() == old else line for line in lines]
    return "".join(done) if isinstance(source, str) else done


def _digest(cells: Any) -> str:
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def _bytes(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _cell(place: int, kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"starter-{place}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    return cell if kind == "markdown" else cell | {"execution_count": None, "outputs": []}
