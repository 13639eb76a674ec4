"""A course on the GitHub on loopback, with its workflows, environments, keys and Pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from e2e_clients import COURSE, call, give_secret, make_environment
from github_forges import forge_of
from loopback.github import GitHub, Repository

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.flows.course import new_course
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.flows.workflows import render_workflows
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Workspace

ANIMALS = ["cat", "dog", "emu", "cat"] * 10
ACTION = "aims-gh/aims-gh/action@" + "0123456789" * 4


def csv_of(header: str, values: Sequence[object]) -> bytes:
    return "\n".join([header, *(str(v) for v in values), ""]).encode()


def make_course(github: GitHub, folder: Path, **rules: object) -> Repository:
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
    draft = Draft(rules=usual | rules, labels=Source("y.csv", csv_of("animal", ANIMALS)))
    create_playground(local, "animals", draft, seed=3, templates=settings.templates())
    repository = github.add_repository(COURSE, files_of(local, "main"))
    github.commit(repository, files_of(local, "ledger"), branch="ledger")
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


def files_of(local: LocalForge, branch: str) -> dict[str, bytes]:
    """Read a branch of a local course; `main` gets the workflows."""
    with local.tree(branch) as tree:
        found = {path: tree.read(path) or b"" for path in tree.paths("")}
    workflows = render_workflows(settings.templates(), ACTION) if branch == "main" else {}
    return found | workflows


def hand_in(github: GitHub, login: str, values: Sequence[object]) -> int:
    """Submit predictions from somebody's own account."""
    forge = forge_of(github, github.user(login).token, course=COURSE)
    parts = Parts(model=None, predictions=csv_of("animal", values))
    packed = pack("animals", parts, now=settings.clock())
    return submit(forge, Address(COURSE, "animals"), packed, author=login).number


def board(repository: Repository) -> dict[str, list[object]]:
    """Read the experiment board from the ledger."""
    text = repository.read("animals/leaderboard.json", "refs/heads/ledger") or b"{}"
    columns: dict[str, list[object]] = json.loads(text)["boards"]["experiment"]["columns"]
    return columns
