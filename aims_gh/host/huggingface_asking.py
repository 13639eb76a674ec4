"""Ask a Space that runs: again while it wakes, and with a token at its own address alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from aims_gh.errors import HostError
from aims_gh.host import Files
from aims_gh.host.asking import Closed, Temporary, ask, fetch
from aims_gh.host.huggingface_session import Session, visibility_of
from aims_gh.host.huggingface_waiting import Waiting

T = TypeVar("T")
_SHOWN = ("index.html", "app.json", "model.onnx")
_LONGEST_PAUSE = 30.0


def ask_space(
    asks: Session, space: str, url: str, waiting: Waiting, endpoint: str, *data: Any
) -> Any:
    """Call an endpoint of a Space's app, and give its answer.

    Raises
    ------
    Closed
        If the Space is private, and this token may only write its files; or Hugging Face does not
        tell where it is.
    HostError
        If it does not answer; or is private, and its address is not its own.
    """
    token = _token_for(asks, space, url)
    return _patiently(lambda: ask(url, endpoint, *data, token=token, shown=asks.shown), waiting)


def await_page(asks: Session, space: str, url: str, files: Files, waiting: Waiting) -> bool:
    """Wait until a static Space shows these files; False where it is private, and not asked.

    Raises
    ------
    HostError
        Naming the file that it does not show.
    """
    found = asks.look(space)
    if found is None or visibility_of(found) == "private":
        return False
    for path in (path for path in _SHOWN if path in files):

        def shows(path: str = path) -> None:
            said = fetch(f"{url}{path}", most=len(files[path]) + 1)
            # Hugging Face may add to a page; what it runs has to be ours byte by byte.
            if not said or (path != "index.html" and said != files[path]):
                raise Temporary(
                    f"{space} runs, and does not show the new {path}",
                    hint=f"its files are there: {asks.page(space)}; deploy again in a few minutes",
                )

        _patiently(shows, waiting)
    return True


def _token_for(asks: Session, space: str, url: str) -> str:
    """Give the token where it takes one to see the app; for everybody else's address, none."""
    found = asks.look(space)
    if found is None or visibility_of(found) != "private":
        return ""
    if asks.keyless:
        raise Closed(
            f"{space} is private, and a token of trusted publishing does not open it",
            hint="ask it yourself: aims predict",
        )
    if is_own_address(url, asks.api.endpoint, found.host or "", found.subdomain or ""):
        return asks.token()
    if not found.host and not found.subdomain:
        raise Closed(
            f"{space} is private, and Hugging Face does not tell its address: it could not be "
            "asked, because the token goes to no address that is guessed",
            hint=f"see {asks.page(space)}",
        )
    raise HostError(
        f"{space} is private, and its address {url} is not its own: the token was not sent",
        hint=f"see {asks.page(space)}/settings",
    )


def is_own_address(url: str, endpoint: str, host: str = "", subdomain: str = "") -> bool:
    """Tell whether an address is the Space's own, or of the Hub itself, which knows the token.

    Two Spaces may have names of which the same address would be made, so only what the Hub tells
    counts.

    Parameters
    ----------
    host, subdomain : str
        As the Hub tells them.

    Examples
    --------
    >>> hub = "https://huggingface.co"
    >>> is_own_address("https://ada-cars-x-2.hf.space/", hub, subdomain="ada-cars-x-2")
    True
    >>> is_own_address("https://ada-cars-x.hf.space/", hub, subdomain="ada-cars-x-2")
    False
    """
    place, hub = urlsplit(url), urlsplit(endpoint)
    if (place.scheme, place.netloc) == (hub.scheme, hub.netloc):
        return True
    told = {urlsplit(host).netloc or host, f"{subdomain}.hf.space"}
    own = {name for name in told if re.fullmatch(r"[a-z0-9-]+\.hf\.space", name)}
    return place.scheme == "https" and place.netloc in own


def _patiently(act: Callable[[], T], waiting: Waiting) -> T:
    """Do it again as long as it may still come right."""
    begun = time.monotonic()
    while True:
        try:
            return act()
        except Temporary as error:
            if time.monotonic() - begun > waiting.answering:
                raise
            time.sleep(max(waiting.between, min(error.seconds, _LONGEST_PAUSE)))
