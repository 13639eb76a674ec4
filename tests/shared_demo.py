"""The demo, as a stranger makes it: once for all tests, whichever process they are in."""

from __future__ import annotations

import os
import time
from pathlib import Path

import platformdirs
import pytest
from pages import run

DEMO = "aims demo --no-serve"
CACHE = platformdirs.user_cache_path()
"""The user's own, found before a test has a home of its own: npm need not fetch again."""


def shared_demo(factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the demo was made: `home`, `desk/aims-demo`, and `said.txt`.

    Nobody may change it: copy it first.
    """
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder /= "shared-demo"
    try:
        folder.mkdir()
    except FileExistsError:
        for _ in range(1200):
            if (folder / "ready").exists():
                return folder
            assert not (folder / "failed").exists(), "another worker's demo failed, and says why"
            time.sleep(0.25)
        raise
    npm = {"AIMS_NPM": "on", "XDG_CACHE_HOME": str(CACHE), "npm_config_cache": f"{CACHE}/npm"}
    code, printed = run([DEMO], folder, more=npm)
    (folder / "said.txt").write_text("".join(printed))
    (folder / ("failed" if code else "ready")).touch()
    assert code == 0, printed
    return folder
