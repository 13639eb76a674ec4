"""Sites that several tests look at, built once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs
import pytest
from board_visits import BoardVisit
from playwright.sync_api import Browser
from site_builders import TEMPLATES, board, page, playground, site
from visits import chromium, visiting

from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.site.build import build
from aims_gh.site.pages import CourseSite

Build = Callable[..., Path]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The user's own folder of npm packages: every test, and every run, shares one."""
    return platformdirs.user_cache_path("aims-gh") / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a file."""
    with chromium() as started:
        yield started


@pytest.fixture
def built(tmp_path: Path) -> Build:
    """Build a site and give its folder."""

    def _built(value: CourseSite, *, strict: bool = True, name: str = "site") -> Path:
        build(value, tmp_path / name, strict=strict, templates=TEMPLATES)
        return tmp_path / name

    return _built


@pytest.fixture(scope="session")
def crowd() -> Leaderboard:
    """A board of twelve thousand submissions."""
    return board(playground(), 12_000)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, crowd: Leaderboard, packages: Path) -> Path:
    """A course with a crowded, a small and an empty board, with scripts bundled by npm."""
    house = playground(
        title="House prices",
        task_type="regression",
        labels=[],
        competition={"private_fraction": 0},
    )
    out = tmp_path_factory.mktemp("demo") / "site"
    value = site(
        page("crowded", leaderboard=crowd, files={"data/train.csv": b"a,b\n1,2\n"}),
        page("small", rows=3),
        page("houses", task=house, rows=7),
        page("empty", rows=0),
    )
    build(value, out, strict=True, templates=TEMPLATES, cache=packages)
    return out


@pytest.fixture
def visit(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[BoardVisit]:
    """A visit that fails where the page complained or reached for another host."""
    options = {"timezone_id": "America/New_York"} | getattr(request, "param", {})
    with visiting(browser, url, BoardVisit, **options) as visit:
        yield visit
        assert visit.asked
