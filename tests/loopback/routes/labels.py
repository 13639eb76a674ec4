"""Labels of a repository and of its pull requests."""

from __future__ import annotations

from typing import Any

from ..call import Answer, Call, created, invalid, not_found, route
from ..records import Label


def names_in(body: Any) -> list[str]:
    """Read label names in each form that GitHub takes: bare, in `labels`, as objects."""
    items = body.get("labels", []) if isinstance(body, dict) else body or []
    return [item["name"] if isinstance(item, dict) else item for item in items]


def _shown(call: Call) -> list[dict[str, Any]]:
    names = call.pull.labels
    return [call.bodies.label(call.repo, call.repo.label_set[name.lower()]) for name in names]


@route("issues/list-labels-for-repo")
def labels(call: Call) -> Any:
    found = sorted(call.repo.label_set.values(), key=lambda label: label.name)
    return call.page([call.bodies.label(call.repo, label) for label in found])


@route("issues/create-label")
def create(call: Call) -> Any:
    name = call.body["name"]
    if name.lower() in call.repo.label_set:
        error = {"resource": "Label", "code": "already_exists", "field": "name"}
        invalid("Validation Failed", error)
    color = call.body.get("color", "ededed").lstrip("#")
    label = Label(name, color, call.body.get("description"))
    call.repo.label_set[name.lower()] = label
    return created(call.bodies.label(call.repo, label))


@route("issues/get-label")
def get(call: Call) -> Any:
    label = call.repo.label_set.get(call.args["name"].lower()) or not_found()
    return call.bodies.label(call.repo, label)


@route("issues/list-labels-on-issue")
def of_pull(call: Call) -> Any:
    return call.page(_shown(call))


@route("issues/add-labels")
def add(call: Call) -> Any:
    names = [*call.pull.labels, *names_in(call.body)]
    call.world.set_labels(call.repo, call.pull, names, call.by)
    return _shown(call)


@route("issues/set-labels")
def replace(call: Call) -> Any:
    call.world.set_labels(call.repo, call.pull, names_in(call.body), call.by)
    return _shown(call)


@route("issues/remove-label")
def remove(call: Call) -> Any:
    name = call.args["name"].lower()
    left = [other for other in call.pull.labels if other.lower() != name]
    if len(left) == len(call.pull.labels):
        not_found()
    call.world.set_labels(call.repo, call.pull, left, call.by)
    return _shown(call)


@route("issues/remove-all-labels")
def clear(call: Call) -> Any:
    call.world.set_labels(call.repo, call.pull, [], call.by)
    return Answer(204)
