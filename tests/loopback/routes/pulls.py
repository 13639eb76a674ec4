"""Pull requests."""

from __future__ import annotations

from typing import Any, Never

from ..call import Call, Refused, created, invalid, route
from ..permissions import ROLES
from ..records import Pull, Repository

MAX_FILES = 3000
_LONGER = {
    *("mergeable", "rebaseable", "mergeable_state", "merged", "merged_by", "comments"),
    *("review_comments", "commits", "additions", "deletions", "changed_files"),
}


@route("pulls/create")
def create(call: Call) -> Any:
    body, repo, base = call.body, call.repo, call.body["base"]
    if repo.head(base) is None:
        _invalid(field="base", code="invalid")
    head, branch = _head(call)
    label = f"{head.owner}:{branch}"
    for pull in repo.pulls.values():
        if (pull.state, pull.head_repository, pull.head_branch) == ("open", head, branch):
            _invalid(code="custom", message=f"A pull request already exists for {label}.")
    if repo.git.contains(repo.head(base) or "", head.head(branch) or ""):
        _invalid(code="custom", message=f"No commits between {base} and {label}")
    what = {"title": body.get("title", branch), "body": body.get("body")}
    what["draft"] = bool(body.get("draft"))
    pull = call.world.open_pull(repo, head, branch, base, call.by, **what)
    return created(call.bodies.measured(repo, pull))


def _head(call: Call) -> tuple[Repository, str]:
    owner, _, branch = call.body["head"].rpartition(":")
    head = call.world.relative(call.repo, owner) if owner else call.repo
    if head is None or head.hidden_reads > 0 or head.head(branch) is None:
        _invalid(field="head", code="invalid")
    role = call.world.role(call.login, head)
    if call.by.kind != "job" and ROLES[role] < ROLES["write"]:
        raise Refused(403, "You must have write access to the head repository.")
    return head, branch


def _invalid(**error: str) -> Never:
    invalid("Validation Failed", {"resource": "PullRequest", **error})


@route("pulls/list")
def listing(call: Call) -> Any:
    query = call.query
    state = query.get("state", "open")
    found = [
        pull
        for pull in call.repo.pulls.values()
        if state in (pull.state, "all")
        and query.get("base", pull.base) == pull.base
        and query.get("head", _label(pull)) == _label(pull)
    ]
    sort = query.get("sort", "created")
    found.sort(key=lambda pull: (pull.updated if sort == "updated" else pull.created, pull.number))
    if query.get("direction", "desc" if sort == "created" else "asc") == "desc":
        found.reverse()
    return [_short(call, pull) for pull in call.page(found)]


def _label(pull: Pull) -> str:
    return f"{pull.head_owner}:{pull.head_branch}"


def _short(call: Call, pull: Pull) -> dict[str, Any]:
    body = call.bodies.pull(call.repo, pull)
    return {key: value for key, value in body.items() if key not in _LONGER}


@route("pulls/get")
def get(call: Call) -> Any:
    return call.bodies.measured(call.repo, call.pull)


@route("pulls/update")
def update(call: Call) -> Any:
    body, pull = call.body or {}, call.pull
    check_author(call, pull)
    if call.repo.head(body.get("base", pull.base)) is None:
        _invalid(field="base", code="invalid")
    call.world.retarget(call.repo, pull, body.get("base", pull.base), call.by)
    edit(call, pull, body)
    return call.bodies.measured(call.repo, pull)


def check_author(call: Call, pull: Pull) -> None:
    """Refuse to change somebody else's, unless one may change everything here."""
    role = call.world.role(call.login, call.repo)
    if call.by.kind != "job" and call.login != pull.author and ROLES[role] < ROLES["triage"]:
        raise Refused(403, "Must have admin rights to Repository.")


def edit(call: Call, pull: Pull, body: dict[str, Any]) -> None:
    """Change title, text and state, as both pull requests and issues can."""
    state = body.get("state", pull.state)
    if state == "open" and pull.state == "closed":
        gone = pull.head_repository is None or pull.head_repository.head(pull.head_branch) is None
        if gone:
            message = f"state cannot be changed. The {pull.head_branch} branch was deleted."
            _invalid(field="state", code="invalid", message=message)
    changed = {key: body[key] for key in ("title", "body") if key in body}
    for key, value in changed.items():
        setattr(pull, key, value)
    if changed:
        pull.updated = call.world.now()
        call.world.emit_pull(call.repo, pull, "edited", call.by)
    call.world.set_state(call.repo, pull, state, call.by)


@route("pulls/list-files")
def files(call: Call) -> Any:
    changes = call.world.pull_changes(call.repo, call.pull)[:MAX_FILES]
    sha = call.pull.head_sha
    return [call.bodies.change(call.repo, change, sha) for change in call.page(changes)]


@route("pulls/list-commits")
def commits(call: Call) -> Any:
    found = call.git.commits(f"{call.pull.base_sha}..{call.pull.head_sha}", limit=250)
    return call.page([call.bodies.commit(call.repo, commit) for commit in reversed(found)])
