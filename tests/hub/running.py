"""What the Hub answers about Spaces that run."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from werkzeug.wrappers import Response

from .call import Call, route
from .hub import Hub, Refused
from .records import Space


def runtime_of(hub: Hub, space: Space) -> dict[str, Any]:
    told: dict[str, Any] = {
        "stage": space.stages[0],
        "hardware": {"current": space.hardware, "requested": space.hardware},
        "gcTimeout": 172800,
    }
    if hub.names_commits:
        told["sha"] = space.built
    if hub.error and space.stages[0].endswith("ERROR"):
        told["errorMessage"] = hub.error
    return told


@route("GET", "/api/spaces/<ns>/<repo>/runtime")
def runtime(call: Call, ns: str, repo: str) -> Any:
    """Tell what it does; the next time it has gone on."""
    space = call.space(f"{ns}/{repo}")
    told = runtime_of(call.hub, space)
    if len(space.stages) > 1:
        del space.stages[0]
        if space.stages[0].endswith(("BUILDING", "STARTING")) or len(space.stages) == 1:
            space.built = space.head.oid
    return told


@route("POST", "/api/spaces/<ns>/<repo>/secrets")
def add_secret(call: Call, ns: str, repo: str) -> Any:
    call.writable(f"{ns}/{repo}", settings=True).secrets[call.body["key"]] = call.body["value"]
    return {}


@route("POST", "/api/spaces/<ns>/<repo>/variables")
def add_variable(call: Call, ns: str, repo: str) -> Any:
    call.writable(f"{ns}/{repo}", settings=True).variables[call.body["key"]] = call.body["value"]
    return {}


@route("POST", "/api/spaces/<ns>/<repo>/hardware")
def hardware(call: Call, ns: str, repo: str) -> Any:
    space = call.writable(f"{ns}/{repo}", settings=True)
    space.hardware = call.body["flavor"]
    return runtime_of(call.hub, space)


@route("POST", "/api/spaces/<ns>/<repo>/restart")
def restart(call: Call, ns: str, repo: str) -> Any:
    space = call.writable(f"{ns}/{repo}", settings=True)
    if space.sdk == "static":
        raise Refused(400, "static Spaces cannot be restarted")
    space.restarts += 1
    space.stages = ["APP_STARTING", "RUNNING"]
    return runtime_of(call.hub, space)


@route("GET", "/api/spaces/<ns>/<repo>/logs/<kind>")
def logs(call: Call, ns: str, repo: str, kind: str) -> Any:
    call.writable(f"{ns}/{repo}")
    events = (
        f"data: {json.dumps({'data': line, 'timestamp': '2026-11-27T00:00:00Z'})}\n\n"
        for line in call.hub.logs[kind]
    )
    return Response("".join(events), 200, mimetype="text/event-stream")


@route("GET", "/app/<ns>/<repo>/")
def visit(call: Call, ns: str, repo: str, path: str = "") -> Any:
    """Show a file of a static Space; of another, what the app that was pushed answers."""
    space = call.hub.spaces.get(f"{ns}/{repo}")
    if space is not None and space.visibility == "private":
        space = call.space(space.name) if call.token() else None
    if space is None:
        raise Refused(404, "Sorry, we can't find the page you are looking for.")
    if space.elsewhere:
        return Response("", 302, {"Location": f"{space.elsewhere}{path}"})
    if space.sdk != "static":
        return _answered(call, space, path)
    content = space.files.get(path or "index.html")
    if content is None:
        raise Refused(404, "Entry not found")
    return Response(content, 200, mimetype="application/octet-stream")


@route("GET", "/app/<ns>/<repo>/<path:path>")
def visit_page(call: Call, ns: str, repo: str, path: str) -> Any:
    return visit(call, ns, repo, path)


@route("POST", "/app/<ns>/<repo>/<path:path>")
def post(call: Call, ns: str, repo: str, path: str) -> Any:
    return visit(call, ns, repo, path)


def _answered(call: Call, space: Space, path: str) -> Response:
    """Pass a request on to the app, which is started as it was pushed."""
    if space.stages[0] != "RUNNING":
        raise Refused(503, "Your space is in error or sleeping")
    kind = {"Content-Type": call.request.headers.get("Content-Type", "")}
    data = call.data if call.request.method == "POST" else None
    asked = urllib.request.Request(f"{call.hub.started(space)}{path}", data, kind)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return Response(answer.read(), answer.status, mimetype=answer.headers["Content-Type"])
    except urllib.error.HTTPError as error:
        return Response(error.read(), error.code)
