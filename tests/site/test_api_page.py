"""What the page of the API says to type: run as it stands, against a site that is served."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from shared_demo import CACHE, shared_demo
from site_html import Element, parse
from visits import served

from aims_gh.site.snippets import LOCAL

SLUG = "breast-cancer"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared_demo(tmp_path_factory) / "desk/aims-demo/site"


@pytest.fixture(scope="module")
def address(site: Path) -> str:
    return served(site)


def snippets(site: Path) -> Iterator[tuple[str, str, str]]:
    """Each part's name, and its lines in each language."""
    page = parse(site / f"playgrounds/{SLUG}/api/index.html")
    for part in page.all("section", "aims-snippets"):
        for snippet in part.all("details", "aims-snippet"):
            yield part.one("h3").attributes["id"], snippet.one("summary").text, code_of(snippet)


def code_of(snippet: Element) -> str:
    return snippet.one("code").raw()


def run(language: str, code: str, folder: Path) -> str:
    commands = {
        "Python": [sys.executable, "-c", code],
        "JavaScript": ["node", "--input-type=module", "--eval", code],
        "R": ["Rscript", "-e", code],
        "curl": ["bash", "-euc", code],
    }
    done = subprocess.run(
        commands[language], cwd=folder, text=True, capture_output=True, timeout=120
    )
    assert done.returncode == 0, f"{language}: {done.stderr}\n{code}"
    return done.stdout


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder in which npm has installed what the snippets import."""
    packages = max((CACHE / "aims-gh/site").glob("packages-*/node_modules"), key=os.path.getmtime)
    (tmp_path / "node_modules").symlink_to(packages)
    return tmp_path


def test_every_snippet_gives_what_the_site_shows(site: Path, address: str, desk: Path) -> None:
    found = {(t, language): code for t, language, code in snippets(site)}
    languages = ["Python", "JavaScript", "R", "curl"]

    assert [language for _, language in found] == languages * 2
    said = {key: run(key[1], code.replace(LOCAL, address), desk) for key, code in found.items()}

    for language in languages:
        assert "alice" in said["the-boards", language]
    model = (site / f"data/{SLUG}/model.onnx").read_bytes()
    assert (desk / "model.onnx").read_bytes() == model
    assert "malignant" in said["the-runtime-model", "Python"]
    assert "malignant" in said["the-runtime-model", "JavaScript"]
