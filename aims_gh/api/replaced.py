"""Names of AIMS that are here in another way, each with what replaces it."""

from __future__ import annotations

from typing import Any, NoReturn

from aims_gh.errors import AimsError


def replaced(name: str, *, by: str, why: str) -> NoReturn:
    """Say what to use instead of a name of AIMS."""
    raise AimsError(f"{name} is not used here: {why}", hint=by)


def no_token(token: Any) -> None:
    """Refuse a token that was given as an argument: it would end up in notebooks."""
    if token is not None:
        replaced(
            "token",
            why="a course in a folder needs none",
            by="leave it out; tokens never stand in code",
        )
