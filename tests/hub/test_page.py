"""What the page about Hugging Face tells people to type: run as it stands, against our Hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import ON_A_HUB, blocks, check, run
from shared_demo import CACHE, DEMO, shared_demo

from .hub import Hub


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared_demo(tmp_path_factory)


def test_what_the_page_says_to_type_puts_a_model_on_the_hub(
    hub: Hub, demo: Path, tmp_path: Path
) -> None:
    chosen = [block for block in blocks(ON_A_HUB) if not block.left_out]
    copied = f"cp -R {demo}/home/. ~/ && cp -R {demo}/desk/. ."
    scripts = [copied if f"run as: {DEMO}" in b.notes else b.script for b in chosen]
    npm = {"AIMS_NPM": "on", "XDG_CACHE_HOME": str(CACHE), "npm_config_cache": f"{CACHE}/npm"}
    asking = {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token("ada"), "HF_HOME": str(tmp_path / "hf")}

    hub.smallest = 10_000_000  # the page is shown what lies in git

    done = run(scripts, tmp_path / "page", more=npm | asking)

    check(chosen, scripts, done)
    space = hub.spaces["ada/breast-cancer"]
    assert (space.sdk, space.visibility, len(space.commits)) == ("static", "private", 2)
    assert {"index.html", "app.json", "model.onnx"} <= space.files.keys()
