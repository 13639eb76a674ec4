"""Ask a Gradio app over plain HTTP: one POST, one GET, no package."""

from __future__ import annotations

import contextlib
import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import HostError

_OPENER = urllib.request.build_opener()
_TEMPORARY = (408, 429, 500, 502, 503, 504)


class Temporary(HostError):
    """Nobody answered, or not now: the same question may be answered a moment later.

    Attributes
    ----------
    seconds : float
        After how many the server wants to be asked again; 0 where it has not said.
    """

    seconds = 0.0


_MAX_BYTES = 200_000_000


def ask(url: str, endpoint: str, *data: Any, seconds: float = 60) -> Any:
    """Call an endpoint of an app and give its only answer.

    Parameters
    ----------
    url : str
        Of the app, such as ``http://127.0.0.1:7860/``.
    endpoint : str
        Its name, such as ``predict_batch``.
    *data
        What it takes, as plain data.

    Raises
    ------
    Temporary
        If nobody answers, or the server cannot now.
    HostError
        If the app says what is wrong with the question.
    """
    call = f"{url.rstrip('/')}/gradio_api/call/{endpoint}"
    body = json.dumps({"data": data}).encode()
    asked = urllib.request.Request(  # noqa: S310  the address is the caller's own
        call, body, {"Content-Type": "application/json"}
    )
    try:
        with _OPENER.open(asked, timeout=seconds) as answer:
            event = json.load(answer)["event_id"]
        with _OPENER.open(f"{call}/{event}", timeout=seconds) as answer:
            said = answer.read(_MAX_BYTES).decode("utf-8")
    except urllib.error.HTTPError as error:
        raise _refusal(error, url) from None
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise Temporary(f"{url} does not answer: {error}", hint=_HINT) from None
    return _answer(said, url)


def _refusal(error: urllib.error.HTTPError, url: str) -> HostError:
    said = error.read(2_000).decode("utf-8", "replace")
    with contextlib.suppress(ValueError, KeyError, TypeError):
        said = str(json.loads(said)["detail"])
    message = f"{url} answered {error.code}: {plain(said)[:300]}"
    if error.code not in _TEMPORARY:
        return HostError(message, hint=_HINT)
    found = Temporary(message, hint=_HINT)
    after = error.headers.get("Retry-After", "")
    found.seconds = float(after) if after.isdecimal() else 0.0
    return found


_HINT = "look whether the app runs, and whether it is one of aims-gh"


def _answer(said: str, url: str) -> Any:
    """Read the last event of the stream."""
    kind, content = "", "null"
    for line in said.splitlines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            content = line.removeprefix("data: ")
    try:
        value = json.loads(content)
    except ValueError:
        kind, value = "", None  # the line broke off
    if kind == "complete" and isinstance(value, list) and value:
        return value[0]
    if kind not in ("complete", "error"):
        raise Temporary(f"{url} broke off before it had answered", hint=_HINT)
    error = value.get("error") if isinstance(value, dict) else value
    raise HostError(
        plain(error or f"{url} gave no answer")[:500],
        hint="the endpoint info tells what the model takes",
    )
