"""GitHub refuses, limits, stumbles, or loses an answer, at each call in turn: the end is the same.

Who submits tries again where told so; what a job leaves undone, the next one does.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
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


@dataclass
class Trouble:
    """The same walk again and again, with another fault at another call each time."""

    github: GitHub
    walk: Callable[[], Any]

    def __post_init__(self) -> None:
        start = len(self.github.requests)
        self.undisturbed = self.walk()
        asked = [r for r in self.github.requests[start:] if r.kind == "api"]
        self.methods = [request.method for request in asked]

    def met(self) -> Iterator[tuple[str, int, Any]]:
        """Say which fault struck which call, and what the walk gave then.

        Whatever changes something meets every fault; of what only reads each call meets one, and
        each fault one call. The product of all is that of `test_github_propose` and
        `test_github_answer`.
        """
        for fault, index in self._pairs():
            struck = self.github.fail(at=index, **FAULTS[fault])
            found = self.walk()
            assert struck.hits, (fault, index)
            yield fault, index, found

    def _pairs(self) -> list[tuple[str, int]]:
        reads = [n for n, method in enumerate(self.methods) if method == "GET"]
        rounds = range(max(len(reads), len(FAULTS)) if reads else 0)
        names = list(FAULTS)
        pairs = [(names[n % len(names)], reads[n % len(reads)]) for n in rounds]
        changes = [n for n, method in enumerate(self.methods) if method != "GET"]
        return pairs + [(name, index) for index in changes for name in names]


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


def test_submitting_ends_in_one_pull_request(github: GitHub, course: Repository) -> None:
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

    trouble = Trouble(github, walk)

    for fault, index, found in trouble.met():
        assert (fault, index, found) == (fault, index, trouble.undisturbed)

    assert len(trouble.methods) >= 10
    assert len(trouble.methods) - trouble.methods.count("GET") >= 4


def test_scoring_ends_in_one_evaluation_one_comment_one_label(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    number = hand_in(github, "alice", ANIMALS)
    ledger = course.head("ledger")
    artifact = jobs.artifact()
    jobs.run(artifact)
    assert ledger is not None
    repaired = []

    def walk() -> dict[str, Any]:
        pull = course.pulls[number]
        pull.state, pull.labels, pull.comments, pull.updated = "open", [], [], pull.created
        course.git.update_ref("refs/heads/ledger", ledger)
        given = jobs.artifact()
        shutil.copytree(artifact, given, dirs_exist_ok=True)
        with suppress(ForgeError):
            jobs.score(given)
        repaired.append(pull.state == "open")
        if repaired[-1]:  # the next run, an hour later
            github.advance(3600)
            persistently(jobs.evaluate)
        return state(course)

    trouble = Trouble(github, walk)
    assert trouble.undisturbed["pulls"][number][0] == "closed"

    struck = []
    for fault, index, found in trouble.met():
        assert (fault, index, found) == (fault, index, trouble.undisturbed)
        struck.append(fault)

    assert len(trouble.methods) >= 3
    left = Counter(fault for fault, again in zip(struck, repaired[1:], strict=True) if again)
    assert set(left) == {"403 for long"}
    assert left["403 for long"] >= 2


def test_what_is_open_is_found_whatever_happens(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    hand_in(github, "alice", ANIMALS)

    def run() -> list[str]:
        artifact = jobs.artifact()
        persistently(lambda: jobs.run(artifact))
        return sorted(path.name for path in artifact.iterdir())

    found = [(fault, found) for fault, _, found in Trouble(github, run).met()]

    assert found == [(fault, ["1.age"]) for fault, _ in found]
    assert {fault for fault, _ in found} == set(FAULTS)


def test_a_visitor_reads_the_board_whatever_happens(github: GitHub, course: Repository) -> None:
    def look() -> str:
        visitor = forge_of(github, None, course=COURSE, sleep=github.advance)
        boards: list[Board] = []
        where = Address(COURSE, "animals")
        persistently(lambda: boards.append(read_board(visitor, where, "experiment").board))
        return repr(boards)

    trouble = Trouble(github, look)

    found = [(fault, found) for fault, _, found in trouble.met()]

    assert found == [(fault, trouble.undisturbed) for fault, _ in found]
    assert {fault for fault, _ in found} == set(FAULTS)


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
