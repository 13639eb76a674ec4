"""Twelve people submit and three machines evaluate, all at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from walk_classroom import Classroom, aims, csv_of, start_aims

PEOPLE = 12
EVALUATORS = 3


def test_every_submission_is_scored_exactly_once(
    classroom: Classroom, guesses: Callable[[int], list[str]], tmp_path: Path
) -> None:
    running = []
    for number in range(PEOPLE):
        file = tmp_path / f"{number}.csv"
        file.write_bytes(csv_of("prediction", guesses(number)))
        to = f"{classroom.path}/animals"
        running.append(
            start_aims(
                "submit", "--to", to, "--predictions", file, "--as", f"p{number}", "--no-check"
            )
        )
        if number % (PEOPLE // EVALUATORS) == 0:
            running.append(start_aims("evaluate", classroom.path))
    results = [(*process.communicate(timeout=300), process.returncode) for process in running]
    aims("evaluate", classroom.path)  # for who came after the last evaluator had looked

    assert [r[1] for r in results if r[2] != 0] == []
    names = classroom.git("ls-tree", "-r", "--name-only", "ledger", "animals/evaluations/")
    evaluations = [
        json.loads(classroom.git("cat-file", "blob", f"ledger:{name}"))
        for name in names.decode().split()
    ]
    assert Counter(e["username"] for e in evaluations) == Counter(
        {f"p{number}": 1 for number in range(PEOPLE)}
    )
    assert sorted(e["version"] for e in evaluations) == list(range(1, PEOPLE + 1))
    assert sorted(classroom.board("animals").columns["version"]) == list(range(1, PEOPLE + 1))
    closed = classroom.forge.proposals(state="closed")
    assert sorted(p.number for p in closed) == list(range(1, PEOPLE + 1))
    assert {len(p.comments) for p in closed} == {1}
