"""One request to the API: what was asked, by whom, and the ways to answer it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Never
from urllib.parse import urlencode

from werkzeug.wrappers import Request as HttpRequest

from .bodies import Bodies
from .git import Git
from .openapi import Operation
from .records import Pull, Repository, Token
from .world import World

MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers; bytes are sent as they are, anything else as JSON."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An answer that is an error, as GitHub words it."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        body: dict[str, Any] = {"message": message}
        if errors is not None:
            body["errors"] = list(errors)
        body |= {"documentation_url": "https://docs.github.com/rest", "status": str(status)}
        super().__init__(message)
        self.answer = Answer(status, body, headers or {})


Handler = Callable[["Call"], Any]
HANDLERS: dict[str, Handler] = {}


def route(operation: str) -> Callable[[Handler], Handler]:
    """Make a function the answer to an operation of GitHub's description.

    It returns an Answer, or the body of a 200, or None for a 204.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS[operation] = handler
        return handler

    return register


def created(body: Any) -> Answer:
    """Answer that something new is there."""
    return Answer(201, body)


def not_found() -> Never:
    """Refuse, as GitHub does too where somebody may not even know."""
    raise Refused(404, "Not Found")


def invalid(message: str, *errors: Any) -> Never:
    """Refuse what is well formed but makes no sense."""
    raise Refused(422, message, errors or None)


@dataclass
class Call:
    """A request that was understood."""

    world: World
    http: HttpRequest
    operation: Operation
    args: Mapping[str, str]
    body: Any
    token: Token | None = None
    repository: Repository | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def repo(self) -> Repository:
        """The repository that the path names."""
        assert self.repository is not None
        return self.repository

    @property
    def git(self) -> Git:
        """Its git repository."""
        return self.repo.git

    @property
    def bodies(self) -> Bodies:
        """The shapes of answers."""
        return self.world.bodies

    @property
    def by(self) -> Token:
        """The token of who asks, where only somebody may."""
        assert self.token is not None
        return self.token

    @property
    def login(self) -> str:
        """Who asks."""
        return self.by.login

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark."""
        return self.http.args

    @property
    def pull(self) -> Pull:
        """The pull request that the path names, as one or as an issue."""
        number = int(self.args.get("pull_number") or self.args["issue_number"])
        return self.repo.pulls.get(number) or not_found()

    def wants(self, kind: str) -> bool:
        """Tell whether a media type such as `raw` was asked for."""
        accept = self.http.headers.get("Accept", "")
        return f".{kind}" in accept

    def page(self, items: Sequence[Any]) -> list[Any]:
        """Cut out the page that was asked for; say in the Link header where the others are."""
        size = min(int(self.query.get("per_page", 30)), MAX_PAGE)
        number = max(int(self.query.get("page", 1)), 1)
        last = max(-(-len(items) // size), 1)
        links = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        if number == 1:
            links = {name: links[name] for name in ("next", "last")}
        if number >= last:
            links.pop("next", None)
            links.pop("last", None)
        self.link({name: {"page": str(page)} for name, page in links.items()})
        return list(items[(number - 1) * size : number * size])

    def link(self, pages: Mapping[str, Mapping[str, str]]) -> None:
        """Point to other pages by the parameters in which they differ."""
        base = self.http.base_url
        urls = {name: f"{base}?{urlencode({**self.query, **more})}" for name, more in pages.items()}
        if urls:
            self.headers["Link"] = ", ".join(f'<{url}>; rel="{n}"' for n, url in urls.items())


def as_answer(result: Any, headers: Mapping[str, str]) -> Answer:
    """Make an answer of what a handler returned."""
    if result is None:
        result = Answer(204)
    if not isinstance(result, Answer):
        result = Answer(200, result)
    return Answer(result.status, result.body, {**headers, **result.headers})


def encoded(body: Any) -> bytes:
    """Write a body as it goes over the wire."""
    if body is None or isinstance(body, bytes):
        return body or b""
    return json.dumps(body).encode()
