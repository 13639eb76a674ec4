"""The server: what happens to each request, in order."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import socket
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from . import access, identity, routes
from .call import HANDLERS, Answer, Call, Refused, as_answer, encoded, not_found
from .faults import Fault, Faults
from .git_http import GitHttp, service
from .limits import Limits
from .openapi import Operation, description
from .permissions import NEEDS, USER
from .records import Request, Token
from .world import World

assert routes

API = "/api/v3"
# Parts of a path in which a slash may stand.
_LONG = {"path", "ref", "branch", "basehead", "name", "environment_name"}
_GIT = re.compile(
    r"/(?P<name>[^/]+/[^/]+?)(?:\.git)?/(?P<path>info/refs|git-(?:upload|receive)-pack)"
)


class Handler(WSGIRequestHandler):
    """A connection: silent, and without waiting for more to send."""

    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing; the requests are listed."""


class Server:
    """Answers requests from threads of its own until it is stopped."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.limits = world.limits = Limits(world.now)
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.identity_key = secrets.token_bytes(32)
        self._claims: dict[str, dict[str, str]] = {}
        self._git = GitHttp(world)
        self._http = make_server("127.0.0.1", 0, self._application, True, request_handler=Handler)
        self.port = self._http.server_port
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _application(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        http = HttpRequest(environ)
        try:
            response = self._answer_any(http)
        except Exception:
            self.violations.append(f"{http.method} {http.path} broke: {traceback.format_exc()}")
            raise
        return response(environ, start_response)

    def _answer_any(self, http: HttpRequest) -> Response:
        if match := _GIT.fullmatch(http.path):
            return self._answer_git(http, match["name"], match["path"])
        if http.path.startswith((f"{API}/", "/api/graphql")) or http.path == API:
            return self._answer_api(http)
        if http.path == "/identity":
            return self._identify(http)
        return self._page(http)

    # Identity tokens

    def identify(self, claims: Mapping[str, str]) -> str:
        asking = secrets.token_hex(20)
        self._claims[asking] = dict(claims)
        return asking

    def _identify(self, http: HttpRequest) -> Response:
        asking = http.authorization.token if http.authorization else None
        if asking not in self._claims:
            return Response("Unauthorized", 401)
        says = {"iss": f"http://127.0.0.1:{self.port}", "aud": http.args["audience"]}
        token = identity.sign(self._claims[asking] | says, self.identity_key)
        return Response(json.dumps({"value": token}), mimetype="application/json")

    # Git

    def _answer_git(self, http: HttpRequest, name: str, path: str) -> Response:
        token = None
        try:
            with self.world.lock:
                fault = self.faults.next(service(http), counts=False)
                basic = http.authorization.password if http.authorization else None
                token = access.token_in(self.world, http.headers.get("Authorization"), basic)
                repo = self.world.find(name)
            response = self._failed(http, fault, after=False)
            if response is None:
                response = self._git.answer(http, repo, token, path)
                response = self._failed(http, fault, after=True) or response
        except Refused as refused:
            answer = refused.answer
            response = Response(f"{refused}\n", answer.status, dict(answer.headers))
        self._note(http, service(http), token, response.status_code, kind="git")
        return response

    # The API

    def _answer_api(self, http: HttpRequest) -> Response:
        operation, args = self._match(http)
        name = operation.name if operation else "unknown"
        with self.world.lock:
            fault = self.faults.next(name, counts=True)
        body = _body(http)  # read in any case: a client that is still sending gets no answer
        if failed := self._failed(http, fault, after=False):
            self._note(http, name, self._who(http), failed.status_code)
            return failed
        call = Call(self.world, http, operation, args, body) if operation else None
        with self.world.lock:
            answer = self._answer(call) if call else self._unknown(http)
        response = self._response(http, call, answer)
        response = self._failed(http, fault, after=True) or response
        self._note(http, name, call.token if call else None, response.status_code)
        return response

    def _unknown(self, http: HttpRequest) -> Answer:
        self.violations.append(f"{http.method} {http.path.removeprefix(API)}: no such operation")
        return Refused(404, "Not Found").answer

    def _match(self, http: HttpRequest) -> tuple[Operation | None, dict[str, str]]:
        adapter = _routes().bind("127.0.0.1")
        path = http.path.removeprefix(API) or "/"
        try:
            name, args = adapter.match(path, method=http.method)
        except HTTPException:
            return None, {}
        return description().operations[name], dict(args)

    def _answer(self, call: Call) -> Answer:
        try:
            self._admit(call)
            self._authorize(call)
            result = HANDLERS[call.operation.name](call)
        except Refused as refused:
            result = refused.answer
        answer = as_answer(result, call.headers)
        self._check_answer(call, answer)
        return answer

    def _admit(self, call: Call) -> None:
        """Refuse before anybody looks what it is about."""
        call.token = self._token(call.http)
        if call.operation.name != "rate-limit/get":
            writes = call.operation.method != "GET"
            self.limits.check_primary(call.token)
            self.limits.check_secondary(call.token, writes=writes)
        wrong = list(call.operation.wrong_in_request(call.query, call.body))
        if wrong:
            self.violations += [f"{self._title(call)} request: {what}" for what in wrong]
            raise Refused(422, f"Invalid request.\n\n{wrong[0]}")

    def _authorize(self, call: Call) -> None:
        need = NEEDS[call.operation.name]
        if "owner" in call.args:
            call.repository = self.world.find(f"{call.args['owner']}/{call.args['repo']}")
            if call.repository is None or not access.can_see(
                self.world, call.token, call.repository
            ):
                not_found()
            if call.repository.hidden_reads > 0 and call.operation.name != "repos/create-fork":
                call.repository.hidden_reads -= 1
                not_found()
        elif need is not USER and call.token is None:
            raise Refused(401, "Requires authentication")
        access.check(call, need)

    def _check_answer(self, call: Call, answer: Answer) -> None:
        if isinstance(answer.body, bytes):
            return
        for what in call.operation.wrong_in_response(answer.status, answer.body):
            self.violations.append(f"{self._title(call)} answer {answer.status}: {what}")

    def _response(self, http: HttpRequest, call: Call | None, answer: Answer) -> Response:
        content = encoded(answer.body)
        headers = {"Content-Type": "application/json; charset=utf-8", **answer.headers}
        token = call.token if call else None
        if token and token.kind == "classic":
            headers["X-OAuth-Scopes"] = ", ".join(token.scopes)
        status = answer.status
        if http.method == "GET" and status == 200:
            # Two people may see different things under one address.
            seen_by = token.login.encode() if token else b""
            headers["ETag"] = f'W/"{hashlib.sha256(content + seen_by).hexdigest()}"'
            if http.headers.get("If-None-Match") == headers["ETag"]:
                status, content = 304, b""
        if call and call.operation.name != "rate-limit/get":
            with self.world.lock:
                if status != 304:
                    self.limits.count(token)
                headers |= self.limits.headers(token)
        if status in (204, 304):
            headers.pop("Content-Type")
        return Response(content, status, headers)

    # Common

    def _token(self, http: HttpRequest) -> Token | None:
        basic = http.authorization.password if http.authorization else None
        return access.token_in(self.world, http.headers.get("Authorization"), basic)

    def _who(self, http: HttpRequest) -> Token | None:
        try:
            return self._token(http)
        except Refused:
            return None

    def _failed(self, http: HttpRequest, fault: Fault | None, *, after: bool) -> Response | None:
        if fault is None or fault.after != after:
            return None
        time.sleep(fault.delay)
        if fault.drop:
            http.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return Response(b"", 599)
        answer = fault.answer
        if answer is None:
            return None
        return Response(encoded(answer.body), answer.status, dict(answer.headers))

    def _note(
        self, http: HttpRequest, name: str, token: Token | None, status: int, kind: str = "api"
    ) -> None:
        login = token.login if token else None
        path = http.full_path.removesuffix("?").removeprefix(API)
        when = self.world.now()
        self.requests.append(Request(http.method, path, name, login, status, when, kind))

    def _title(self, call: Call) -> str:
        return f"{call.operation.name} ({call.http.method} {call.http.path.removeprefix(API)})"

    def _page(self, http: HttpRequest) -> Response:
        """Show a file of a site that Pages serves."""
        match = re.fullmatch(r"/pages/([^/]+/[^/]+)/(.*)", http.path)
        repo = self.world.find(match[1]) if match else None
        if match and repo and repo.pages:
            root = repo.pages.root.resolve()
            path = (root / (match[2] or ".")).resolve()
            path = path / "index.html" if path.is_dir() else path
            if path.is_relative_to(root) and path.is_file():
                return Response(path.read_bytes(), mimetype=_type(path.suffix))
        return Response("Not Found", 404)


def _type(suffix: str) -> str:
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
    types |= {".json": "application/json", ".svg": "image/svg+xml", ".wasm": "application/wasm"}
    return types.get(suffix, "application/octet-stream")


@cache
def _routes() -> Map:
    rules = [rule for o in description().operations.values() for rule in _rules(o)]
    return Map(rules, redirect_defaults=False)


def _rules(operation: Operation) -> list[Rule]:
    def converter(match: re.Match[str]) -> str:
        name = match[1]
        return f"<path:{name}>" if name in _LONG else f"<{name}>"

    def rule(path: str, **more: Any) -> Rule:
        methods = [operation.method]
        return Rule(path, endpoint=operation.name, methods=methods, merge_slashes=False, **more)

    path = re.sub(r"{(\w+)}", converter, operation.path)
    rules = [rule(path)]
    if operation.path.endswith("/contents/{path}"):
        top = path.removesuffix("/<path:path>")
        rules += [rule(top + end, defaults={"path": ""}) for end in ("", "/")]
    return rules


def _body(http: HttpRequest) -> Any:
    data = http.get_data()
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")
