"""GitHub refuses, limits, stumbles, or loses an answer, at each call in turn: the end is the same.

Who submits tries again where told so; what a job leaves undone, the next one does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from e2e_clients import COURSE
from e2e_course import ANIMALS, hand_in, make_course, packed
from e2e_steps import Jobs, state
from github_forges import forge_of
from loopback.github import GitHub, Repository

from aims_gh.domain.address import Address
from aims_gh.domain.leaderboard import Board
from aims_gh.errors import ForgeError
from aims_gh.flows.read import read_board
from aims_gh.flows.submit import submit

TRIES = 3
FAULTS: dict[str, dict[str, Any]] = {
    "403": {"status": 403, "headers": {"Retry-After": "20"}},
    "403 for long": {"status": 403, "headers": {"Retry-After": "1800"}},
    "429": {"status": 429},
    "500": {"status": 500},
    "502 after the effect": {"status": 502, "when": "after"},
    "no answer": {"drop": True, "when": "after"},
}
each_fault = pytest.mark.parametrize("fault", FAULTS)


@pytest.fixture
def course(github: GitHub, tmp_path: Path) -> Repository:
    github.limits.primary = github.limits.secondary = False  # faults are made here
    return make_course(github)


@pytest.fixture
def jobs(github: GitHub, course: Repository, tmp_path: Path) -> Iterator[Jobs]:
    yield Jobs(github, tmp_path / "jobs")
    shutil.rmtree(tmp_path / "jobs", ignore_errors=True)


def persistently(action: Callable[[], object]) -> int:
    """Do it until it is done, as its message says; tell how often it had to be tried."""
    for tried in range(1, TRIES + 1):
        try:
            action()
        except ForgeError:
            continue
        return tried
    raise AssertionError(f"not done after {TRIES} tries")


def at_each_call(
    github: GitHub, fault: dict[str, Any], walk: Callable[[], Any]
) -> Iterator[tuple[int, Any]]:
    """Walk again and again, with the fault at one call later each time, until it is not met."""
    index = 0
    while True:
        struck = github.fail(at=index, **fault)
        found = walk()
        if not struck.hits:
            return
        yield index, found
        index += 1


def submitted(github: GitHub, course: Repository) -> dict[str, Any]:
    """Tell what submitting left."""
    fork = github.repository("alice/course")
    return {
        "forks": [name for name in github.world.repositories if name.endswith("/course")],
        "branches": sorted(fork.git.refs("refs/heads")),
        "pulls": [
            (p.number, p.state, p.title, p.author, p.base, p.head_branch, p.head_repository is fork)
            for p in course.pulls.values()
        ],
        "files": course.git.sha_in("refs/pull/1/head"),
        "parents": course.git.commit(course.pulls[1].head_sha).parents,
    }


@each_fault
def test_submitting_ends_in_one_pull_request(
    github: GitHub, course: Repository, fault: str
) -> None:
    content = packed(ANIMALS)

    def walk() -> dict[str, Any]:
        course.pulls.clear()
        if github.world.find("alice/course"):
            github.delete_repository("alice/course")

        def once() -> None:
            alice = forge_of(
                github, github.user("alice").token, course=COURSE, sleep=github.advance
            )
            submit(alice, Address(COURSE, "animals"), content, author="alice")

        persistently(once)
        return submitted(github, course)

    undisturbed = walk()

    struck = 0
    for index, found in at_each_call(github, FAULTS[fault], walk):
        assert (index, found) == (index, undisturbed)
        struck += 1

    assert struck >= 10


@each_fault
def test_scoring_ends_in_one_evaluation_one_comment_one_label(
    github: GitHub, course: Repository, jobs: Jobs, fault: str
) -> None:
    number = hand_in(github, "alice", ANIMALS)
    ledger = course.head("ledger")
    artifact = jobs.artifact()
    jobs.run(artifact)
    assert ledger is not None

    def walk() -> tuple[dict[str, Any], bool]:
        pull = course.pulls[number]
        pull.state, pull.labels, pull.comments, pull.updated = "open", [], [], pull.created
        course.git.update_ref("refs/heads/ledger", ledger)
        given = jobs.artifact()
        shutil.copytree(artifact, given, dirs_exist_ok=True)
        with suppress(ForgeError):
            jobs.score(given)
        again = pull.state == "open"
        if again:  # the next run, an hour later
            github.advance(3600)
            persistently(jobs.evaluate)
        return state(course), again

    undisturbed = walk()
    assert undisturbed[0]["pulls"][number][0] == "closed"

    struck, repaired = 0, 0
    for index, (found, again) in at_each_call(github, FAULTS[fault], walk):
        assert (index, found) == (index, undisturbed[0])
        struck += 1
        repaired += again

    assert struck >= 3
    assert repaired == (4 if fault == "403 for long" else 0)


@each_fault
def test_what_is_open_is_found_and_a_visitor_reads_the_board(
    github: GitHub, course: Repository, jobs: Jobs, fault: str
) -> None:
    hand_in(github, "alice", ANIMALS)

    def run() -> list[str]:
        artifact = jobs.artifact()
        persistently(lambda: jobs.run(artifact))
        return sorted(path.name for path in artifact.iterdir())

    assert {tuple(found) for _, found in at_each_call(github, FAULTS[fault], run)} == {("1.age",)}

    def look() -> str:
        visitor = forge_of(github, None, course=COURSE, sleep=github.advance)
        boards: list[Board] = []
        where = Address(COURSE, "animals")
        persistently(lambda: boards.append(read_board(visitor, where, "experiment").board))
        return repr(boards)

    undisturbed = look()
    assert {found for _, found in at_each_call(github, FAULTS[fault], look)} == {undisturbed}


GIT_FAULTS = [FAULTS["500"], FAULTS["502 after the effect"], {"status": 403}, FAULTS["no answer"]]


def at_each_request_of_git(github: GitHub, service: str, walk: Callable[[], Any]) -> Iterator[Any]:
    """Walk again and again, with a fault at one request of git's later each time."""
    index, struck = 0, 1
    while struck:
        if index:
            github.fail(operation=service, status=None, times=index)  # these are let through
        fault = github.fail(operation=service, **GIT_FAULTS[index % len(GIT_FAULTS)])
        yield walk()
        index, struck = index + 1, fault.hits


def test_git_stumbles_where_proposals_are_read(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    hand_in(github, "alice", ANIMALS)

    def walk() -> list[str]:
        artifact = jobs.artifact()
        while not list(artifact.glob("*.age")):
            persistently(lambda: jobs.run(artifact))
        return [path.name for path in artifact.iterdir()]

    found = list(at_each_request_of_git(github, "git-upload-pack", walk))

    assert len(found) > 5
    assert all(names == ["1.age"] for names in found)


@pytest.mark.parametrize("service", ["git-upload-pack", "git-receive-pack"])
def test_git_stumbles_where_scores_are_recorded(
    github: GitHub, course: Repository, jobs: Jobs, service: str
) -> None:
    number = hand_in(github, "alice", ANIMALS)
    ledger = course.head("ledger")
    artifact = jobs.artifact()
    jobs.run(artifact)
    assert ledger is not None

    def walk() -> dict[str, Any]:
        pull = course.pulls[number]
        pull.state, pull.labels, pull.comments, pull.updated = "open", [], [], pull.created
        course.git.update_ref("refs/heads/ledger", ledger)

        def score() -> None:
            given = jobs.artifact()
            shutil.copytree(artifact, given, dirs_exist_ok=True)
            jobs.score(given)

        persistently(score)
        while pull.state == "open":
            persistently(jobs.evaluate)
        return state(course)

    undisturbed = walk()

    found = list(at_each_request_of_git(github, service, walk))

    assert len(found) > {"git-upload-pack": 5, "git-receive-pack": 2}[service]
    assert all(each == undisturbed for each in found)
