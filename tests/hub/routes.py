"""What the Hub answers, path by path."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import yaml
from loopback import identity
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from . import xet
from .hub import Asked, Hub, Refused
from .records import Blob, Space, Token

LARGE = 10_000_000
FREE = ("zero-a10g",)
RULES: list[tuple[str, str, str]] = []
HANDLERS: dict[str, Callable[..., Any]] = {}


def route(method: str, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def keep(handler: Callable[..., Any]) -> Callable[..., Any]:
        RULES.append((method, path, handler.__name__))
        HANDLERS[handler.__name__] = handler
        return handler

    return keep


def application(hub: Hub) -> Callable[..., Iterable[bytes]]:
    """Give what answers requests to a Hub."""
    rules = [Rule(p, endpoint=name, methods=[m], merge_slashes=False) for m, p, name in RULES]
    adapter = Map(rules).bind("127.0.0.1")

    def answer(request: Request) -> Response:
        data = request.get_data()  # in any case: a client that is still sending gets no answer
        if fault := hub.fault(f"{request.method} {request.path}"):
            return _json(fault.body or {"error": "fault"}, fault.status, **fault.headers)
        try:
            name, args = adapter.match(request.path, method=request.method)
        except HTTPException:
            return _json({"error": f"no such path: {request.path}"}, 404)
        try:
            with hub.lock:
                given = HANDLERS[name](Call(hub, request, data), **args)
        except Refused as refused:
            return _refusal(refused)
        return given if isinstance(given, Response) else _json(given)

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = answer(request)
        except Exception:
            hub.broken.append(f"{request.method} {request.path}\n{traceback.format_exc()}")
            raise
        known = hub.tokens.get(_bearer(request))
        who = known.account if known else None
        hub.asked.append(Asked(request.method, request.path, response.status_code, who))
        return response(environ, start_response)

    return serve


def _json(value: Any, status: int = 200, **headers: str) -> Response:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(json.dumps(value), status, names, mimetype="application/json")


def _refusal(refused: Refused) -> Response:
    return _json({"error": refused.message}, refused.status, **refused.headers)


def _bearer(request: Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


class Call:
    """A request, and who asks."""

    def __init__(self, hub: Hub, request: Request, data: bytes) -> None:
        self.hub, self.request, self.data = hub, request, data

    @property
    def body(self) -> Any:
        return json.loads(self.data)

    def token(self) -> Token | None:
        value = _bearer(self.request)
        if value and value not in self.hub.tokens:
            said = "Invalid credentials in Authorization header"
            raise Refused(401, said, X_Error_Message=said)
        return self.hub.tokens.get(value)

    def who(self) -> Token:
        token = self.token()
        if token is None:
            raise Refused(401, "Invalid username or password.")
        return token

    def space(self, name: str) -> Space:
        """Give a Space that whoever asks may see."""
        space, token = self.hub.spaces.get(name), self.token()
        theirs = token is not None and token.account == name.partition("/")[0]
        if space is None or (space.visibility == "private" and not theirs):
            status = 404 if token else 401
            raise Refused(status, "Repository not found", X_Error_Code="RepoNotFound")
        return space

    def writable(self, name: str, *, settings: bool = False) -> Space:
        """Give a Space that whoever asks may change, its settings or its files."""
        space, token = self.space(name), self.who()
        may = token.account == name.partition("/")[0] and not token.reads_only
        if not may or not (token.spaces is None or name in token.spaces):
            raise Refused(403, "You don't have the required permissions to perform this action")
        if settings and token.by_workflow:
            raise Refused(403, "This token may only be used to write to the repository")
        return space


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
        return _json({"error": "invalid_grant", "error_description": said}, 400)
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
        "subdomain": f"{ns}-{repo}",
        "host": f"{call.hub.url}/app/{space.name}",
        "likes": 0,
        "tags": [space.sdk],
        "createdAt": "2026-11-27T00:00:00.000Z",
        "lastModified": "2026-11-27T00:00:00.000Z",
        "siblings": [{"rfilename": path} for path in sorted(space.head.files)],
        "runtime": _runtime(call.hub, space),
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
        return _json(
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
    return _json(
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


# Running


def _runtime(hub: Hub, space: Space) -> dict[str, Any]:
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
    told = _runtime(call.hub, space)
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
    return _runtime(call.hub, space)


@route("POST", "/api/spaces/<ns>/<repo>/restart")
def restart(call: Call, ns: str, repo: str) -> Any:
    space = call.writable(f"{ns}/{repo}", settings=True)
    if space.sdk == "static":
        raise Refused(400, "static Spaces cannot be restarted")
    space.restarts += 1
    space.stages = ["APP_STARTING", "RUNNING"]
    return _runtime(call.hub, space)


@route("GET", "/api/spaces/<ns>/<repo>/logs/<kind>")
def logs(call: Call, ns: str, repo: str, kind: str) -> Any:
    call.writable(f"{ns}/{repo}")
    events = (
        f"data: {json.dumps({'data': line, 'timestamp': '2026-11-27T00:00:00Z'})}\n\n"
        for line in call.hub.logs[kind]
    )
    return Response("".join(events), 200, mimetype="text/event-stream")


@route("GET", "/app/<ns>/<repo>/")
def visit(call: Call, ns: str, repo: str) -> Any:
    """Show what stands in `said.txt`, in place of what the app would say."""
    space = call.hub.spaces.get(f"{ns}/{repo}")
    if space is None or space.visibility == "private":
        raise Refused(404, "Sorry, we can't find the page you are looking for.")
    return Response(space.files.get("said.txt", b""), 200, mimetype="text/plain")
