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
from e2e_steps import PERMISSIONS, Jobs, evaluations, state
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
    ledger = course.head("ledger")
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

    repaired = state(course)
    assert [course.labels(number) for number in numbers] == [["scored"], ["refused"]]
    assert [len(course.comments(number)) for number in numbers] == [1, 1]
    assert [e["version"] for e in evaluations(course)] == [1]
    assert jobs.evaluate() == []
    assert ledger is not None
    for number in numbers:
        pull = course.pulls[number]
        pull.state, pull.labels, pull.comments, pull.updated = "open", [], [], pull.created
    course.git.update_ref("refs/heads/ledger", ledger)
    jobs.evaluate()
    assert repaired == state(course)


def test_a_handover_that_nobody_took_over_is_made_again(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    number = hand_in(github, "alice", ANIMALS)
    first = jobs.artifact()
    jobs.run(first)
    shutil.rmtree(first)

    (outcome,) = jobs.evaluate()

    assert (outcome.outcome, course.labels(number)) == ("scored", ["scored"])


def test_a_runner_that_dies_before_it_asks_for_the_website_leaves_it_to_the_schedule(
    github: GitHub, actions: Actions, tmp_path: Path
) -> None:
    course = make_course(github)
    actions.queue.clear()
    number = hand_in(github, "alice", ANIMALS)
    actions.kill_before = ("score", "2")
    assert ran(runs := actions.drain()) == [
        ("wake.yml", "pull_request_target", "success"),
        ("evaluate.yml", "workflow_dispatch", "failure"),
    ], told_by(runs)
    assert (course.labels(number), course.pages and list(course.pages.root.glob("*"))) == (
        ["scored"],
        [],
    )

    actions.tick(COURSE, "publish.yml")

    (run,) = actions.drain()
    assert run.conclusion == "success", run.log
    assert course.pages is not None
    assert "alice" in (course.pages.root / "playgrounds/animals/index.html").read_text()
