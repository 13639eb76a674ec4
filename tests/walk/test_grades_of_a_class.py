"""A class: who may submit, what they get, and who may see it."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from walk_classroom import Classroom

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.flows.evaluate import evaluate
from aims_gh.forge import MAIN, Change
from aims_gh.forge.local import LocalForge

STUDENTS = """\
login;name;email;id;section
ann;Ann Bö;ann@uni.example;s1;A
bob;Bob;bob@uni.example;s2;B
eve;Eve;eve@uni.example;s3;A
dan;Dan;dan@uni.example;s4;A
"""
GRADING = """\
rule: 0.4 + 0.6 * percentile
playgrounds:
  animals: {points: 40, column: Zoo (17)}
  prices: {points: 60, rule: "on_time / (1 + score / 1e7)"}
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(aims, [str(a) for a in arguments])


def write_to_main(course: Path, name: str, text: str) -> None:
    change = Change("Change", {name: text.encode()})
    LocalForge.open(course).record(lambda _: change, branch=MAIN)


@pytest.fixture
def a_class(classroom: Classroom, tmp_path: Path) -> Classroom:
    """A roster of four, of whom three submitted, and an outsider who did before it was set."""
    truth = classroom.truth["animals"]
    wrong = {"cat": "dog", "dog": "emu", "emu": "cat"}
    for place, login in enumerate(("ann", "bob", "visitor", "teacher")):
        values = [wrong[str(v)] for v in truth[: 9 * place]] + truth[9 * place :]
        classroom.submit("animals", login, values)
    prices = [float(p) + 500 for p in classroom.truth["prices"]]  # type: ignore[arg-type]
    classroom.submit("prices", "eve", prices)
    drain(classroom)
    file = tmp_path / "students.csv"
    file.write_bytes(STUDENTS.encode("cp1252"))
    said = run("roster", "set", classroom.path, file)
    assert said.exit_code == 0, said.output
    assert "read as cp1252" in said.stderr
    write_to_main(classroom.path, "grading.yml", GRADING)
    return classroom


def drain(classroom: Classroom) -> list[str]:
    outcomes = evaluate(
        classroom.forge,
        sandbox=settings.sandbox(),
        find_key=settings.keys().find,
        clock=settings.clock,
    )
    return [outcome.outcome for outcome in outcomes]


def ledger_log(classroom: Classroom) -> list[str]:
    return classroom.git("log", "--format=%s", "ledger").decode().splitlines()


def test_a_roster_admits_its_students_alone_and_a_new_one_replaces_it(
    a_class: Classroom, tmp_path: Path
) -> None:
    truth = a_class.truth["animals"]
    a_class.submit("animals", "Dan", truth)
    a_class.submit("animals", "mallory", truth)
    assert drain(a_class) == ["scored", "refused"]
    file = tmp_path / "students.csv"

    file.write_text(STUDENTS.replace("dan;", "fay;").replace(";s4;", ";s5;"))
    said = run("roster", "set", a_class.path, file, "--json")

    assert json.loads(said.stdout) == {
        "students": 4,
        "added": ["fay"],
        "removed": ["dan"],
        "pseudonyms": 0,
    }
    a_class.submit("animals", "dan", truth)
    assert drain(a_class) == ["refused"]
    assert ledger_log(a_class)[0].startswith("Set the roster: 4 students, 1 added, 1 removed (by ")
    shown = json.loads(run("roster", "show", a_class.path, "--section", "A", "--json").stdout)
    assert [student["login"] for student in shown["students"]] == ["ann", "eve", "fay"]
    assert shown["students"][0]["name"] == "Ann Bö"


def test_grades_equal_what_pandas_makes_of_the_boards(a_class: Classroom) -> None:
    result = run("grades", a_class.path, "--format", "csv")

    assert result.exit_code == 0, result.output
    assert "on a board, and not on the roster: visitor" in result.stderr
    found = pd.read_csv(io.StringIO(result.stdout)).set_index("login")
    board = pd.DataFrame(a_class.board("animals").columns)
    mine = board[board.username.isin(found.index)].set_index("username").accuracy
    places = mine.rank(ascending=False, method="min")
    expected = (40 * (0.4 + 0.6 * (len(mine) - places) / (len(mine) - 1))).round(2)
    assert found["Zoo (17)"].to_dict() == {"eve": 0, "dan": 0} | expected.to_dict()
    error = pd.DataFrame(a_class.board("prices").columns).set_index("username").mse
    assert found.loc["eve", "Prices"] == round(60 / (1 + error["eve"] / 1e7), 2)
    assert (found.total - found["Zoo (17)"] - found.Prices).abs().max() < 1e-9


def test_a_gradebook_is_written_for_its_owners_eyes_alone(
    a_class: Classroom, tmp_path: Path
) -> None:
    file = tmp_path / "grades.csv"
    file.write_text("old")
    file.chmod(0o644)

    command = ("grades", a_class.path, "--format", "canvas", "--section", "A", "--missing", "blank")
    result = run(*command, "-o", file)

    assert (result.exit_code, result.stdout) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    header, possible, ann, eve, dan = csv.reader(io.StringIO(file.read_text()))
    assert (header[-2:], possible[-2:]) == (["Zoo (17)", "Prices"], ["40", "60"])
    assert (ann[0], ann[2], ann[-2:]) == ("Ann Bö", "s1", ["40", ""])
    assert (eve[0], dan[-2:]) == ("Eve", ["", ""])


def test_sealed_grades_say_who_changed_how_many_and_never_what_to(
    a_class: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for option in ("--check", "--history"):
        assert "no grades were sealed yet" in run("grades", a_class.path, option).stderr

    first = run("grades", a_class.path, "--seal")
    again = run("grades", a_class.path, "--seal")
    assert ("8 changed" in first.stderr, "0 changed" in again.stderr) == (True, True)
    assert run("grades", a_class.path, "--check").exit_code == 0
    assert "no grade changed" in run("grades", a_class.path, "--history").stderr
    a_class.submit("animals", "dan", a_class.truth["animals"])
    drain(a_class)
    checked = run("grades", a_class.path, "--check", "--json")
    sealed = run("grades", a_class.path, "--seal")

    assert checked.exit_code == 1
    assert json.loads(checked.stdout)["changes"] == [
        {"login": "dan", "playground": "animals", "before": 0.0, "after": 40.0}
    ]
    assert "1 changed" in sealed.stderr
    told = json.loads(run("grades", a_class.path, "--history", "--json").stdout)["changes"]
    at, by = told[0].pop("at"), told[0].pop("by")
    assert told == json.loads(checked.stdout)["changes"]
    shown = run("grades", a_class.path, "--history").stdout
    assert all(word in shown for word in (at[:10], by, "dan", "animals", "40"))
    said = [line for line in ledger_log(a_class) if line.startswith("Seal the grades")]
    assert [line.split(" (by ")[0] for line in said] == [
        "Seal the grades of 4 students: 1 changed",
        "Seal the grades of 4 students: 8 changed",
    ]
    assert a_class.git("show", "ledger:grades.age").startswith(b"age-encryption.org/v1")
    assert a_class.git("ls-tree", "-r", "--name-only", "main").decode().count("grades") == 0
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "others"))
    assert run("grades", a_class.path).exit_code == 5


RULES = (
    "__import__('os')", "score.__class__", "nothing", "1 / (rank - rank)", "(" * 99, "'a' * 9",
)  # fmt: skip


def test_a_rule_that_is_none_is_told_with_the_playground(a_class: Classroom) -> None:
    for rule in RULES:
        result = run("grades", a_class.path, "--rule", rule)

        assert result.exit_code == 3, rule
        assert "will not do for animals" in result.stderr


def test_the_roster_is_in_no_clone_that_a_fork_makes(a_class: Classroom, tmp_path: Path) -> None:
    # GitHub's button copies the default branch alone.
    fork = tmp_path / "fork"
    options = ("--quiet", "--bare", "--single-branch", "--branch=main", "--no-tags")
    address = f"file://{a_class.path}"
    subprocess.run(["git", "clone", *options, address, str(fork)], check=True, env=os.environ)

    listed = subprocess.run(
        ["git", "-C", str(fork), "cat-file", "--batch-all-objects", "--batch"],
        check=True,
        capture_output=True,
    ).stdout

    for word in ("Ann Bö".encode(), b"uni.example", b"roster.age", b"mallory"):
        assert word not in listed
    assert b"policy: listed" in listed
