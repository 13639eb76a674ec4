"""The workflows of a course: thin files that call the Action at one commit."""

from __future__ import annotations

import re
from pathlib import Path

from aims_gh.errors import CourseError
from aims_gh.version import __version__

FOLDER = ".github/workflows"
_PLACEHOLDER = f"aims-gh/aims-gh/action@{'0' * 40} # v0.0.0"
_ACTION = re.compile(r"[A-Za-z0-9-]+(/[A-Za-z0-9._-]+){2,}@[0-9a-f]{40}")


def render_workflows(templates: Path, action: str) -> dict[str, bytes]:
    """Give a course's workflows by their path.

    The templates are workflows as they stand, so that every check of workflows reads them too;
    only the commit of the Action is filled in.

    Parameters
    ----------
    templates : Path
    action : str
        What the workflows call, as ``owner/repository/folder@commit``.

    Raises
    ------
    CourseError
        If `action` does not name one commit.
    """
    if not _ACTION.fullmatch(action):
        raise CourseError(
            f"{action!r} does not name an action at a commit",
            hint="it looks like aims-gh/aims-gh/action@ and 40 hexadecimal digits",
        )
    folder = templates / "course" / FOLDER
    pinned = f"{action} # v{__version__}"
    return {
        f"{FOLDER}/{path.name}": path.read_text(encoding="utf-8")
        .replace(_PLACEHOLDER, pinned)
        .encode("utf-8")
        for path in sorted(folder.glob("*.yml"))
    }
