"""Program: which commit of aims-gh this is."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

from aims_gh.forge import git

_PACKAGE = Path(__file__).parent.parent


def commit_of_program() -> str | None:
    """Tell the commit that this program was made of; None where nothing says it.

    The file that a release carries does; or pip, which notes what it fetched from a repository;
    or git, in a checkout.
    """
    return _released() or _fetched() or _checked_out()


def _released() -> str | None:
    file = _PACKAGE / "commit.txt"
    return file.read_text(encoding="ascii").strip() if file.is_file() else None


def _fetched() -> str | None:
    try:
        noted = metadata.distribution("aims-gh").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    commit = json.loads(noted or "{}").get("vcs_info", {}).get("commit_id")
    return commit if isinstance(commit, str) else None


def _checked_out() -> str | None:
    repository = _PACKAGE.parent / ".git"
    if not repository.exists():
        return None
    return git.run(["rev-parse", "HEAD"], repository=repository).decode().strip()
