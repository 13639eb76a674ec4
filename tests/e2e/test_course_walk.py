"""A course's own workflows: from a pull request to a score, a comment and a page."""

from __future__ import annotations

from pathlib import Path

from e2e_course import ANIMALS, board, hand_in, make_course, ran, told_by
from loopback.actions import Actions
from loopback.github import GitHub


def test_a_submission_is_woken_run_scored_recorded_answered_and_shown(
    github: GitHub, actions: Actions, tmp_path: Path
) -> None:
    repository = make_course(github)
    actions.queue.clear()  # the website before anybody submits: another test's matter
    good = hand_in(github, "alice", ANIMALS)
    bad = hand_in(github, "bob", ANIMALS[:-1])

    runs = actions.drain()

    assert ran(runs) == [
        ("wake.yml", "pull_request_target", "success"),
        ("evaluate.yml", "workflow_dispatch", "success"),
        ("publish.yml", "workflow_dispatch", "success"),
    ], told_by(runs)
    assert (board(repository)["username"], board(repository)["accuracy"]) == (["alice"], [1.0])
    assert [repository.pulls[n].state for n in (good, bad)] == ["closed", "closed"]
    assert [repository.labels(n) for n in (good, bad)] == [["scored"], ["refused"]]
    assert [len(repository.comments(n)) for n in (good, bad)] == [1, 1]
    assert repository.pages is not None
    shown = repository.pages.root / "playgrounds/animals/leaderboard/index.html"
    assert "alice" in shown.read_text()

    evaluate = runs[1]
    assert evaluate.jobs["run"].secrets == {"AIMS_RUN_KEY", "GITHUB_TOKEN"}
    assert evaluate.jobs["score"].secrets == {"AIMS_SCORE_KEY", "GITHUB_TOKEN"}
    assert all(job.secrets <= {"GITHUB_TOKEN"} for job in runs[2].jobs.values())


def test_with_nothing_open_the_schedule_ends_after_a_look(
    github: GitHub, actions: Actions, tmp_path: Path
) -> None:
    make_course(github)
    actions.queue.clear()
    actions.tick("owner/course", "evaluate.yml")

    (run,) = actions.drain()

    assert run.conclusion == "success", run.log
    assert {name: job.conclusion for name, job in run.jobs.items()} == {
        "run": "success",
        "score": "skipped",
    }
    assert run.jobs["run"].outputs == {"taken": "0", "more": "false", "due": "false"}


def test_what_could_not_be_taken_at_once_is_taken_by_a_run_that_follows(
    github: GitHub, actions: Actions, tmp_path: Path
) -> None:
    repository = make_course(github, limits={"total": 1})
    actions.queue.clear()
    first, second = (hand_in(github, "bob", values) for values in (ANIMALS, ANIMALS[::-1]))

    runs = actions.drain()

    assert [run.workflow for run in runs] == [
        "wake.yml",
        "evaluate.yml",
        "publish.yml",
        "evaluate.yml",
    ], told_by(runs)
    assert [run.jobs["run"].outputs["more"] for run in runs if "run" in run.jobs] == [
        "true",
        "false",
    ]
    assert [repository.labels(n) for n in (first, second)] == [["scored"], ["refused"]]
