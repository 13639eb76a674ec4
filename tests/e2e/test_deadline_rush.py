"""What an evaluation costs GitHub: one submission, and a hundred at the deadline."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from e2e_clients import COURSE
from e2e_course import ANIMALS, board, hand_in, make_course, packed, push
from e2e_steps import Jobs, evaluations
from loopback.github import GitHub, Request

from aims_gh.flows.intake import BATCH
from aims_gh.flows.record import Outcome
from aims_gh.workspace import submission_folder

PEOPLE = 100
SHARE = 3
"""GitHub allows a third of what it does, as if three times as many came."""

REQUESTS, WRITES = 5, 2
"""What one submission may cost."""

HOUR = 3600


def guesses(seed: int) -> list[str]:
    return np.random.default_rng(seed).choice(["cat", "dog", "emu"], len(ANIMALS)).tolist()


def asked(requests: Sequence[Request]) -> list[Request]:
    """Keep those that count: of the REST API, by the job's token."""
    return [r for r in requests if r.kind == "api" and r.login == "github-actions[bot]"]


def written(requests: Sequence[Request]) -> list[Request]:
    return [r for r in asked(requests) if r.method != "GET"]


@pytest.mark.parametrize("pushed_again", [False, True])
def test_one_submission_costs_five_requests_and_two_writes(
    github: GitHub, tmp_path: Path, pushed_again: bool
) -> None:
    course = make_course(github)
    number = hand_in(github, "alice", ANIMALS)
    if pushed_again:  # when it arrived has then to be asked for
        github.advance(60)
        push(github, number, packed(ANIMALS))
    start = len(github.requests)

    (outcome,) = Jobs(github, tmp_path / "jobs").evaluate()

    requests = github.requests[start:]
    assert (outcome.outcome, len(course.comments(number))) == ("scored", 1)
    assert [r.operation for r in written(requests)] == ["issues/create-comment", "issues/update"]
    assert len(written(requests)) <= WRITES
    operations = [r.operation for r in asked(requests)]
    if pushed_again:  # looking at what is open costs two, for all submissions together
        assert "repos/list-activities" in operations
        operations = [name for name in operations if name != "pulls/list"]
    assert len(operations) <= REQUESTS, operations


def test_with_nothing_open_a_look_costs_one_request(github: GitHub, tmp_path: Path) -> None:
    make_course(github)
    start = len(github.requests)

    Jobs(github, tmp_path / "jobs").evaluate()

    assert [r.operation for r in asked(github.requests[start:])] == ["pulls/list"]


def rush(github: GitHub) -> None:
    """Open them, each from an account and a fork of its own."""
    for number in range(PEOPLE):
        content = packed(guesses(number))
        login = f"p{number}"
        folder = submission_folder("animals", login, content.submission.id)
        files = {f"{folder}/{name}": data for name, data in content.contents.items()}
        github.propose(login, COURSE, files, branch="aims")


def test_a_hundred_at_the_deadline_are_all_scored_and_answered_as_fast_as_github_allows(
    github: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = make_course(github, limits={"total": 1})
    rush(github)
    limits = github.limits
    limits.job //= SHARE
    limits.content_per_hour //= SHARE
    limits.content_per_minute //= SHARE
    start, begun = len(github.requests), time.monotonic()
    waited = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        github.advance(seconds)

    jobs = Jobs(github, tmp_path / "jobs", sleep=sleep)

    first = jobs.evaluate()

    assert sorted(e["username"] for e in evaluations(course)) == sorted(
        f"p{n}" for n in range(PEOPLE)
    )
    assert len(board(course)["version"]) == PEOPLE
    recorded = time.monotonic() - begun
    runs: list[list[Outcome]] = [first]
    while any(pull.state == "open" for pull in course.pulls.values()):
        github.advance(HOUR)
        runs.append(jobs.evaluate())
        assert len(runs) <= 3

    told = Counter(outcome.outcome for outcome in first)
    assert told["scored"] < PEOPLE  # 166 writes an hour answer 83
    assert told["waiting"] == PEOPLE - told["scored"]
    assert all("rate limit" in (o.reason or "") for o in first if o.outcome == "waiting")
    assert {len(course.comments(n)) for n in course.pulls} == {1}
    assert {tuple(course.labels(n)) for n in course.pulls} == {("scored",)}
    assert len(evaluations(course)) == PEOPLE
    pushes = [r for r in github.requests[start:] if r.path.endswith("/git-receive-pack")]
    assert len(pushes) == PEOPLE // BATCH
    requests = github.requests[start:]
    assert len(asked(requests)) <= REQUESTS * PEOPLE
    assert len(written(requests)) <= WRITES * PEOPLE + len(waited) + len(runs)  # those refused
    succeeded = [r for r in written(requests) if r.status < 400]
    assert len(succeeded) <= WRITES * PEOPLE
    per_hour = Counter(int((r.when - requests[0].when).total_seconds() // HOUR) for r in succeeded)
    assert max(per_hour.values()) <= github.limits.content_per_hour
    with capsys.disabled():
        print(
            f"\n{PEOPLE} proposals: {len(runs)} runs, {time.monotonic() - begun:.0f} s "
            f"({recorded:.0f} s until all are on the ledger, and {sum(waited):.0f} s that GitHub "
            f"asked to wait), {len(asked(requests))} requests "
            f"({len(asked(requests)) / PEOPLE:.2f} each), {len(succeeded)} writes, "
            f"{len(pushes)} pushes, {sum(r.kind == 'git' for r in requests)} requests of git's"
        )
