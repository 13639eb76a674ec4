"""A GitHub and its Actions, both on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback.actions import Actions
from loopback.github import GitHub


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    """Every message of which fits GitHub's own description."""
    with GitHub(tmp_path / "github") as github:
        yield github
        assert github.violations == []


@pytest.fixture
def actions(github: GitHub) -> Iterator[Actions]:
    """No log of which holds a secret."""
    actions = Actions(github, seconds=120)
    yield actions
    found = actions.secrets_in_logs()
    actions.close()
    assert found == []
