"""Pull requests as the issues that they are too, and the comments below them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..call import Answer, Call, Refused, created, invalid, not_found, route
from ..permissions import ROLES
from ..records import Comment
from .labels import names_in
from .pulls import check_author, edit

MAX_COMMENT = 65536


@route("issues/get")
def get(call: Call) -> Any:
    return call.bodies.issue(call.repo, call.pull)


@route("issues/update")
def update(call: Call) -> Any:
    body, pull = call.body or {}, call.pull
    check_author(call, pull)
    if "labels" in body:
        call.world.set_labels(call.repo, pull, names_in(body["labels"]), call.by)
    edit(call, pull, body)
    return call.bodies.issue(call.repo, pull)


@route("issues/list-events")
def events(call: Call) -> Any:
    return [call.bodies.issue_event(call.repo, event) for event in call.page(call.pull.events)]


@route("issues/list-comments")
def comments(call: Call) -> Any:
    found = call.pull.comments
    if "since" in call.query:
        since = datetime.fromisoformat(call.query["since"])
        found = [comment for comment in found if comment.updated >= since]
    return [call.bodies.comment(call.repo, comment) for comment in call.page(found)]


@route("issues/create-comment")
def comment(call: Call) -> Any:
    _check_length(call.body["body"])
    made = call.world.comment(call.repo, call.pull, call.body["body"], call.by)
    return created(call.bodies.comment(call.repo, made))


def _check_length(body: str) -> None:
    if len(body) > MAX_COMMENT:
        message = f"body is too long (maximum is {MAX_COMMENT} characters)"
        error = {"resource": "IssueComment", "code": "unprocessable", "field": "data"}
        invalid("Validation Failed", error | {"message": message})


@route("issues/get-comment")
def get_comment(call: Call) -> Any:
    return call.bodies.comment(call.repo, _comment(call))


@route("issues/update-comment")
def update_comment(call: Call) -> Any:
    found = _comment(call)
    _check_writer(call, found)
    _check_length(call.body["body"])
    found.body, found.updated = call.body["body"], call.world.now()
    pull = call.repo.pulls[found.number]
    call.world.emit_comment(call.repo, pull, found, "edited", call.by)
    return call.bodies.comment(call.repo, found)


@route("issues/delete-comment")
def delete_comment(call: Call) -> Any:
    found = _comment(call)
    _check_writer(call, found)
    pull = call.repo.pulls[found.number]
    pull.comments.remove(found)
    call.world.emit_comment(call.repo, pull, found, "deleted", call.by)
    return Answer(204)


def _comment(call: Call) -> Comment:
    wanted = int(call.args["comment_id"])
    for pull in call.repo.pulls.values():
        for found in pull.comments:
            if found.id == wanted:
                return found
    not_found()


def _check_writer(call: Call, found: Comment) -> None:
    role = call.world.role(call.login, call.repo)
    if call.by.kind != "job" and call.login != found.author and ROLES[role] < ROLES["write"]:
        raise Refused(403, "Must have admin rights to Repository.")
