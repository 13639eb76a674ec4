"""Commits, and how two of them differ."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..bodies import Body
from ..call import Call, Refused, invalid, not_found, route
from ..git import EMPTY_TREE
from ..records import Activity

_PERIODS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


@route("repos/list-commits")
def commits(call: Call) -> Any:
    if call.repo.head() is None:
        raise Refused(409, "Git Repository is empty.")
    start = call.git.commit_sha(call.query.get("sha") or call.repo.default_branch) or not_found()
    path = call.query.get("path")
    found = [
        commit
        for commit in call.git.commits(start)
        if path is None or _touches(call, commit.sha, commit.parents, path)
    ]
    return call.page([call.bodies.commit(call.repo, commit) for commit in found])


def _touches(call: Call, sha: str, parents: tuple[str, ...], path: str) -> bool:
    before = call.git.find(parents[0], path) if parents else None
    after = call.git.find(sha, path)
    return (before and before.sha) != (after and after.sha)


@route("repos/get-commit")
def commit(call: Call) -> Any:
    name = call.args["ref"]
    sha = call.git.commit_sha(name) or invalid(f"No commit found for SHA: {name}")
    found = call.git.commit(sha)
    changes = call.git.changes(found.parents[0] if found.parents else EMPTY_TREE, sha)
    added, deleted = sum(c.additions for c in changes), sum(c.deletions for c in changes)
    body = call.bodies.commit(call.repo, found)
    stats = {"additions": added, "deletions": deleted, "total": added + deleted}
    files = [call.bodies.change(call.repo, change, sha) for change in changes[:300]]
    return body | {"stats": stats, "files": files}


@route("repos/compare-commits-with-basehead")
def compare(call: Call) -> Any:
    base_name, _, head_name = call.args["basehead"].partition("...")
    base, head = _named(call, base_name), _named(call, head_name)
    fork_point = call.git.merge_base(base, head)
    if fork_point is None:
        raise Refused(404, f"No common ancestor between {base_name} and {head_name}.")
    ahead = call.git.commits(f"{base}..{head}")
    behind = call.git.commits(f"{head}..{base}")
    status = {
        (False, False): "identical",
        (True, False): "ahead",
        (False, True): "behind",
        (True, True): "diverged",
    }[bool(ahead), bool(behind)]
    shown = call.page([call.bodies.commit(call.repo, one) for one in reversed(ahead)])
    changes = call.git.changes(fork_point, head)[:300]
    return _links(call) | {
        "base_commit": call.bodies.commit(call.repo, call.git.commit(base)),
        "merge_base_commit": call.bodies.commit(call.repo, call.git.commit(fork_point)),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": shown,
        "files": [call.bodies.change(call.repo, change, head) for change in changes],
    }


def _links(call: Call) -> Body:
    pair = call.args["basehead"]
    page = f"{call.bodies.web_url(call.repo)}/compare/{pair}"
    body = {"url": f"{call.bodies.repo_url(call.repo)}/compare/{pair}", "html_url": page}
    return body | {"permalink_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}


def _named(call: Call, name: str) -> str:
    """Give the commit of a branch, or of `owner:branch` anywhere in the network of forks."""
    owner, colon, branch = name.rpartition(":")
    if not colon:
        return call.git.commit_sha(name) or not_found()
    other = call.world.relative(call.repo, owner) or not_found()
    return other.head(branch) or not_found()


@route("repos/list-activities")
def activities(call: Call) -> Any:
    found = [one for one in call.repo.activity if _is_wanted(call, one)]
    if call.query.get("direction", "desc") == "desc":
        found.reverse()
    ids = [str(one.id) for one in found]
    size = min(int(call.query.get("per_page", 30)), 100)
    start = ids.index(call.query["after"]) + 1 if call.query.get("after") in ids else 0
    if call.query.get("before") in ids:
        start = max(ids.index(call.query["before"]) - size, 0)
    shown = found[start : start + size]
    pages = {}
    if start + size < len(found):
        pages["next"] = {"after": str(shown[-1].id)}
    if start > 0 and shown:
        pages["prev"] = {"before": str(shown[0].id)}
    call.link(pages)
    return [call.bodies.activity(one) for one in shown]


def _is_wanted(call: Call, one: Activity) -> bool:
    query = call.query
    ref = query.get("ref", one.ref)
    period = _PERIODS.get(query.get("time_period", ""))
    since: datetime | None = call.world.now() - timedelta(days=period) if period else None
    return (
        one.ref in (ref, f"refs/heads/{ref}")
        and query.get("actor", one.actor) == one.actor
        and query.get("activity_type", one.kind) == one.kind
        and (since is None or one.when >= since)
    )
