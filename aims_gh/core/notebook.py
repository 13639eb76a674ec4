"""Notebooks that aims writes: which course they are for, and whether somebody changed them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading a file may end in that is no notebook."""

_TEXT = r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\""""
_ASSIGNED = re.compile(
    rf"(?P<before>^[ \t]*ADDRESS[ \t]*(?::[ \t]*str[ \t]*)?=[ \t]*)(?P<text>{_TEXT})"
    r"(?=[ \t\r]*(?:#.*)?$)",
    re.MULTILINE,
)
"""A line that gives the address and nothing else, however it is laid out."""


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

    One that gives its address in another way stays as it is.

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
        sources = [_replaced(cell["source"], note["address"], address) for cell in cells]
        if all(cell["source"] == source for cell, source in zip(cells, sources, strict=True)):
            return content
        for cell, source in zip(cells, sources, strict=True):
            cell["source"] = source
        note["address"] = address
        if same:
            note["sha256"] = _digest(cells)
        return _bytes(value)
    except _ODD:
        return content


def _replaced(source: str | list[str], old: str, new: str) -> str | list[str]:
    """Assign the new address where the old one was; a source is one text, or a list of lines."""

    def other(found: re.Match[str]) -> str:
        same = found["text"][1:-1] == repr(old)[1:-1]
        return found["before"] + repr(new) if same else found[0]

    text = "".join(source)
    done = _ASSIGNED.sub(other, text)
    if done == text:
        return source
    return done if isinstance(source, str) else done.splitlines(keepends=True)


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
