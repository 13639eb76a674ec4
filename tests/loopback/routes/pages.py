"""Pages, and deployments."""

from __future__ import annotations

from typing import Any

from ..bodies import Body, instant
from ..call import Answer, Call, Refused, created, not_found, route
from ..records import Deployment, Pages


@route("repos/get-pages")
def get(call: Call) -> Any:
    return _shown(call, call.repo.pages or not_found())


@route("repos/create-pages-site")
def create(call: Call) -> Any:
    if call.repo.private and not call.world.paid:
        raise Refused(422, "Your current plan does not support GitHub Pages for this repository.")
    if call.repo.pages:
        raise Refused(409, "GitHub Pages is already enabled.")
    body = call.body or {}
    root = call.world.folder / "pages" / call.repo.owner / call.repo.name
    root.mkdir(parents=True, exist_ok=True)
    kind = body.get("build_type") or "legacy"
    call.repo.pages = Pages(root, kind, body.get("source"))
    return created(_shown(call, call.repo.pages))


@route("repos/update-information-about-pages-site")
def update(call: Call) -> Any:
    pages, body = call.repo.pages or not_found(), call.body
    pages.build_type = body.get("build_type", pages.build_type)
    pages.source = body.get("source", pages.source)
    return Answer(204)


def _shown(call: Call, pages: Pages) -> Body:
    return {
        "url": f"{call.bodies.repo_url(call.repo)}/pages",
        "status": pages.status,
        "cname": None,
        "custom_404": False,
        "html_url": f"{call.bodies.server_url}/pages/{call.repo.full_name}/",
        "build_type": pages.build_type,
        "source": pages.source or {"branch": call.repo.default_branch, "path": "/"},
        "public": not call.repo.private,
        "https_enforced": True,
    }


@route("repos/list-deployments")
def deployments(call: Call) -> Any:
    query = call.query
    found = [
        one
        for one in reversed(call.repo.deployments)
        if query.get("environment", one.environment) == one.environment
        and query.get("ref", one.ref) == one.ref
        and query.get("sha", one.sha) == one.sha
    ]
    return [_deployment(call, one) for one in call.page(found)]


@route("repos/list-deployment-statuses")
def statuses(call: Call) -> Any:
    for one in call.repo.deployments:
        if one.id == int(call.args["deployment_id"]):
            body = call.bodies.of("deployment-status-items", call.repo)
            when = {"created_at": instant(one.created), "updated_at": instant(one.created)}
            shown = {"id": one.id + 1, "state": one.state, "environment": one.environment}
            return call.page([body | shown | when | {"creator": call.bodies.user(one.creator)}])
    not_found()


def _deployment(call: Call, one: Deployment) -> Body:
    url = f"{call.bodies.repo_url(call.repo)}/deployments/{one.id}"
    return call.bodies.of("deployment-items", call.repo) | {
        "id": one.id,
        "url": url,
        "statuses_url": f"{url}/statuses",
        "repository_url": call.bodies.repo_url(call.repo),
        "sha": one.sha,
        "ref": one.ref,
        "environment": one.environment,
        "original_environment": one.environment,
        "creator": call.bodies.user(one.creator),
        "created_at": instant(one.created),
        "updated_at": instant(one.created),
    }
