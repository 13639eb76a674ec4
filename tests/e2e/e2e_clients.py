"""What an owner and a participant do through the REST API, in a line each."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any

from loopback.github import GitHub
from nacl.public import PublicKey, SealedBox

COURSE = "owner/course"
ACTION = "aims-gh/aims-gh/action@" + "0123456789" * 4


def call(github: GitHub, login: str, method: str, path: str, body: Any = None) -> Any:
    """Ask the API as somebody."""
    request = urllib.request.Request(
        f"{github.api_url}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {github.user(login).token}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def propose(
    github: GitHub, path: str = "submissions/x.txt", *, login: str = "bob", content: str = "x"
) -> int:
    """Open a pull request from a fork; its branch is called change-0, change-1, …"""
    if f"{login}/course" not in github.world.repositories:
        call(github, login, "POST", f"repos/{COURSE}/forks", {})
    repository = github.repository(COURSE)
    branch = f"change-{len(repository.pulls)}"
    ref = {"ref": f"refs/heads/{branch}", "sha": repository.head()}
    call(github, login, "POST", f"repos/{login}/course/git/refs", ref)
    github.commit(f"{login}/course", {path: content}, branch=branch)
    pull = {"title": "A change", "head": f"{login}:{branch}", "base": "main"}
    return int(call(github, login, "POST", f"repos/{COURSE}/pulls", pull)["number"])


def dispatch(github: GitHub, workflow: str, *, ref: str = "main") -> None:
    """Start a workflow by hand."""
    path = f"repos/{COURSE}/actions/workflows/{workflow}/dispatches"
    call(github, "owner", "POST", path, {"ref": ref})


def make_environment(github: GitHub, name: str, *branches: str) -> None:
    """Make an environment that admits these branches alone, or any where none is named."""
    where = f"repos/{COURSE}/environments/{name}"
    policy = {"protected_branches": False, "custom_branch_policies": True}
    call(github, "owner", "PUT", where, {"deployment_branch_policy": policy if branches else None})
    for branch in branches:
        call(github, "owner", "POST", f"{where}/deployment-branch-policies", {"name": branch})


def give_secret(github: GitHub, name: str, value: str, *, environment: str | None = None) -> None:
    """Keep a secret in the repository, or in an environment of it."""
    where = f"repos/{COURSE}/{f'environments/{environment}' if environment else 'actions'}"
    key = call(github, "owner", "GET", f"{where}/secrets/public-key")
    box = SealedBox(PublicKey(base64.b64decode(key["key"])))
    sealed = base64.b64encode(box.encrypt(value.encode())).decode()
    body = {"encrypted_value": sealed, "key_id": key["key_id"]}
    call(github, "owner", "PUT", f"{where}/secrets/{name}", body)
