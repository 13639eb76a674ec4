"""Files as GitHub shows them, and single files written."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from ..call import Answer, Call, Refused, created, invalid, not_found, route
from ..git import Entry, GitFailed
from .git_data import check_workflow_path

_INLINE = 1 << 20


@route("repos/get-content")
def get(call: Call) -> Any:
    ref = call.query.get("ref") or call.repo.default_branch
    commit = call.git.commit_sha(ref)
    if commit is None:
        if call.repo.head() is None:
            raise Refused(404, "This repository is empty.")
        raise Refused(404, f"No commit found for the ref {ref}")
    entry = call.git.find(commit, call.args["path"]) or not_found()
    if entry.kind == "tree":
        return _directory(call, entry, ref)
    if entry.kind == "commit":
        return call.bodies.content(call.repo, entry, ref, b"")
    if entry.size and entry.size > call.world.file_limit:
        raise Refused(403, "This API returns blobs up to 100 MB in size. Use git for this one.")
    if call.wants("raw"):
        content = call.git.blob(entry.sha)
        return Answer(200, content, {"Content-Type": "application/vnd.github.raw+json"})
    if entry.size and entry.size > _INLINE:
        return call.bodies.content(call.repo, entry, ref, b"") | {"encoding": "none"}
    return call.bodies.content(call.repo, entry, ref, call.git.blob(entry.sha))


def _directory(call: Call, entry: Entry, ref: str) -> list[dict[str, Any]]:
    prefix = f"{entry.path}/" if entry.path else ""
    shown = []
    for child in list(call.git.tree(entry.sha))[:1000]:
        whole = Entry(child.mode, child.kind, child.sha, child.size, prefix + child.path)
        body = call.bodies.content(call.repo, whole, ref, None)
        # A submodule in a list says that it is a file, since ever.
        shown.append(body | ({"type": "file"} if body["type"] == "submodule" else {}))
    return shown


@route("repos/create-or-update-file-contents")
def put(call: Call) -> Any:
    path, branch = call.args["path"], call.body.get("branch") or call.repo.default_branch
    head = call.repo.head(branch)
    if head is None and call.repo.head() is not None:
        raise Refused(404, f"Branch {branch} not found")
    check_workflow_path(call, path)
    before = call.git.find(head, path) if head else None
    if before and "sha" not in call.body:
        invalid('Invalid request.\n\n"sha" wasn\'t supplied.')
    if (before.sha if before else None) != call.body.get("sha"):
        raise Refused(409, f"{path} does not match {call.body.get('sha')}")
    if reason := call.world.refusal(call.repo, branch, call.by):
        raise Refused(409, f"Repository rule violations found\n\n{reason}")
    files = {path: b64decode(call.body["content"])}
    try:
        sha = call.world.commit_files(call.repo, files, call.body["message"], branch, call.by)
    except GitFailed:  # a push was faster
        raise Refused(409, f"{branch} is no longer at {head}") from None
    entry = call.git.find(sha, path) or not_found()
    content = call.bodies.content(call.repo, entry, branch, None)
    commit = call.bodies.git_commit(call.repo, call.git.commit(sha))
    body = {"content": content, "commit": commit}
    return body if before else created(body)
