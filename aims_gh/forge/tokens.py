"""Tokens for GitHub, where people have them already; none is ever kept."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aims_gh.forge import git


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token, and where it was."""

    value: str = field(repr=False)
    place: str


def find_token(web: str, environ: Mapping[str, str]) -> FoundToken | None:
    """Find a token for the GitHub at `web`, and say where."""
    if given := environ.get("GITHUB_TOKEN"):
        return FoundToken(given, "the variable GITHUB_TOKEN")
    if of_gh := _token_of_gh(web):
        return FoundToken(of_gh, "gh auth token")
    if of_git := git.credential(web, environ):
        return FoundToken(of_git, "git's credential helper")
    return None


def _token_of_gh(web: str) -> str | None:
    gh = shutil.which("gh")
    if gh is None:
        return None
    try:
        done = subprocess.run(
            [gh, "auth", "token", "--hostname", urlsplit(web).netloc],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = done.stdout.decode(errors="replace").strip()
    return said if done.returncode == 0 and said else None
