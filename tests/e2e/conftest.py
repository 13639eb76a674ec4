"""A GitHub for each test, which nobody may ask for what GitHub would refuse, and its Actions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github
from loopback.actions import Actions
from loopback.github import GitHub


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github") as served:
        yield served
    assert served.violations == []


@pytest.fixture
def client(github: GitHub) -> Iterator[Callable[..., Github]]:
    """Give a client for a login, or for a token, or for nobody."""
    made = []

    def make(login: str | None = None, *, token: str | None = None, retry: Any = None) -> Github:
        value = github.user(login).token if login else token
        made.append(
            Github(
                auth=Auth.Token(value) if value else None,
                base_url=github.api_url,
                seconds_between_requests=None,
                seconds_between_writes=None,
                retry=retry,
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder, one for all workers, where what the Action has installed is kept."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder /= "installed"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def actions(github: GitHub, installed: Path) -> Iterator[Actions]:
    """Give the machinery that runs workflows, of which no log may hold a secret.

    What one job installs, the next one has: `test_action_under_act` has each install its own.
    """
    actions = Actions(github, seconds=300, installed=installed)
    yield actions
    found = actions.secrets_in_logs()
    actions.close()
    assert found == []
