"""Listing proposals on GitHub: who, what, and when it arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from github_forges import COURSE, Classroom, forge_of
from loopback.github import GitHub

from aims_gh.errors import ForgeError
from aims_gh.forge import Answer, Arrival, Change
from aims_gh.forge.github.session import Later, Server, Session


def propose(classroom: Classroom, author: str = "ann", name: str = "x"):
    change = Change("Add", {f"submissions/iris/{author}/{name}/a": b"1"})
    return classroom.propose(change, author=author, title="First")


def test_more_than_a_page_is_listed_to_its_end(classroom: Classroom) -> None:
    propose(classroom)
    pulls = classroom.repository.pulls
    pulls |= {n: replace(pulls[1], number=n) for n in range(2, 212)}
    start = len(classroom.github.requests)

    found = classroom.owner.proposals()

    assert [p.number for p in found] == list(range(1, 212))
    assert classroom.asked(start) == ["pulls/list"] * 3


def test_bots_and_proposals_to_other_branches_are_no_proposals(classroom: Classroom) -> None:
    propose(classroom)
    repository, world = classroom.repository, classroom.github.world
    fork, bot = repository.pulls[1].head_repository, "dependabot[bot]"
    world.move(fork, "refs/heads/b", repository.pulls[1].head_sha, world.owner_token(fork))
    bot_token = world.add_token(bot, "classic", "ghp_")
    world.open_pull(repository, fork, "b", "main", bot_token, title="Bump", body=None)
    ann = world.owner_token(fork)
    world.open_pull(repository, fork, "b", "ledger", ann, title="Ledger", body=None)

    assert [p.number for p in classroom.owner.proposals()] == [1]


def test_when_it_arrived_needs_no_request_where_nothing_happened_since(
    classroom: Classroom,
) -> None:
    classroom.github.world.now = lambda: MOMENT
    propose(classroom)
    (proposal,) = classroom.owner.proposals()
    start = len(classroom.github.requests)

    assert classroom.owner.arrived(proposal) == Arrival(MOMENT)
    assert proposal.opened == MOMENT
    assert classroom.asked(start) == []


MOMENT = datetime.fromisoformat("2026-11-23T12:00:00+00:00")


@pytest.fixture
def clock(classroom: Classroom) -> list[datetime]:
    now = [MOMENT]
    classroom.github.world.now = lambda: now[0]
    return now


def test_a_push_counts_and_a_comment_does_not(classroom: Classroom, clock: list[datetime]) -> None:
    number = propose(classroom).number
    clock[0] += timedelta(minutes=5)
    classroom.push(number, Change("More", {"submissions/iris/ann/x/a": b"2"}))
    clock[0] += timedelta(hours=5)
    classroom.owner.answer(number, Answer("wait", label="waiting", close=False))
    (proposal,) = classroom.job().proposals()
    forge = classroom.job()
    (proposal,) = forge.proposals()
    start = len(classroom.github.requests)

    assert forge.arrived(proposal) == Arrival(MOMENT + timedelta(minutes=5))
    assert classroom.asked(start) == ["repos/list-activities"]
    assert proposal.pushed == clock[0]


def test_who_pushes_and_takes_it_back_arrives_anew(
    classroom: Classroom, clock: list[datetime]
) -> None:
    number = propose(classroom).number
    pull = classroom.repository.pulls[number]
    early, world = pull.head_sha, classroom.github.world
    clock[0] += timedelta(hours=1)
    classroom.push(number, Change("More", {"submissions/iris/ann/x/a": b"2"}))
    clock[0] += timedelta(hours=1)
    token = world.owner_token(pull.head_repository)
    world.move(pull.head_repository, f"refs/heads/{pull.head_branch}", early, token)
    (proposal,) = classroom.owner.proposals()

    assert proposal.head == early
    assert classroom.owner.arrived(proposal) == Arrival(clock[0])


def test_a_branch_older_than_its_proposal_arrives_with_it(
    classroom: Classroom, clock: list[datetime]
) -> None:
    propose(classroom)
    pull, world = classroom.repository.pulls[1], classroom.github.world
    token = world.owner_token(pull.head_repository)
    world.move(pull.head_repository, "refs/heads/early", pull.head_sha, token)
    clock[0] += timedelta(days=1)
    world.open_pull(
        classroom.repository, pull.head_repository, "early", "main", token, title="x", body=None
    )
    opened = clock[0]
    clock[0] += timedelta(days=1)
    classroom.owner.answer(2, Answer("wait", label="waiting", close=False))
    found = classroom.owner.proposals()[-1]

    assert classroom.owner.arrived(found) == Arrival(opened)


CLOSES = MOMENT + timedelta(hours=1)


def change_pull(classroom: Classroom, number: int, login: str = "ann", **body: str) -> None:
    """Change a proposal as somebody does on its page."""
    token = classroom.github.user(login).token
    session = Session(Server(classroom.github.api_url), token)
    session.send("PATCH", f"/repos/{COURSE}/pulls/{number}", body=body)


@pytest.mark.parametrize("back", [{"state": "closed"}, {"base": "ledger"}])
def test_what_its_author_holds_back_until_after_closing_arrives_when_it_is_proposed_again(
    classroom: Classroom, clock: list[datetime], back: dict[str, str]
) -> None:
    number = propose(classroom).number
    change_pull(classroom, number, **back)
    clock[0] += timedelta(hours=2)
    change_pull(classroom, number, **{"state": "open", "base": "main"})
    again = clock[0]
    clock[0] += timedelta(hours=1)
    forge = classroom.job()
    forge.answer(number, Answer("wait", label="waiting", close=False))
    (proposal,) = forge.proposals()
    start = len(classroom.github.requests)

    assert forge.arrived(proposal, CLOSES) == Arrival(again)
    assert classroom.asked(start) == ["repos/list-activities", "issues/list-events"]
    assert forge.arrived(proposal, CLOSES) == Arrival(again)
    assert len(classroom.asked(start)) == 2
    assert forge.arrived(proposal, None) == Arrival(MOMENT)
    assert forge.arrived(proposal, clock[0]) == Arrival(MOMENT)


def test_what_an_owner_opens_again_keeps_its_time(
    classroom: Classroom, clock: list[datetime]
) -> None:
    number = propose(classroom).number
    clock[0] += timedelta(hours=2)
    change_pull(classroom, number, "prof", state="closed")
    change_pull(classroom, number, "prof", state="open")
    (proposal,) = classroom.owner.proposals()

    assert classroom.owner.arrived(proposal, CLOSES) == Arrival(MOMENT)


def test_who_buries_it_under_a_thousand_events_gains_nothing(
    classroom: Classroom, clock: list[datetime]
) -> None:
    number = propose(classroom).number
    pull, world = classroom.repository.pulls[number], classroom.github.world
    for _ in range(1000):
        world.note(pull, "renamed", world.tokens[world.user("ann").token])
    clock[0] += timedelta(hours=2)
    change_pull(classroom, number, state="closed")
    change_pull(classroom, number, state="open")
    forge = classroom.job()
    (proposal,) = forge.proposals()
    start = len(classroom.github.requests)

    assert forge.arrived(proposal, CLOSES) == Arrival(clock[0], exact=False)
    assert len(classroom.asked(start)) == 11


def test_where_the_fork_is_gone_it_arrived_at_the_latest_then(
    classroom: Classroom, clock: list[datetime]
) -> None:
    number = propose(classroom).number
    clock[0] += timedelta(hours=1)
    classroom.github.delete_repository("ann/course")

    (proposal,) = classroom.owner.proposals(state="all")

    assert (proposal.number, proposal.state) == (number, "closed")
    assert classroom.owner.arrived(proposal) == Arrival(clock[0], exact=False)
    assert len(classroom.owner.changes(proposal, limit=9)) == 1
    assert len(classroom.job().changes(proposal, limit=9)) == 1


def test_a_rate_limit_is_waited_for_if_it_is_short(github: GitHub, classroom: Classroom) -> None:
    waited: list[float] = []
    forge = classroom.of("ann", sleep=waited.append)
    github.fail(0, status=429, headers={"Retry-After": "7"}, times=2)

    assert forge.proposals() == []
    assert waited == [7, 7]


def test_a_rate_limit_that_is_long_says_when_to_come_back(
    github: GitHub, classroom: Classroom
) -> None:
    github.fail(0, status=403, headers={"Retry-After": "1800"})

    with pytest.raises(Later) as caught:
        classroom.of("ann").proposals()

    assert "30 minutes" in caught.value.hint


def test_a_private_course_is_not_there_for_outsiders(github: GitHub) -> None:
    github.add_repository("prof/secret", {"course.yml": b"title: Secret\n"}, private=True)

    for token in (None, github.user("eve").token):
        forge = forge_of(github, token, course="prof/secret")
        for ask in (forge.proposals, lambda forge=forge: forge.tree().__enter__()):
            with pytest.raises(ForgeError, match=r"prof/secret|Not Found") as caught:
                ask()
            assert "private" in caught.value.hint


def test_a_server_that_is_not_there_is_said_to_be_unreachable(github: GitHub) -> None:
    from aims_gh.forge.github.forge import GitHubForge

    nowhere = Server("http://127.0.0.1:9/api/v3", "http://127.0.0.1:9")

    with pytest.raises(ForgeError, match="does not answer"):
        GitHubForge(COURSE, Session(nowhere, None)).proposals()
