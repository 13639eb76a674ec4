"""Answers on GitHub: one comment, one label, two writes, whatever goes wrong."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from github_forges import Classroom
from loopback.github import Event, GitHub

from aims_gh.errors import ForgeError
from aims_gh.forge import Answer, Change
from aims_gh.forge.github import answers
from aims_gh.forge.github.answers import MARK
from aims_gh.forge.github.session import Later

SCORED = Answer("accuracy 0.9", label="scored")


@pytest.fixture
def number(classroom: Classroom) -> int:
    change = Change("Add", {"submissions/iris/ann/x/a": b"1"})
    return classroom.propose(change, author="ann", title="First").number


def test_a_job_answers_in_three_requests_of_which_two_write(
    classroom: Classroom, number: int
) -> None:
    start = len(classroom.github.requests)

    classroom.job().answer(number, SCORED)

    assert classroom.asked(start) == ["pulls/get", "issues/create-comment", "issues/update"]
    pull = classroom.repository.pulls[number]
    assert (pull.state, pull.labels) == ("closed", ["scored"])
    assert [c.author for c in pull.comments] == ["github-actions[bot]"]


def test_the_same_answer_again_writes_nothing(classroom: Classroom, number: int) -> None:
    forge = classroom.job()
    forge.answer(number, SCORED)
    start = len(classroom.github.requests)

    forge.answer(number, SCORED)

    assert {r.method for r in classroom.github.requests[start:]} == {"GET"}


def test_labels_of_people_stay(classroom: Classroom, number: int) -> None:
    classroom.repository.pulls[number].labels.append("great")
    classroom.github.world.set_labels(
        classroom.repository,
        classroom.repository.pulls[number],
        ["great", "waiting"],
        classroom.github.world.owner_token(classroom.repository),
    )

    classroom.job().answer(number, SCORED)

    assert classroom.repository.labels(number) == ["great", "scored"]


def test_a_comment_of_somebody_else_with_our_mark_is_not_ours(
    classroom: Classroom, number: int
) -> None:
    pull, world = classroom.repository.pulls[number], classroom.github.world
    mark = f"accuracy 1.0\n\n{MARK}"
    world.comment(classroom.repository, pull, mark, world.tokens[world.user("ann").token])

    classroom.job().answer(number, SCORED)

    assert [(c.author, c.body) for c in pull.comments] == [
        ("ann", mark),
        ("github-actions[bot]", f"accuracy 0.9\n\n{MARK}"),
    ]


def test_ours_is_found_behind_a_hundred_others(classroom: Classroom, number: int) -> None:
    pull, world = classroom.repository.pulls[number], classroom.github.world
    ann = world.tokens[world.user("ann").token]
    for n in range(130):
        world.comment(classroom.repository, pull, f"hello {n}", ann)
    forge = classroom.job()
    forge.answer(number, SCORED)

    forge.answer(number, Answer("accuracy 0.8", label="scored"))

    assert len(pull.comments) == 131
    assert pull.comments[-1].body.startswith("accuracy 0.8")


def test_a_proposal_that_moved_on_is_told_and_left_open(classroom: Classroom, number: int) -> None:
    old = classroom.repository.pulls[number].head_sha
    classroom.push(number, Change("More", {"submissions/iris/ann/x/a": b"2"}))

    classroom.job().answer(number, Answer("accuracy 0.9", label="scored", head=old))

    pull = classroom.repository.pulls[number]
    assert (pull.state, pull.labels, len(pull.comments)) == ("open", [], 1)


def test_who_pushes_while_a_rate_limit_is_waited_for_is_left_open(
    github: GitHub, classroom: Classroom, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, clock = classroom.repository.pulls[number].head_sha, [0.0]
    monkeypatch.setattr(answers, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        classroom.push(number, Change("More", {"submissions/iris/ann/x/a": b"2"}))

    github.fail(operation="issues/create-comment", status=429, headers={"Retry-After": "30"})
    classroom.job(sleep=sleep).answer(number, replace(SCORED, head=old))

    pull = classroom.repository.pulls[number]
    assert (pull.state, pull.labels, len(pull.comments)) == ("open", [], 1)


def test_who_pushes_before_it_is_closed_again_is_left_open(
    github: GitHub, classroom: Classroom, number: int
) -> None:
    pull, world = classroom.repository.pulls[number], github.world
    forge, old = classroom.job(), pull.head_sha
    forge.answer(number, replace(SCORED, head=old))
    world.set_state(classroom.repository, pull, "open", world.owner_token(classroom.repository))
    files = {"submissions/iris/ann/x/a": b"2"}

    def on_event(event: Event) -> None:
        if event.name == "issue_comment" and pull.head_sha == old:
            fork = pull.head_repository
            world.commit_files(fork, files, "More", pull.head_branch, world.owner_token(fork))

    github.on_event(on_event)
    start = len(github.requests)
    forge.answer(number, Answer("accuracy 0.8", label="scored", head=old))

    assert (pull.state, pull.head_sha != old, len(pull.comments)) == ("open", True, 1)
    assert classroom.asked(start)[-2:] == ["pulls/update", "pulls/update"]

    forge.answer(number, Answer("accuracy 0.7", label="scored", head=pull.head_sha))

    assert pull.state == "closed"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502},
        {"status": 502, "when": "after"},
        {"drop": True, "when": "after"},
        {"status": 403, "headers": {"Retry-After": "1"}},
        {"status": 429, "headers": {"Retry-After": "1"}},
    ],
)
@pytest.mark.parametrize("earlier", [None, Answer("wait", label="waiting", close=False)])
def test_trouble_at_any_request_leaves_one_answer(
    github: GitHub, classroom: Classroom, fault: dict[str, object], earlier: Answer | None
) -> None:
    for at in range(5):
        change = Change("Add", {f"submissions/iris/ann/{at}/a": b"1"})
        number = classroom.propose(change, author="ann", title="First").number
        forge = classroom.job(sleep=lambda _: None)
        if earlier:
            forge.answer(number, earlier)
        github.fail(at, **fault)

        forge.answer(number, SCORED)

        pull = classroom.repository.pulls[number]
        assert [c.body for c in pull.comments] == [f"accuracy 0.9\n\n{MARK}"]
        assert (pull.state, pull.labels) == ("closed", ["scored"])
        github._server.faults.pending.clear()


def test_where_github_wants_no_more_comments_nothing_more_is_asked(
    github: GitHub, classroom: Classroom, number: int
) -> None:
    github.fail(operation="issues/create-comment", status=403, headers={"Retry-After": "3600"})
    forge = classroom.job()
    with pytest.raises(Later, match="rate limit"):
        forge.answer(number, SCORED)
    start = len(github.requests)

    with pytest.raises(Later, match="rate limit") as caught:
        forge.answer(number, SCORED)

    assert len(github.requests) == start
    assert "60 minutes" in caught.value.hint
    assert classroom.repository.pulls[number].state == "open"


def test_a_token_that_may_not_comment_is_told_which_permission_it_lacks(
    classroom: Classroom, number: int
) -> None:
    rights = {"contents": "write", "pull-requests": "read"}
    from github_forges import COURSE, forge_of

    forge = forge_of(classroom.github, classroom.github.job_token(COURSE, rights))

    with pytest.raises(ForgeError, match="Resource not accessible") as caught:
        forge.answer(number, SCORED)

    assert "pull_requests=write" in caught.value.hint


def test_a_comment_longer_than_github_takes_is_cut(classroom: Classroom, number: int) -> None:
    classroom.job().answer(number, Answer("x" * 100_000, label="scored"))

    (body,) = classroom.repository.comments(number)
    assert len(body) <= 65_536
    assert body.endswith(MARK)
