"""The walk with GitHub as the forge: participants without git, a job with its own token."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loopback.github import GitHub, Repository
from walk_classroom import Classroom, aims, csv_of

from aims_gh import settings
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.record import Outcome
from aims_gh.forge import LEDGER

COURSE = "teacher/course"
Guesses = Callable[[int], list[str]]


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github") as served:
        monkeypatch.setenv("GITHUB_SERVER_URL", served.server_url)
        monkeypatch.setenv("GITHUB_API_URL", served.api_url)
        monkeypatch.setenv("GITHUB_GRAPHQL_URL", served.graphql_url)
        monkeypatch.chdir(tmp_path)
        yield served
        assert served.violations == []


@pytest.fixture
def course(github: GitHub, classroom: Classroom) -> Repository:
    """The same course, on GitHub; its ledger is not there before the first record."""
    with classroom.forge.tree() as main:
        files = {path: main.read(path) or b"" for path in main.paths()}
    return github.add_repository(COURSE, files)


def submit(github: GitHub, author: str, values: object, monkeypatch: pytest.MonkeyPatch) -> dict:
    Path("p.csv").write_bytes(csv_of("prediction", values))
    monkeypatch.setenv("GITHUB_TOKEN", github.user(author).token)
    done = aims("submit", "--to", f"{COURSE}/animals", "--predictions", "p.csv", "--json")
    return json.loads(done.stdout)


def drain(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> list[Outcome]:
    """Evaluate as the Action does."""
    rights = {"contents": "write", "pull-requests": "write"}
    monkeypatch.setenv("GITHUB_TOKEN", github.job_token(COURSE, rights))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outcomes = list(
        evaluate(
            settings.forge(COURSE),
            sandbox=settings.sandbox(),
            find_key=settings.keys().find,
            clock=settings.clock,
        )
    )
    monkeypatch.delenv("GITHUB_ACTIONS")
    monkeypatch.delenv("GITHUB_TOKEN")
    return outcomes


def test_submissions_are_scored_recorded_and_answered_within_the_budget(
    github: GitHub,
    course: Repository,
    classroom: Classroom,
    guesses: Guesses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submit(github, "alice", guesses(1), monkeypatch)
    submit(github, "bob", classroom.truth["animals"], monkeypatch)
    submit(github, "alice", guesses(2), monkeypatch)
    start = len(github.requests)

    outcomes = drain(github, monkeypatch)

    assert [(o.outcome, o.version, o.author) for o in outcomes] == [
        ("scored", 1, "alice"),
        ("scored", 2, "bob"),
        ("scored", 3, "alice"),
    ]
    asked = [r for r in github.requests[start:] if r.kind == "api"]
    assert sum(r.method != "GET" for r in asked) - 4 <= 2 * 3  # four to start the ledger
    assert len(asked) - 4 - 2 <= 5 * 3  # two listings of what is open
    assert [p.state for p in course.pulls.values()] == ["closed"] * 3
    assert [course.labels(n) for n in (1, 2, 3)] == [["scored"]] * 3
    assert "Scored: version 2" in course.comments(2)[0]
    assert course.read("animals/evaluations/3.json", LEDGER) is not None

    start = len(github.requests)
    shown = json.loads(aims("leaderboard", f"{COURSE}/animals", "--json").stdout)
    assert next(row["username"] for row in shown["rows"]) == "bob"
    assert [(r.operation, r.login) for r in github.requests[start:]] == [
        ("repos/get-content", None)
    ]
    told = aims("proposals", f"{github.server_url}/{COURSE}", "2").stdout
    assert "Scored: version 2" in told


def test_a_second_drain_finds_nothing_and_an_answer_that_was_lost_is_given_by_it(
    github: GitHub,
    course: Repository,
    guesses: Guesses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submit(github, "alice", guesses(1), monkeypatch)
    github.fail(operation="issues/create-comment", status=403, headers={"Retry-After": "900"})

    (first,) = drain(github, monkeypatch)
    assert (first.outcome, course.pulls[1].state) == ("waiting", "open")
    assert course.read("animals/evaluations/1.json", LEDGER) is not None

    (second,) = drain(github, monkeypatch)
    assert (second.outcome, second.version, course.pulls[1].state) == ("scored", 1, "closed")
    assert course.read("animals/evaluations/2.json", LEDGER) is None
    assert drain(github, monkeypatch) == []


def test_what_touches_other_files_is_refused_and_told_why(
    github: GitHub, course: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from github_forges import forge_of

    from aims_gh.forge import Change

    eve = forge_of(github, github.user("eve").token, course=COURSE)
    workflow = Change("Run this", {".github/workflows/wake.yml": b"on: push\n"})
    eve.propose(workflow, author="eve", title="Run this")
    big = Change("Much", {f"submissions/animals/eve/x/{n}": b"x" for n in range(300)})
    eve.propose(big, author="eve", title="Much")
    start = len(github.requests)

    outcomes = drain(github, monkeypatch)

    assert [o.outcome for o in outcomes] == ["refused", "refused"]
    assert "outside one submission folder" in course.comments(1)[0]
    assert "more than 7 files" in course.comments(2)[0]
    assert [course.pulls[n].state for n in (1, 2)] == ["closed", "closed"]
    assert sum(r.kind == "api" for r in github.requests[start:]) <= 2 + 5 * 2


def test_commands_that_took_a_folder_take_a_repository(
    github: GitHub,
    course: Repository,
    guesses: Guesses,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    owner = github.user("teacher").token
    Path("y.csv").write_bytes(csv_of("y", ["a", "b"] * 20))
    Path("p.csv").write_bytes(csv_of("prediction", ["a", "b"] * 20))
    monkeypatch.setenv("GITHUB_TOKEN", owner)
    new = f"{COURSE}/letters"
    aims("playground", "create", new, "--task", "classification", "--labels", "y.csv")
    aims("submit", "--to", new, "--predictions", "p.csv", "--no-check")
    aims("evaluate", COURSE)

    assert course.labels(1) == ["scored"]
    assert [c.author for c in course.pulls[1].comments] == ["teacher"]
    for command in (
        ("course", "show", COURSE),
        ("course", "show", f"{github.server_url}/{COURSE}"),
        ("playground", "show", new),
        ("leaderboard", f"{github.server_url}/{COURSE}/tree/main/playgrounds/letters"),
        ("show", new, "1"),
        ("compare", new, "1", "1"),
        ("check", "--to", new, "--predictions", "p.csv"),
        ("proposals", COURSE, "--all"),
    ):
        assert aims(*command).stdout
    aims("playground", "remove", f"{COURSE}/animals")
    assert course.read("playgrounds/animals/playground.yml") is None
