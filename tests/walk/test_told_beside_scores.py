"""What the ledger and the website tell beside scores, and what nobody is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from test_secrets import everything_in
from walk_classroom import Classroom, aims, csv_of

from aims_gh import settings
from aims_gh.core.seal import open_sealed
from aims_gh.domain.evaluation import Evaluation
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.workspace import Workspace


def evaluation(classroom: Classroom, slug: str) -> Evaluation:
    with classroom.forge.tree("ledger") as ledger:
        return Workspace(ledger).evaluation(slug, 1)


def with_rounded_scores(classroom: Classroom) -> None:
    rules = {
        "title": "Rounded",
        "task_type": "classification",
        "input_type": "tabular",
        "competition": {"private_fraction": 0.5, "release": "rounded"},
    }
    labels = Source("y.csv", csv_of("y", classroom.truth["animals"]))
    draft = Draft(rules=rules, labels=labels)
    create_playground(classroom.forge, "rounded", draft, seed=3, templates=settings.templates())


def test_sums_over_the_public_rows_are_told_where_scores_are_exact_and_nowhere_else(
    classroom: Classroom, guesses: Callable[[int], list[str]], tmp_path: Path
) -> None:
    with_rounded_scores(classroom)
    said = guesses(1)
    truth = classroom.truth["animals"]
    classroom.submit("animals", "alice", said)
    classroom.submit("rounded", "alice", said)
    prices = np.round(np.array(classroom.truth["prices"]) + 100, 3)
    classroom.submit("prices", "alice", prices)

    heard = aims("--verbose", "evaluate", classroom.path)
    shown = aims("show", f"{classroom.path}/rounded", 1, "--json").stdout

    told = evaluation(classroom, "animals").summary
    assert told
    assert told.confusion
    assert told.rows == np.sum(told.confusion.counts) == evaluation(classroom, "animals").rows
    assert (
        np.trace(told.confusion.counts) / told.rows
        == (evaluation(classroom, "animals").scores["accuracy"])
    )
    assert sum(a == b for a, b in zip(truth, said, strict=True)) >= np.trace(told.confusion.counts)
    errors = evaluation(classroom, "prices").summary
    assert errors
    assert errors.residuals
    assert errors.residuals.mean == 100
    assert errors.residuals.deviation == 0
    assert evaluation(classroom, "rounded").summary is None
    assert json.loads(shown)["summary"] is None
    assert "counts" not in heard.stdout + heard.stderr + shown
    for place, content in everything_in(classroom, tmp_path / "none"):
        if b'"counts"' in content:
            assert b'"rounded"' not in content, place
    assert b"counts" not in opened(classroom, "rounded")


def opened(classroom: Classroom, slug: str) -> bytes:
    with classroom.forge.tree() as main:
        key = settings.keys().find(Workspace(main).course().keys.score)
    sealed = evaluation(classroom, slug).private
    assert key
    assert sealed
    return open_sealed(sealed.encode(), [key], name="scores")


def test_the_website_has_every_version_and_the_code_of_the_best(
    classroom: Classroom, guesses: Callable[[int], list[str]], tmp_path: Path
) -> None:
    code = b'{"cells": [{"cell_type": "code", "source": "fit()", "outputs": []}]}'
    large = b'{"cells": [], "more": "' + b"x" * 200_000 + b'"}'
    classroom.submit("animals", "alice", guesses(1), files={"code.ipynb": code})
    classroom.submit("animals", "bob", guesses(2), files={"code.ipynb": large})
    classroom.submit("animals", "carol", guesses(3), description="no code")
    aims("evaluate", classroom.path)

    aims("site", "build", classroom.path, "-o", tmp_path / "site")

    data = tmp_path / "site/data"
    versions = json.loads((data / "animals/versions/0.json").read_bytes())["versions"]
    told = {one["username"]: one for one in versions.values()}
    assert set(told) == {"alice", "bob", "carol"}
    assert told["carol"]["description"] == "no code"
    assert told["alice"]["summary"]["rows"] == 20
    assert not any("private" in one for one in versions.values())
    (shown,) = (data / "animals/code").iterdir()
    assert shown.stem == str(told["alice"]["version"])
    assert json.loads(shown.read_bytes())["files"][0]["cells"][0]["source"] == "fit()"
    assert set(json.loads((data / "users.json").read_bytes())["users"]) == set(told)
