"""Grades where there is a competition: late work, a penalty, the reveal, the final board."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from contest import CLOSES, DAY, HOUR, SLUG, Contest, contest

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.flows.decide import refresh
from aims_gh.flows.reveal import reveal
from aims_gh.forge import MAIN, Change


def run(*arguments: object) -> str:
    result = CliRunner().invoke(aims, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def graded(birds: Contest, rule: str) -> dict[str, float]:
    told = run("grades", birds.forge.name, "--rule", rule, "--json")
    points: dict[str, float] = json.loads(told)["points"][SLUG]
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
    revealed = graded(birds, "score")
    grading = f"playgrounds: {{{SLUG}: {{board: final}}}}".encode()
    birds.forge.record(lambda _: Change("Grade", {"grading.yml": grading}), branch=MAIN)

    assert marked == {"ada": 60, "bob": 80, "eve": 0}
    assert on_time == {"ada": 100, "bob": 0, "eve": 0}
    assert punished == {"ada": 70, "bob": 60, "eve": 0}
    assert revealed == punished
    assert graded(birds, "score") == {"ada": 70, "bob": 60, "eve": 0}
    assert graded(birds, "submissions") == {"ada": 300, "bob": 100, "eve": 0}
