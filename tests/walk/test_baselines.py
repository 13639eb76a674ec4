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
from aims_gh.forge import MAIN, Change
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Tree


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
        assert "starter notebook: playgrounds/toy/code/starter.ipynb in the course" in made.stderr
        bare = run("playground", "create", folder / "ml/bare", *task)
        assert bare.exit_code == 0, bare.output
        assert "no starter notebook: bare has no public training data" in bare.stderr
        two = frame[:100].rename(columns={"answer": "one"}).assign(other="no")
        two.to_csv(folder / "two.csv", index=False)
        files = (*data[:2], "--train", folder / "two.csv")
        unsure = run("playground", "create", folder / "ml/unsure", *task, *files)
        assert unsure.exit_code == 0, unsure.output
        later = f"aims playground starter {folder}/ml/unsure"
        told = f"the answers (later: {later}; say it with --label-column NAME, of one, other)"
        assert told in unsure.stderr
        plain = run("playground", "create", folder / "ml/plain", *task, *data, "--no-starter")
        assert plain.exit_code == 0, plain.output
        odd = run("playground", "create", folder / "ml/odd", *task[:2], *odd_files(folder))
        assert odd.exit_code == 0, odd.output
        assert "starter notebook: playgrounds/odd" in odd.stderr
    return folder


def odd_files(folder: Path) -> tuple[object, ...]:
    """Write a playground's files in which pandas alone sees other things than the evaluator."""
    header, rows = "code,flag,level,remark,nothing", []
    for number in range(90):
        level = ("NA", "nan", "")[number % 3] if number % 7 == 0 else number / 10
        remark = ("NA", "", "null", "true")[number % 4]
        rows.append(f"0{number % 3},{number % 2 == 0},{level},{remark},")
    answers = [("None", "007", "010")[number % 3] for number in range(90)]
    train = [f"{row},{answer}" for row, answer in zip(rows, answers, strict=True)]
    train[5] = f"{rows[5]},"
    for name, lines in (
        ("train", [f"{header},answer", *train[:60]]),
        ("x", [header, *rows[60:]]),
        ("y", ["answer", *answers[60:]]),
    ):
        (folder / f"odd-{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = ("--labels", "odd-y.csv"), ("--features", "odd-x.csv"), ("--train", "odd-train.csv")
    return tuple(part for option, name in files for part in (option, folder / name))


@pytest.fixture(autouse=True)
def at_the_desk(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMS_KEYS", str(desk / "keys"))
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
    odd = run("baseline", "ml/odd", "--only", "linear")

    assert result.exit_code == odd.exit_code == 0, result.output + odd.output
    told = json.loads(result.stdout)["baselines"]
    assert [each["kind"] for each in told] == ["majority", "linear"]
    assert drain(desk / "ml") == [("scored", None)] * 3
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


def test_who_is_in_another_folder_is_told_so_before_a_course_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = run("leaderboard", "./ml/toy")

    assert "ml is not a course" in result.stderr
    assert f"do this in the folder that holds ml, which {tmp_path} is not; or" in result.stderr


@pytest.mark.parametrize("slug", ["toy", "odd"])
def test_the_starter_notebook_runs_as_it_stands(
    desk: Path, slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMS_USER", "student")
    written = run("playground", "starter", f"ml/{slug}", "-o", "starter.ipynb")
    kept = run("playground", "starter", f"ml/{slug}")

    assert (written.exit_code, kept.exit_code) == (0, 0)
    content = (desk / "starter.ipynb").read_bytes()
    with LocalForge.open(desk / "ml").tree() as main:
        assert main.read(f"playgrounds/{slug}/code/starter.ipynb") == content
    assert f"ADDRESS = './ml/{slug}'" in content.decode()
    cells = [c for c in json.loads(content)["cells"] if c["cell_type"] == "code"]
    names: dict[str, object] = {}
    for cell in cells:
        exec(compile("".join(cell["source"]), "starter", "exec"), names)
    board = names["playground"].get_leaderboard()  # type: ignore[attr-defined]
    mine = board[board.username == "student"]
    assert mine.tags.tolist() == [["starter"]]
    assert mine.accuracy.item() > 0.8


def notebook_of(course: Path, slug: str) -> str | None:
    with LocalForge.open(course).tree() as main:
        content = main.read(f"playgrounds/{slug}/code/starter.ipynb")
    return content and content.decode()


def test_a_starter_notebook_follows_its_playground_until_somebody_changes_it(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "keys"))
    frame = pd.read_csv(desk / "train.csv").rename(columns={"answer": "verdict"})
    frame.to_csv(tmp_path / "train.csv", index=False)
    labels, train = ("--labels", desk / "y.csv"), ("--train", tmp_path / "train.csv")
    monkeypatch.chdir(tmp_path)

    copied = run("course", "new", "copy", "--from", desk / "ml", "--owner", "bob")
    moved, none = notebook_of(tmp_path / "copy", "toy"), notebook_of(tmp_path / "copy", "plain")
    resealed = run("playground", "reseal", "copy/toy", *labels, *train)
    renewed = notebook_of(tmp_path / "copy", "toy")
    first = run("playground", "reseal", "copy/plain", *labels)

    assert copied.exit_code == resealed.exit_code == first.exit_code == 0, copied.output
    assert moved and renewed
    assert "ADDRESS = './copy/toy'" in moved
    assert str(desk) not in moved
    assert renewed == moved.replace("LABEL = 'answer'", "LABEL = 'verdict'").replace(
        moved.partition('"sha256": ')[2][:66], renewed.partition('"sha256": ')[2][:66]
    ).replace('"label": "answer"', '"label": "verdict"')
    assert none is None
    assert "starter notebook: playgrounds/plain/code/starter.ipynb" in first.stderr
    assert "ADDRESS = './copy/plain'" in (notebook_of(tmp_path / "copy", "plain") or "")

    def edit(tree: Tree) -> Change:
        content = renewed.replace("max_iter=1000", "max_iter=9")
        return Change("Edit", {"playgrounds/toy/code/starter.ipynb": content.encode()})

    LocalForge.open(tmp_path / "copy").record(edit, branch=MAIN)
    again = run("playground", "reseal", "copy/toy", *labels, "--train", desk / "train.csv")
    refused = run("playground", "starter", "copy/toy")

    assert (again.exit_code, refused.exit_code) == (0, 3)
    assert "was changed by hand: it is left as it is" in refused.stderr
    assert "max_iter=9)" in (notebook_of(tmp_path / "copy", "toy") or "")
    assert "LABEL = 'verdict'" in (notebook_of(tmp_path / "copy", "toy") or "")
