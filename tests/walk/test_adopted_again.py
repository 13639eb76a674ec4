"""A course that is no copy keeps its results, however often and from wherever it is adopted."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_copies import become, clone, git

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.forge import LEDGER, MAIN, Change
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Workspace

RESULT = "animals/evaluations/1.json"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(aims, [str(a) for a in arguments])


def scored(course: Path) -> None:
    LocalForge(course).record(lambda _: Change("Score", {RESULT: b"{}"}))


def has_results(course: Path) -> bool:
    with LocalForge(course).tree(LEDGER) as ledger:
        return ledger.read(RESULT) is not None


def score_key(course: Path) -> str:
    with LocalForge(course).tree(MAIN) as main:
        return Workspace(main).course().keys.score


@pytest.fixture
def adopted(tmp_path: Path) -> Path:
    """A clone that was made a course, and has results."""
    original, copy = tmp_path / "original", tmp_path / "copy"
    assert run("course", "new", original).exit_code == 0
    clone(original, copy)
    assert run("course", "adopt", copy).exit_code == 0
    scored(copy)
    return copy


def test_an_adopted_course_that_was_moved_or_is_named_by_a_link_is_left_alone(
    adopted: Path, tmp_path: Path
) -> None:
    link, moved = tmp_path / "link", tmp_path / "moved"
    link.symlink_to(adopted)
    before = git(adopted, "for-each-ref")

    by_link = run("course", "adopt", link)
    adopted.rename(moved)
    by_move = run("course", "adopt", moved)

    assert (by_link.exit_code, by_move.exit_code) == (0, 0)
    assert git(moved, "for-each-ref") == before


def test_where_the_keys_are_elsewhere_an_adopted_course_loses_results_by_its_name_alone(
    adopted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, "teacher", tmp_path)

    refused = run("course", "adopt", adopted)
    wrong = run("course", "adopt", adopted, "--confirm", tmp_path / "other")
    kept, keys = has_results(adopted), settings.keyring().files()
    meant = run("course", "adopt", adopted, "--confirm", adopted)

    assert (refused.exit_code, wrong.exit_code, kept, keys) == (3, 3, True, [])
    assert "it may be no copy" in refused.stderr
    assert f"aims course adopt {adopted} --confirm {adopted}" in refused.stderr
    assert (meant.exit_code, has_results(adopted)) == (0, False)


def test_a_clone_of_an_adopted_course_is_a_copy_though_its_owner_has_the_keys(
    adopted: Path, tmp_path: Path
) -> None:
    third = clone(adopted, tmp_path / "third")

    told = run("course", "adopt", third)

    assert told.exit_code == 0, told.output
    assert f"made of {adopted}" in told.stderr
    assert (has_results(adopted), has_results(third)) == (True, False)
    assert score_key(third) != score_key(adopted)


def test_a_course_with_a_remote_of_its_own_that_was_moved_keeps_its_results(
    tmp_path: Path,
) -> None:
    course, moved = tmp_path / "course", tmp_path / "moved"
    assert run("course", "new", course).exit_code == 0
    git(course, "remote", "add", "origin", "https://example.org/backup.git")
    scored(course)
    course.rename(moved)

    refused = run("course", "adopt", moved)

    assert (refused.exit_code, has_results(moved)) == (3, True)
