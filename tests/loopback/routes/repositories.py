"""Repositories: made, seen, changed and deleted; their topics."""

from __future__ import annotations

import re
from typing import Any

from ..call import Answer, Call, Refused, created, invalid, not_found, route
from ..records import Repository

_KEPT = ("description", "homepage", "has_issues", "archived", "private")


@route("repos/create-for-authenticated-user")
def create(call: Call) -> Any:
    return _create(call, call.login)


@route("repos/create-in-org")
def create_in_organization(call: Call) -> Any:
    owner = call.world.users.get(call.args["org"].lower())
    if owner is None or owner.kind != "Organization":
        not_found()
    if call.login not in owner.members:
        raise Refused(403, "You need admin access to the organization before adding a repository.")
    return _create(call, owner.login)


def _create(call: Call, owner: str) -> Any:
    name = re.sub(r"[^\w.-]", "-", call.body["name"])
    if call.world.find(f"{owner}/{name}"):
        error = {"resource": "Repository", "code": "custom", "field": "name"}
        message = "name already exists on this account"
        invalid("Repository creation failed.", error | {"message": message})
    settings = {key: call.body[key] for key in _KEPT if call.body.get(key) is not None}
    settings.pop("archived", None)
    if call.body.get("visibility"):
        settings["private"] = call.body["visibility"] != "public"
    repo = call.world.create_repository(owner, name, **settings)
    if call.body.get("auto_init"):
        readme = f"# {name}\n".encode()
        call.world.commit_files(repo, {"README.md": readme}, "Initial commit", "main", call.by)
    return created(call.bodies.full_repository(repo, call.login))


@route("repos/get")
def get(call: Call) -> Any:
    return call.bodies.full_repository(call.repo, call.token.login if call.token else None)


@route("repos/update")
def update(call: Call) -> Any:
    repo, body = call.repo, call.body or {}
    branch = body.get("default_branch", repo.default_branch)
    if branch != repo.default_branch:
        if repo.head(branch) is None:
            invalid(f"The branch {branch} was not found. Please push that ref first.")
        repo.default_branch = branch
        repo.git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    for key in _KEPT:
        if key in body:
            setattr(repo, key, body[key])
    if "visibility" in body:
        repo.private = body["visibility"] != "public"
    if body.get("name", repo.name) != repo.name:
        _rename(call, repo, body["name"])
    return call.bodies.full_repository(repo, call.login)


def _rename(call: Call, repo: Repository, name: str) -> None:
    del call.world.repositories[repo.full_name.lower()]
    repo.name = name
    call.world.repositories[repo.full_name.lower()] = repo


@route("repos/delete")
def delete(call: Call) -> Any:
    if call.by.kind == "classic" and "delete_repo" not in call.by.scopes:
        raise Refused(403, "Must have admin rights to Repository.")
    call.world.delete_repository(call.repo)
    return Answer(204)


@route("repos/get-all-topics")
def topics(call: Call) -> Any:
    return {"names": call.repo.topics}


@route("repos/replace-all-topics")
def replace_topics(call: Call) -> Any:
    names = [name.lower() for name in call.body["names"]]
    if any(not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,49}", name) for name in names):
        invalid("Topics must start with a lowercase letter or number, consist of 50 characters ...")
    call.repo.topics = names[:20]
    return {"names": call.repo.topics}
