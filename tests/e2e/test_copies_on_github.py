"""Copies on GitHub: by its button, of a template, by command, of a copy; each becomes a course."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from e2e_clients import COURSE
from e2e_course import ANIMALS, csv_of, hand_in, make_course, packed
from e2e_owner import run, sign_in
from e2e_steps import Jobs, evaluations
from github_forges import forge_of
from loopback.github import GitHub, Repository

from aims_gh import settings
from aims_gh.action import main
from aims_gh.core.seal import Key
from aims_gh.domain.address import Address
from aims_gh.domain.course import Course
from aims_gh.flows.submit import submit


@pytest.fixture
def first(github: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Repository:
    """A course with a result and a roster."""
    course = make_course(github)
    sign_in(github, monkeypatch, "owner")
    students = tmp_path / "students.csv"
    students.write_text("login,name\nbertha,Bertha Blum\nbob,Bob\n")
    said = run("roster", "set", COURSE, students, "--pseudonyms")
    assert "the repository is public, so its pull requests name everybody" in said.stderr
    hand_in(github, "bertha", ANIMALS)
    assert [o.outcome for o in Jobs(github, tmp_path / "jobs").evaluate()] == ["scored"]
    return course


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "y.csv"
    file.write_bytes(csv_of("animal", ANIMALS))
    return file


def become(github: GitHub, monkeypatch: pytest.MonkeyPatch, login: str, folder: Path) -> None:
    """Sit down at another machine, which has other keys."""
    sign_in(github, monkeypatch, login)
    monkeypatch.setenv("AIMS_KEYS", str(folder / f"keys-of-{login}"))


def step(name: str, course: str, folder: Path, key: Key | None = None) -> tuple[Result, str]:
    """Do a job's step, as the Action does; give what its summary says too."""
    summary = folder / "summary.md"
    summary.write_text("")
    environment = {
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_ACTIONS": "true",
        "AIMS_KEYS": str(folder / "none"),
        "AIMS_RUN_KEY": key.secret if key else "",
    }
    options = ["--course", course, "--folder", str(folder / "out")]
    result = CliRunner(env=environment).invoke(main, [name, *options])
    return result, summary.read_text()


def files_of(repository: Repository, *branches: str) -> dict[str, bytes]:
    found = {}
    for branch in branches:
        for entry in repository.git.tree(f"refs/heads/{branch}", recursive=True):
            if entry.kind == "blob":
                path = f"{branch}:{entry.path}"
                found[path] = repository.read(entry.path, f"refs/heads/{branch}") or b""
    return found


def course_of(repository: Repository) -> Course:
    return Course.from_yaml(repository.read("course.yml") or b"")


def is_a_course(github: GitHub, repository: Repository, labels: Path, folder: Path) -> None:
    """See that labels can be brought, and that what somebody submits is evaluated once."""
    name = f"{repository.owner}/{repository.name}"
    told = run("playground", "reseal", f"{name}/animals", "--labels", labels)
    assert told.exit_code == 0, told.output
    everything = b"".join(files_of(repository, "main", "ledger").values())
    for word in (b"bertha", b"Bertha", b"AGE-SECRET"):
        assert word not in everything
    students = folder / "of-the-copy.csv"
    students.write_text("login\nbob\n")
    assert run("roster", "set", name, students).exit_code == 0
    token = github.user("bob").token
    address = Address(name, "animals")
    submit(forge_of(github, token, course=name), address, packed(ANIMALS), author="bob")
    jobs = Jobs(github, folder / f"jobs-{repository.owner}", course=name)
    assert [outcome.outcome for outcome in jobs.evaluate()] == ["scored"]
    assert jobs.evaluate() == []
    assert [e["username"] for e in evaluations(repository)] == ["bob"]


def test_a_fork_by_the_button_explains_itself_and_becomes_a_course(
    github: GitHub,
    first: Repository,
    labels: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with github.world.lock:
        fork = github.world.fork(first, "carol", "course", only_default=True)
    become(github, monkeypatch, "carol", tmp_path)

    ran, page = step("run", "carol/course", tmp_path)
    published, same = step("publish", "carol/course", tmp_path)

    assert (ran.exit_code, published.exit_code) == (0, 1)
    assert "taken=0" in (tmp_path / "output").read_text()
    assert page == same
    assert page.startswith("### This repository is a copy of owner/course")
    assert "\naims course adopt carol/course\n" in page
    assert "aims playground reseal carol/course/PLAYGROUND --labels" in page
    assert "::warning title=aims::this repository is a copy of owner/course" in ran.output

    adopted = run("course", "adopt", "carol/course")

    assert adopted.exit_code == 0, adopted.output
    assert "wait for their labels, and take nothing: animals" in adopted.stderr
    assert "nobody is on it" in adopted.stderr
    assert fork.read("playgrounds/animals/holdout/labels.age") is None
    upstream = course_of(fork).upstream
    assert upstream is not None
    assert (upstream.address, upstream.commit) == (COURSE, first.head("main"))
    is_a_course(github, fork, labels, tmp_path)
    key = settings.keyring().find(course_of(fork).keys.run)
    again, page = step("run", "carol/course", tmp_path, key)
    assert (again.exit_code, page[:12]) == (0, "### aims run")
    lost, page = step("run", "carol/course", tmp_path)
    assert lost.exit_code == 1
    assert "lost its keys" in page
    assert "`aims course new carol/course`" in page
    github.add_repository("carol/renamed", {"course.yml": fork.read("course.yml") or b""})
    _, page = step("publish", "carol/renamed", tmp_path)
    assert "Was the course itself renamed? Then `aims course new carol/renamed`" in page


def test_a_copy_of_a_template_and_a_copy_of_that_are_courses_and_hear_of_improvements(
    github: GitHub,
    first: Repository,
    labels: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    content = {path.partition(":")[2]: data for path, data in files_of(first, "main").items()}
    copy = github.add_repository("dora/ml", content)  # one commit, and no relation
    become(github, monkeypatch, "dora", tmp_path)
    assert run("course", "adopt", "dora/ml", "--title", "Dora's").exit_code == 0
    assert (course_of(copy).title, course_of(copy).owners) == ("Dora's", ("dora",))
    is_a_course(github, copy, labels, tmp_path)

    become(github, monkeypatch, "emil", tmp_path)
    made = run("course", "new", "emil/ml", "--from", "dora/ml", "--title", "Emil's")

    assert made.exit_code == 0, made.output
    third = github.repository("emil/ml")
    course = course_of(third)
    assert course.upstream is not None
    assert (course.title, course.upstream.address) == ("Emil's", "dora/ml")
    assert third.read(".github/workflows/evaluate.yml")
    assert third.environments["aims-score"].secrets
    is_a_course(github, third, labels, tmp_path)

    github.commit(copy, {"playgrounds/animals/README.md": "Mind the emus.\n"})
    updated = run("course", "update", "emil/ml")
    assert updated.exit_code == 0, updated.output
    assert "+Mind the emus." in updated.stdout
    assert "pull request 2 waits for you to read it" in updated.stderr
    pull = third.pulls[2]
    assert third.git.run("show", f"{pull.head_sha}:playgrounds/animals/README.md") == (
        b"Mind the emus.\n"
    )
    assert pull.title == "Update the tasks from dora/ml"
    assert Jobs(github, tmp_path / "later", course="emil/ml").evaluate() == []
    assert pull.state == "open"  # it is for people to decide
