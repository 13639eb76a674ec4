"""Where tests are at home: nobody's git settings, hooks, signing keys, secret keys or tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

GITHUB = [f"GITHUB_{name}" for name in ("TOKEN", "ACTIONS", "SERVER_URL", "API_URL", "GRAPHQL_URL")]


def move_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing but this folder, until the patches are undone."""
    (home / "gitconfig").touch()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("AIMS_KEYS", str(home / "keys"))
    monkeypatch.setenv("AIMS_NPM", "off")  # what it fetches lies in another home
    for name in ("AIMS_SCORE_KEY", "AIMS_RUN_KEY", "AIMS_USER", *GITHUB):
        monkeypatch.delenv(name, raising=False)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@localhost")
