"""`aims doctor`, `aims status`, `aims login` and `aims course upgrade`, on a course on GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from e2e_course import ANIMALS, csv_of
from e2e_owner import run, run_json, sign_in
from loopback.github import GitHub, Repository
from loopback.records import Secret

from aims_gh import settings
from aims_gh.core.seal import Key

COURSE = "prof/ml"
Undo = Callable[[], object]
EVALUATE = ".github/workflows/evaluate.yml"
BOARD = "animals/leaderboard.json"
FIRST = "animals/evaluations/1.json"


@pytest.fixture
def course(github: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Repository:
    """A course with a playground and one scored submission, of which nothing is wrong."""
    github.limits.primary = github.limits.secondary = False
    sign_in(github, monkeypatch, "prof")
    assert run("course", "new", COURSE).exit_code == 0
    labels = tmp_path / "y.csv"
    labels.write_bytes(csv_of("animal", ANIMALS))
    options = ("--task", "classification", "--labels", labels)
    created = run("playground", "create", f"{COURSE}/animals", *options)
    assert created.exit_code == 0, created.output
    hand_in(github, monkeypatch, tmp_path)
    evaluated = run("evaluate", COURSE)
    assert evaluated.exit_code == 0, evaluated.output
    repository = github.repository(COURSE)
    ran(repository, "schedule")
    return repository


def hand_in(
    github: GitHub,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    values: Sequence[str] = ANIMALS,
) -> None:
    sign_in(github, monkeypatch, "bob")
    file = folder / "predictions.csv"
    file.write_bytes(csv_of("animal", values))
    done = run("submit", "--to", f"{COURSE}/animals", "--predictions", file)
    assert done.exit_code == 0, done.output
    sign_in(github, monkeypatch, "prof")


def ran(repository: Repository, event: str, conclusion: str | None = "success") -> None:
    what = {"event": event, "status": "completed", "conclusion": conclusion}
    where = {"head_branch": "main", "head_sha": repository.head(), "actor": "prof"}
    repository.add_run(name="evaluate", path=EVALUATE, **what, **where)
    repository.workflow_runs[-1].created = datetime.now(UTC)


def complaints() -> dict[str, str]:
    result = run("doctor", COURSE, "--json")
    assert result.stdout, result.stderr
    found = json.loads(result.stdout)
    assert result.exit_code == (1 if found["wrong"] else 0)
    return {
        c["what"]: f"{c['found']} | {c['fix']}" for c in found["checks"] if c["state"] == "wrong"
    }


def test_nothing_is_wrong_with_a_course_that_was_set_up(course: Repository) -> None:
    result = run("doctor", COURSE)

    assert result.exit_code == 0, result.output
    assert "nothing is wrong" in result.stderr
    lines = result.stdout.splitlines()
    assert [line for line in lines if not line.startswith("\N{CHECK MARK}")] == []
    for what in ("token", "schedule", "website", "ledger of animals", "secret AIMS_SCORE_KEY"):
        assert any(what in line for line in lines), what
    assert "AGE-SECRET" not in result.output


# Each plants a fault, and gives what takes it away again.


def actions_are_off(github: GitHub, course: Repository) -> Undo:
    course.actions_permissions["enabled"] = False
    return lambda: course.actions_permissions.update(enabled=True)


def actions_are_local(github: GitHub, course: Repository) -> Undo:
    course.actions_permissions["allowed_actions"] = "local_only"
    return lambda: course.actions_permissions.update(allowed_actions="all")


def workflows_may_write(github: GitHub, course: Repository) -> Undo:
    course.workflow_permissions["default_workflow_permissions"] = "write"
    return lambda: course.workflow_permissions.update(default_workflow_permissions="read")


def workflows_of_outsiders_run(github: GitHub, course: Repository) -> Undo:
    course.approval_policy = "first_time_contributors"
    return lambda: setattr(course, "approval_policy", "all_external_contributors")


def an_environment_is_gone(github: GitHub, course: Repository) -> Undo:
    gone = course.environments.pop("aims-run")
    return lambda: course.environments.update({"aims-run": gone})


def models_are_deployed_from_anywhere(github: GitHub, course: Repository) -> Undo:
    found = course.environments["deploy"]
    policy, found.branch_policy = found.branch_policy, None
    return lambda: setattr(found, "branch_policy", policy)


def an_environment_admits_another_branch(github: GitHub, course: Repository) -> Undo:
    policies = course.environments["aims-score"].policies
    policies[1] = ("students/*", "branch")
    return lambda: policies.pop(1)


def an_environment_admits_every_branch(github: GitHub, course: Repository) -> Undo:
    found = course.environments["aims-score"]
    policy, found.branch_policy = found.branch_policy, None
    return lambda: setattr(found, "branch_policy", policy)


def a_secret_is_gone(github: GitHub, course: Repository) -> Undo:
    secrets: dict[str, Secret] = course.environments["aims-score"].vault.secrets
    gone = secrets.pop("AIMS_SCORE_KEY")
    return lambda: secrets.update(AIMS_SCORE_KEY=gone)


def a_key_is_another(github: GitHub, course: Repository) -> Undo:
    before = course.read("course.yml") or b""
    key = next(k.public for k in settings.keyring().files() if k.role == "score")
    github.commit(course, {"course.yml": before.replace(key.encode(), Key.new().public.encode())})
    return lambda: github.commit(course, {"course.yml": before})


def a_key_file_is_open(github: GitHub, course: Repository) -> Undo:
    file = next(k.path for k in settings.keyring().files() if k.role == "owner")
    file.chmod(0o644)
    return lambda: file.chmod(0o600)


def pages_are_off(github: GitHub, course: Repository) -> Undo:
    pages, course.pages = course.pages, None
    return lambda: setattr(course, "pages", pages)


def pages_come_from_a_branch(github: GitHub, course: Repository) -> Undo:
    assert course.pages
    course.pages.build_type = "legacy"
    return lambda: setattr(course.pages, "build_type", "workflow")


def main_is_not_protected(github: GitHub, course: Repository) -> Undo:
    rules = course.protection.pop("main")
    return lambda: course.protection.update(main=rules)


def a_workflow_is_disabled(github: GitHub, course: Repository) -> Undo:
    course.disabled_workflows.add(EVALUATE)
    return lambda: course.disabled_workflows.discard(EVALUATE)


def the_schedule_sleeps(github: GitHub, course: Repository) -> Undo:
    run = course.workflow_runs[-1]
    before, run.created = run.created, run.created - timedelta(days=70)
    return lambda: setattr(run, "created", before)


def the_last_run_failed(github: GitHub, course: Repository) -> Undo:
    ran(course, "workflow_dispatch", "failure")
    return course.workflow_runs.pop


def a_workflow_is_stale(github: GitHub, course: Repository) -> Undo:
    before = course.read(EVALUATE) or b""
    github.commit(course, {EVALUATE: before.replace(b"0123456789", b"9876543210")})
    return lambda: github.commit(course, {EVALUATE: before})


def changed_on_the_ledger(path: str, old: str, new: str) -> Callable[[GitHub, Repository], Undo]:
    def plant(github: GitHub, course: Repository) -> Undo:
        before = course.read(path, "refs/heads/ledger") or b""
        assert old.encode() in before
        after = before.replace(old.encode(), new.encode())
        github.commit(course, {path: after}, branch="ledger")
        return lambda: github.commit(course, {path: before}, branch="ledger")

    return plant


FAULTS: dict[str, tuple[Callable[[GitHub, Repository], Undo], str, str]] = {
    "actions": (actions_are_off, "GitHub Actions", "disabled"),
    "local": (actions_are_local, "GitHub Actions", "allow all"),
    "rights": (workflows_may_write, "workflow permissions", "read by default"),
    "outsiders": (
        workflows_of_outsiders_run,
        "workflows of outsiders",
        "all external contributors",
    ),
    "no environment": (an_environment_is_gone, "environment aims-run", "aims course new"),
    "deploy": (models_are_deployed_from_anywhere, "environment deploy", "any branch"),
    "branch": (an_environment_admits_another_branch, "environment aims-score", "students/*"),
    "branches": (an_environment_admits_every_branch, "environment aims-score", "any branch"),
    "secret": (a_secret_is_gone, "secret AIMS_SCORE_KEY", "aims course new prof/ml"),
    "key": (a_key_is_another, "score key", "not on this machine"),
    "open key": (a_key_file_is_open, "keyring", "chmod 600"),
    "no pages": (pages_are_off, "website", "off"),
    "pages": (pages_come_from_a_branch, "website", "not by workflow"),
    "protection": (main_is_not_protected, "protection of main", "rewritten or deleted"),
    "workflow": (a_workflow_is_disabled, "workflow evaluate.yml", "gh workflow enable"),
    "schedule": (the_schedule_sleeps, "schedule", "last ran on"),
    "run": (the_last_run_failed, "evaluation", "failure"),
    "stale": (a_workflow_is_stale, EVALUATE, "aims course upgrade prof/ml --write"),
    "board": (changed_on_the_ledger(BOARD, '"bob"', '"eve"'), "ledger of animals", "--repair"),
    "no board": (changed_on_the_ledger(BOARD, "{", "["), "ledger of animals", "--repair"),
    "number": (
        changed_on_the_ledger(FIRST, '"version": 1', '"version": 7'),
        "ledger of animals",
        "not version 1",
    ),
    "evaluation": (changed_on_the_ledger(FIRST, "{", "["), "ledger of animals", "not valid"),
}


def test_each_fault_is_found_and_no_other(github: GitHub, course: Repository) -> None:
    for name, (plant, what, words) in FAULTS.items():
        undo = plant(github, course)

        found = complaints()

        also = ["keys"] if name == "open key" else []  # none is read then
        assert list(found) == [what, *also], name
        assert words in found[what], name
        undo()
    assert complaints() == {}


def test_what_course_new_can_mend_it_mends(github: GitHub, course: Repository) -> None:
    mended = (
        "actions",
        "local",
        "rights",
        "outsiders",
        "no environment",
        "deploy",
        "branch",
        "branches",
        "secret",
    )
    for name in (*mended, "pages", "protection", "workflow"):
        FAULTS[name][0](github, course)

    assert run("course", "new", COURSE).exit_code == 0

    assert complaints() == {}


def test_a_board_that_is_wrong_is_derived_again(github: GitHub, course: Repository) -> None:
    before = course.read(BOARD, "refs/heads/ledger")
    FAULTS["board"][0](github, course)

    result = run("doctor", COURSE, "--repair")

    assert result.exit_code == 0, result.output
    assert course.read(BOARD, "refs/heads/ledger") == before


def test_who_does_not_own_the_course_is_told_so(
    github: GitHub, course: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(github, monkeypatch, "bob")

    found = complaints()

    assert "administer prof/ml" in found["token"]


def test_what_a_plan_does_not_have_is_not_wrong(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(github, monkeypatch, "prof")
    run("course", "new", COURSE, "--private")

    found = run_json("doctor", COURSE)

    unknown = {c["what"]: c["found"] for c in found["checks"] if c["state"] == "unknown"}
    assert found["wrong"] == 0
    assert set(unknown) == {"website", "protection of main", "schedule", "evaluation"}
    assert "plan" in unknown["website"]
    assert "plan" in unknown["protection of main"]


def test_a_course_that_is_not_there_is_one_line(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(github, monkeypatch, "prof")

    assert "aims course new prof/ml" in complaints()["repository"]


def test_without_a_token_the_doctor_says_how_to_sign_in(
    course: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")

    assert "gh auth login" in complaints()["token"]


def test_what_github_does_not_tell_is_not_wrong(github: GitHub, course: Repository) -> None:
    github.fail(operation="repos/get-pages", status=500, times=6)

    result = run("doctor", COURSE)

    assert result.exit_code == 0, result.output
    assert "? website" in result.stdout
    assert "1 could not be told" in result.stderr


def test_without_a_course_the_machine_is_looked_at() -> None:
    result = run("doctor")

    assert result.exit_code == 0
    assert "keyring" in result.stdout


# Status


def test_status_tells_what_is_open_what_ran_and_what_room_is_left(
    github: GitHub, course: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    github.limits.primary = True
    hand_in(github, monkeypatch, tmp_path, ANIMALS[::-1])

    found = run_json("status", COURSE)

    (proposal,) = found["proposals"]
    assert (proposal["author"], proposal["state"]) == ("bob", "queued")
    assert [(r["event"], r["conclusion"]) for r in found["runs"]] == [("schedule", "success")]
    assert (found["headroom"]["answered"], found["headroom"]["content_left"]) == (1, 498)
    assert 0 < found["headroom"]["requests"]["left"] < 5000
    shown = run("status", COURSE)
    assert "1 open, 1 of them for the next run" in shown.stdout


def test_what_a_run_left_open_waits(
    github: GitHub, course: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hand_in(github, monkeypatch, tmp_path, ANIMALS[::-1])
    ran(course, "schedule")
    course.workflow_runs[-1].created += timedelta(minutes=5)

    (proposal,) = run_json("status", COURSE)["proposals"]

    assert proposal["state"] == "waiting"


# Login


def test_login_says_who_and_from_where_and_never_the_token(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(github, monkeypatch, "alice")

    result = run("login", "--check")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("alice, by the variable GITHUB_TOKEN (classic token)")
    assert github.user("alice").token not in result.output
    assert github.user("alice").token not in run("login", "--json").output


def test_login_without_a_token_says_how(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(github, monkeypatch, "alice")
    monkeypatch.delenv("GITHUB_TOKEN")

    result = run("login")

    assert result.exit_code == 6
    assert "gh auth login" in result.stderr


def lacking(github: GitHub, monkeypatch: pytest.MonkeyPatch, token: str, *more: str) -> Any:
    sign_in(github, monkeypatch, "prof", token)
    return run_json("login", *more, "--check")


def test_login_checks_the_scopes_of_a_classic_token(
    github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lacking(github, monkeypatch, github.token("prof", scopes=["public_repo"]))

    assert found["to_take_part"] == []
    assert [lack["what"] for lack in found["to_own"]] == ["the scope workflow"]

    nothing = lacking(github, monkeypatch, github.token("prof", scopes=[]))
    assert [lack["what"] for lack in nothing["to_take_part"]] == ["the scope public_repo"]
    assert run("login", "--check").exit_code == 1


def test_login_checks_a_fine_grained_token_without_changing_anything(
    github: GitHub, course: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    permissions = {"contents": "write", "pull_requests": "write", "actions": "write"}
    start = len(course.activity)

    found = lacking(github, monkeypatch, github.token("prof", permissions=permissions), COURSE)

    assert found["to_take_part"] == []
    assert [lack["what"].split(" for ")[0] for lack in found["to_own"]] == [
        "the permission Administration: write",
        "the permission Environments: write",
        "the permission Pages: read and write",
    ]
    assert len(course.activity) == start
    sign_in(github, monkeypatch, "prof")
    assert complaints() == {}


# Upgrade


def test_an_upgrade_is_shown_and_written_only_when_asked_for(
    github: GitHub, course: Repository
) -> None:
    before = course.read(EVALUATE) or b""
    FAULTS["stale"][0](github, course)
    own = ".github/workflows/own.yml"
    github.commit(course, {own: "on: push\njobs: {}\n"})
    head = course.head()

    shown = run("course", "upgrade", COURSE)

    assert course.head() == head
    assert f"--- a/{EVALUATE}" in shown.stdout
    assert "+        uses: aims-gh/aims-gh/action@0123456789" in shown.stdout
    written = run("course", "upgrade", COURSE, "--write", "--json")
    assert json.loads(written.stdout)["commit"] == course.head()
    assert course.read(EVALUATE) == before
    assert course.read(own)
    again = run_json("course", "upgrade", COURSE, "--write")
    assert again == {"changes": [], "commit": None}
