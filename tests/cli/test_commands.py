"""Every command: its help, its errors, what it prints where."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from aims_gh.cli import aims


def every_command(group: click.Group = aims, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path}{name} ")


COMMANDS = dict(every_command())


def run(*arguments: object) -> Result:
    return CliRunner().invoke(aims, [str(a) for a in arguments])


@pytest.fixture
def course(tmp_path: Path) -> Path:
    path = tmp_path / "course"
    assert run("course", "new", path, "--title", "Test", "--owner", "teacher").exit_code == 0
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "y.csv"
    file.write_text("y\n" + "a\nb\n" * 10)
    return file


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_that_names_it(name: str) -> None:
    text = COMMANDS[name].help or ""

    assert "Example:" in text
    assert f"aims {name}" in text.split("Example:")[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_shown_line_by_line(name: str) -> None:
    shown = run(*name.split(), "--help").stdout

    assert "\n  Example:\n" in shown
    assert "\\b" not in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_or_needs_no_words(name: str) -> None:
    for option in COMMANDS[name].params:
        if isinstance(option, click.Option) and not isinstance(option.type, click.Choice):
            words = {"--to", "--tag", "--input", "--dir", "-o", "--out", "--task"}
            assert option.help or words & set(option.opts), option.name


def test_a_course_is_a_bare_repository_with_its_keys_outside(course: Path, tmp_path: Path) -> None:
    assert (course / "HEAD").exists()
    found = json.loads(run("keys", "--json").stdout)
    assert sorted(k["role"] for k in found["keys"]) == ["owner", "run", "score"]
    assert course not in Path(found["folder"]).parents
    assert "AGE-SECRET-KEY" not in run("keys").output


def test_a_second_course_at_the_same_place_is_refused_and_makes_no_keys(course: Path) -> None:
    before = run("keys", "--json").stdout

    result = run("course", "new", course)

    assert result.exit_code == 6
    assert result.stdout == ""
    assert "hint:" in result.stderr
    assert run("keys", "--json").stdout == before


def test_a_wrong_address_is_explained(course: Path) -> None:
    result = run("leaderboard", f"{course}/No Such")

    assert result.exit_code == 3
    assert "COURSE/SLUG" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_playground_lists_those_there_are(course: Path, labels: Path) -> None:
    run("playground", "create", f"{course}/one", "--task", "classification", "--labels", labels)

    result = run("playground", "show", f"{course}/two")

    assert result.exit_code == 3
    assert "its playgrounds: one" in result.stderr


def test_a_playground_shows_what_its_final_phase_and_teams_may_and_until_when_late_counts(
    course: Path, labels: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "title: One\ntask_type: classification\ninput_type: tabular\n"
        "limits: {per_day: 2, total: 9}\n"
        "competition: {closes: 2030-01-01T00:00Z, late: mark, late_until: 2030-01-03T00:00Z, "
        "team_size: 4, final: {closes: 2030-01-02T00:00Z, per_day: 1}}\n"
    )
    run("playground", "create", f"{course}/one", "--from", rules, "--labels", labels)

    shown = run("playground", "show", f"{course}/one").stdout

    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "scored a day 2" in lines
    assert "scored a day in the final phase 1" in lines
    assert "scored in all in the final phase 9" in lines
    assert any(line.startswith("late until 2030-01-03") for line in lines)
    assert "most members of a team 4" in lines


def test_a_traceback_only_when_asked_for(course: Path) -> None:
    quiet = run("leaderboard", f"{course}/none")
    loud = run("--traceback", "leaderboard", f"{course}/none")

    assert quiet.exception is None or isinstance(quiet.exception, SystemExit)
    assert type(loud.exception).__name__ == "CourseError"


def test_an_empty_board_is_json_too(course: Path, labels: Path) -> None:
    run("playground", "create", f"{course}/one", "--task", "classification", "--labels", labels)

    result = run("leaderboard", f"{course}/one", "--json")

    assert json.loads(result.stdout) == {
        "playground": "one",
        "board": "experiment",
        "metric": "accuracy",
        "direction": "maximize",
        "rows": [],
    }


def test_a_command_to_copy_has_its_address_in_quotes(tmp_path: Path, labels: Path) -> None:
    course = tmp_path / "two words"
    assert run("course", "new", course, "--owner", "teacher").exit_code == 0
    created = run(
        "playground", "create", course / "p", "--task", "classification", "--labels", labels
    )

    board = run("leaderboard", course / "p")

    assert created.exit_code == 0, created.output
    assert f"aims submit MODEL.onnx --to '{course}/p'" in board.stderr
    assert f"aims proposals '{course}' --all" in run("proposals", course, "9").stderr


def test_without_a_private_part_there_is_no_competition_board(course: Path, labels: Path) -> None:
    address = f"{course}/open"
    create = ("playground", "create", address, "--task", "classification", "--labels", labels)
    run(*create, "--private-fraction", 0)

    result = run("leaderboard", address, "--board", "competition")

    assert result.exit_code == 3
    assert "nothing of its holdout is private" in result.stderr
    assert f"aims leaderboard {address} --board experiment" in result.stderr


def test_all_that_is_wrong_with_a_playground_file_is_said_at_once(
    course: Path, labels: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "playground.yml"
    rules.write_text(
        "title: One\ntask_type: classification\ninput_type: tabula\n"
        "metrics: [accuracy, f2]\nlimit: {bytes: 1}\n"
    )

    result = run("playground", "create", f"{course}/one", "--from", rules, "--labels", labels)

    assert result.exit_code == 3
    assert "input_type (line 3)" in result.stderr
    assert "metrics.1 (line 4): no metric 'f2'" in result.stderr
    assert "limit (line 5): no such key" in result.stderr


def test_features_with_the_label_column_are_refused(
    course: Path, labels: Path, tmp_path: Path
) -> None:
    features = tmp_path / "X.csv"
    features.write_text("x,y\n" + "1,a\n2,b\n" * 10)

    result = run(
        "playground", "create", f"{course}/one", "--task", "classification",
        "--labels", labels, "--features", features,
    )  # fmt: skip

    assert result.exit_code == 3
    assert "everybody could read the answers" in result.stderr


def test_meta_takes_no_column_of_the_board(course: Path, labels: Path) -> None:
    address = f"{course}/one"
    run("playground", "create", address, "--task", "classification", "--labels", labels)

    result = run("check", "--to", address, "--predictions", labels, "--meta", "accuracy=1")

    assert result.exit_code == 4
    assert "the board's own column" in result.stderr


def test_what_is_wrong_with_predictions_is_said_of_the_file_that_was_given(
    course: Path, labels: Path, tmp_path: Path
) -> None:
    address, short = f"{course}/one", tmp_path / "Short.CSV"
    run("playground", "create", address, "--task", "classification", "--labels", labels)
    short.write_text("y\na\nb\n")

    result = run("submit", "--to", address, "--predictions", short, "--as", "bob")

    assert result.exit_code == 4
    assert "Short.CSV has 2 rows, the holdout has 20" in result.stderr


def test_data_goes_to_stdout_and_the_rest_to_stderr(course: Path, labels: Path) -> None:
    result = run(
        "playground", "create", f"{course}/one", "--task", "classification",
        "--labels", labels, "--json",
    )  # fmt: skip

    assert json.loads(result.stdout)["holdout"]["rows"] == 20
