"""A session with GitHub's REST API: who asks, how patiently, and what a refusal means."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import github
import requests
from github.Requester import Requester

from aims_gh.core.inert import plain
from aims_gh.errors import ForgeError
from aims_gh.forge.github.cache import Cache
from aims_gh.forge.patience import Patience
from aims_gh.version import __version__

_logger = logging.getLogger(__name__)

ACTIONS_BOT = "github-actions[bot]"
"""Who a job's own token is."""

PAGE = 100
_API_VERSION = "2022-11-28"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_UNKNOWN_WAIT = 60.0
"""Seconds that GitHub asks for where it limits and does not say for how long."""


class Refused(ForgeError):
    """GitHub said no; the request had no effect."""

    def __init__(self, message: str, *, hint: str, status: int, said: str) -> None:
        super().__init__(message, hint=hint)
        self.status, self.said = status, said


class NotAllowed(Refused):
    """GitHub said that this token may not do it."""

    forbidden = True


class Later(ForgeError):
    """GitHub wants no more of this for a while; the request had no effect."""

    def __init__(self, what: str, seconds: float) -> None:
        minutes = max(1, round(seconds / 60))
        super().__init__(
            f"GitHub's rate limit stops {what}",
            hint=f"do the same again in {minutes} minute{'s'[: minutes != 1]}; nothing is lost",
        )
        self.seconds = seconds


class Uncertain(ForgeError):
    """Nobody knows whether the request took effect: look before doing it again."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a GitHub answers."""

    api: str = "https://api.github.com"
    web: str = "https://github.com"
    graphql: str = "https://api.github.com/graphql"

    @property
    def host(self) -> str:
        """The name people know it by."""
        return urlsplit(self.web).netloc

    @property
    def local(self) -> bool:
        """Whether it is on this machine: nobody there has to be spared."""
        return urlsplit(self.api).hostname in _LOOPBACK


@dataclass(frozen=True, slots=True)
class Reply:
    """What GitHub answered."""

    status: int
    headers: Mapping[str, str]
    data: Any

    @property
    def said(self) -> str:
        """Its words, where it refused."""
        data = self.data if isinstance(self.data, dict) else {}
        details = data.get("errors")
        more = [
            str(e.get("message") or e.get("code") or "") if isinstance(e, dict) else str(e)
            for e in (details if isinstance(details, list) else [])
        ]
        return plain("; ".join([str(data.get("message") or "it gave no reason"), *more]))[:300]


class Session:
    """One user's requests to one GitHub.

    Parameters
    ----------
    server : Server
    token : str or None
        None: what everybody may see.
    patience : Patience, optional
        How often to repeat what a server that stumbles left undone.
    longest_wait : float
        Seconds that a rate limit may make a request wait; where it wants more, `Later`.
    sleep : callable
    """

    def __init__(
        self,
        server: Server,
        token: str | None,
        *,
        patience: Patience | None = None,
        longest_wait: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        quick = Patience(attempts=6, first=0.01, longest=0.1)
        slow = Patience(attempts=6, first=1.0, longest=16.0)
        self.server = server
        self.signed_in = token is not None
        self._patience = patience or (quick if server.local else slow)
        self._longest_wait, self._sleep = longest_wait, sleep
        self._login: str | None = None
        self._requester = Requester(
            github.Auth.Token(token) if token else None,
            server.api,
            timeout=60,
            user_agent=f"aims-gh/{__version__}",
            per_page=PAGE,
            verify=True,
            # GithubRetry would repeat a POST that took effect before its answer was lost.
            retry=0,
            pool_size=None,
            seconds_between_requests=None if server.local else 0.25,
            seconds_between_writes=None if server.local else 1.0,
        )

    def get(self, path: str, *, absent: bool = False, **query: Any) -> Any:
        """Read one thing; with `absent`, None where there is none."""
        reply = self.send("GET", path, query=query, accept=(404,) if absent else ())
        return None if reply.status == 404 else reply.data

    def remembered(self, cache: Cache, path: str, **query: Any) -> Any:
        """Read one thing, or learn that it is as it was; None where there is none."""
        key = f"GET {self.server.api}{path} {sorted(query.items())}"
        kept = json.loads(cache.get(key) or "{}")
        headers = {"If-None-Match": kept["etag"]} if kept else {}
        reply = self.send("GET", path, query=query, headers=headers, accept=(404,))
        if reply.status == 304:
            return kept["data"]
        if reply.status == 404:
            return None
        if etag := reply.headers.get("etag"):
            cache.put(key, json.dumps({"etag": etag, "data": reply.data}).encode())
        return reply.data

    def pages(self, path: str, *, of: str | None = None, **query: Any) -> Iterator[Any]:
        """Read a list to its end, a hundred a request; `of`: the key that it stands under."""
        reply = self.send("GET", path, query={"per_page": PAGE, **query})
        while True:
            yield from reply.data[of] if of else reply.data
            following = _next_page(reply.headers.get("link", ""))
            if following is None:
                return
            reply = self.send("GET", following)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        again: bool | None = None,
    ) -> Reply:
        """Send one request, again where it certainly had no effect, or may have it twice.

        Parameters
        ----------
        accept : collection of int
            Refusals that are an answer: they are returned and not raised.
        again : bool, optional
            Whether it may take effect twice. Default: unless it is a POST.

        Raises
        ------
        Refused, Later, Uncertain
        ForgeError
            If GitHub cannot be reached.
        """
        what = f"{method} {path.partition('?')[0]}"
        again = method != "POST" if again is None else again
        trouble = ""
        for _ in self._patience.tries(self._sleep):
            try:
                reply = self._when_allowed(
                    what, lambda: self._once(method, path, query, headers, body)
                )
            except (requests.RequestException, RuntimeError) as error:
                trouble = f"no answer ({type(error).__name__})"
            else:
                if reply.status < 400 or reply.status in accept:
                    return reply
                if reply.status < 500:
                    raise self._refusal(what, reply)
                trouble = f"status {reply.status}"
            if not again:
                raise Uncertain(
                    f"GitHub did not say whether it did {what}: {trouble}", hint="try again"
                )
            _logger.debug("%s: %s", what, trouble)
        raise ForgeError(
            f"{self.server.host} does not answer {what}: {trouble}",
            hint="see whether it can be reached, and try again: githubstatus.com",
        )

    def login(self) -> str | None:
        """Tell whose token this is; None without one."""
        if self.signed_in and self._login is None:
            reply = self.send("GET", "/user", accept=(403,))
            self._login = ACTIONS_BOT if reply.status == 403 else str(reply.data["login"])
        return self._login

    def _when_allowed(self, what: str, request: Callable[[], Reply]) -> Reply:
        waited = 0.0
        while True:
            reply = request()
            seconds = _limited(reply)
            if seconds is None:
                return reply
            if waited + seconds > self._longest_wait:
                raise Later(what, seconds)
            _logger.info("GitHub's rate limit: waiting %.0f s", seconds)
            self._sleep(seconds)
            waited += max(seconds, 1.0)

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        body: Any,
    ) -> Reply:
        sent = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _API_VERSION,
            **(headers or {}),
        }
        status, got, text = self._requester.requestJson(
            method, path, parameters=dict(query or {}), headers=sent, input=body
        )
        try:
            data = json.loads(text) if text else None
        except ValueError:
            data = {"message": text[:200]}
        return Reply(status, got, data)

    def _refusal(self, what: str, reply: Reply) -> Refused:
        status, needs = reply.status, reply.headers.get("x-accepted-github-permissions", "")
        hint = _HINTS.get(status, "read GitHub's words above")
        if status in (401, 404) and not self.signed_in:
            hint = _SIGN_IN
        elif status in (403, 404) and needs:
            hint += f"; this needs the permission {plain(needs)[:200]}"
        kind = NotAllowed if status in (401, 403) else Refused
        return kind(
            f"GitHub refused {what}: {reply.said} ({status})",
            hint=hint,
            status=status,
            said=reply.said,
        )


_SIGN_IN = (
    "spell it as owner/name; where it is private, sign in: gh auth login, or set GITHUB_TOKEN"
)
_HINTS = {
    401: "the token is wrong or has expired: gh auth login, or set GITHUB_TOKEN anew",
    403: "the token may not do this: give it the permission, or use another",
    404: "spell it as owner/name; where it is private, the token must be allowed to see it",
    409: "somebody else was faster: try again",
    410: "this is switched off in the repository's settings",
}


def in_path(text: str) -> str:
    """Make text a part of a URL's path; slashes stay."""
    return quote(text, safe="/")


def instant(text: str) -> datetime:
    """Read one of GitHub's times."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _limited(reply: Reply) -> float | None:
    """Tell how many seconds a rate limit asks for; None where there is none."""
    if reply.status not in (403, 429):
        return None
    after = reply.headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    if reply.headers.get("x-ratelimit-remaining") == "0":
        reset = reply.headers.get("x-ratelimit-reset", "")
        return max(float(reset) - time.time(), 1.0) if reset.isdigit() else _UNKNOWN_WAIT
    limited = reply.status == 429 or "rate limit" in reply.said.lower()
    return _UNKNOWN_WAIT if limited else None


def _next_page(link: str) -> str | None:
    for part in link.split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return address.strip().strip("<>")
    return None
