"""Where models are served: this machine, or Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

Files = Mapping[str, bytes]
"""A folder: content by path, with slashes."""

State = Literal["running", "starting", "ended", "absent"]
"""Running, if only until the next sleep; being built or started; ended by itself; not there."""


class Host(Protocol):
    """A place that serves apps, each under a name."""

    by_hand: tuple[str, ...]
    """What the last push was not allowed to set: left to people."""

    def push(self, name: str, files: Files) -> str:
        """Serve a folder in place of what has that name; give its address once it answers.

        Raises
        ------
        HostError
            If it cannot be served; with the last that it printed, where it began.
        """
        ...

    def ask(self, url: str, endpoint: str, *data: Any) -> Any:
        """Ask an app that was pushed, at its address; as its owner may where it is private.

        Raises
        ------
        Closed
            If it may not be asked from here.
        HostError
            If it does not answer, or says what is wrong with the question.
        """
        ...

    def status(self, name: str) -> State:
        """Tell whether an app is served."""
        ...

    def log(self, name: str) -> str:
        """Give the last lines that an app printed; empty where it is absent."""
        ...

    def remove(self, name: str) -> None:
        """Serve it no more; no harm where there is none."""
        ...
