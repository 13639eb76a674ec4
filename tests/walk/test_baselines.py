"""Baselines and the starter notebook of a playground, made and run for real."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.domain.address import Address
from aims_gh.errors import SubmissionError
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.read import read_board
from aims_gh.flows.submit import Parts, check, pack, submit
from aims_gh.forge.local import LocalForge


def run(*arguments: object) -> Result:
    return CliRunner().invoke(aims, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a playground of numbers, gaps and categories, and one with labels alone."""
    folder = tmp_path_factory.mktemp("desk")
    random = np.random.default_rng(1)
    number, kind = random.normal(size=150).round(4), random.choice(["x", "y", "z"], 150)
    answers = np.where(number + (kind == "x") > 0.3, "yes", "no")
    frame = pd.DataFrame({"number": number, "kind": kind, "answer": answers})
    frame.loc[3, "number"] = np.nan
    frame[:100].to_csv(folder / "train.csv", index=False)
    frame[100:][["number", "kind"]].to_csv(folder / "x.csv", index=False)
    frame[100:][["answer"]].to_csv(folder / "y.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIMS_KEYS", str(folder / "keys"))
        assert run("course", "new", folder / "ml", "--owner", "prof").exit_code == 0
        task = ("--task", "classification", "--labels", folder / "y.csv")
        data = ("--features", folder / "x.csv", "--train", folder / "train.csv")
        made = run("playground", "create", folder / "ml/toy", *task, *data)
        assert made.exit_code == 0, made.output
        assert run("playground", "create", folder / "ml/bare", *task).exit_code == 0
    return folder


@pytest.fixture(autouse=True)
def at_the_desk(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMS_KEYS", str(desk / "keys"))
    monkeypatch.setenv("AIMS_USER", "student")
    monkeypatch.setenv("AIMS_PROGRESS", "off")
    monkeypatch.chdir(desk)


def drain(course: Path) -> list[tuple[str, str | None]]:
    outcomes = evaluate(
        LocalForge.open(course),
        sandbox=settings.sandbox(),
        find_key=settings.keys().find,
        clock=settings.clock,
    )
    return [(outcome.outcome, outcome.reason) for outcome in outcomes]


def test_baselines_are_trained_submitted_and_marked(desk: Path) -> None:
    result = run("baseline", "ml/toy", "--only", "linear,majority", "--json")

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["baselines"]
    assert [each["kind"] for each in told] == ["majority", "linear"]
    assert drain(desk / "ml") == [("scored", None)] * 2
    board = read_board(LocalForge.open(desk / "ml"), Address("ml", "toy"), "experiment").board
    rows = {row["model_type"]: row for row in board.rows()}
    assert set(rows) == {"LogisticRegression", "DummyClassifier"}
    for row in rows.values():
        assert (row["username"], row["marks"], row["reproduced"]) == ("prof", ["baseline"], True)
    assert rows["LogisticRegression"]["accuracy"] > 0.8 > rows["DummyClassifier"]["accuracy"]


def test_nobody_but_an_owner_can_have_a_baseline(desk: Path) -> None:
    forge, where = LocalForge.open(desk / "ml"), Address("ml", "toy")
    parts = Parts(None, (desk / "y.csv").read_bytes(), baseline=True)
    packed = pack("toy", parts, now=settings.clock())

    with pytest.raises(SubmissionError, match="student is no owner of the course"):
        check(
            forge,
            where,
            packed,
            sandbox=settings.sandbox(),
            author="student",
            now=settings.clock(),
        )
    submit(forge, where, packed, author="student")

    ((outcome, reason),) = drain(desk / "ml")
    assert outcome == "refused"
    assert "student is no owner of the course" in (reason or "")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("baseline", "ml/bare"), "bare has no public training data"),
        (("playground", "starter", "ml/bare"), "bare has no public training data"),
        (("baseline", "ml/toy", "--only", "mean"), "there is no baseline mean for classification"),
        (("baseline", "ml/toy", "--label-column", "none"), "which column holds the answers"),
    ],
)
def test_what_cannot_be_trained_is_told(command: tuple[str, ...], why: str) -> None:
    result = run(*command)

    assert result.exit_code == 3
    assert why in result.stderr


def test_the_starter_notebook_runs_as_it_stands(desk: Path) -> None:
    written = run("playground", "starter", "ml/toy", "-o", "starter.ipynb")
    kept = run("playground", "starter", "ml/toy")

    assert (written.exit_code, kept.exit_code) == (0, 0)
    content = (desk / "starter.ipynb").read_bytes()
    with LocalForge.open(desk / "ml").tree() as main:
        assert main.read("playgrounds/toy/code/starter.ipynb") == content
    cells = [c for c in json.loads(content)["cells"] if c["cell_type"] == "code"]
    names: dict[str, object] = {}
    for cell in cells:
        exec(compile("".join(cell["source"]), "starter", "exec"), names)
    board = names["playground"].get_leaderboard()  # type: ignore[attr-defined]
    mine = board[board.username == "student"]
    assert mine.tags.tolist() == [["starter"]]
    assert mine.accuracy.item() > 0.8
