"""Ask a Gradio app over plain HTTP: one POST, one GET, no package."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import HostError

_OPENER = urllib.request.build_opener()
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
    HostError
        If nobody answers, or the app says what is wrong with the question.
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
        reason = plain(error.read(2_000).decode("utf-8", "replace"))[:300]
        raise HostError(f"{url} answered {error.code}: {reason}", hint=_HINT) from None
    except (OSError, ValueError, KeyError) as error:
        raise HostError(f"{url} does not answer: {error}", hint=_HINT) from None
    return _answer(said, url)


_HINT = "look whether the app runs, and whether it is one of aims-gh"


def _answer(said: str, url: str) -> Any:
    """Read the last event of the stream."""
    kind, content = "", "null"
    for line in said.splitlines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            content = line.removeprefix("data: ")
    value = json.loads(content)
    if kind == "complete" and isinstance(value, list) and value:
        return value[0]
    error = value.get("error") if isinstance(value, dict) else value
    raise HostError(
        plain(error or f"{url} gave no answer")[:500],
        hint="the endpoint info tells what the model takes",
    )
