"""Proposals that do not hold still: what was evaluated is what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from e2e_clients import COURSE, call
from e2e_course import ANIMALS, board, hand_in, make_course, packed, push
from e2e_steps import Jobs, evaluations
from loopback.github import Event, GitHub, Repository

WORSE = ["cat", *ANIMALS[:-1]]
MOMENTS = ("while models run", "between the jobs", "after scoring", "when it is recorded")


@pytest.fixture
def course(github: GitHub, tmp_path: Path) -> Repository:
    return make_course(github)


@pytest.fixture
def jobs(github: GitHub, course: Repository, tmp_path: Path) -> Jobs:
    return Jobs(github, tmp_path / "jobs")


def evaluate_and(jobs: Jobs, moment: str, happen: Callable[[], object]) -> None:
    """Evaluate; let something happen, once, at a moment."""
    todo = [happen]

    def now(at: str) -> None:
        if at == moment and todo:
            todo.pop()()

    def on_event(event: Event) -> None:
        if event.name == "push" and event.payload["ref"] == "refs/heads/ledger":
            now("when it is recorded")

    jobs.github.on_event(on_event)
    artifact = jobs.artifact()
    jobs.run(artifact, progress=lambda *_: now("while models run"))
    now("between the jobs")
    jobs.score(artifact, before_record=lambda: now("after scoring"))
    assert not todo


@pytest.mark.parametrize(("moment", "force"), list(zip(MOMENTS, [True, False] * 2, strict=True)))
def test_the_commit_that_was_evaluated_is_the_commit_that_is_recorded(
    github: GitHub, course: Repository, jobs: Jobs, moment: str, force: bool
) -> None:
    number = hand_in(github, "alice", WORSE)
    first = course.pulls[number].head_sha
    later = []

    evaluate_and(
        jobs, moment, lambda: later.append(push(github, number, packed(ANIMALS), force=force))
    )

    assert [(e["version"], e["head"]) for e in evaluations(course)] == [(1, first)]
    assert "Scored: version 1" in course.comments(number)[0]
    assert (course.pulls[number].state, course.labels(number)) == ("open", [])

    jobs.evaluate()

    heads = [(e["version"], e["head"]) for e in evaluations(course)]
    assert heads == [(1, first), (2, later[0])]
    assert board(course)["accuracy"][0] == 1.0
    (comment,) = course.comments(number)
    assert "Scored: version 2" in comment
    assert (course.pulls[number].state, course.labels(number)) == ("closed", ["scored"])
    assert jobs.evaluate() == []


def test_a_proposal_that_was_closed_before_anybody_looked_is_left_alone(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    number = hand_in(github, "alice", ANIMALS)
    call(github, "alice", "PATCH", f"repos/{COURSE}/pulls/{number}", {"state": "closed"})

    assert jobs.evaluate() == []

    assert (evaluations(course), course.comments(number), course.labels(number)) == ([], [], [])
    call(github, "alice", "PATCH", f"repos/{COURSE}/pulls/{number}", {"state": "open"})
    (outcome,) = jobs.evaluate()
    assert (outcome.outcome, course.pulls[number].state) == ("scored", "closed")


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_closed_or_loses_its_fork_while_it_is_evaluated_has_its_score(
    github: GitHub, course: Repository, jobs: Jobs, moment: str
) -> None:
    closed, gone = hand_in(github, "alice", ANIMALS), hand_in(github, "bob", WORSE)
    heads = [course.pulls[number].head_sha for number in (closed, gone)]
    alice = github.world.tokens[github.user("alice").token]

    def happen() -> None:
        github.world.set_state(course, course.pulls[closed], "closed", alice)
        github.delete_repository("bob/course")

    evaluate_and(jobs, moment, happen)

    assert [e["head"] for e in evaluations(course)] == heads
    for version, number in enumerate((closed, gone), start=1):
        assert (course.pulls[number].state, course.labels(number)) == ("closed", ["scored"])
        assert f"Scored: version {version}" in course.comments(number)[0]
    assert jobs.evaluate() == []


def test_a_fork_that_is_gone_before_anybody_looked_hinders_nobody(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    gone, there = hand_in(github, "alice", ANIMALS), hand_in(github, "bob", WORSE)
    github.delete_repository("alice/course")

    jobs.evaluate()

    assert [e["username"] for e in evaluations(course)] == ["bob"]
    assert (course.comments(gone), course.labels(there)) == ([], ["scored"])


def test_an_open_proposal_of_a_fork_that_is_gone_is_read_from_the_course(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    number = hand_in(github, "alice", ANIMALS)
    course.pulls[number].head_repository = None  # "unknown repository", as GitHub shows it

    (outcome,) = jobs.evaluate()

    assert (outcome.outcome, outcome.version) == ("scored", 1)
    assert course.labels(number) == ["scored"]
    # The description says that there always is one, and GitHub sends null.
    github.violations[:] = [v for v in github.violations if "head/repo: null" not in v]


def test_going_back_to_a_commit_that_has_its_score_gives_no_second_one(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    number = hand_in(github, "alice", WORSE)
    first = course.pulls[number].head_sha
    jobs.evaluate()
    call(github, "alice", "PATCH", f"repos/{COURSE}/pulls/{number}", {"state": "open"})
    push(github, number, packed(ANIMALS))
    jobs.evaluate()
    call(github, "alice", "PATCH", f"repos/{COURSE}/pulls/{number}", {"state": "open"})
    pull = course.pulls[number]
    alice = github.world.tokens[github.user("alice").token]
    assert pull.head_repository is not None
    with github.world.lock:
        github.world.move(pull.head_repository, f"refs/heads/{pull.head_branch}", first, alice)

    (outcome,) = jobs.evaluate()

    assert (outcome.outcome, outcome.version) == ("scored", 1)
    assert [e["version"] for e in evaluations(course)] == [1, 2]
    (comment,) = course.comments(number)
    assert "Scored: version 1" in comment
    assert pull.state == "closed"


def test_a_history_that_is_not_the_course_s_is_refused(
    github: GitHub, course: Repository, jobs: Jobs
) -> None:
    number = hand_in(github, "alice", ANIMALS)
    pull, world = course.pulls[number], github.world
    assert pull.head_repository is not None
    git = pull.head_repository.git
    with world.lock:
        tree = git.commit(pull.head_sha).tree
        orphan = git.write_commit(tree, [], "From nowhere", world.signature("alice"))
        alice = world.tokens[github.user("alice").token]
        world.move(pull.head_repository, f"refs/heads/{pull.head_branch}", orphan, alice)

    (outcome,) = jobs.evaluate()

    assert outcome.outcome == "refused"
    assert "does not start from the course&#39;s main" in course.comments(number)[0]
    assert evaluations(course) == []


def closing(github: GitHub, *, private: bool = False) -> Repository:
    """Make a course whose playground closes in an hour."""
    course = make_course(
        github, private=private, competition={"closes": github.now() + timedelta(hours=1)}
    )
    course.collaborators["alice"] = "read"
    return course


def test_who_holds_a_submission_back_and_opens_it_after_closing_is_late(
    github: GitHub, tmp_path: Path
) -> None:
    course = closing(github)
    number = hand_in(github, "alice", ANIMALS)
    path = f"repos/{COURSE}/pulls/{number}"
    call(github, "alice", "PATCH", path, {"state": "closed"})
    github.advance(7200)
    call(github, "alice", "PATCH", path, {"state": "open"})

    (outcome,) = Jobs(github, tmp_path / "jobs").evaluate()

    assert outcome.outcome == "refused"
    assert "the playground closed" in course.comments(number)[0]


def test_where_the_fork_cannot_be_seen_a_comment_makes_nobody_late(
    github: GitHub, tmp_path: Path
) -> None:
    course = closing(github, private=True)
    number = hand_in(github, "alice", ANIMALS)
    github.advance(7200)
    talk = {"body": "Hello"}
    call(github, "owner", "POST", f"repos/{COURSE}/issues/{number}/comments", talk)
    jobs = Jobs(github, tmp_path / "jobs")

    (waiting,) = jobs.run(jobs.artifact()).waiting

    assert "may be a comment" in waiting.reason.message
    assert "an owner decides" in str(waiting.reason.hint)
    assert (course.pulls[number].state, course.comments(number)) == ("open", ["Hello"])

    rules = "playgrounds/animals/playground.yml"
    text = (course.read(rules) or b"").decode()
    github.commit(course, {rules: text.replace("competition:", "competition:\n  late: mark")})

    (outcome,) = jobs.evaluate()

    assert outcome.outcome == "scored"
    assert "Not ranked on the competition board: late." in course.comments(number)[-1]
