"""A course on the GitHub on loopback, with its workflows, environments, keys and Pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from e2e_clients import COURSE, call, give_secret, make_environment
from github_forges import forge_of
from loopback.actions import Run
from loopback.github import GitHub, Repository

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.flows.course import new_course
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.submit import Packed, Parts, pack, submit
from aims_gh.flows.workflows import render_workflows
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Workspace, submission_folder

ANIMALS = ["cat", "dog", "emu", "cat"] * 10
ACTION = "aims-gh/aims-gh/action@" + "0123456789" * 4


def csv_of(header: str, values: Sequence[object]) -> bytes:
    return "\n".join([header, *(str(v) for v in values), ""]).encode()


def make_course(
    github: GitHub,
    folder: Path,
    *,
    private: bool = False,
    features: bytes | None = None,
    **rules: object,
) -> Repository:
    """Make a course with one playground, as its owner would, and put it on GitHub."""
    local = new_course(
        folder / "course",
        title="A course",
        description="",
        owners=("owner",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=settings.clock,
    )
    usual = {"title": "Animals", "task_type": "classification", "input_type": "tabular"}
    draft = Draft(
        rules=usual | rules,
        labels=Source("y.csv", csv_of("animal", ANIMALS)),
        features=Source("x.csv", features) if features else None,
    )
    create_playground(local, "animals", draft, seed=3, templates=settings.templates())
    repository = github.add_repository(COURSE, files_of(local, "main"), private=private)
    start_ledger(github, repository, files_of(local, "ledger"))
    with local.tree() as main:
        keys = Workspace(main).course().keys
    for role, public in (("run", keys.run), ("score", keys.score)):
        key = settings.keys().find(public)
        assert key is not None
        make_environment(github, f"aims-{role}", "main")
        name = f"AIMS_{role.upper()}_KEY"
        give_secret(github, name, key.secret, environment=f"aims-{role}")
    call(github, "owner", "POST", f"repos/{COURSE}/pages", {"build_type": "workflow"})
    return repository


def start_ledger(github: GitHub, repository: Repository, files: dict[str, bytes]) -> None:
    """Make the branch that has nothing in common with `main`."""
    git = repository.git
    entries = [("100644", git.write_blob(data), path) for path, data in files.items()]
    owner = github.world.signature("owner")
    commit = git.write_commit(git.write_tree(None, entries), [], "Start the ledger", owner)
    git.update_ref("refs/heads/ledger", commit)


def files_of(local: LocalForge, branch: str) -> dict[str, bytes]:
    """Read a branch of a local course; `main` gets the workflows."""
    with local.tree(branch) as tree:
        found = {path: tree.read(path) or b"" for path in tree.paths("")}
    workflows = render_workflows(settings.templates(), ACTION) if branch == "main" else {}
    return found | workflows


def packed(values: Sequence[object], **parts: Any) -> Packed:
    """Pack predictions of animals."""
    given = Parts(model=None, predictions=csv_of("animal", values))
    return pack("animals", replace(given, **parts), now=settings.clock())


def hand_in(github: GitHub, login: str, values: Sequence[object], **parts: Any) -> int:
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
