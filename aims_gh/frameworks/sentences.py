"""One line of what a library says, fit to be shown."""

from __future__ import annotations

import re

from aims_gh.core.inert import plain

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_MAX_TEXT = 200
_NO_CAUSE = ("Exception encountered when calling",)
"""How lines begin that name a call, and not what was wrong in it."""


def first_line(problem: object) -> str:
    r"""Shorten what a library says to the first line that tells something, and make it inert.

    Examples
    --------
    >>> first_line(ValueError("\x1b[1mno such layer\x1b[0m.\nDid you mean another?"))
    'no such layer'
    """
    lines = [line.strip() for line in _COLOURS.sub("", str(problem)).splitlines()]
    telling = [line for line in lines if line and not line.startswith(_NO_CAUSE)]
    return plain(telling[0])[:_MAX_TEXT].rstrip(" .:") if telling else type(problem).__name__
