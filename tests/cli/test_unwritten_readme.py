"""A new playground's README asks its owner what the task is about, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aims_gh.cli import aims


def run(*arguments: object) -> Result:
    return CliRunner().invoke(aims, [str(a) for a in arguments])


def test_what_a_new_playground_asks_of_its_owner_is_told_to_them_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMS_NPM", "off")
    course, labels = tmp_path / "course", tmp_path / "y.csv"
    labels.write_text("y\n" + "a\nb\n" * 10)
    run("course", "new", course, "--owner", "teacher")
    run("playground", "create", course / "p", "--task", "classification", "--labels", labels)

    built = run("site", "build", course, "-o", tmp_path / "site")
    checked = run("doctor", course)

    pages = [page.read_text(encoding="utf-8") for page in (tmp_path / "site").rglob("*.html")]
    assert not any("Say here what the task is about" in page for page in pages)
    assert any("./course/p" in page for page in pages)
    assert not any(str(course) in page for page in pages)
    assert "p does not say yet what it is about: write playgrounds/p/README.md" in built.stderr
    assert "still to be written: playgrounds/p/README.md" in checked.output
