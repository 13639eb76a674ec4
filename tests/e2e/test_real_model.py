"""From an empty GitHub to a page with somebody's model on it, as people do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from e2e_clients import COURSE
from e2e_course import ran, told_by
from e2e_owner import run, sign_in
from e2e_steps import evaluations
from loopback.actions import Actions
from loopback.github import GitHub

from aims_gh import ModelPlayground

PLAYGROUND = f"{COURSE}/penguins"


def penguins(seed: int, rows: int) -> tuple[Any, Any]:
    """Make birds whose kind can be learned from their measures."""
    random = np.random.default_rng(seed)
    kinds = random.choice(["adelie", "chinstrap", "gentoo"], rows)
    middle = {"adelie": (38.8, 190.0), "chinstrap": (48.8, 196.0), "gentoo": (47.5, 217.0)}
    measures = np.array([middle[kind] for kind in kinds]) + random.normal(0, 1.5, (rows, 2))
    return pd.DataFrame(measures, columns=["bill_mm", "flipper_mm"]), pd.Series(kinds, name="kind")


def fitted() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, kinds = penguins(1, 200)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(features, kinds)


def test_a_course_is_started_and_a_fitted_pipeline_is_scored_and_shown(
    github: GitHub, actions: Actions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AIMS_PROGRESS", "off")
    features, kinds = penguins(2, 60)
    features.to_csv("x.csv", index=False)
    kinds.to_frame().to_csv("y.csv", index=False)

    # The owner: a course, a playground, its website
    sign_in(github, monkeypatch, "owner")
    done = run("course", "new", COURSE, "--title", "Birds & bees")
    assert done.exit_code == 0, done.output
    task = ("--task", "classification", "--labels", "y.csv", "--features", "x.csv")
    made = run("playground", "create", PLAYGROUND, *task)
    assert made.exit_code == 0, made.output

    course = github.repository(COURSE)
    assert ran(runs := actions.drain()) == [("publish.yml", "push", "success")], told_by(runs)
    assert course.pages is not None
    assert len(course.pages.deployments) == 1
    assert "Birds &amp; bees" in (course.pages.root / "index.html").read_text()
    page = course.pages.root / "playgrounds/penguins/leaderboard/index.html"
    assert "alice" not in page.read_text()
    assert next(iter(course.git.tree("ledger", recursive=True))).path == "README.md"

    # A participant, on another machine: no key, no git, a fork
    sign_in(github, monkeypatch, "alice")
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "alice"))
    pipeline = fitted()
    playground = ModelPlayground(playground_url=PLAYGROUND)
    submitted = playground.submit_model(
        pipeline, prediction_submission=pipeline.predict(features), custom_metadata={"team": "a"}
    )
    number = submitted.proposal
    assert (number, course.pulls[number].head_owner) == (1, "alice")

    # What follows, follows by itself
    assert ran(runs := actions.drain()) == [
        ("wake.yml", "pull_request_target", "success"),
        ("evaluate.yml", "workflow_dispatch", "success"),
        ("publish.yml", "workflow_dispatch", "success"),
    ], told_by(runs)
    (evaluation,) = evaluations(course, "penguins")
    accuracy = evaluation["scores"]["accuracy"]
    assert accuracy > 0.9
    assert (evaluation["username"], evaluation["head"]) == ("alice", course.pulls[1].head_sha)
    assert evaluation["reproduction"]["matching"] == 60
    (comment,) = course.comments(number)
    assert f"| accuracy (ranks) | {accuracy:.6g} |" in comment
    assert "reproduces the predictions (60 of 60 rows)" in comment
    assert (course.pulls[number].state, course.labels(number)) == ("closed", ["scored"])
    assert course.head("ledger") != course.head()
    assert len(course.pages.deployments) == 2
    assert "alice" in page.read_text()

    # Anybody, without a token
    monkeypatch.delenv("GITHUB_TOKEN")
    board = ModelPlayground(playground_url=PLAYGROUND).get_leaderboard()
    assert (list(board["username"]), list(board["accuracy"])) == (["alice"], [accuracy])
    assert list(board["team"]) == ["a"]
