"""A repository elsewhere, spoken to by git over HTTP: fetched within bounds, never forced."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from aims_gh.errors import ForgeError
from aims_gh.forge import git

_REJECTED = re.compile(
    r"non-fast-forward|fetch first|cannot lock ref|incorrect old value|failed to update ref"
    r"|reference already exists|stale info"
)
_NOT_THERE = re.compile(
    r"not our ref|couldn't find remote ref|unadvertised object|no such remote ref"
)
_LOST = re.compile(
    r"(?:HTTP|returned error:) (?:5\d\d|429)|hung up|disconnect|timed out|early EOF"
    r"|curl (?:18|28|52|56)|Empty reply|Connection (?:reset|refused)"
)
_HINT = "see whether the server can be reached, and whether the token may do this"
_REFUSED = re.compile(r"returned error: 40[134]|Authentication failed|could not read Username")
_WHY = re.compile(r"^remote: (?:error: )?(.+)$|\[remote rejected\] \((.+)\)", re.MULTILINE)
_RIGHTS = "the token needs contents: read to fetch, contents: write to push, and may lack it"
_CONFIG = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"


class NotThere(ForgeError):
    """The other side does not have, or does not give, what was asked for."""


class Lost(ForgeError):
    """The connection broke: nobody knows what was done."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository's address and the right to use it.

    Attributes
    ----------
    url : str
        http or https, without a user or a password.
    token : str or None
        Reaches git in its environment: neither other users nor a message can see it.
    """

    url: str
    token: str | None = field(repr=False)

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or "@" in self.url:
            raise ForgeError(f"{self.url} is no address to fetch from", hint="https://…/owner/name")


def fetch(
    repository: Path,
    remote: Remote,
    refspecs: Sequence[str],
    *,
    bounds: git.Bounds,
    depth: int | None = None,
    largest: int | None = None,
) -> None:
    """Fetch branches or commits into a bare repository.

    Parameters
    ----------
    depth : int, optional
        How many commits of each.
    largest : int, optional
        Files of more bytes are left out.

    Raises
    ------
    NotThere, Lost, OutOfBounds, GitFailed
    """
    options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"]
    options += ["--no-auto-maintenance"]
    if depth is not None:
        options.append(f"--depth={depth}")
    if largest is not None:
        options.append(f"--filter=blob:limit={largest + 1}")
    try:
        git.run_bounded(
            ["fetch", *options, "course", *refspecs],
            repository=repository,
            bounds=bounds,
            settings=[f"remote.course.url={remote.url}", "fetch.unpackLimit=1"],
            access=_access(remote),
        )
    except git.GitFailed as failed:
        raise _told(failed) from None
    finally:
        # Where git was stopped, it could not clear up.
        for left in (*repository.rglob("tmp_*"), *repository.rglob("*.lock")):
            left.unlink(missing_ok=True)
        # Git notes that the rest could be fetched from there, and would where an object is
        # missing. Here it is just missing.
        (repository / "config").write_text(_CONFIG)


def push(repository: Path, remote: Remote, commit: str, branch: str, *, bounds: git.Bounds) -> bool:
    """Move a branch on; False where somebody else moved it first.

    Raises
    ------
    Lost, OutOfBounds, GitFailed
    """
    try:
        git.run_bounded(
            ["push", "--porcelain", "--no-verify", remote.url, f"{commit}:refs/heads/{branch}"],
            repository=repository,
            bounds=bounds,
            access=_access(remote),
        )
    except git.GitFailed as failed:
        if _REJECTED.search(failed.stderr):
            return False
        raise _told(failed) from None
    return True


def start(folder: Path) -> Path:
    """Make an empty bare repository to fetch into."""
    path = folder / "mirror.git"
    git.run(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path)])
    (path / "config").write_text(_CONFIG)
    return path


def _access(remote: Remote) -> git.Access:
    return git.Access(urlsplit(remote.url).scheme, remote.url, remote.token)


def _told(failed: git.GitFailed) -> ForgeError:
    if _NOT_THERE.search(failed.stderr):
        return NotThere(failed.message, hint="list the proposals again: it may have moved on")
    if _LOST.search(failed.stderr):
        return Lost(failed.message, hint=_HINT)
    words, hint = failed.stderr, _HINT
    if why := _WHY.search(words):
        words, hint = f"fatal: {why[1] or why[2]}", "the branch is protected: let this be pushed"
    if _REFUSED.search(failed.stderr):
        hint = _RIGHTS
    return git.GitFailed(failed.command, words, None, hint=hint)
