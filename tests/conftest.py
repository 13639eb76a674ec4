"""What every test starts from: nobody's git settings, nobody's keys, and one thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import move_to
from order import place

# Tests run side by side: numpy's libraries, with as many threads as there are cores for each test,
# spend their time waiting for each other. Set before any of them is imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")


@pytest.fixture(autouse=True)
def hermetic(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No developer's git settings, hooks, signing keys or secret keys in our tests."""
    move_to(tmp_path_factory.mktemp("home"), monkeypatch)


@pytest.fixture(scope="module")
def lasting_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a home to what all tests of a file share; its keys are in `keys`."""
    home = tmp_path_factory.mktemp("lasting")
    with pytest.MonkeyPatch.context() as monkeypatch:
        move_to(home, monkeypatch)
        yield home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have dear files begin first; the tests of a file stay in their order."""
    items.sort(key=place)
