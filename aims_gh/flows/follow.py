"""Follow the ledger: an app on this machine takes up the version that the owners put live."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from aims_gh.domain.address import Address
from aims_gh.errors import AimsError
from aims_gh.flows.deploy import Deployable, check, serve
from aims_gh.flows.deployment import deployment
from aims_gh.forge import Forge
from aims_gh.host import Files, Host


class Changing(Protocol):
    """A host whose apps take up another model while they run."""

    def swap(self, name: str, files: Files) -> str:
        """Put another model into an app; give its address once it answers by it."""
        ...


@dataclass(frozen=True, slots=True)
class App:
    """A version, and the folder of its app."""

    found: Deployable
    files: Files


class Follower:
    """An app that runs, and what it takes to change its model.

    Parameters
    ----------
    make : callable
        Makes the app of a version.
    trial : callable
        Gives a place to try one at.
    """

    def __init__(
        self,
        forge: Forge,
        address: Address,
        *,
        running: App,
        host: Changing,
        make: Callable[[int], App],
        trial: Callable[[], AbstractContextManager[Host]],
    ) -> None:
        self._forge, self._address, self._running = forge, address, running
        self._host, self._make, self._trial = host, make, trial
        self._seen = running.found.version

    @property
    def version(self) -> int:
        """The version that answers."""
        return self._running.found.version

    def look(self) -> str | None:
        """Take up the version that is live, if it is another one.

        Returns
        -------
        str or None
            What has changed, or why nothing could; None where there is nothing new. What has
            failed once is not tried again until the ledger names another version.
        """
        try:
            now = deployment(self._forge, self._address)
        except AimsError as error:
            return f"the ledger cannot be read: {error.message}"
        if now is None or not now.live or now.version == self._seen:
            return None
        self._seen = now.version
        try:
            self._take_up(self._make(now.version))
        except AimsError as error:
            return f"version {now.version} fails, version {self.version} stays: {error.message}"
        return f"version {now.version} by {_author(self._running.found)} answers now"

    def _take_up(self, new: App) -> None:
        with self._trial() as place:
            serve(new.found, place, new.files)
        url = self._host.swap(self._address.slug, new.files)
        try:
            check(new.found, url)
        except AimsError:
            self._host.swap(self._address.slug, self._running.files)
            raise
        self._running = new


def _author(found: Deployable) -> str:
    assert found.app.model is not None
    return found.app.model.username
