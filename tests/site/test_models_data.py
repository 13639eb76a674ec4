"""The data that pages of versions, comparisons and participants are drawn from."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from site_builders import evaluation, page, playground
from version_builders import DIGITS, code, digits, notebook, page_of

from aims_gh.core.rank import leaderboard
from aims_gh.site.attached import attached_code
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

    index = json.loads(version_index(standing(ranked, task)))

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
