"""The data that pages of versions, comparisons and participants are drawn from."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from site_builders import evaluation, page, playground
from version_builders import DIGITS, code, digits, notebook, page_of

from aims_gh import settings
from aims_gh.core.rank import leaderboard
from aims_gh.flows.course import new_course
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.site import Tools, build_site
from aims_gh.forge import Change
from aims_gh.site.attached import MOST_BYTES, attached_code
from aims_gh.site.pages import PlaygroundPage
from aims_gh.site.records import records
from aims_gh.site.users import crowd, users
from aims_gh.site.versions import PER_FILE, shards, standing, version_index


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def write(page: PlaygroundPage, folder: Path) -> None:
    for name, content in records(page):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_each_version_lies_in_the_file_of_its_number(tmp_path: Path) -> None:
    task = playground()
    made = [evaluation(version, task) for version in (1, 63, 64, 65, 200)]

    write(page_of("many", task, made), tmp_path)

    folder = tmp_path / "data/many/versions"
    assert sorted(path.name for path in folder.iterdir()) == [
        "0.json", "1.json", "3.json", "index.json",
    ]  # fmt: skip
    versions = [list(read(folder / f"{k}.json")["versions"]) for k in (0, 1, 3)]
    assert versions == [["1", "63"], ["64", "65"], ["200"]]
    assert read(folder / "3.json")["versions"]["200"]["scores"] == dict(made[-1].scores)


def test_what_no_page_shows_is_left_out() -> None:
    sealed = evaluation(1, playground(), private="-----BEGIN AGE ENCRYPTED FILE-----\nYQ==\n")

    ((_, content),) = shards([(1, sealed.to_json())])

    shown = json.loads(content)["versions"]["1"]
    assert b"AGE" not in content
    assert not {"schema_version", "private", "digests", "evaluator", "playground"} & set(shown)
    assert {"version", "username", "timestamp", "head", "scores", "rows", "claims"} <= set(shown)


@pytest.mark.parametrize(
    "damaged", [b"", b"{", b"[]", b"null", b'{"a": 1e999}', b'{"a": NaN}', b"\xff", b"[" * 9999]
)  # fmt: skip
def test_a_damaged_evaluation_spoils_no_other(damaged: bytes) -> None:
    good = evaluation(1, playground()).to_json()

    ((_, content),) = shards([(1, good), (2, damaged), (3, good)])

    shown = json.loads(content)["versions"]
    assert shown["2"] is None
    assert shown["1"] == shown["3"] != None  # noqa: E711


def test_memory_does_not_grow_with_versions() -> None:
    content = evaluation(1, playground()).to_json()

    def many(count: int) -> Iterator[tuple[int, bytes]]:
        for version in range(1, count + 1):
            yield version, bytes(bytearray(content))

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in shards(many(count)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(20 * PER_FILE) < 2 * peak(2 * PER_FILE)


def test_the_index_tells_whose_each_version_is_and_where_it_ranks() -> None:
    task = playground()
    made = [
        evaluation(1, task, username="ada", board="experiment"),
        evaluation(2, task, username="bob", board="competition", based_on=1),
        evaluation(3, task, username="ada", scores={}),
    ]
    ranked = leaderboard("x", task, made)

    index = json.loads(version_index(standing(page(leaderboard=ranked, task=task))))

    assert (index["version"], index["users"], index["user"]) == (
        [1, 2, 3],
        ["ada", "bob"],
        [0, 1, 0],
    )
    assert index["rank"] == {"experiment": [1, None, None], "competition": [None, 1, None]}
    assert index["score"][:2] == [pytest.approx(e.scores["accuracy"], abs=1e-6) for e in made[:2]]
    assert index["score"][2] is None
    assert index["time"] == [int(e.timestamp.timestamp()) for e in made]
    assert index["metrics"][0] == ["accuracy", True]
    assert [index["models"][place] for place in index["model"]] == [
        e.claims.model_type for e in made
    ]


def test_a_version_is_told_its_ranks_and_its_lineage_within_bounds() -> None:
    task = playground()
    chain = [evaluation(v, task, based_on=v - 1 or None, board="experiment") for v in range(1, 31)]
    crowd_of_one = [evaluation(v, task, based_on=1, board="experiment") for v in range(31, 61)]
    ranked = leaderboard("x", task, [*chain, *crowd_of_one])
    known = standing(page(leaderboard=ranked, task=task), code=[3], model=(4, "model.onnx"))

    first, middle = known.about(1), known.about(15)

    assert first["builds"] == 31
    assert [version for version, *_ in first["after"]] == [2, *range(31, 50)]
    assert [version for version, *_ in middle["before"]] == list(range(14, 4, -1))
    assert middle["earlier"]
    assert "earlier" not in known.about(11)
    assert middle["before"][0][1:] == [
        chain[13].username,
        pytest.approx(chain[13].scores["accuracy"], abs=1e-6),
    ]
    assert middle["ranks"].keys() == {"experiment"}
    assert (known.about(3)["code"], known.about(4)["model"]) == (True, "model.onnx")
    assert known.about(99) == {}


def test_a_ring_of_versions_has_an_end() -> None:
    task = playground()
    made = [evaluation(1, task, based_on=2), evaluation(2, task, based_on=1)]

    known = standing(page(leaderboard=leaderboard("x", task, made), task=task))

    assert [version for version, *_ in known.about(1)["before"]] == [2]


def test_the_boards_of_participants_are_in_the_order_of_the_pages() -> None:
    given = page_of("one", playground(), [evaluation(1, playground(), username="ada")])
    assert given.leaderboard
    stored = type(given.leaderboard).from_json(given.leaderboard.to_json())

    found = json.loads(users([crowd(replace(given, leaderboard=stored))]))["users"]

    assert list(stored.boards) == ["competition", "experiment"]
    assert list(found["ada"]["one"]["best"]) == ["experiment", "competition"]


def test_without_evaluations_there_is_an_empty_index(tmp_path: Path) -> None:
    write(page("none", rows=None), tmp_path)

    index = read(tmp_path / "data/none/versions/index.json")
    assert (index["version"], index["rank"]) == ([], {})


def test_participants_have_their_best_of_each_playground() -> None:
    task = playground()
    first = page_of("one", task, [
        evaluation(1, task, username="ada", scores={"accuracy": 0.5}),
        evaluation(2, task, username="ada", scores={"accuracy": 0.9}, board="experiment"),
        evaluation(3, task, username="bob", scores={"accuracy": 0.7}),
    ])  # fmt: skip
    second = page_of("two", task, [evaluation(1, task, username="bob", scores={"accuracy": 0.1})])

    found = json.loads(users(map(crowd, [first, second])))["users"]

    assert list(found) == ["ada", "bob"]
    assert found["ada"]["one"]["best"] == {"experiment": [1, 0.9, 2], "competition": [2, 0.5, 1]}
    assert found["ada"]["one"]["submissions"] == 2
    assert found["ada"]["one"]["last"] == "2026-11-23T12:34:02Z"
    assert set(found["bob"]) == {"one", "two"}


def test_of_a_notebook_its_text_alone_is_kept() -> None:
    html = {"data": {"text/html": "<script>1</script>", "text/plain": ["Fig", "ure"]}}
    content = notebook(
        {"cell_type": "markdown", "source": ["# A\n", "<b>b</b>"]},
        code(
            "1 / 0",
            {"output_type": "stream", "text": ["said\n"]},
            html,
            {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "no"},
        ),
        {"cell_type": "made up", "source": "x"},
        {"cell_type": "code", "source": ""},
        {"cell_type": "code", "source": 7, "outputs": "none"},
    )

    made = attached_code({"code.ipynb": content, "preprocessor.py": b"x = '\xff'\n"})

    assert made
    notes, script = json.loads(made)["files"]
    assert notes["cells"] == [
        {"type": "markdown", "source": "# A\n<b>b</b>"},
        {"type": "code", "source": "1 / 0", "output": "said\nFigure\nZeroDivisionError: no\n"},
        {"type": "raw", "source": "x"},
    ]
    assert script == {
        "name": "preprocessor.py",
        "cells": [{"type": "code", "source": "x = '\N{REPLACEMENT CHARACTER}'\n"}],
    }


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"cells": 1}', b'{"cells": [1]}', b'{"cells": {}}', b"[" * 99_999]
)
def test_what_is_no_notebook_is_not_shown(content: bytes) -> None:
    assert attached_code({"code.ipynb": content}) is None


def test_a_version_of_every_kind_is_carried_as_it_was_recorded(tmp_path: Path) -> None:
    made = digits()

    write(page_of("digits", DIGITS, made, {3: {"preprocessor.py": b"x\n"}}), tmp_path)

    folder = tmp_path / "data/digits"
    shown = read(folder / "versions/0.json")["versions"]
    for one in made:
        assert shown[str(one.version)]["username"] == one.username
        if one.summary:
            assert shown[str(one.version)]["summary"] == one.summary.model_dump(mode="json")
        if one.facts:
            assert shown[str(one.version)]["facts"] == one.facts.model_dump(mode="json")
    assert [path.name for path in (folder / "code").iterdir()] == ["3.json"]
    assert [v for v, one in shown.items() if one["about"].get("code")] == ["3"]


def test_on_github_too_the_code_of_the_best_is_carried(tmp_path: Path) -> None:
    templates = settings.templates()
    forge = new_course(
        tmp_path / "course", title="Class", description="", owners=("teacher",),
        keyring=settings.keyring(), templates=templates, clock=settings.clock,
    )  # fmt: skip
    rules = {"title": "Animals", "task_type": "classification", "input_type": "tabular"}
    draft = Draft(rules=rules, labels=Source("y.csv", b"y\n" + b"cat\ndog\n" * 20))
    create_playground(forge, "animals", draft, seed=3, templates=templates)
    files = {"code.ipynb": notebook(code("fit()")), "preprocessor.py": b"x" * (MOST_BYTES + 1)}
    change = Change("Add", {f"submissions/animals/ada/one/{n}": c for n, c in files.items()})
    head = forge.propose(change, author="ada", title="One").head
    task = playground()
    plain = {"playground": "animals", "username": "ada", "submission": "one", "facts": None}
    made = [evaluation(v, task, **(plain | {"head": h})) for v, h in ((1, head), (2, "0" * 40))]
    ledger = {f"animals/evaluations/{e.version}.json": e.to_json() for e in made}
    ledger["animals/leaderboard.json"] = leaderboard("animals", task, made).to_json()
    forge.record(lambda _: Change("Score", ledger))
    tools = Tools(templates, repository="https://github.com/ada/course")

    build_site(forge, "ada/course", tmp_path / "site", tools, strict=True)

    folder = tmp_path / "site/data/animals"
    assert [path.name for path in (folder / "code").iterdir()] == ["1.json"]
    (file,) = read(folder / "code/1.json")["files"]
    assert file == {"name": "code.ipynb", "cells": [{"type": "code", "source": "fit()"}]}
    shown = read(folder / "versions/0.json")["versions"]
    assert [shown[v]["about"].get("code") for v in ("1", "2")] == [True, None]
