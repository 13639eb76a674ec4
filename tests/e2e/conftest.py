"""A GitHub for each test, which nobody may ask for what GitHub would refuse, and its Actions."""

from __future__ import annotations

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


@pytest.fixture
def actions(github: GitHub) -> Iterator[Actions]:
    """Give the machinery that runs workflows, of which no log may hold a secret."""
    actions = Actions(github, seconds=300)
    yield actions
    found = actions.secrets_in_logs()
    actions.close()
    assert found == []
