"""Ask Hugging Face about Spaces: who asks, what is there, and errors in our words."""

from __future__ import annotations

import logging
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aims_gh.core.inert import plain
from aims_gh.domain.address import same_playground
from aims_gh.errors import HostError, MissingExtra
from aims_gh.host.folder import APP_FILE, app_address
from aims_gh.host.huggingface_words import (
    NO_TOKEN,
    Outage,
    clean,
    refused,
    unreachable,
    untrusted,
)
from aims_gh.version import __version__

if TYPE_CHECKING:
    from huggingface_hub import SpaceRuntime
    from huggingface_hub.hf_api import SpaceInfo

RULES = ".gitattributes"
_OF_NOBODY = {RULES, "README.md"}
"""What Hugging Face itself puts into a new Space."""

_LOG_LINES = 12
_ATTEMPTS = 5


class Session:
    """Somebody who asks Hugging Face.

    Parameters
    ----------
    token : str or None
        None: the one that `huggingface_hub` finds, or gets by trusted publishing.
    keyless : bool
        Whether it is one of trusted publishing.
    secrets : iterable of str
        What no message may hold, beside the token.

    Raises
    ------
    MissingExtra
        Where `huggingface_hub` is not installed.
    """

    def __init__(
        self, token: str | None, endpoint: str | None, *, keyless: bool, secrets: Iterable[str]
    ) -> None:
        try:
            from huggingface_hub import HfApi
        except ImportError:
            raise MissingExtra("Hugging Face", extra="deploy") from None
        self.api = HfApi(
            endpoint=endpoint, token=token, library_name="aims-gh", library_version=__version__
        )
        self.keyless = keyless
        self._hidden = {token or "", *secrets}

    def sign_in(self) -> None:
        """See that there is a token, which trusted publishing may have to be asked for."""
        from huggingface_hub import get_token

        if self.api.token:
            return
        try:
            token = get_token()
        except _raised() as error:
            raise untrusted(self.shown(getattr(error, "server_message", "") or error)) from None
        if token is None:
            raise HostError("nobody is signed in to Hugging Face", hint=NO_TOKEN)
        self._hidden.add(token)

    def token(self) -> str:
        """Give the token that this asks with."""
        from huggingface_hub import get_token

        token = self.api.token if isinstance(self.api.token, str) else get_token() or ""
        self._hidden.add(token)
        return token

    def shown(self, text: object) -> str:
        """Make a text fit to be shown: no token in it, and no secret."""
        return clean(text, self._hidden)

    @contextmanager
    def asking(self, space: str, doing: str) -> Iterator[None]:
        """Tell in our words what the library raises, which may quote what was sent.

        Raises
        ------
        Forbidden
            If the token may not do it.
        HostError
            If it cannot be done.
        """
        from huggingface_hub.errors import HfHubHTTPError

        try:
            with _silence():
                yield
        except HostError:
            raise
        except HfHubHTTPError as error:
            status = error.response.status_code
            said = self.shown(error.server_message or "" if status != 429 else error)
            raise refused(status, doing, said, space, keyless=self.keyless) from None
        except _raised() as error:
            first = error.__cause__ or error  # an upload that failed says why one step further down
            raise unreachable(doing, self.shown(first) or type(first).__name__) from None

    # What is there

    def look(self, space: str) -> SpaceInfo | None:
        """Describe a Space; None where there is none that this token sees."""
        from huggingface_hub.errors import RepositoryNotFoundError

        with self.asking(space, f"look at {space}"):
            try:
                return self.api.space_info(space)
            except RepositoryNotFoundError as error:
                if error.response.status_code != 404:  # without a token, all that is not public
                    raise
                return None

    def check_ours(self, space: str, found: SpaceInfo, playground: str | None) -> None:
        """See that a Space is empty, or an app of this playground.

        Raises
        ------
        HostError
            If it is anything else.
        """
        there = names(found) - _OF_NOBODY
        if not there:
            return
        serves = self._serves(space, found.sha) if APP_FILE in there else None
        if serves is None:
            raise HostError(
                f"{space} is something else than an app of aims-gh: it is left as it is",
                hint="name another Space, or empty this one by hand",
            )
        if playground is None or not same_playground(serves, playground):
            raise HostError(
                f"{space} serves the playground {plain(serves)[:200]}, not "
                f"{playground or 'one that was named'}: it is left as it is",
                hint="name another Space; where nobody needs that app any more, delete the Space "
                f"by hand: {self.page(space)}/settings",
            )

    def _serves(self, space: str, commit: str | None) -> str | None:
        """Read which playground an app is of; None where another program wrote it."""
        with tempfile.TemporaryDirectory() as folder, self.asking(space, f"read {APP_FILE}"):
            path = self.api.hf_hub_download(
                space, APP_FILE, repo_type="space", revision=commit, local_dir=folder
            )
            return app_address(Path(path).read_bytes())

    def address(self, space: str) -> str:
        """Give the address of the app itself."""
        found = self.look(space)
        host = found.host if found else None
        if not host:
            host = f"https://{(found.subdomain if found else '') or subdomain_of(space)}.hf.space"
        return f"{host.rstrip('/')}/"

    def page(self, space: str) -> str:
        """Give the address of a Space's own page, with its files and settings."""
        return f"{self.api.endpoint}/spaces/{space}"

    def runtime(self, space: str, *, between: float) -> SpaceRuntime:
        """Tell what a Space is doing; an outage of moments is waited out."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._runtime(space)
            except Outage:
                time.sleep(between)
        return self._runtime(space)

    def _runtime(self, space: str) -> SpaceRuntime:
        with self.asking(space, f"tell whether {space} runs"):
            return self.api.get_space_runtime(space)

    def lines(self, space: str, *, build: bool) -> str:
        """Give the last lines of a log; nothing where this token may not read it."""
        try:
            with self.asking(space, f"give the log of {space}"):
                text = "".join(self.api.fetch_space_logs(space, build=build))
        except HostError:
            return ""
        lines = [self.shown(line) for line in text.splitlines() if line.strip()]
        return " | ".join(lines[-_LOG_LINES:])


def subdomain_of(space: str) -> str:
    """Name the host of a Space's app, below hf.space, as it usually is.

    Examples
    --------
    >>> subdomain_of("Ada/cars_of.2026")
    'ada-cars-of-2026'
    """
    return re.sub(r"[^a-z0-9]+", "-", space.lower())


def visibility_of(found: SpaceInfo) -> str | None:
    """Tell who sees a Space; None where Hugging Face does not say."""
    told: str | None = getattr(found, "visibility", None)
    if told is None and found.private is not None:
        return "private" if found.private else "public"
    return told


def names(found: SpaceInfo) -> set[str]:
    """List the files of a Space."""
    return {file.rfilename for file in found.siblings or ()}


def _raised() -> tuple[type[Exception], ...]:
    # HTTPError is that of whichever httpx the library uses, which is not among its own names.
    from huggingface_hub.errors import HTTPError, OIDCError  # type: ignore[attr-defined]

    return (HTTPError, OIDCError, OSError, ValueError, RuntimeError)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the library's progress bars and warnings off a terminal that is not ours."""
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    logger = logging.getLogger("huggingface_hub")
    level, disabled = logger.level, are_progress_bars_disabled()
    logger.setLevel(logging.ERROR)
    disable_progress_bars()
    try:
        yield
    finally:
        logger.setLevel(level)
        if not disabled:
            enable_progress_bars()
