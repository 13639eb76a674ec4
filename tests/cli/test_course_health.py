"""`aims doctor`, `aims status` and `aims course upgrade` on a course in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.workspace import Workspace

ACTION = "aims-gh/aims-gh/action@" + "0123456789" * 4


def run(*arguments: object) -> Result:
    return CliRunner().invoke(aims, [str(a) for a in arguments])


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with one scored submission."""
    monkeypatch.setenv("AIMS_ACTION", ACTION)
    path, labels = tmp_path / "course", tmp_path / "y.csv"
    labels.write_text("y\n" + "a\nb\n" * 10)
    address = f"{path}/letters"
    commands: list[tuple[object, ...]] = [
        ("course", "new", path, "--owner", "teacher"),
        ("playground", "create", address, "--task", "classification", "--labels", labels),
        ("submit", "--to", address, "--predictions", labels, "--as", "bob"),
        ("evaluate", path),
    ]
    for command in commands:
        result = run(*command)
        assert result.exit_code == 0, result.output
    return path


def put(course: Path, path: str, content: bytes | None, *, branch: str = LEDGER) -> None:
    forge: Forge = settings.forge(str(course))
    forge.record(lambda _: Change("Change", {path: content}), branch=branch)


def wrong(course: Path) -> list[str]:
    result = run("doctor", course, "--json")
    return [c["what"] for c in json.loads(result.stdout)["checks"] if c["state"] == "wrong"]


def test_nothing_is_wrong_with_it(course: Path) -> None:
    result = run("doctor", course)

    assert result.exit_code == 0, result.output
    assert "1 evaluations, and the boards they make" in result.stdout
    assert "workflow" not in result.stdout


def test_a_board_that_is_gone_is_found_and_written_again(course: Path) -> None:
    board = "letters/leaderboard.json"
    with settings.forge(str(course)).tree(LEDGER) as tree:
        before = tree.read(board)
    put(course, board, None)
    assert wrong(course) == ["ledger of letters"]

    assert run("doctor", course, "--repair").exit_code == 0

    with settings.forge(str(course)).tree(LEDGER) as tree:
        assert tree.read(board) == before


def test_missing_keys_and_a_broken_playground_are_found(course: Path) -> None:
    settings.keyring().remove(course=str(course.absolute()))
    put(course, "playgrounds/letters/playground.yml", b"title: [", branch=MAIN)

    assert wrong(course) == ["playground letters", "score key", "run key", "ledger of letters"]


def test_answers_sealed_to_another_key_are_found(course: Path) -> None:
    put(course, "playgrounds/letters/holdout/labels.age", b"age-encryption.org/v1\n", branch=MAIN)

    assert wrong(course) == ["answers of letters"]


def test_an_evaluation_of_no_playground_is_found(course: Path) -> None:
    put(course, "numbers/evaluations/1.json", b"{}")

    assert wrong(course) == ["ledger of numbers"]


def test_status_shows_what_is_open(course: Path, tmp_path: Path) -> None:
    address = f"{course}/letters"
    run("submit", "--to", address, "--predictions", tmp_path / "y.csv", "--as", "carol")

    found = json.loads(run("status", course, "--json").stdout)

    assert [(p["author"], p["state"]) for p in found["proposals"]] == [("carol", "queued")]
    assert (found["runs"], found["headroom"], found["evaluations"]) == ([], None, 1)
    assert "carol" in run("status", course).stdout


def test_an_upgrade_gives_a_course_in_a_folder_the_workflows_for_github(course: Path) -> None:
    assert "nothing is written yet" in run("course", "upgrade", course).stderr

    assert run("course", "upgrade", course, "--write").exit_code == 0

    with settings.forge(str(course)).tree(MAIN) as main:
        assert b"0123456789" in Workspace(main).file(".github/workflows/evaluate.yml")
    assert "those of this version" in run("course", "upgrade", course).stderr
    assert wrong(course) == []


def test_what_is_for_github_is_refused_for_a_folder(tmp_path: Path) -> None:
    for option in ("--private", "--adopt"):
        assert run("course", "new", tmp_path / "x", option).exit_code == 2
    assert run("login", tmp_path).exit_code == 2
