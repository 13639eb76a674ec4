"""A course that was copied brings somebody else's overrides and settings: they run nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from site_builders import TEMPLATES, course

from aims_gh.errors import SiteError
from aims_gh.site.build import build
from aims_gh.site.pages import CourseSite


def test_an_override_that_reaches_for_python_runs_nothing(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    override = (
        '{% extends "base.html" %}{% block announce %}'
        "{{ cycler.__init__.__globals__.os.system('touch WITNESS') }}{% endblock %}"
    ).replace("WITNESS", str(witness))
    files = {
        "mkdocs.yml": "theme: {custom_dir: docs/o}\n",
        "docs/o/main.html": override,
    }
    copied = CourseSite(
        course=course(),
        address="c",
        slugs=(),
        page={}.__getitem__,
        owner_files={name: text.encode() for name, text in files.items()},
    )

    with pytest.raises(SiteError):
        build(copied, tmp_path / "out", templates=TEMPLATES)

    assert not witness.exists()


@pytest.mark.parametrize("extension", ["pymdownx.snippets", "pymdownx.b64", "antigravity"])
def test_extensions_that_read_files_or_run_code_are_refused(extension: str, tmp_path: Path) -> None:
    copied = CourseSite(
        course=course(),
        address="c",
        slugs=(),
        page={}.__getitem__,
        owner_files={"mkdocs.yml": f"markdown_extensions: [{extension}]\n".encode()},
    )

    with pytest.raises(SiteError, match=extension):
        build(copied, tmp_path / "out", templates=TEMPLATES)
