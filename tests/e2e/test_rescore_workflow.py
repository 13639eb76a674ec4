"""A course's own workflow scores everything again, shared out among runners."""

from __future__ import annotations

import json
from pathlib import Path

from e2e_clients import COURSE, call
from e2e_course import ANIMALS, hand_in, make_course
from e2e_steps import Jobs
from loopback.actions import Actions
from loopback.github import GitHub, Repository


def test_versions_are_scored_again_by_several_runners_and_none_counts_yet(
    github: GitHub, actions: Actions, tmp_path: Path
) -> None:
    repository = make_course(github)
    for login, right in (("alice", 40), ("bob", 30), ("carol", 20)):
        hand_in(github, login, [*ANIMALS[:right], *["emu"] * (40 - right)])
    assert {o.outcome for o in Jobs(github, tmp_path / "jobs").evaluate()} == {"scored"}
    before = ledger(repository)
    actions.queue.clear()
    inputs = {"slug": "animals", "only": "1,3", "shards": "2"}
    where = f"repos/{COURSE}/actions/workflows/rescore.yml/dispatches"
    call(github, "owner", "POST", where, {"ref": "main", "inputs": inputs})

    (run,) = actions.drain()

    assert run.conclusion == "success", run.log
    after = ledger(repository)
    assert set(after) - set(before) == {f"animals/rescores/1/{n}.json" for n in (1, 3)}
    assert {path: after[path] for path in before} == before
    old, new = (
        json.loads(after[f"animals/{part}/1.json"]) for part in ("evaluations", "rescores/1")
    )
    assert new["scores"] == old["scores"] and new["version"] == 1
    assert "Rescore 1: 2 versions scored again, none counts yet" in run.jobs["score"].summary


def ledger(repository: Repository) -> dict[str, bytes]:
    """Read every file of the ledger."""
    names = repository.git.text("ls-tree", "-r", "--name-only", "refs/heads/ledger").split()
    return {name: repository.read(name, "refs/heads/ledger") or b"" for name in names}
