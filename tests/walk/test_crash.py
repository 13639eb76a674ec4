"""Killed at any moment and run again, an evaluation ends in the same ledger."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from walk_classroom import Classroom, aims, start_aims

MOMENTS = 8
"""How many moments, spread over a whole run, the process is killed at."""


def ledger(course: Path) -> dict[str, Any]:
    """Everything on the ledger but what a clock or a stopwatch wrote."""
    classroom = Classroom(course)
    names = classroom.git("ls-tree", "-r", "--name-only", "ledger").decode().split()
    found: dict[str, Any] = {}
    for name in names:
        content = classroom.git("cat-file", "blob", f"ledger:{name}")
        if name.endswith(".json"):
            value = json.loads(content)
            for key in ("evaluated", "cost", "private"):
                value.pop(key, None)
            found[name] = value
        else:
            found[name] = content
    return found


def proposals(course: Path) -> list[tuple[int, str, str | None, int]]:
    found = Classroom(course).forge.proposals(state="all")
    return [(p.number, p.state, p.label, len(p.comments)) for p in found]


def test_killed_at_any_moment_the_next_run_ends_in_the_same_ledger(
    classroom: Classroom, guesses: Callable[[int], list[str]], tmp_path: Path
) -> None:
    for seed, author in enumerate(("alice", "bob", "carol")):
        classroom.submit("animals", author, guesses(seed))
    classroom.submit("animals", "dave", guesses(9)[:-1])
    classroom.submit("prices", "bob", classroom.truth["prices"])
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(classroom.path, undisturbed)
    started = time.monotonic()
    aims("evaluate", undisturbed)
    whole = time.monotonic() - started
    expected = ledger(undisturbed), proposals(undisturbed)

    for moment in range(MOMENTS):
        course = tmp_path / f"killed-{moment}"
        shutil.copytree(classroom.path, course)
        process = start_aims("evaluate", course)
        time.sleep(whole * (moment + 0.5) / MOMENTS)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        aims("evaluate", course)

        assert (moment, ledger(course), proposals(course)) == (moment, *expected)
        Classroom(course).git("fsck", "--strict")
