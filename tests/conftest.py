"""What every test starts from: nobody's git settings, nobody's keys, and one thread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Tests run side by side: numpy's libraries, with as many threads as there are cores for each test,
# spend their time waiting for each other. Set before any of them is imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Files go to whichever worker is free, in this order: what takes minutes begins first, what takes
# moments comes last, and no core waits at the end for a file that another began late.
DEAREST = (
    "e2e/test_github_pages.py",
    "docs/test_notebook.py",
    "e2e/test_course_walk.py",
    "e2e/test_real_model.py",
    "frameworks/test_networks_convert.py",
    "frameworks/test_network_walks.py",
    "docs/test_examples.py",
    "e2e/test_stumbling_github.py",
    "e2e/test_deadline_rush.py",
    "e2e/test_killed_jobs.py",
    "site/test_every_page.py",
    "api/test_models_back.py",
    "api/test_submitting.py",
)
CHEAPEST = ("core/", "domain/")

GITHUB = [f"GITHUB_{name}" for name in ("TOKEN", "ACTIONS", "SERVER_URL", "API_URL", "GRAPHQL_URL")]


@pytest.fixture(autouse=True)
def hermetic(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No developer's git settings, hooks, signing keys or secret keys in our tests."""
    home = tmp_path_factory.mktemp("home")
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put dear files first and cheap ones last; the tests of a file stay in their order."""

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(Path(__file__).parent).as_posix()
        if name in DEAREST:
            return DEAREST.index(name)
        return len(DEAREST) + name.startswith(CHEAPEST)

    items.sort(key=place)
