"""A course on the GitHub on loopback, with its workflows, environments, keys and Pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from e2e_clients import COURSE
from e2e_owner import set_up
from github_forges import forge_of
from loopback.github import GitHub, Repository
from loopback.runs import Run

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.flows.hosted_course import Plan
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.submit import Packed, Parts, pack, submit
from aims_gh.workspace import submission_folder

ANIMALS = ["cat", "dog", "emu", "cat"] * 10


def csv_of(header: str, values: Sequence[object]) -> bytes:
    return "\n".join([header, *(str(v) for v in values), ""]).encode()


def make_course(
    github: GitHub,
    *,
    private: bool = False,
    test_features: bytes | None = None,
    **rules: object,
) -> Repository:
    """Make a course with one playground, as its owner would."""
    set_up(github, "owner", COURSE, Plan("A course", private=private))
    usual = {"title": "Animals", "task_type": "classification", "input_type": "tabular"}
    draft = Draft(
        rules=usual | rules,
        labels=Source("y.csv", csv_of("animal", ANIMALS)),
        features=Source("x.csv", test_features) if test_features else None,
    )
    add_playground(github, "animals", draft)
    return github.repository(COURSE)


def add_playground(github: GitHub, slug: str, draft: Draft) -> None:
    """Make a playground, as the course's owner would."""
    owner = forge_of(github, github.user("owner").token, course=COURSE)
    create_playground(owner, slug, draft, seed=3, templates=settings.templates())


def packed(values: Sequence[object] | None, **parts: Any) -> Packed:
    """Pack predictions of animals, or what else there is."""
    predictions = None if values is None else csv_of("animal", values)
    given = Parts(model=None, predictions=predictions)
    return pack("animals", replace(given, **parts), now=settings.clock())


def hand_in(github: GitHub, login: str, values: Sequence[object] | None, **parts: Any) -> int:
    """Submit predictions from somebody's own account."""
    forge = forge_of(github, github.user(login).token, course=COURSE)
    submission = packed(values, **parts)
    return submit(forge, Address(COURSE, "animals"), submission, author=login).number


def push(github: GitHub, number: int, content: Packed, *, force: bool = False) -> str:
    """Push another submission to a proposal, in place of what it proposes; give the commit."""
    pull = github.repository(COURSE).pulls[number]
    head, world = pull.head_repository, github.world
    assert head is not None
    folder = submission_folder("animals", pull.author, content.submission.id)
    start = head.git.merge_base(pull.base_sha, pull.head_sha)
    with world.lock:
        git = head.git
        entries = [
            ("100644", git.write_blob(data), f"{folder}/{name}")
            for name, data in content.contents.items()
        ]
        parents = [start if force else pull.head_sha]
        by = world.signature(pull.author)
        commit = git.write_commit(git.write_tree(start, entries), parents, "Again", by)
        token = world.tokens[github.user(pull.author).token]
        world.move(head, f"refs/heads/{pull.head_branch}", commit, token)
    return commit


def board(repository: Repository) -> dict[str, list[object]]:
    """Read the experiment board from the ledger."""
    text = repository.read("animals/leaderboard.json", "refs/heads/ledger") or b"{}"
    columns: dict[str, list[object]] = json.loads(text)["boards"]["experiment"]["columns"]
    return columns


def ran(runs: Sequence[Run]) -> list[tuple[str, str, str | None]]:
    """Say what was run, why, and how it ended."""
    return [(run.workflow, run.event, run.conclusion) for run in runs]


def told_by(runs: Sequence[Run]) -> str:
    """Give all that runs said, for a test that fails."""
    return "\n".join(f"### {run.workflow}\n{run.log}" for run in runs)
