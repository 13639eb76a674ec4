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
from aims_gh.host.huggingface_session import Session, subdomain_of, visibility_of
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
        If the Space is private, and this token may only write its files.
    HostError
        If it does not answer; or is private, and its address is not its own.
    """
    token = _token_for(asks, space, url)
    return _patiently(lambda: ask(url, endpoint, *data, token=token), waiting)


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
    if not is_own_address(url, asks.api.endpoint, space, found.subdomain or ""):
        raise HostError(
            f"{space} is private, and its address {url} is not its own: the token was not sent",
            hint=f"see {asks.page(space)}/settings",
        )
    return asks.token()


def is_own_address(url: str, endpoint: str, space: str, subdomain: str = "") -> bool:
    """Tell whether an address is the Space's own, or of the Hub itself, which knows the token.

    Parameters
    ----------
    subdomain : str
        As the Hub tells it.

    Examples
    --------
    >>> hub = "https://huggingface.co"
    >>> is_own_address("https://ada-cars.hf.space/", hub, "ada/cars")
    True
    >>> is_own_address("https://ada-cars.hf.space.example/", hub, "ada/cars")
    False
    """
    place, hub = urlsplit(url), urlsplit(endpoint)
    if (place.scheme, place.netloc) == (hub.scheme, hub.netloc):
        return True
    names = {subdomain_of(space), subdomain}
    own = {f"{name}.hf.space" for name in names if re.fullmatch(r"[a-z0-9-]+", name)}
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
