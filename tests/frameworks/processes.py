"""Which processes run, read from /proc."""

from __future__ import annotations

from pathlib import Path


def is_running(number: int) -> bool:
    """Tell whether there is such a process, and it is no zombie."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def children_of(parent: int, word: str) -> list[int]:
    """List children with a word in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            stat, command = (entry / "stat").read_text(), (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == parent and word.encode() in command:
            found.append(int(entry.name))
    return found
