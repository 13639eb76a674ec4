"""Ask a Gradio app over plain HTTP: one POST, one GET, no package."""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import HostError


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a token is for the server that it was sent to."""

    def redirect_request(self, *_: Any) -> None:
        """Go nowhere else."""


_OPENER = urllib.request.build_opener()
_STAYING = urllib.request.build_opener(_Staying)
_TEMPORARY = (408, 429, 500, 502, 503, 504)


class Temporary(HostError):
    """Nobody answered, or not now: the same question may be answered a moment later.

    Attributes
    ----------
    seconds : float
        After how many the server wants to be asked again; 0 where it has not said.
    """

    seconds = 0.0


class Closed(HostError):
    """The app is there, and may not be asked from here."""


_MAX_BYTES = 200_000_000
_MAX_EVENT_BYTES = 10_000
_MAX_REFUSAL_BYTES = 10_000


def ask(
    url: str,
    endpoint: str,
    *data: Any,
    seconds: float = 60,
    token: str = "",
    shown: Callable[[object], str] = plain,
) -> Any:
    """Call an endpoint of an app and give its only answer.

    Parameters
    ----------
    url : str
        Of the app, such as ``http://127.0.0.1:7860/``.
    endpoint : str
        Its name, such as ``predict_batch``.
    *data
        What it takes, as plain data.
    token : str
        Shown to this server alone: it is not taken along to where a redirect leads.
    shown : callable
        Makes what the server said fit for a message: a server may say what it was sent.

    Raises
    ------
    Temporary
        If nobody answers, or the server cannot now.
    HostError
        If the app says what is wrong with the question, or is none of aims-gh.
    """
    call = f"{url.rstrip('/')}/gradio_api/call/{endpoint}"
    body = json.dumps({"data": data}).encode()
    told = {"Authorization": f"Bearer {token}"} if token else {}
    opener = _STAYING if token else _OPENER
    asked = urllib.request.Request(  # noqa: S310  the address is the caller's own
        call, body, told | {"Content-Type": "application/json"}
    )
    try:
        with opener.open(asked, timeout=seconds) as answer:
            event = _event(answer.read(_MAX_EVENT_BYTES), url)
        later = urllib.request.Request(f"{call}/{event}", headers=told)  # noqa: S310
        with opener.open(later, timeout=seconds) as answer:
            said = answer.read(_MAX_BYTES).decode("utf-8")
    except urllib.error.HTTPError as error:
        raise _refusal(error, url, shown) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Temporary(f"{url} does not answer: {shown(error)}", hint=_HINT) from None
    return _answer(said, url, shown)


def _event(content: bytes, url: str) -> str:
    """Read under which number a question is answered."""
    try:
        return str(json.loads(content)["event_id"])
    except (TypeError, KeyError, RecursionError):
        raise HostError(f"{url} answers as no app of aims-gh does", hint=_HINT) from None


def fetch(url: str, *, most: int, seconds: float = 60) -> bytes:
    """Fetch a file, up to so many bytes; Temporary where it is not to be had."""
    try:
        with _OPENER.open(url, timeout=seconds) as answer:
            return bytes(answer.read(most))
    except (OSError, http.client.HTTPException) as error:
        raise Temporary(f"{url} does not answer: {error}", hint=_HINT) from None


def _refusal(error: urllib.error.HTTPError, url: str, shown: Callable[[object], str]) -> HostError:
    said = ""
    with contextlib.suppress(OSError, http.client.HTTPException):
        said = error.read(_MAX_REFUSAL_BYTES).decode("utf-8", "replace")
    with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
        said = str(json.loads(said)["detail"])
    message = f"{url} answered {error.code}: {shown(said)[:300]}"
    if error.code not in _TEMPORARY:
        return HostError(message, hint=_HINT)
    found = Temporary(message, hint=_HINT)
    after = error.headers.get("Retry-After", "")
    found.seconds = float(after) if after.isdecimal() else 0.0
    return found


_HINT = "look whether the app runs, and whether it is one of aims-gh"


def _answer(said: str, url: str, shown: Callable[[object], str]) -> Any:
    """Read the last event of the stream."""
    kind, content = "", "null"
    for line in said.splitlines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            content = line.removeprefix("data: ")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        kind, value = "", None  # the line broke off
    if kind == "complete" and isinstance(value, list) and value:
        return value[0]
    if kind not in ("complete", "error"):
        raise Temporary(f"{url} broke off before it had answered", hint=_HINT)
    error = value.get("error") if isinstance(value, dict) else value
    raise HostError(
        shown(error or f"{url} gave no answer")[:500],
        hint="the endpoint info tells what the model takes",
    )
