"""Copies of a course in a folder: whoever has one can make it a course, with nobody's results."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from contest import contest
from walk_classroom import Classroom, csv_of

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.core.holdout import Truth, truth_from_bytes
from aims_gh.core.seal import open_sealed
from aims_gh.domain.address import Address
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.reseal import Answers, reseal
from aims_gh.flows.roster import read_roster
from aims_gh.flows.starter import Starter
from aims_gh.flows.submit import Parts, check, pack
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Workspace, labels_file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(aims, [str(a) for a in arguments])


def done(*arguments: object) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result


def git(repository: Path, *arguments: str, data: bytes = b"") -> bytes:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, input=data).stdout


def clone(course: Path, to: Path) -> Path:
    git(course, "clone", "--quiet", "--bare", str(course), str(to))
    return to


def objects(repository: Path) -> set[str]:
    """List every object that is kept, named by a ref or not."""
    told = git(
        repository, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered"
    )
    return set(told.decode().split())


def ids(listed: str) -> set[str]:
    return {line.split()[0] for line in listed.splitlines()}


def contents(repository: Path) -> bytes:
    command = ("cat-file", "--batch-all-objects", "--batch", "--unordered")
    return git(repository, *command) + b"".join(
        path.read_bytes() for path in repository.glob("*") if path.is_file()
    )


def evaluated(course: Path) -> list[str]:
    outcomes = evaluate(
        LocalForge.open(course),
        sandbox=settings.sandbox(),
        find_key=settings.keys().find,
        clock=settings.clock,
    )
    return [outcome.outcome for outcome in outcomes]


def truth_of(course: Path, slug: str) -> Truth:
    """Open the answers with the key that the course names itself."""
    with LocalForge.open(course).tree() as main:
        key = settings.keys().find(Workspace(main).course().keys.score)
        assert key is not None
        sealed = Workspace(main).file(labels_file(slug))
    return truth_from_bytes(open_sealed(sealed, [key], name=slug))


@pytest.fixture
def first(classroom: Classroom, tmp_path: Path) -> Classroom:
    """A course with a roster, grades and results."""
    students = tmp_path / "students.csv"
    students.write_text("login,name,email\nbertha,Bertha Blum,bb@uni.example\n")
    done("roster", "set", classroom.path, students, "--pseudonyms")
    classroom.submit("animals", "bertha", classroom.truth["animals"])
    assert evaluated(classroom.path) == ["scored"]
    done("grades", classroom.path, "--seal")
    return classroom


@pytest.fixture
def labels(first: Classroom, tmp_path: Path) -> Path:
    file = tmp_path / "y.csv"
    file.write_bytes(csv_of("y", first.truth["animals"]))
    return file


def become(monkeypatch: pytest.MonkeyPatch, name: str, folder: Path) -> None:
    """Sit down at another machine, which has other keys."""
    monkeypatch.setenv("AIMS_KEYS", str(folder / f"keys-of-{name}"))
    monkeypatch.setenv("AIMS_USER", name)


def test_a_clone_becomes_a_course_with_nothing_of_the_firsts_results_secrets_or_roster(
    first: Classroom, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = clone(first.path, tmp_path / "copy")
    secrets = [file.path.read_text() for file in settings.keyring().files()]
    become(monkeypatch, "carol", tmp_path)
    lost = run("doctor", copy)

    told = done("course", "adopt", copy, "--title", "Carol's class")

    assert f"aims course adopt {copy}" in lost.output
    assert "wait for their labels, and take nothing: animals, prices" in told.stderr
    assert f"aims playground reseal {copy}/animals" in told.stderr
    kept = contents(copy)
    for word in (
        b"bertha",
        b"Bertha",
        b"bb@uni",
        b"pseudonym",
        *(s.split()[-1].encode() for s in secrets),
    ):
        assert word not in kept
    start = git(first.path, "rev-list", "--max-parents=0", "ledger").decode().strip()
    every_ledger = git(first.path, "rev-list", "--objects", start).decode()
    results = git(first.path, "rev-list", "--objects", "ledger", "^main").decode()
    assert not objects(copy) & (ids(results) - ids(every_ledger))
    with LocalForge.open(copy).tree() as main:
        course = Workspace(main).course()
        assert course.owners == ("carol",)
        assert main.paths("playgrounds/animals/holdout") == []

    with pytest.raises(SubmissionError, match="waits for its labels"):
        check(
            LocalForge.open(copy),
            Address(str(copy), "animals"),
            pack("animals", Parts(None, labels.read_bytes()), now=settings.clock()),
            sandbox=settings.sandbox(),
            author="carol",
            now=settings.clock(),
        )
    done("playground", "reseal", f"{copy}/animals", "--labels", labels)
    done("submit", "--to", f"{copy}/animals", "--predictions", labels, "--as", "carol")
    assert evaluated(copy) == ["scored"]
    assert evaluated(copy) == []
    assert "aims playground reseal" in run("doctor", copy).output  # of the other playground
    before = git(copy, "rev-parse", "main", "ledger")
    done("course", "adopt", copy)
    assert git(copy, "rev-parse", "main", "ledger") == before


def test_what_may_be_no_copy_does_not_lose_its_results(
    first: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, "teacher", tmp_path)  # whose keys are on another machine
    before = git(first.path, "for-each-ref")

    refused = run("course", "adopt", first.path)

    assert refused.exit_code == 3
    assert "it may be no copy" in refused.stderr
    assert git(first.path, "for-each-ref") == before
    assert settings.keyring().files() == []


def test_an_owner_who_has_the_keys_gets_the_answers_sealed_again_with_the_same_private_part(
    first: Classroom, labels: Path, tmp_path: Path
) -> None:
    copy = clone(first.path, tmp_path / "copy")
    before = truth_of(first.path, "animals")

    told = done("course", "adopt", copy, "--owner", "teacher")
    settings.keyring().remove(course=str(first.path))

    assert "answers sealed to its own keys: animals, prices" in told.stderr
    after = truth_of(copy, "animals")
    assert np.array_equal(before.answers, after.answers)
    assert np.array_equal(before.private, after.private)
    done("submit", "--to", f"{copy}/animals", "--predictions", labels, "--as", "teacher")
    assert evaluated(copy) == ["scored"]


def test_a_fork_of_a_fork_is_a_course_too_and_takes_improvements_over(
    first: Classroom, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, third = clone(first.path, tmp_path / "second"), tmp_path / "third"
    become(monkeypatch, "carol", tmp_path)
    done("course", "adopt", second)
    become(monkeypatch, "dora", tmp_path)

    made = done("course", "new", third, "--from", second, "--title", "Third")

    assert f"made of {second}" in made.stderr
    assert len(git(third, "log", "--format=%h", "main").split()) == 1
    assert not objects(third) & {git(first.path, "rev-parse", "ledger").decode().strip()}
    done("playground", "reseal", f"{third}/animals", "--labels", labels)
    done("submit", "--to", f"{third}/animals", "--predictions", labels, "--as", "dora")
    assert evaluated(third) == ["scored"]
    scores = git(third, "rev-parse", "ledger")

    work = tmp_path / "work"
    git(second, "clone", "--quiet", str(second), str(work))
    readme = work / "playgrounds/animals/README.md"
    readme.write_text(f"{readme.read_text()}\nMind the emus.\n")
    git(work, "commit", "--quiet", "--all", "--message", "Warn of emus")
    git(work, "push", "--quiet", "origin", "main")
    shown = done("course", "update", third)
    assert "+Mind the emus." in shown.stdout
    assert "proposal 2" in shown.stderr
    assert b"emus." in git(third, "show", "refs/pull/2/head:playgrounds/animals/README.md")
    assert b"emus." not in git(third, "show", "main:playgrounds/animals/README.md")
    assert evaluated(third) == []  # it is for people to decide
    done("course", "update", third, "--apply")
    assert b"emus." in git(third, "show", "main:playgrounds/animals/README.md")
    assert "nothing new" in done("course", "update", third).stderr
    assert git(third, "rev-parse", "ledger") == scores


def commit(repository: Path, work: Path, files: dict[str, str | None]) -> None:
    """Change files as somebody who has a checkout."""
    git(repository, "clone", "--quiet", str(repository), str(work))
    for name, text in files.items():
        path = work / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "Change")
    git(work, "push", "--quiet", "origin", "HEAD:main")


def test_an_update_keeps_what_both_changed_and_never_what_belongs_to_the_answers(
    classroom: Classroom, tmp_path: Path
) -> None:
    forge, features = classroom.forge, csv_of("x", range(40))
    draft = Draft(
        rules={"title": "Birds", "task_type": "classification", "input_type": "tabular"},
        labels=Source("y.csv", csv_of("y", classroom.truth["animals"])),
        features=Source("x.csv", features),
        train=Source("t.csv", b"x,y\n41,cat\n42,dog\n"),
        readme="one\n\ntwo\n\nthree\n",
    )
    starter = Starter(Address(str(classroom.path), "birds"), print)
    create_playground(
        forge, "birds", draft, seed=3, templates=settings.templates(), starter=starter
    )
    copy = tmp_path / "copy"
    done("course", "new", copy, "--from", classroom.path, "--owner", "carol")
    birds = "playgrounds/birds"
    rules = git(classroom.path, "show", f"main:{birds}/playground.yml").decode()
    commit(
        classroom.path,
        tmp_path / "theirs",
        {
            f"{birds}/README.md": "one\n\ntwo\n\nthree, theirs\n",
            f"{birds}/code/hints.py": "theirs = 1\n",
            f"{birds}/playground.yml": rules.replace("title: Birds", "title: Their birds").replace(
                "metrics:", "description: New.\nmetrics:"
            ),
            f"{birds}/data/features.csv": "x\n" + "9\n" * 40,
            "playgrounds/prices/README.md": "theirs\n",
        },
    )
    own = git(copy, "show", f"main:{birds}/playground.yml").decode()
    commit(
        copy,
        tmp_path / "ours",
        {
            f"{birds}/README.md": "one, ours\n\ntwo\n\nthree\n",
            f"{birds}/playground.yml": f"# ours\n{own.replace('title: Birds', 'title: Our birds')}",
            "playgrounds/prices/README.md": "ours\n",
            "playgrounds/animals/playground.yml": None,
            "playgrounds/animals/README.md": None,
            "playgrounds/animals/holdout/labels.age": None,
        },
    )
    holdout = git(copy, "rev-parse", f"main:{birds}/holdout")
    before = git(copy, "show", f"main:{birds}/code/starter.ipynb").decode()

    shown = done("course", "update", copy, "--apply")

    def now(path: str) -> str:
        return git(copy, "show", f"main:{path}").decode()

    assert now(f"{birds}/README.md") == "one, ours\n\ntwo\n\nthree, theirs\n"
    assert now(f"{birds}/code/hints.py") == "theirs = 1\n"
    assert "ADDRESS = './copy/birds'" in before
    assert str(tmp_path) not in before
    first, *others = json.loads(now(f"{birds}/code/starter.ipynb"))["cells"]
    assert "".join(first["source"]).startswith("# Our birds\n\nNew.\n\nThis notebook")
    assert others == json.loads(before)["cells"][1:]
    assert now("playgrounds/prices/README.md") == "ours\n"
    assert "# ours\n" in now(f"{birds}/playground.yml")
    assert "title: Our birds\n" in now(f"{birds}/playground.yml")
    assert "description: New." in now(f"{birds}/playground.yml")
    assert now(f"{birds}/data/features.csv").encode() == features
    assert git(copy, "rev-parse", f"main:{birds}/holdout") == holdout
    with LocalForge.open(copy).tree() as main:
        assert Workspace(main).slugs() == ["birds", "prices"]
        assert Workspace(main).playground("birds").title == "Our birds"
    assert "both courses changed playgrounds/prices/README.md; yours stays" in shown.stderr
    assert "both courses changed playgrounds/birds/playground.yml: title" in shown.stderr
    assert "+title: Their birds" in shown.stdout
    assert "<<<<" not in contents(copy).decode(errors="replace")
    message = git(copy, "log", "-1", "--format=%B", "main").decode()
    assert "ours stay as they are:\n- playgrounds/birds/playground.yml: title" in message


def test_hidden_features_and_invited_people_do_not_come_along(
    classroom: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = {"title": "Secret", "task_type": "classification", "input_type": "tabular"}
    rules |= {"features": "hidden", "evaluation": "model", "visibility": "private"}
    draft = Draft(
        rules=rules | {"participants": ["bertha"]},
        labels=Source("y.csv", csv_of("y", classroom.truth["animals"])),
        features=Source("x.csv", csv_of("x", range(40))),
    )
    create_playground(classroom.forge, "secret", draft, seed=3, templates=settings.templates())
    people = {"playgrounds/secret/teams.yml": "teams: {us: [bertha]}\n"}
    people |= {"playgrounds/secret/extensions.yml": "participants: {}\n"}
    people |= {"playgrounds/secret/holdout/other.age": "sealed to somebody else"}
    commit(classroom.path, tmp_path / "work", {**people})
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"

    done("course", "new", mine, "--from", classroom.path, "--owner", "teacher")
    become(monkeypatch, "carol", tmp_path)
    done("course", "new", theirs, "--from", classroom.path)

    with LocalForge.open(mine).tree() as main:
        sealed = Workspace(main).playground("secret")
        assert main.read("playgrounds/secret/holdout/features.age")
        assert sealed.participants == ("teacher",)
        assert not [path for path in people if main.read(path)]
        assert sealed.data.features is not None
        assert sealed.data.features.sha256 == sealed.holdout.features_sha256
    with LocalForge.open(theirs).tree() as main:
        waits = Workspace(main).playground("secret")
        assert main.paths("playgrounds/secret/holdout") == []
        assert (waits.waits_for_labels, waits.participants) == (True, ("carol",))
        assert waits.data.features is None
    answers = tmp_path / "answers.csv"
    answers.write_bytes(csv_of("y", classroom.truth["animals"]))
    refused = run("playground", "reseal", f"{theirs}/secret", "--labels", answers)
    assert "hand them over too: --features" in refused.stderr
    rows = tmp_path / "rows.csv"
    rows.write_bytes(csv_of("x", range(100, 140)))
    options = ("--labels", answers, "--features", rows)
    done("playground", "reseal", f"{theirs}/secret", *options)
    with LocalForge.open(theirs).tree() as main:
        assert not Workspace(main).playground("secret").waits_for_labels
        assert main.read("playgrounds/secret/holdout/features.age")
    assert rows.read_bytes() not in contents(theirs)


def test_corrected_labels_keep_the_private_part_where_versions_were_scored(
    first: Classroom, tmp_path: Path
) -> None:
    before = truth_of(first.path, "animals")
    values = [*first.truth["animals"][:-1], "emu"]
    given = Answers(Source("y.csv", csv_of("y", values)))

    def again(answers: Answers, seed: int) -> None:
        reseal(
            first.forge, "animals", answers, by="teacher", seed=seed, find_key=settings.keys().find
        )

    file = tmp_path / "corrected.csv"
    file.write_bytes(given.labels.content)
    where = first.address("animals")
    told = done("playground", "reseal", where, "--labels", file)
    assert f"1 version keeps its old score; next: aims rescore {where}" in told.stderr
    assert np.array_equal(truth_of(first.path, "animals").private, before.private)
    with pytest.raises(CourseError, match="were scored on 40 rows, these are 39"):
        again(Answers(Source("y.csv", csv_of("y", values[1:]))), seed=12)

    with first.forge.tree("ledger") as ledger:
        assert Workspace(ledger).leaderboard("animals") is not None
    fresh = truth_of(first.path, "prices")
    prices = Answers(Source("y.csv", csv_of("y", [round(v, 3) for v in fresh.answers])))
    reseal(first.forge, "prices", prices, by="teacher", seed=13, find_key=settings.keys().find)
    assert not np.array_equal(truth_of(first.path, "prices").private, fresh.private)


def test_a_deadline_that_came_along_and_has_passed_is_told(tmp_path: Path) -> None:
    birds = contest(tmp_path / "first")
    birds.rules(opens="2020-01-01T00:00:00Z", closes="2020-02-01T00:00:00Z")
    labels, copy = tmp_path / "y.csv", tmp_path / "copy"
    labels.write_bytes(csv_of("y", birds.truth))

    made = done("course", "new", copy, "--from", birds.forge.name)
    adopted = done("course", "adopt", clone(tmp_path / "first", tmp_path / "clone"))
    resealed = done("playground", "reseal", copy / "birds", "--labels", labels)
    looked = done("doctor", copy)

    closed = "birds is closed since 2020-02-01 00:00 UTC: set competition.closes in playgrounds/"
    assert all(closed in told.stderr for told in (made, adopted, resealed))
    assert "deadline of birds  was 2020-02-01 00:00 UTC, and nothing was ever" in looked.stdout


def test_the_roster_is_for_its_owners_machine_alone(
    first: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bertha,) = read_roster(first.forge, find_key=settings.keys().find).students
    assert bertha.name == "Bertha Blum"
    everything = contents(first.path)
    assert b"Bertha" not in everything
    assert b"bb@uni" not in everything

    become(monkeypatch, "carol", tmp_path)
    refused = run("roster", "show", first.path)

    assert refused.exit_code == 5
    assert "no owner's key" in refused.stderr
