"""What the Hub answers about repositories: making, writing and reading them."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import Any

import yaml
from loopback import identity
from werkzeug.wrappers import Response

from . import xet
from .call import Call, as_json, route
from .hub import Hub, Refused
from .records import Blob, Token
from .running import runtime_of

LARGE = 10_000_000
FREE = ("zero-a10g",)


@route("GET", "/api/whoami-v2")
def whoami(call: Call) -> Any:
    return {
        "type": "user",
        "name": call.who().account,
        "orgs": [],
        "auth": {"type": "access_token"},
    }


@route("POST", "/oauth/token")
def exchange(call: Call) -> Any:
    """Give a token to a workflow that a Space trusts."""
    given = call.body
    kind, _, name = given["resource"].partition("/")
    space = call.hub.spaces.get(name) if kind == "spaces" else None
    issued = [identity.read(given["subject_token"], key) for key in call.hub.issuers.values()]
    claims = next((one for one in issued if one is not None), None)
    trusted = (
        space is not None
        and claims is not None
        and claims["aud"] == call.hub.url
        and claims["iss"] in call.hub.issuers
        and any(publisher.matches(claims) for publisher in space.publishers)
    )
    if not trusted:
        said = "no trusted publisher of this resource matches the claims of the token"
        return as_json({"error": "invalid_grant", "error_description": said}, 400)
    value = f"hf_jwt_{secrets.token_hex(12)}"
    account = name.partition("/")[0]
    call.hub.tokens[value] = Token(value, account, spaces={name}, by_workflow=True)
    return {"access_token": value, "token_type": "bearer", "expires_in": 3600}


# Repositories


@route("POST", "/api/repos/create")
def create(call: Call) -> Any:
    token, given = call.who(), call.body
    owner = given.get("organization") or token.account
    name = f"{owner}/{given['name']}"
    if owner != token.account or token.reads_only or token.spaces is not None:
        raise Refused(
            403, f"You don't have the rights to create a space under the namespace {owner}"
        )
    if name in call.hub.spaces:
        raise Refused(409, "You already created this space repo")
    hardware, plan = given.get("hardware", "cpu-basic"), call.hub.accounts[owner].plan
    if given["sdk"] != "static" and plan == "free" and hardware not in FREE:
        raise Refused(402, "A subscription is required to host Gradio and Docker Spaces.")
    visibility = given.get("visibility", "public")
    if visibility == "protected" and plan == "free":
        raise Refused(402, "A subscription is required to make a Space protected.")
    space = call.hub.create(name, given["sdk"], visibility=visibility, hardware=hardware)
    for kind, kept in (("secrets", space.secrets), ("variables", space.variables)):
        kept.update({one["key"]: one["value"] for one in given.get(kind) or ()})
    return {"url": f"{call.hub.url}/spaces/{name}", "name": name, "id": "0"}


@route("DELETE", "/api/repos/delete")
def delete(call: Call) -> Any:
    given = call.body
    owner = given.get("organization") or call.who().account
    name = f"{owner}/{given['name']}"
    call.writable(name, settings=True)
    del call.hub.spaces[name]
    return {}


@route("PUT", "/api/spaces/<path:name>/settings")
def settings(call: Call, name: str) -> Any:
    space = call.writable(name, settings=True)
    wanted = call.body["visibility"]
    if wanted == "protected" and call.hub.accounts[name.partition("/")[0]].plan == "free":
        raise Refused(402, "A subscription is required to make a Space protected.")
    space.visibility = wanted
    return {}


@route("GET", "/api/spaces/<ns>/<repo>")
def info(call: Call, ns: str, repo: str) -> Any:
    space = call.space(f"{ns}/{repo}")
    return {
        "_id": "0",
        "id": space.name,
        "author": ns,
        "sha": space.head.oid,
        "private": space.visibility == "private",
        "visibility": space.visibility,
        "sdk": space.sdk,
        **(
            {"host": call.hub.address or f"{call.hub.url}/app/{space.name}"}
            if call.hub.tells_addresses
            else {}
        ),
        "likes": 0,
        "tags": [space.sdk],
        "createdAt": "2026-11-27T00:00:00.000Z",
        "lastModified": "2026-11-27T00:00:00.000Z",
        "siblings": [{"rfilename": path} for path in sorted(space.head.files)],
        "runtime": runtime_of(call.hub, space),
    }


@route("GET", "/api/spaces/<ns>/<repo>/revision/<revision>")
def info_at(call: Call, ns: str, repo: str, revision: str) -> Any:
    assert revision in ("main", call.space(f"{ns}/{repo}").head.oid), "not modelled"
    return info(call, ns, repo)


@route("GET", "/api/spaces/<ns>/<repo>/tree/<revision>")
def tree(call: Call, ns: str, repo: str, revision: str) -> Any:
    return [_entry(call, path, blob) for path, blob in _at(call, ns, repo, revision).items()]


@route("POST", "/api/spaces/<ns>/<repo>/paths-info/<revision>")
def paths_info(call: Call, ns: str, repo: str, revision: str) -> Any:
    files, wanted = _at(call, ns, repo, revision), call.request.form.getlist("paths")
    return [_entry(call, path, files[path]) for path in wanted if path in files]


def _at(call: Call, ns: str, repo: str, revision: str) -> dict[str, Blob]:
    space = call.space(f"{ns}/{repo}")
    for commit in space.commits:
        if revision in (commit.oid, "main" if commit is space.head else ""):
            return dict(commit.files)
    raise Refused(404, "Invalid rev id", X_Error_Code="RevisionNotFound")


def _entry(call: Call, path: str, blob: Blob) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "oid": blob.oid, "size": blob.size, "path": path}
    if blob.sha256:
        entry["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": len(blob.data)}
        entry["xetHash"] = call.hub.xet_hash(blob.sha256)
    return entry


# Writing


@route("POST", "/api/validate-yaml")
def validate(call: Call) -> Any:
    front = yaml.safe_load(call.body["content"].split("---\n")[1])
    if front.get("sdk") not in ("static", "gradio", "docker"):
        return as_json(
            {"errors": [{"message": '"sdk" must be one of [gradio, docker, static]'}]}, 400
        )
    return {"errors": [], "warnings": []}


@route("POST", "/api/spaces/<ns>/<repo>/preupload/main")
def preupload(call: Call, ns: str, repo: str) -> Any:
    space = call.writable(f"{ns}/{repo}")

    def told(file: dict[str, Any]) -> dict[str, Any]:
        path = file["path"]
        large = file["size"] > (call.hub.smallest if path.endswith(".onnx") else LARGE)
        there = space.head.files.get(path)
        known = {"oid": there.sha256 or there.oid} if there else {}
        mode = "lfs" if large else "regular"
        return {"path": path, "uploadMode": mode, "shouldIgnore": False, **known}

    return {"files": [told(file) for file in call.body["files"]]}


@route("POST", "/spaces/<ns>/<repo>.git/info/lfs/objects/batch")
def batch(call: Call, ns: str, repo: str) -> Any:
    call.writable(f"{ns}/{repo}")
    found = []
    for each in call.body["objects"]:
        told = {"oid": each["oid"], "size": each["size"]}
        if each["oid"] not in call.hub.large:
            verify = f"{call.hub.url}/spaces/{ns}/{repo}.git/info/lfs/objects/verify"
            upload = f"{call.hub.files_url}/lfs/{each['oid']}"
            told["actions"] = {"upload": {"href": upload}, "verify": {"href": verify}}
        found.append(told)
    return {"transfer": "basic", "objects": found}


@route("PUT", "/lfs/<sha256>")
def put_large(call: Call, sha256: str) -> Any:
    if hashlib.sha256(call.data).hexdigest() != sha256:
        raise Refused(400, "the content is not what was announced")
    call.hub.large[sha256] = call.data
    return {}


@route("POST", "/spaces/<ns>/<repo>.git/info/lfs/objects/verify")
def verify(call: Call, ns: str, repo: str) -> Any:
    call.writable(f"{ns}/{repo}")
    if call.body["oid"] not in call.hub.large:
        raise Refused(404, "not there")
    return {}


@route("GET", "/api/spaces/<ns>/<repo>/xet-write-token/<revision>")
def xet_write(call: Call, ns: str, repo: str, revision: str) -> Any:
    call.writable(f"{ns}/{repo}")
    return _store(call)


@route("GET", "/api/spaces/<ns>/<repo>/xet-read-token/<revision>")
def xet_read(call: Call, ns: str, repo: str, revision: str) -> Any:
    call.space(f"{ns}/{repo}")
    return _store(call)


def _store(call: Call) -> Response:
    where, until = xet.address(call.hub.store), int(time.time()) + 3600
    return as_json(
        {"casUrl": where, "accessToken": "xet", "exp": until},
        X_Xet_Cas_Url=where,
        X_Xet_Access_Token="xet",
        X_Xet_Token_Expiration=str(until),
    )


@route("POST", "/api/spaces/<ns>/<repo>/commit/main")
def commit(call: Call, ns: str, repo: str) -> Any:
    """Take a commit: all of its lines, or none."""
    space, hub = call.writable(f"{ns}/{repo}"), call.hub
    meanwhile, hub.before_commit = hub.before_commit, lambda _: None
    meanwhile(space)
    header, *lines = (json.loads(line) for line in call.data.splitlines())
    parent = header["value"].get("parentCommit")
    if parent is not None and parent != space.head.oid:
        raise Refused(412, "A commit has happened since. Please refresh and try again.")
    files = dict(space.head.files)
    for line in lines:
        _apply(hub, files, line["key"], line["value"])
    made = space.add(files, header["value"]["summary"], call.who().account)
    space.sdk = yaml.safe_load(space.files["README.md"].decode().split("---\n")[1])["sdk"]
    space.stages = [space.stages[0], *hub.next_stages] if hub.next_stages else ["RUNNING"]
    space.built = space.built if hub.next_stages else made.oid
    return {
        "success": True,
        "commitOid": made.oid,
        "commitUrl": f"{hub.url}/spaces/{space.name}/commit/{made.oid}",
        "hookOutput": "",
    }


def _apply(hub: Hub, files: dict[str, Blob], key: str, value: dict[str, Any]) -> None:
    path = value["path"]
    if key == "file":
        files[path] = Blob(base64.b64decode(value["content"]))
    elif key == "deletedFile":
        if path not in files:
            raise Refused(404, "A file with this name doesn't exist", X_Error_Code="EntryNotFound")
        del files[path]
    elif key == "lfsFile":
        if value["oid"] not in hub.large and hub.xet_hash(value["oid"]) is None:
            raise Refused(400, f"{path} was not uploaded")
        files[path] = Blob.pointer(value["oid"], value["size"])
    else:
        raise Refused(400, f"{key} is not modelled")


# Reading


@route("GET", "/spaces/<ns>/<repo>/resolve/<revision>/<path:path>")
def resolve(call: Call, ns: str, repo: str, revision: str, path: str) -> Any:
    """Give a file; what lies beside git is fetched from another host."""
    blob = _at(call, ns, repo, revision).get(path)
    if blob is None:
        raise Refused(404, "Entry not found", X_Error_Code="EntryNotFound")
    known = {"X-Repo-Commit": revision, "ETag": f'"{blob.oid}"'}
    if not blob.sha256:
        return Response(blob.data, 200, known, mimetype="application/octet-stream")
    known |= {"X-Linked-ETag": f'"{blob.sha256}"', "X-Linked-Size": str(blob.size)}
    if stored := call.hub.xet_hash(blob.sha256):
        route = f"{call.hub.url}/api/spaces/{ns}/{repo}/xet-read-token/{revision}"
        known |= {"X-Xet-Hash": stored, "Link": f'<{route}>; rel="xet-auth"'}
    return Response("", 302, known | {"Location": f"{call.hub.files_url}/lfs/{blob.sha256}"})


@route("GET", "/lfs/<sha256>")
def get_large(call: Call, sha256: str) -> Any:
    assert "Authorization" not in call.request.headers
    if sha256 not in call.hub.large:
        raise Refused(404, "not there")
    return Response(call.hub.large[sha256], 200, mimetype="application/octet-stream")
