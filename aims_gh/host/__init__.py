"""Where models are served: this machine now, Hugging Face later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

Files = Mapping[str, bytes]
"""A folder: content by path, with slashes."""

State = Literal["running", "ended", "absent"]


class Host(Protocol):
    """A place that serves apps, each under a name."""

    def push(self, name: str, files: Files) -> str:
        """Serve a folder in place of what has that name; give its address once it answers."""
        ...

    def status(self, name: str) -> State:
        """Tell whether an app is served."""
        ...

    def log(self, name: str) -> str:
        """Give the last lines that an app printed."""
        ...

    def remove(self, name: str) -> None:
        """Serve it no more."""
        ...
