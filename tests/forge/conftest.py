"""A GitHub for the tests of its forge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from github_forges import Classroom
from loopback.github import GitHub

FILES = {
    "course.yml": b"title: Course\n",
    "playgrounds/iris/playground.yml": b"title: Iris\n",
}


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github") as served:
        yield served
        assert served.violations == []


@pytest.fixture
def classroom(github: GitHub) -> Classroom:
    return Classroom(github, FILES)
