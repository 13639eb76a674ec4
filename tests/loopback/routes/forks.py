"""Forks, and how they catch up with where they come from."""

from __future__ import annotations

from itertools import count
from typing import Any

from ..call import Answer, Call, Refused, invalid, not_found, route
from ..records import Repository


@route("repos/create-fork")
def fork(call: Call) -> Any:
    body = call.body or {}
    owner = body.get("organization") or call.login
    if owner.lower() == call.repo.owner.lower():
        raise Refused(403, "You cannot fork a repository into the account that owns it.")
    if call.repo.head() is None:
        raise Refused(403, "The repository exists, but it contains no Git content. Empty.")
    made = fork_of(call, owner)
    if made is None:
        wanted = body.get("name") or call.repo.name
        names = (wanted if n == 0 else f"{wanted}-{n}" for n in count())
        name = next(name for name in names if not call.world.find(f"{owner}/{name}"))
        only = bool(body.get("default_branch_only"))
        made = call.world.fork(call.repo, owner, name, only_default=only)
        payload = {"forkee": call.bodies.repository(made)}
        call.world.emit("fork", None, call.repo, payload, call.by)
    return Answer(202, call.bodies.full_repository(made, call.login))


def fork_of(call: Call, owner: str) -> Repository | None:
    """Give somebody's fork of this repository: there is at most one."""
    for other in call.world.repositories.values():
        if other.parent is call.repo and other.owner.lower() == owner.lower():
            return other
    return None


@route("repos/list-forks")
def forks(call: Call) -> Any:
    found = [other for other in call.world.repositories.values() if other.parent is call.repo]
    found.sort(key=lambda other: other.created, reverse=call.query.get("sort") != "oldest")
    return call.page([call.bodies.repository(other) for other in found])


@route("repos/merge-upstream")
def merge_upstream(call: Call) -> Any:
    fork, branch = call.repo, call.body["branch"]
    upstream = fork.parent or invalid("Repository is not a fork.")
    theirs = upstream.head(branch)
    ours = fork.head(branch) or not_found()
    if theirs is None:
        invalid("The upstream branch does not exist.")
    base = f"{upstream.owner}:{branch}"
    if fork.git.contains(ours, theirs):
        message = f"This branch is not behind the upstream {base}."
        return {"message": message, "merge_type": "none", "base_branch": base}
    new, kind = _joined(call, ours, theirs, base)
    if not call.by.may_write_workflows and call.world.changes_workflows(fork, ours, new):
        invalid(
            "refusing to allow an OAuth App to create or update workflow without `workflow` scope"
        )
    call.world.move(fork, f"refs/heads/{branch}", new, call.by)
    message = f"Successfully fetched and fast-forwarded from upstream {base}."
    return {"message": message, "merge_type": kind, "base_branch": base}


def _joined(call: Call, ours: str, theirs: str, base: str) -> tuple[str, str]:
    if call.git.contains(theirs, ours):
        return theirs, "fast-forward"
    tree = call.git.merged_tree(ours, theirs)
    if tree is None:
        raise Refused(409, "There are merge conflicts")
    author = call.world.signature(call.login)
    message = f"Merge branch '{base}' into {call.body['branch']}"
    return call.git.write_commit(tree, [ours, theirs], message, author), "merge"
