"""Grades where there is a competition: late work, a penalty, the reveal, the final board."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from contest import CLOSES, DAY, HOUR, SLUG, Contest, contest

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.flows.decide import refresh
from aims_gh.flows.reveal import reveal
from aims_gh.forge import MAIN, Change


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(aims, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result


def told(birds: Contest) -> str:
    """Give what `aims grades` says of the board that counts."""
    (line,) = [line for line in run("grades", birds.forge.name).stderr.splitlines() if SLUG in line]
    return line


def graded(birds: Contest, rule: str) -> dict[str, float]:
    said = run("grades", birds.forge.name, "--rule", rule, "--json").stdout
    points: dict[str, float] = json.loads(said)["points"][SLUG]
    return points


def test_late_work_counts_as_the_competition_says_and_what_comes_after_the_reveal_not_at_all(
    tmp_path: Path,
) -> None:
    birds = contest(tmp_path / "course", late="mark")
    birds.scored("ada", (60, 70))
    birds.scored("ada", (50, 50))
    birds.at(CLOSES + DAY).scored("ada", (90, 90))
    birds.scored("bob", (80, 80))
    students = tmp_path / "students.csv"
    students.write_text("login\nada\nbob\neve\n")
    run("roster", "set", birds.forge.name, students)

    marked, on_time = graded(birds, "score"), graded(birds, "on_time")
    birds.rules(late="penalty", penalty="score - 0.2 * ceil(days)")
    refresh(birds.forge)
    punished = graded(birds, "score")
    birds.at(birds.now + HOUR)
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)
    birds.at(birds.now + HOUR).scored("eve", (99, 99))
    revealed, said = graded(birds, "score"), told(birds)
    grading = f"playgrounds: {{{SLUG}: {{board: final}}}}".encode()
    birds.forge.record(lambda _: Change("Grade", {"grading.yml": grading}), branch=MAIN)

    assert marked == {"ada": 60, "bob": 80, "eve": 0}
    assert on_time == {"ada": 100, "bob": 0, "eve": 0}
    assert punished == {"ada": 70, "bob": 60, "eve": 0}
    assert revealed == punished
    assert said.endswith(
        "birds: the competition board counts; revealed: `board: final` in grading.yml takes the "
        "final board"
    )
    assert told(birds).endswith("birds: the final board counts")
    assert graded(birds, "score") == {"ada": 70, "bob": 60, "eve": 0}
    assert graded(birds, "submissions") == {"ada": 300, "bob": 100, "eve": 0}


def test_of_two_phases_the_final_one_counts_alone_as_it_does_on_the_final_board(
    tmp_path: Path,
) -> None:
    birds = contest(tmp_path / "course", final={"closes": CLOSES + 5 * DAY})
    birds.scored("ada", (90, 90))
    birds.scored("bob", (80, 80))
    birds.at(CLOSES + DAY).scored("bob", (60, 60))
    birds.scored("eve", (70, 70))
    students = tmp_path / "students.csv"
    students.write_text("login\nada\nbob\neve\n")
    run("roster", "set", birds.forge.name, students)

    frame = pd.DataFrame(birds.board().rows())
    late = frame[pd.to_datetime(frame.timestamp) > pd.Timestamp(CLOSES)]
    expected = (100 * late.groupby("username").accuracy.max()).to_dict() | {"ada": 0}
    public, count = graded(birds, "score"), graded(birds, "submissions")
    refused = CliRunner().invoke(
        aims, ["grades", birds.forge.name, "--rule", "baselines_beaten / baselines"]
    )
    birds.at(CLOSES + 6 * DAY)
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    assert public == pytest.approx(expected)
    assert count == {"ada": 0, "bob": 100, "eve": 100}
    assert {row["username"] for row in birds.board("final").rows()} == {"bob", "eve"}
    assert "the competition board counts, of it the final phase alone, from 2026-12-08" in told(
        birds
    )
    assert refused.exit_code == 3
    assert "will not do for birds: it has no baselines" in refused.stderr
    assert f"aims baseline {birds.address}, or a rule of its own in grading.yml" in refused.stderr
