"""Git's own objects over REST: refs, blobs, trees and commits."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from itertools import islice
from typing import Any

from ..call import Answer, Call, Refused, created, invalid, not_found, route
from ..git import NOTHING, GitFailed, Signature
from ..world import WORKFLOWS

_KINDS = {"040000": "tree", "160000": "commit"}


# Refs


@route("git/get-ref")
def get_ref(call: Call) -> Any:
    ref = f"refs/{call.args['ref']}"
    sha = call.git.refs(ref).get(ref) or not_found()
    return call.bodies.ref(call.repo, ref, sha)


@route("git/list-matching-refs")
def matching_refs(call: Call) -> Any:
    wanted = f"refs/{call.args['ref']}"
    found = call.git.refs("refs/").items()
    return [call.bodies.ref(call.repo, ref, sha) for ref, sha in found if ref.startswith(wanted)]


@route("git/create-ref")
def create_ref(call: Call) -> Any:
    ref, sha = call.body["ref"], call.body["sha"]
    if not call.git.refs("refs/"):
        raise Refused(409, "Git Repository is empty.")
    if not ref.startswith(("refs/heads/", "refs/tags/")):
        invalid("Reference name must start with 'refs/heads/' or 'refs/tags/'.")
    if call.git.sha(ref):
        invalid("Reference already exists")
    if call.git.commit_sha(sha) is None:
        invalid("Object does not exist")
    _check_workflows(call, None, sha)
    try:
        call.world.move(call.repo, ref, sha, call.by)
    except GitFailed:
        invalid(f"{ref} is not a valid ref name.")
    return created(call.bodies.ref(call.repo, ref, sha))


@route("git/update-ref")
def update_ref(call: Call) -> Any:
    ref, sha = f"refs/{call.args['ref']}", call.body["sha"]
    old = call.git.sha(ref) or invalid("Reference does not exist")
    if call.git.commit_sha(sha) is None:
        invalid("Object does not exist")
    forced = not call.git.contains(sha, old)
    if forced and not call.body.get("force"):
        invalid("Update is not a fast forward")
    branch = ref.removeprefix("refs/heads/")
    if reason := call.world.refusal(call.repo, branch, call.by, forced=forced):
        invalid(reason)
    _check_workflows(call, old, sha)
    try:
        call.world.move(call.repo, ref, sha, call.by)
    except GitFailed:  # a push was faster
        invalid("Reference cannot be updated")
    return call.bodies.ref(call.repo, ref, sha)


@route("git/delete-ref")
def delete_ref(call: Call) -> Any:
    ref = f"refs/{call.args['ref']}"
    if call.git.sha(ref) is None:
        invalid("Reference does not exist")
    branch = ref.removeprefix("refs/heads/")
    if branch == call.repo.default_branch:
        invalid("Cannot delete the default branch")
    if reason := call.world.refusal(call.repo, branch, call.by, gone=True):
        invalid(reason)
    call.world.move(call.repo, ref, NOTHING, call.by)
    return Answer(204)


def _check_workflows(call: Call, old: str | None, new: str) -> None:
    if not call.by.may_write_workflows and call.world.changes_workflows(call.repo, old, new):
        invalid(f"refusing to create or update a workflow in `{WORKFLOWS}` without that permission")


# Blobs


@route("git/create-blob")
def create_blob(call: Call) -> Any:
    content = call.body["content"].encode()
    if call.body.get("encoding", "utf-8") == "base64":
        try:
            content = b64decode(b"".join(content.split()), validate=True)
        except NotBase64:
            invalid("content is not valid Base64")
    if len(content) > call.world.file_limit:
        invalid("Sorry, your input was too large to process.")
    if not call.git.refs("refs/"):
        raise Refused(409, "Git Repository is empty.")
    sha = call.git.write_blob(content)
    return created({"sha": sha, "url": f"{call.bodies.repo_url(call.repo)}/git/blobs/{sha}"})


@route("git/get-blob")
def get_blob(call: Call) -> Any:
    sha = call.args["file_sha"]
    if call.git.kind(sha) != "blob":
        not_found()
    content = call.git.blob(sha)
    if call.wants("raw"):
        return Answer(200, content, {"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    body = {"sha": sha, "node_id": "B", "size": len(content), "encoding": "base64"}
    url = f"{call.bodies.repo_url(call.repo)}/git/blobs/{sha}"
    return body | {"url": url, "content": b64encode(content).decode()}


# Trees


@route("git/create-tree")
def create_tree(call: Call) -> Any:
    base = call.body.get("base_tree")
    if base and call.git.sha_in(base) is None:
        invalid("base_tree is not a valid tree")
    entries, removed = [], []
    for item in call.body["tree"]:
        _check_path(call, item["path"])
        if "sha" in item and item["sha"] is None:
            removed.append(item["path"])
        else:
            entries.append((item.get("mode", "100644"), _object(call, item), item["path"]))
    try:
        sha = call.git.write_tree(base, entries, removed)
    except GitFailed:
        invalid("GitRPC::BadObjectState")
    return created(_tree(call, sha, recursive=False))


def _check_path(call: Call, path: str) -> None:
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        invalid("tree.path contains a malformed path component")
    check_workflow_path(call, path)


def check_workflow_path(call: Call, path: str) -> None:
    """Refuse a workflow from a token that may not write any."""
    if path.startswith(f"{WORKFLOWS}/") and not call.by.may_write_workflows:
        if call.by.kind == "job":
            raise Refused(403, "Resource not accessible by integration")
        raise Refused(404, "Not Found", headers={"X-Accepted-OAuth-Scopes": "workflow"})


def _object(call: Call, item: dict[str, Any]) -> str:
    if "content" in item:
        return call.git.write_blob(item["content"].encode())
    wanted = _KINDS.get(item.get("mode", "100644"), "blob")
    if wanted != "commit" and call.git.kind(item["sha"]) != wanted:
        invalid(f"tree.sha {item['sha']} is not a valid {wanted}")
    return str(item["sha"])


@route("git/get-tree")
def get_tree(call: Call) -> Any:
    sha = call.git.sha_in(call.args["tree_sha"]) or not_found()
    return _tree(call, sha, recursive="recursive" in call.query)


def _tree(call: Call, sha: str, *, recursive: bool) -> dict[str, Any]:
    url = f"{call.bodies.repo_url(call.repo)}/git"
    shown, limit = [], call.world.tree_limit
    for entry in islice(call.git.tree(sha, recursive=recursive), limit + 1):
        item: dict[str, Any] = {"path": entry.path, "mode": entry.mode, "type": entry.kind}
        item |= {"sha": entry.sha, "url": f"{url}/{entry.kind}s/{entry.sha}"}
        shown.append(item | ({"size": entry.size} if entry.size is not None else {}))
    body = {"sha": sha, "url": f"{url}/trees/{sha}", "tree": shown[:limit]}
    return body | {"truncated": len(shown) > limit}


# Commits


@route("git/create-commit")
def create_commit(call: Call) -> Any:
    tree, parents = call.body["tree"], call.body.get("parents", [])
    if call.git.kind(tree) != "tree":
        invalid("Tree SHA does not exist")
    if any(call.git.commit_sha(parent) is None for parent in parents):
        invalid("Parent SHA does not exist or is not a commit object")
    author = _signature(call, "author", call.world.signature(call.login))
    committer = _signature(call, "committer", author)
    sha = call.git.write_commit(tree, parents, call.body["message"], author, committer)
    return created(call.bodies.git_commit(call.repo, call.git.commit(sha)))


def _signature(call: Call, who: str, default: Signature) -> Signature:
    given = call.body.get(who)
    if not given:
        return default
    return Signature(given["name"], given["email"], given.get("date") or default.date)


@route("git/get-commit")
def get_commit(call: Call) -> Any:
    sha = call.git.commit_sha(call.args["commit_sha"]) or not_found()
    return call.bodies.git_commit(call.repo, call.git.commit(sha))
