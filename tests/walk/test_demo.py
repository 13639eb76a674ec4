"""`aims demo`, as a stranger runs it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from shared_demo import shared_demo
from sklearn import metrics as oracle
from walk_classroom import Classroom, aims

from aims_gh import settings
from aims_gh.core.holdout import truth_from_bytes
from aims_gh.core.seal import open_sealed
from aims_gh.workspace import Workspace


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made, folder = shared_demo(tmp_path_factory), tmp_path_factory.mktemp("stranger")
    shutil.copytree(made / "desk/aims-demo", folder / "aims-demo")
    shutil.copytree(made / "home/.config/aims-gh/keys", folder / "keys")
    shutil.copy(made / "said.txt", folder)
    return folder / "aims-demo"


@pytest.fixture(autouse=True)
def _where_the_demo_was_made(monkeypatch: pytest.MonkeyPatch, demo: Path) -> None:
    monkeypatch.setenv("AIMS_KEYS", str(demo.parent / "keys"))
    monkeypatch.chdir(demo.parent)


def rows_of(demo: Path, slug: str, *options: str) -> list[dict[str, object]]:
    done = aims("leaderboard", demo / "course" / slug, "--json", *options)
    value = json.loads(done.stdout)
    assert value["playground"] == slug
    return value["rows"]  # type: ignore[no-any-return]


def public_rows(demo: Path, slug: str) -> tuple[np.ndarray, np.ndarray]:
    """Open the holdout as its owner can: the answers of the public rows, and which they are."""
    with Classroom(demo / "course").forge.tree() as main:
        workspace = Workspace(main)
        key = settings.keys().find(workspace.course().keys.owners[0])
        playground = workspace.playground(slug)
        sealed = workspace.file(f"playgrounds/{slug}/holdout/labels.age")
    assert key is not None
    truth = truth_from_bytes(open_sealed(sealed, [key], name="labels"))
    answers = truth.answers
    if playground.labels:
        answers = np.array([str(label) for label in playground.labels])[answers]
    return answers[~truth.private], ~truth.private


def submitted(demo: Path, row: dict[str, object], slug: str) -> np.ndarray:
    path = f"submissions/{slug}/{row['username']}/{row['submission']}/predictions.csv"
    content = Classroom(demo / "course").git("cat-file", "blob", f"{row['head']}:{path}")
    lines = list(csv.reader(io.StringIO(content.decode())))[1:]
    return np.array([line[0] for line in lines])


def test_the_classification_board_has_scikit_learns_numbers(demo: Path) -> None:
    truth, public = public_rows(demo, "breast-cancer")

    rows = rows_of(demo, "breast-cancer")

    assert len(rows) == 5
    for row in rows:
        said = submitted(demo, row, "breast-cancer")[public]
        macro = {"average": "macro", "zero_division": 0}
        assert row["f1_score"] == pytest.approx(oracle.f1_score(truth, said, **macro), rel=1e-12)
        assert row["accuracy"] == pytest.approx(oracle.accuracy_score(truth, said), rel=1e-12)
        assert row["precision"] == pytest.approx(
            oracle.precision_score(truth, said, **macro), rel=1e-12
        )
        assert row["recall"] == pytest.approx(oracle.recall_score(truth, said, **macro), rel=1e-12)
        assert row["matthews_corrcoef"] == pytest.approx(
            oracle.matthews_corrcoef(truth, said), rel=1e-12
        )
    scores = [row["f1_score"] for row in rows]
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]


def test_the_regression_board_has_scikit_learns_numbers_smallest_error_first(demo: Path) -> None:
    truth, public = public_rows(demo, "diabetes")

    rows = rows_of(demo, "diabetes")

    assert len(rows) == 4
    for row in rows:
        said = submitted(demo, row, "diabetes")[public].astype(float)
        assert row["mse"] == pytest.approx(oracle.mean_squared_error(truth, said), rel=1e-12)
        assert row["rmse"] == pytest.approx(oracle.root_mean_squared_error(truth, said), rel=1e-12)
        assert row["mae"] == pytest.approx(oracle.mean_absolute_error(truth, said), rel=1e-12)
        assert row["r2"] == pytest.approx(oracle.r2_score(truth, said), rel=1e-12)
    errors = [row["rmse"] for row in rows]
    assert errors == sorted(errors)  # type: ignore[type-var]


def test_who_sent_a_row_too_few_was_told_so_and_who_sent_another_models_answers_is_marked(
    demo: Path,
) -> None:
    said = (demo.parent / "said.txt").read_text()
    rows = rows_of(demo, "breast-cancer")

    assert "predictions.csv has 199 rows, the holdout has 200" in said
    marked = [row for row in rows if row["reproduced"] is False]
    assert [(r["username"], r["model_type"]) for r in marked] == [
        ("bob", "HistGradientBoostingClassifier")
    ]
    assert all(row["reproduced"] for row in rows if row not in marked)


def test_at_least_six_submissions_of_four_people_went_through_proposals(demo: Path) -> None:
    proposals = Classroom(demo / "course").forge.proposals(state="all")

    assert len(proposals) == 10
    assert {p.author for p in proposals} == {"alice", "bob", "carol", "dave"}
    assert {p.state for p in proposals} == {"closed"}


def test_each_of_the_commands_to_try_next_works_as_printed(demo: Path) -> None:
    said = (demo.parent / "said.txt").read_text()
    block = said.split("try next:\n")[1].replace("\\\n", " ")
    commands = [line.split() for line in block.splitlines() if line.startswith("  ")][:5]

    assert [command[1] for command in commands] == [
        "leaderboard", "compare", "predict", "submit", "site",
    ]  # fmt: skip
    for command in commands[:4]:
        aims(*command[1:])
    rows = rows_of(demo, "breast-cancer")
    assert "me" in [row["username"] for row in rows]


def test_a_second_demo_does_not_destroy_the_first(demo: Path) -> None:
    before = Classroom(demo / "course").git("for-each-ref")

    done = aims("demo", "--no-serve", "--dir", demo, check=False)

    assert done.returncode == 1
    assert "--replace" in done.stderr
    assert Classroom(demo / "course").git("for-each-ref") == before


def test_a_folder_with_other_things_in_it_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    done = aims("demo", "--no-serve", "--replace", "--dir", tmp_path, check=False)

    assert done.returncode == 1
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_model_is_fetched_with_its_digest_and_answers_as_it_did(
    demo: Path, tmp_path: Path
) -> None:
    row = next(r for r in rows_of(demo, "breast-cancer") if r["reproduced"])
    address = demo / "course" / "breast-cancer"
    features = Classroom(demo / "course").git(
        "cat-file", "blob", "main:playgrounds/breast-cancer/data/features.csv"
    )
    (tmp_path / "rows.csv").write_bytes(features)

    aims("get", address, row["version"], "-o", tmp_path / "model.onnx")
    done = aims("predict", address, tmp_path / "rows.csv", "--version", row["version"], "--json")

    answers = [r["prediction"] for r in json.loads(done.stdout)["rows"]]
    assert answers == submitted(demo, row, "breast-cancer").tolist()
    inspected = json.loads(aims("inspect", tmp_path / "model.onnx", "--json").stdout)
    shown = json.loads(aims("show", address, row["version"], "--json").stdout)
    # How its numbers are read was seen on all rows; a file alone does not tell.
    assert shown["facts"]["reading"] in ("probabilities", "sorted")
    assert inspected == shown["facts"] | {"reading": None}
