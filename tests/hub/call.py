"""A request to the Hub: who asks, what they may, and how it is answered."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from .hub import Asked, Hub, Refused
from .records import Space, Token

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
            return as_json(fault.body or {"error": "fault"}, fault.status, **fault.headers)
        try:
            name, args = adapter.match(request.path, method=request.method)
        except HTTPException:
            return as_json({"error": f"no such path: {request.path}"}, 404)
        try:
            with hub.lock:
                given = HANDLERS[name](Call(hub, request, data), **args)
        except Refused as refused:
            return _refusal(refused)
        return given if isinstance(given, Response) else as_json(given)

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


def as_json(value: Any, status: int = 200, **headers: str) -> Response:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(json.dumps(value), status, names, mimetype="application/json")


def _refusal(refused: Refused) -> Response:
    return as_json({"error": refused.message}, refused.status, **refused.headers)


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
