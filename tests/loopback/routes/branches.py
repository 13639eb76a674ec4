"""Branches and their protection."""

from __future__ import annotations

from typing import Any

from ..bodies import Body
from ..call import Answer, Call, Refused, not_found, route

_SWITCHES = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


@route("repos/list-branches")
def branches(call: Call) -> Any:
    names = [ref.removeprefix("refs/heads/") for ref in call.git.refs("refs/heads/")]
    if "protected" in call.query:
        wanted = call.query["protected"] == "true"
        names = [name for name in names if (name in call.repo.protection) == wanted]
    return call.page([_short(call, name) for name in names])


def _short(call: Call, name: str) -> Body:
    sha = call.repo.head(name) or not_found()
    url = call.bodies.repo_url(call.repo)
    commit = {"sha": sha, "url": f"{url}/commits/{sha}"}
    return {"name": name, "commit": commit, "protected": name in call.repo.protection}


@route("repos/get-branch")
def branch(call: Call) -> Any:
    name = call.args["branch"]
    sha = call.repo.head(name)
    if sha is None:
        raise Refused(404, "Branch not found")
    url = f"{call.bodies.repo_url(call.repo)}/branches/{name}"
    page = f"{call.bodies.web_url(call.repo)}/tree/{name}"
    checks = {"enforcement_level": "off", "contexts": [], "checks": []}
    return _short(call, name) | {
        "commit": call.bodies.commit(call.repo, call.git.commit(sha)),
        "_links": {"self": url, "html": page},
        "protection": {
            "enabled": name in call.repo.protection,
            "required_status_checks": checks,
        },
        "protection_url": f"{url}/protection",
    }


@route("repos/get-branch-protection")
def protection(call: Call) -> Any:
    _check_plan(call)
    name = _existing(call)
    if name not in call.repo.protection:
        raise Refused(404, "Branch not protected")
    return _protection(call, name)


@route("repos/update-branch-protection")
def protect(call: Call) -> Any:
    _check_plan(call)
    name = _existing(call)
    call.repo.protection[name] = dict(call.body)
    return _protection(call, name)


@route("repos/delete-branch-protection")
def unprotect(call: Call) -> Any:
    if call.repo.protection.pop(_existing(call), None) is None:
        raise Refused(404, "Branch not protected")
    return Answer(204)


def _existing(call: Call) -> str:
    name = call.args["branch"]
    if call.repo.head(name) is None:
        raise Refused(404, "Branch not found")
    return name


def _check_plan(call: Call) -> None:
    if call.repo.private and not call.world.paid:
        message = "Upgrade to GitHub Pro or make this repository public to enable this feature."
        raise Refused(403, message)


def _protection(call: Call, name: str) -> Body:
    rules = call.repo.protection[name]
    url = f"{call.bodies.repo_url(call.repo)}/branches/{name}/protection"
    body: Body = {"url": url}
    body |= {switch: {"enabled": bool(rules.get(switch))} for switch in _SWITCHES}
    enforced = bool(rules.get("enforce_admins"))
    body["enforce_admins"] = {"url": f"{url}/enforce_admins", "enabled": enforced}
    if (reviews := rules.get("required_pull_request_reviews")) is not None:
        body["required_pull_request_reviews"] = {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": bool(reviews.get("dismiss_stale_reviews")),
            "require_code_owner_reviews": bool(reviews.get("require_code_owner_reviews")),
            "required_approving_review_count": reviews.get("required_approving_review_count", 1),
            "require_last_push_approval": bool(reviews.get("require_last_push_approval")),
        }
    if (checks := rules.get("required_status_checks")) is not None:
        contexts = checks.get("contexts") or [c["context"] for c in checks.get("checks", [])]
        body["required_status_checks"] = {
            "url": f"{url}/required_status_checks",
            "strict": bool(checks.get("strict")),
            "contexts": contexts,
            "contexts_url": f"{url}/required_status_checks/contexts",
            "checks": [{"context": context, "app_id": None} for context in contexts],
        }
    return body
