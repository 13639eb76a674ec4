"""A class with pseudonyms: the website names nobody, and who may know it all still does."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from onnx import TensorProto, helper, numpy_helper
from walk_classroom import Classroom, csv_of

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.domain.deployment import Deployment
from aims_gh.flows.course import new_course
from aims_gh.flows.decide import decide
from aims_gh.flows.deploy import deployable
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.reveal import reveal
from aims_gh.flows.site import Tools, build_site
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.forge import LEDGER, MAIN, Change
from aims_gh.forge.local import LocalForge
from aims_gh.site.attached import tells
from aims_gh.workspace import deployment_file

ROWS = [[place, round(place / 7, 3)] for place in range(40)]
TRUTH = [2 * first + second for first, second in ROWS]
STUDENTS = """\
login,name,email,id
zdenka,Zdeňka Nováková,z.novakova@uni.example,u90001
quillon,Quillon Ashgrove,q.ashgrove@uni.example,u90002
Xanthe-9,Xanthe Papadaki,x.papadaki@uni.example,u90003
"""
OUTSIDER = "wolfram77"
TEAMS = """\
teams:
  xanthe-9: [Xanthe-9]
  blue whales: [quillon]
"""


def notebook(source: str | list[str], *said: str) -> bytes:
    outputs = [{"output_type": "stream", "text": text} for text in said]
    return json.dumps(
        {"cells": [{"cell_type": "code", "source": source, "outputs": outputs}]}
    ).encode()


TELLING = (
    notebook('ModelPlayground(username="Zdenka")'),
    notebook("# By\nzdenka"),
    notebook(["# By\n", "zdenka\n"]),
    notebook(["# By zde", "nka"]),
    notebook("x", "é", "by\tZDENKA", "\N{ESCAPE}[31mzdenka\N{ESCAPE}[0m"),
    notebook("by é\nzdenka"),
    notebook(r"print('by\nzdenka')"),
    notebook(r"print('by\u00e9zdenka')"),
    notebook(r"print('\033[31mzdenka')"),
    notebook("get('/%7Ezdenka')"),
)
SILENT = (
    notebook("zdenkas = rezdenka"),
    json.dumps({"cells": [], "metadata": {"by": "zdenka"}}).encode(),
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(aims, [str(a) for a in arguments])


def model() -> bytes:
    weights = numpy_helper.from_array(np.array([[2], [1]], dtype=np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "line",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [weights],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def hand_in(course: Classroom, login: str, error: float, **parts: Any) -> int:
    said = csv_of("prediction", [value + error for value in TRUTH])
    packed = pack(
        "rents", Parts(**{"model": None, "predictions": said} | parts), now=settings.clock()
    )
    return submit(course.forge, course.address("rents"), packed, author=login).number


def drain(course: Classroom) -> list[str]:
    outcomes = evaluate(
        course.forge,
        sandbox=settings.sandbox(),
        find_key=settings.keys().find,
        clock=settings.clock,
    )
    return [outcome.outcome for outcome in outcomes]


@dataclass
class Class:
    """A course whose students have pseudonyms, and its website."""

    course: Classroom
    names: dict[str, str]
    site: Path

    def data(self, path: str) -> Any:
        return json.loads((self.site / "data" / path).read_text())


@pytest.fixture(scope="module")
def a_class(lasting_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Class:
    """Three students, of whom one is a team of that login, an outsider, and the owner.

    The owner is on the roster, too, to see what a student sees.
    """
    folder = tmp_path_factory.mktemp("class")
    templates = settings.templates()
    forge = new_course(
        folder / "course", title="Class", description="", owners=("teacher",),
        keyring=settings.keyring(), templates=templates, clock=settings.clock,
    )  # fmt: skip
    rules: dict[str, Any] = {
        "title": "Rents", "task_type": "regression", "input_type": "tabular",
        "competition": {"private_fraction": 0.5, "release": "ladder"},
    }  # fmt: skip
    features = Source("X.csv", b"rooms,area\n" + csv_of("", [f"{a},{b}" for a, b in ROWS])[1:])
    draft = Draft(rules=rules, labels=Source("y.csv", csv_of("y", TRUTH)), features=features)
    create_playground(forge, "rents", draft, seed=3, templates=templates)
    teams = {"playgrounds/rents/teams.yml": TEAMS.encode()}
    forge.record(lambda _: Change("Team up", teams), branch=MAIN)
    course = Classroom(folder / "course")
    hand_in(course, "zdenka", 0, model=model(), files={"code.ipynb": TELLING[1]})
    hand_in(course, "quillon", 1, files={"code.ipynb": notebook("model.fit()")}, based_on=1)
    hand_in(course, "xanthe-9", 2)
    hand_in(course, OUTSIDER, 3, files={"code.ipynb": notebook(f"import\n{OUTSIDER}")})
    hand_in(course, "teacher", 9, baseline=True)
    assert drain(course) == ["scored"] * 5
    decide(
        forge, course.address("rents"), 4, action="disqualified", by="teacher",
        now=settings.clock(), reason="Zdeňka Nováková (zdenka) wrote it for wolfram77",
    )  # fmt: skip
    reveal(
        forge, course.address("rents"), by="teacher", now=settings.clock(),
        find_key=settings.keys().find, reason="quillon asked for it",
    )  # fmt: skip
    (folder / "students.csv").write_text(STUDENTS + "Teacher,,,\n")
    assert run("roster", "set", course.path, folder / "students.csv", "--pseudonyms").exit_code == 0
    deployed = Deployment(
        playground="rents", version=1, target="browser", since=settings.clock(), by="quillon"
    )
    live = {deployment_file("rents"): deployed.to_json()}
    forge.record(lambda _: Change("Deploy", live))
    tools = Tools(templates, repository="https://github.com/teacher/class", url="https://x.test/")
    build_site(forge, "teacher/class", folder / "site", tools, strict=True)
    return Class(course, names_of(course), folder / "site")


def names_of(course: Classroom) -> dict[str, str]:
    with LocalForge.open(course.path).tree(LEDGER) as ledger:
        found: dict[str, str] = json.loads(ledger.read("roster.json") or b"")["pseudonyms"]
    return found


def contents(site: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, the files in archives, and the path of each."""
    for path in sorted(site.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(site)), path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path}!{name}", archive.read(name)) for name in archive.namelist())


def test_no_file_of_the_website_names_anybody(a_class: Class) -> None:
    cells = [cell for line in STUDENTS.splitlines()[1:] for cell in line.split(",")]
    words = [*cells, *(word for cell in cells for word in cell.split(" ")), OUTSIDER]
    needles = {
        written.lower().encode()
        for word in words
        for written in (word, json.dumps(word).strip('"'))
    }

    files = dict(contents(a_class.site))

    assert len(files) > 30
    found = [
        (path, needle)
        for path, content in files.items()
        for needle in needles
        if needle in path.lower().encode() + content.lower()
    ]
    assert found == []


def test_boards_participants_and_data_show_pseudonyms_instead(a_class: Class) -> None:
    first, second, third = (a_class.names[n] for n in ("zdenka", "quillon", "Xanthe-9"))
    known = {first, second, third, "unnamed 4 in rents", "teacher"}

    board = a_class.data("rents/leaderboard.json")["boards"]["experiment"]["columns"]
    index = a_class.data("rents/versions/index.json")
    versions = a_class.data("rents/versions/0.json")["versions"]

    assert {"username": set(board["username"]), "team": board["team_name"][:3]} == {
        "username": known,
        "team": [None, "blue whales", third],
    }
    assert set(index["users"]) == known
    assert {v: one["username"] for v, one in versions.items()}["1"] == first
    assert versions["2"]["about"]["before"][0][1] == first
    assert set(a_class.data("users.json")["users"]) == known
    assert a_class.data("rents/app.json")["model"]["username"] == first
    assert (a_class.site / "data/rents/model.onnx").is_file()
    feeds = [p.read_text() for p in a_class.site.rglob("*.xml") if "Atom" in p.read_text()]
    for text in (*feeds, (a_class.site / "index.html").read_text()):
        assert first in text
    csv = (a_class.site / "data/rents/experiment.csv").read_text()
    assert f",{second}," in csv


def test_what_the_reveal_opened_is_there_and_no_reason_in_an_owners_words(a_class: Class) -> None:
    versions = a_class.data("rents/versions/0.json")["versions"]

    assert set(versions["2"]["revealed"]) == {"public", "private", "intervals", "rows"}
    assert versions["4"]["about"]["marks"] == ["disqualified"]
    assert "reason" not in versions["4"]["about"]


def test_nothing_leads_from_the_website_to_a_pull_request(a_class: Class) -> None:
    one = a_class.data("rents/versions/0.json")["versions"]["1"]
    board = a_class.data("rents/leaderboard.json")["boards"]["experiment"]["columns"]

    assert not {"proposal", "head", "submission"} & {*one, *board}


def test_attached_code_with_its_authors_login_stays_away(a_class: Class) -> None:
    folder = a_class.site / "data/rents/code"

    assert [path.name for path in folder.iterdir()] == ["2.json"]


@pytest.mark.parametrize(
    ("content", "found"), [*((c, True) for c in TELLING), *((c, False) for c in SILENT)]
)
def test_a_login_is_found_in_what_a_notebook_shows(content: bytes, found: bool) -> None:
    assert tells("code.ipynb", content, "Zdenka") is found


def test_an_app_for_another_host_names_nobody_either(a_class: Class) -> None:
    address = a_class.course.address("rents")

    found = deployable(a_class.course.forge, address, 1, "gradio", settings.sandbox())

    assert found.app.model
    assert found.app.model.username == a_class.names["zdenka"]


def test_who_can_read_the_course_sees_logins_and_participants_learn_their_names(
    a_class: Class, lasting_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMS_KEYS", str(lasting_home / "keys"))
    number = hand_in(a_class.course, "Zdenka", 3)
    assert drain(a_class.course) == ["scored"]

    (comment,) = a_class.course.forge.comments(number)
    shown = json.loads(run("roster", "show", a_class.course.path, "--json").stdout)["students"]
    table = run("roster", "show", a_class.course.path).stdout
    board = run("leaderboard", f"{a_class.course.path}/rents").stdout

    name = a_class.names["zdenka"]
    assert f"- On the website you are *{name}*." in comment.body
    assert {one["login"]: one["pseudonym"] for one in shown} == a_class.names | {"Teacher": ""}
    assert name in table
    assert ("zdenka" in board, name in board) == (True, False)


def test_names_stay_with_those_who_stay_until_they_are_turned_off(
    classroom: Classroom, tmp_path: Path
) -> None:
    file = tmp_path / "students.csv"

    def set_roster(text: str, *options: str) -> dict[str, str]:
        file.write_text(text)
        assert run("roster", "set", classroom.path, file, *options).exit_code == 0
        return names_of(classroom)

    first = set_roster("login\nann\nbob\nteacher\n", "--pseudonyms")
    second = set_roster("login\nANN\neve\n")
    third = set_roster("login,pseudonym\nann,\neve,Grey Owl\n")

    assert set(first) == {"ann", "bob"}
    assert (set(second), second["ANN"]) == ({"ANN", "eve"}, first["ann"])
    assert third == {"ann": first["ann"], "eve": "Grey Owl"}
    assert set_roster("login,pseudonym\nann,Red Kite\n", "--no-pseudonyms") == {}
    assert set_roster("login\nann\n") == {}
    assert set_roster("login,pseudonym\nann,Red Kite\nbob,\n")["ann"] == "Red Kite"
    for text, why in (
        ("ann,Teacher\n", "ann would be Teacher"),
        ("Teacher,Red Kite\n", "owners are shown by their logins"),
    ):
        file.write_text(f"login,pseudonym\n{text}")
        refused = run("roster", "set", classroom.path, file)
        assert (refused.exit_code, why in refused.stderr) == (3, True)
