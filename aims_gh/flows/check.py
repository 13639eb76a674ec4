"""A check: one thing that has to be right, whether it is, and what makes it right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from aims_gh.errors import AimsError, ForgeError


@dataclass(frozen=True, slots=True)
class Check:
    """What was found."""

    what: str
    state: Literal["right", "wrong", "unknown"]
    found: str = ""
    fix: str = ""


def right(what: str, found: str = "") -> Check:
    """Say that something is as it should be."""
    return Check(what, "right", found)


def wrong(what: str, found: str, fix: str) -> Check:
    """Say what is not, and what to do."""
    return Check(what, "wrong", found, fix)


def unknown(what: str, found: str, fix: str = "") -> Check:
    """Say that it could not be told, or is for somebody else to tell."""
    return Check(what, "unknown", found, fix)


def looking(
    what: str, look: Callable[[], Iterator[Check]], *, needed: bool = False
) -> Iterator[Check]:
    """Look at something; what keeps us from it is what is found.

    Parameters
    ----------
    needed : bool
        Whether it is wrong, too, where the forge does not let us look.
    """
    try:
        yield from look()
    except ForgeError as error:
        yield (wrong if needed else unknown)(what, error.message, error.hint)
    except AimsError as error:
        yield wrong(what, error.message, error.hint)
