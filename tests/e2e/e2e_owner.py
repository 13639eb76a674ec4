"""An owner at the keyboard, signed in to the GitHub on loopback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from e2e_clients import ACTION
from github_forges import QUICK, forge_of
from loopback.github import GitHub, Repository

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.flows.hosted_course import Plan, SetUp, Tools, set_up_course
from aims_gh.forge.github.administration import GitHubAdministration
from aims_gh.forge.github.session import Server, Session
from aims_gh.forge.patience import Patience

ONCE = Patience(attempts=1)


def sign_in(github: GitHub, monkeypatch: pytest.MonkeyPatch, login: str, token: str = "") -> None:
    """Be somebody for the commands that follow."""
    for name, value in (
        ("SERVER_URL", github.server_url),
        ("API_URL", github.api_url),
        ("GRAPHQL_URL", github.graphql_url),
        ("TOKEN", token or github.user(login).token),
    ):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.setenv("AIMS_ACTION", ACTION)


def run(*arguments: object) -> Result:
    """Type a command."""
    return CliRunner().invoke(aims, [str(a) for a in arguments])


def run_json(*arguments: object) -> Any:
    """Type a command, and read the JSON that it prints, whatever its exit code."""
    result = run(*arguments, "--json")
    assert result.stdout, result.stderr
    return json.loads(result.stdout)


def administration_of(
    github: GitHub, login: str, course: str, *, patience: Patience = QUICK
) -> GitHubAdministration:
    """Give what an owner does, with as much patience as wanted."""
    server = Server(github.api_url, github.server_url, github.graphql_url)
    session = Session(server, github.user(login).token, patience=patience)
    return GitHubAdministration(session, course, QUICK)


def tools() -> Tools:
    """Give what setting up takes from this machine."""
    return Tools(settings.keyring(), settings.templates(), ACTION, settings.clock)


def set_up(
    github: GitHub, login: str, course: str, plan: Plan, *, patience: Patience = QUICK
) -> SetUp:
    """Set a course up as somebody."""
    token = github.user(login).token
    forge = forge_of(github, token, course=course, patience=patience)
    return set_up_course(
        forge, administration_of(github, login, course, patience=patience), plan, tools()
    )


def state_of(repository: Repository) -> dict[str, Any]:
    """Describe everything of a repository that setting up sees to."""

    def files(branch: str) -> dict[str, bytes | None]:
        head = repository.head(branch)
        if head is None:
            return {}
        listed = repository.git.run("ls-tree", "-r", "--name-only", head).decode().split("\n")
        return {path: repository.read(path, head) for path in listed if path}

    return {
        "branches": {ref: files(ref) for ref in ("main", "ledger")},
        "commits": len(repository.git.commits(repository.head("main") or "")),
        "default": repository.default_branch,
        "environments": {
            name: (list(each.policies.values()), each.branch_policy, each.secrets)
            for name, each in repository.environments.items()
        },
        "actions": (repository.actions_permissions, repository.workflow_permissions),
        "approval": repository.approval_policy,
        "pages": repository.pages and repository.pages.build_type,
        "labels": sorted((each.name, each.color) for each in repository.label_set.values()),
        "topics": repository.topics,
        "homepage": repository.homepage,
        "protection": repository.protection,
        "private": repository.private,
        "disabled": repository.disabled_workflows,
    }
