"""A step of the Action, on a laptop: what it does, and what it tells people and other steps."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from test_evaluate import edit_rules
from walk_classroom import Classroom

from aims_gh import settings
from aims_gh.action import annotation, table
from aims_gh.core.seal import Key
from aims_gh.workspace import Workspace

Guesses = Callable[[int], list[str]]


class Job:
    """A job of GitHub Actions, as far as a step can tell."""

    def __init__(self, folder: Path) -> None:
        self.output, self.summary = folder / "output", folder / "summary"

    def __call__(
        self, step: str, *options: object, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        self.output.write_text("")
        self.summary.write_text("")
        env = os.environ | {
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "AIMS_KEYS": "/nonexistent",
        }
        command = [sys.executable, "-I", "-m", "aims_gh.action", step, *map(str, options)]
        return subprocess.run(command, capture_output=True, text=True, env=env | variables)

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def score_key(classroom: Classroom) -> Key:
    with classroom.forge.tree() as main:
        key = settings.keys().find(Workspace(main).course().keys.score)
    assert key is not None
    return key


def test_run_score_and_publish_do_the_whole_walk(
    classroom: Classroom, guesses: Guesses, job: Job, tmp_path: Path
) -> None:
    classroom.submit("animals", "bob", guesses(1))
    classroom.submit("animals", "carol", guesses(2)[:-1])
    folder, site = tmp_path / "sealed", tmp_path / "site"
    secret = score_key(classroom).secret

    run = job("run", "--course", classroom.path, "--folder", folder)
    assert (run.returncode, job.outputs) == (0, {"taken": "2", "more": "false", "due": "false"})
    assert sorted(path.name for path in folder.iterdir()) == ["1.age", "2.age"]

    scored = job("score", "--course", classroom.path, "--folder", folder, AIMS_SCORE_KEY=secret)
    assert scored.returncode == 0
    assert job.outputs == {"scored": "1", "refused": "1", "waiting": "0", "changed": "true"}
    assert "::notice title=aims::score: 1 scored, 1 refused, 0 waiting" in scored.stdout
    assert "| 1 | bob | animals | scored | 1 | accuracy" in job.summary.read_text()
    assert "| 2 | carol | animals | refused |" in job.summary.read_text()

    published = job("publish", "--course", classroom.path, "--folder", site)
    assert published.returncode == 0
    assert int(job.outputs["pages"]) > 2
    assert (site / "index.html").is_file()


def test_with_nothing_open_run_takes_nothing(
    classroom: Classroom, job: Job, tmp_path: Path
) -> None:
    done = job("run", "--course", classroom.path, "--folder", tmp_path / "sealed")

    assert (done.returncode, job.outputs) == (0, {"taken": "0", "more": "false", "due": "false"})
    assert list((tmp_path / "sealed").iterdir()) == []


def test_a_job_without_time_takes_nothing_and_says_there_may_be_more(
    classroom: Classroom, guesses: Guesses, job: Job, tmp_path: Path
) -> None:
    classroom.submit("animals", "bob", guesses(1))

    job("run", "--course", classroom.path, "--folder", tmp_path / "sealed", "--minutes", 0)

    assert job.outputs == {"taken": "0", "more": "true", "due": "false"}


def test_without_its_key_score_fails_with_the_sentence_that_says_why(
    classroom: Classroom, guesses: Guesses, job: Job, tmp_path: Path
) -> None:
    classroom.submit("animals", "bob", guesses(1))
    job("run", "--course", classroom.path, "--folder", tmp_path / "sealed")

    done = job("score", "--course", classroom.path, "--folder", tmp_path / "sealed")

    assert done.returncode == 5
    assert "::error title=aims::score: the score key of the course is not at hand" in done.stdout
    assert "### aims score failed" in job.summary.read_text()
    assert job.outputs == {}


def test_what_waits_is_a_warning_and_no_failure(
    classroom: Classroom, guesses: Guesses, job: Job, tmp_path: Path
) -> None:
    classroom.submit("animals", "bob", guesses(1))
    edit_rules(classroom, "animals", "title: [broken\n")

    done = job("run", "--course", classroom.path, "--folder", tmp_path / "sealed")

    assert done.returncode == 0
    assert "::warning title=aims::proposal 1 waits: " in done.stdout
    assert "| 1 | bob |" in job.summary.read_text()


@pytest.mark.parametrize(
    "text", ["\n::set-output name=x::1", "##[error]x", "\r\n::add-mask::a", "%0A::error::x"]
)
def test_text_of_participants_gives_no_command_to_the_runner(text: str) -> None:
    line = annotation("warning", f"bob{text}")

    assert "\n" not in line
    assert "\r" not in line
    assert line.startswith("::warning title=aims::bob")
    assert "%0A" not in line
    assert "##[" not in line


def test_text_of_participants_does_nothing_in_the_summary() -> None:
    written = table(("by", "why"), [("@all", "<img src=x> | [x](javascript:1)\n# big")])

    row = written.splitlines()[2]
    assert len(written.splitlines()) == 3
    assert row.count("|") == 3
    assert not {"<", "[", "@"} & set(row)
