"""Jobs that die, by SIGKILL or because the runner is gone: the next one makes it good."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from e2e_clients import COURSE
from e2e_course import ANIMALS, hand_in, make_course, ran, told_by
from e2e_steps import PERMISSIONS, Jobs, evaluations, ledger
from loopback.actions import Actions
from loopback.github import GitHub, Repository


@pytest.fixture
def course(github: GitHub, tmp_path: Path) -> Repository:
    return make_course(github)


@pytest.fixture
def jobs(github: GitHub, course: Repository, tmp_path: Path) -> Jobs:
    return Jobs(github, tmp_path / "jobs")


def start(github: GitHub, job: str, artifact: Path) -> subprocess.Popen[bytes]:
    """Start a step as the Action does, in a process of its own."""
    (secret,) = github.repository(COURSE).environments[f"aims-{job}"].secrets.items()
    environment = {
        "PATH": os.environ["PATH"],
        "AIMS_KEYS": str(artifact / "no-keys"),
        "GITHUB_ACTIONS": "true",
        "GITHUB_TOKEN": github.job_token(COURSE, PERMISSIONS[job]),
        "GITHUB_SERVER_URL": github.server_url,
        "GITHUB_API_URL": github.api_url,
        secret[0]: secret[1],
    }
    command = [sys.executable, "-m", "aims_gh.action", job, "--course", COURSE]
    return subprocess.Popen(
        [*command, "--folder", str(artifact)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.parametrize(
    ("job", "operation", "place"),
    [
        ("run", "pulls/list", 0),
        ("run", "git-upload-pack", 3),
        ("score", "git-receive-pack", 0),  # it asks where the ledger is
        ("score", "git-receive-pack", 1),  # it has pushed
        ("score", "pulls/get", 0),
        ("score", "issues/create-comment", 0),
        ("score", "issues/update", 0),
    ],
)
def test_killed_when_a_call_has_taken_effect_the_next_run_ends_the_same(
    github: GitHub, course: Repository, jobs: Jobs, job: str, operation: str, place: int
) -> None:
    numbers = [hand_in(github, "alice", ANIMALS), hand_in(github, "bob", ANIMALS[:-1])]
    artifact = jobs.artifact()
    if job == "score":
        jobs.run(artifact)
    if place:
        github.fail(operation=operation, status=None, times=place)  # these are let through
    struck = github.fail(operation=operation, status=None, when="after", delay=2)

    process = start(github, job, artifact)
    while not struck.hits:
        time.sleep(0.01)
        assert process.poll() is None, process.stdout and process.stdout.read()
    time.sleep(0.3)  # what was asked for is done, and its answer on its way
    process.kill()
    process.communicate()
    jobs.evaluate()

    assert [course.labels(number) for number in numbers] == [["scored"], ["refused"]]
    assert [len(course.comments(number)) for number in numbers] == [1, 1]
    assert "Scored: version 1" in course.comments(numbers[0])[0]
    assert "Rank 1 of 1" in course.comments(numbers[0])[0]
    assert [course.pulls[number].state for number in numbers] == ["closed", "closed"]
    assert set(ledger(course)) == {
        "README.md",
        "animals/evaluations/1.json",
        "animals/leaderboard.json",
    }
    assert jobs.evaluate() == []


def test_a_handover_that_nobody_took_over_is_made_again(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    number = hand_in(github, "alice", ANIMALS)
    first = jobs.artifact()
    jobs.run(first)
    shutil.rmtree(first)

    (outcome,) = jobs.evaluate()

    assert (outcome.outcome, course.labels(number)) == ("scored", ["scored"])


def test_what_a_dying_runner_leaves_is_made_good_by_the_schedule(
    github: GitHub, actions: Actions
) -> None:
    course = make_course(github)
    actions.queue.clear()
    number = hand_in(github, "alice", ANIMALS)
    actions.kill_before = ("score", "score-composite-step")
    assert ran(runs := actions.drain()) == [
        ("wake.yml", "pull_request_target", "success"),
        ("evaluate.yml", "workflow_dispatch", "failure"),
    ], told_by(runs)
    assert (course.pulls[number].state, evaluations(course)) == ("open", [])

    actions.kill_before = ("score", "2")  # before it asks for the website
    actions.tick(COURSE, "evaluate.yml")
    (run,) = actions.drain()
    assert run.conclusion == "failure", run.log
    assert (course.labels(number), len(evaluations(course))) == (["scored"], 1)
    assert course.pages is not None
    assert course.pages.deployments == []

    actions.tick(COURSE, "publish.yml")
    (run,) = actions.drain()
    assert run.conclusion == "success", run.log
    assert "alice" in (course.pages.root / "playgrounds/animals/leaderboard/index.html").read_text()
