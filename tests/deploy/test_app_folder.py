"""The folder of an app: the same answers as a score's, readable, nobody's text in a program."""

from __future__ import annotations

import asyncio
import csv
import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from app_cases import TITLE, Case
from gradio.server_messages import ProcessCompletedMessage
from predict_playgrounds import EVERY, Played, _onnx, _tensor, csv_of
from site_builders import TEMPLATES

from aims_gh import settings
from aims_gh.host.folder import gradio_folder
from aims_gh.host.local import write

ROOT = Path(__file__).resolve().parent.parent.parent
CLOSE = 1e-5


@pytest.fixture(scope="session")
def written(cases: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apps")
    for slug, one in cases.items():
        write(one.folder(), folder / slug)
    return folder


@pytest.fixture
def program(written: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module `model` of an app; it is the same in each."""
    monkeypatch.syspath_prepend(str(written / "people"))
    before = set(sys.modules)
    yield importlib.import_module("model")
    for name in set(sys.modules) - before:
        del sys.modules[name]


def records(one: Played, rows: bytes, name: str) -> list[dict[str, Any]]:
    """What the code of the sandbox says, as `aims predict` writes it."""
    from aims_gh.flows.read import Answers

    return Answers(1, one.says(rows, name), one.task).rows()


def same(given: list[dict[str, Any]], expected: list[dict[str, Any]]) -> bool:
    assert [list(row) for row in given] == [list(row) for row in expected]
    return all(
        g == e or g == pytest.approx(e, abs=CLOSE)
        for row, right in zip(given, expected, strict=True)
        for g, e in zip(row.values(), right.values(), strict=True)
    )


@pytest.mark.parametrize("slug", [make.__name__ for make in EVERY])
def test_every_kind_of_model_answers_as_it_does_for_its_score(
    program: ModuleType, written: Path, cases: dict[str, Case], slug: str
) -> None:
    served, one = program.Served(written / slug), cases[slug].played
    if one.name.endswith(".csv"):
        table = served.file(one.rows, "rows.csv")
        header, *lines = csv.reader(io.StringIO(one.rows.decode()))
        by_name = [dict(zip(header, line, strict=True)) for line in lines]
        assert same(served.records(served.rows(by_name)), records(one, one.rows, one.name))
    else:
        table = served.rows(np.load(io.BytesIO(one.rows)).tolist())

    given = served.records(table)

    assert same(given, records(one, one.rows, one.name))
    types = {type(row["prediction"]) for row in given}
    assert types == {type(one.task.labels[0]) if one.task.labels else float}


def test_a_model_that_takes_so_many_rows_at_a_time_answers_any_number(
    program: ModuleType, cases: dict[str, Case], tmp_path: Path
) -> None:
    from onnx import helper

    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("ReduceSum", ["f", "axes"], ["y"]),
    ]
    values = {"axes": np.array([1])}
    model = _onnx(nodes, values, [_tensor("x", 4, 20, 2)], [_tensor("y", 4, 1)])
    write(replace_model(cases["waves"], model), tmp_path)
    rows = np.arange(240.0).reshape(6, 20, 2)

    served = program.Served(tmp_path)
    given = [row["prediction"] for row in served.records(served.rows(rows.tolist()))]

    assert given == [row.sum() for row in rows]


def replace_model(one: Case, model: bytes) -> dict[str, bytes]:
    return replace(one, played=replace(one.played, model=model)).folder()


def test_a_file_of_answers_has_every_row_and_no_formula(
    program: ModuleType, written: Path, cases: dict[str, Case]
) -> None:
    served = program.Served(written / "moods")
    rows = csv_of(["note", "review"], [["x", "=1+1 good"], ["y", "bad"]])

    header, *lines = served.lines(served.file(rows, "rows.csv"))

    assert header == ["review", "prediction", "probability_up", "probability_down"]
    assert [line[:2] for line in lines] == [["'=1+1 good", "up"], ["bad", "down"]]
    with pytest.raises(program.Wrong) as error:
        served.file(csv_of(["text"], [["good"]]), "rows.csv")
    assert error.value.message == "rows.csv has no column “review”"


def test_a_description_has_whole_numbers_counts_what_it_leaves_out_and_names_a_lone_column(
    program: ModuleType, written: Path
) -> None:
    words = importlib.import_module("words")
    served = program.Served(written / "people")
    age, income, city, _ = served.inputs
    age.update(minimum=20241231, maximum=20241231.0)
    income.update(minimum=0.1, maximum=123456789.5)
    city.update(categories=[f"c{number}" for number in range(45)])

    told = words.every_row(served)
    served.inputs, served.names = [age], [age["name"]]
    alone = words.every_row(served)

    assert "“age (years)”: a whole number, 20241231 to 20241231; " in told
    assert "“income”: a number, 0.1 to 123456790; " in told
    assert "c38, c39 and 5 more; “member”" in told and "c40" not in told
    assert "Give a list of values; each is “age (years)”: a whole number, 20241231" in alone


def test_texts_that_are_not_listed_are_told(program: ModuleType, written: Path) -> None:
    words = importlib.import_module("words")
    served = program.Served(written / "people")
    rows = [[1, 2, city, True] for city in ("Basel", "", "west", "a\x1b", "b", "c", "d", "e")]

    assert words.unlisted(served, served.rows(rows[:2])) == ""
    told = words.unlisted(served, served.rows(rows))
    assert told.startswith("Not among the values that are listed: “west”, “a”, “b”, “c”, “d” and 1")


def test_numbers_may_be_missing_or_written_as_text(program: ModuleType, written: Path) -> None:
    served = program.Served(written / "people")

    table = served.rows([[None, "", "Basel", "true"], ["41", " 7.5e3", "Köln", 0]])

    assert np.isnan(table.columns["age (years)"][0]) and table.columns["age (years)"][1] == 41
    assert np.isnan(table.columns["income"][0]) and table.columns["income"][1] == 7500
    assert table.columns["member"].tolist() == [True, False]


ORDER = """
import sys
sys.path.insert(0, sys.argv[1])
from model import Served, Path
served = Served(Path(sys.argv[1]))
row = served.rows([list(served.app["examples"][0])])
shown = [one["label"] for one in served.shown(row)["confidences"]]
print(served.labels, shown, served.records(row))
"""


def test_labels_are_in_the_owners_order_whatever_python_hashes_by(written: Path) -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", ORDER, str(written / "moods")],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in range(20)
    }  # fmt: skip

    (only,) = said
    assert only.startswith("['up', 'down'] ['up', 'down'] [{'prediction': ")


def test_nothing_that_people_wrote_is_in_a_program(cases: dict[str, Case]) -> None:
    hostile, people = cases["hostile"].folder(), cases["people"].folder()

    differing = {name for name in people if hostile[name] != people[name]}

    assert differing == {"app.json", "model.onnx", "README.md"}
    assert json.loads(hostile["app.json"])["title"] == TITLE


def test_a_readme_is_what_hugging_face_reads_and_holds_no_markup_of_others(
    cases: dict[str, Case],
) -> None:
    text = cases["hostile"].folder()["README.md"].decode()

    _, matter, body = text.split("---\n", 2)

    front = yaml.safe_load(matter)
    assert front["sdk"] == "gradio" and front["app_file"] == "app.py"
    assert (
        f"gradio=={front['sdk_version']}" in cases["hostile"].folder()["requirements.txt"].decode()
    )
    assert front["title"].startswith("<img") and "\n" not in front["title"]
    assert len(front["short_description"]) <= 60
    prose = re.sub(r"```.*?```", "", body, flags=re.DOTALL)
    assert "<img" not in prose and "**b**" not in prose and "'''" not in prose
    assert body.count("```") == 4


def test_programs_are_well_formed_and_pass_the_checks_of_this_project(written: Path) -> None:
    ruff = Path(sys.executable).parent / "ruff"
    options = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]

    checked = [
        subprocess.run(
            [str(ruff), *command, *options, "."],
            cwd=written / "people",
            capture_output=True,
            text=True,
        )
        for command in (["check"], ["format", "--check"])
    ]

    assert [done.returncode for done in checked] == [0, 0], [done.stdout for done in checked]
    for path in (written / "people").rglob("*.py"):
        compile(path.read_text("utf-8"), path.name, "exec")


def test_what_an_app_is_told_to_install_is_what_these_tests_use() -> None:
    texts = ("requirements.txt", "requirements-media.txt")
    folder = TEMPLATES / "space" / "gradio"
    wanted = [line for name in texts for line in (folder / name).read_text().split()]
    tested = (ROOT / "requirements" / "test.txt").read_text()

    for line in wanted:
        assert re.search(rf"^{re.escape(line)}\b", tested, re.MULTILINE), line
    lines = [line.partition("==")[0] for line in wanted]
    assert lines == ["gradio", "mcp", "numpy", "onnxruntime", "pillow", "av"]


def test_an_app_for_zero_gpu_has_what_it_does_not_start_without(cases: dict[str, Case]) -> None:
    one = cases["people"]

    files = gradio_folder(one.app, one.played.model, settings.templates(), zero_gpu=True)

    assert files["requirements.txt"].decode().split()[-1] == "spaces"
    front = yaml.safe_load(files["README.md"].decode().split("---\n")[1])
    assert (front["suggested_hardware"], front["python_version"]) == ("zero-a10g", "3.12.12")
    assert b"@spaces.GPU" in files["app.py"]


def test_a_container_holds_the_same_app(cases: dict[str, Case]) -> None:
    one = cases["people"]

    files = gradio_folder(one.app, one.played.model, settings.templates(), target="container")

    bare = one.folder()
    assert {name for name in files if files[name] != bare.get(name)} == {"Dockerfile", "README.md"}
    front = yaml.safe_load(files["README.md"].decode().split("---\n")[1])
    assert (front["sdk"], front["app_port"]) == ("docker", 7860)
    assert b"USER app" in files["Dockerfile"]


def test_arrays_may_be_asked_for_flat_or_nested(program: ModuleType, written: Path) -> None:
    served = program.Served(written / "waves")
    values = np.arange(40.0).reshape(20, 2)

    nested, flat = served.rows([values.tolist()]), served.rows([values.ravel().tolist()])

    assert np.array_equal(nested.columns[served.names[0]], flat.columns[served.names[0]])


def test_rows_of_different_lengths_are_told_and_not_stacked(
    written: Path, program: ModuleType, tmp_path: Path
) -> None:
    folder = shutil.copytree(written / "waves", tmp_path / "app")
    told = json.loads((folder / "app.json").read_bytes())
    told["inputs"][0]["shape"] = [0, 2]
    (folder / "app.json").write_text(json.dumps(told))
    served = program.Served(folder)

    with pytest.raises(program.Wrong, match="row 2 has 4 numbers, and row 1 has 2"):
        served.rows([[1, 2], [1, 2, 3, 4]])

    assert len(served.rows([[1, 2, 3, 4], [5, 6, 7, 8]])) == 2


def test_answers_that_nobody_fetches_are_dropped_and_those_on_their_way_are_not(
    program: ModuleType,
) -> None:
    queue = SimpleNamespace(  # as Gradio's, which leaves a loop open where no server runs
        pending_messages_per_session={}, pending_event_ids_session={}, event_ids_to_events={}
    )
    watch = importlib.import_module("unread").Unread(SimpleNamespace(_queue=queue))
    answer = {"data": [[{"prediction": "yes", "probability_yes": 0.9}] * 100_000]}

    def wait(name: str, output: Any) -> None:
        queue.pending_messages_per_session[name] = asyncio.Queue()
        queue.pending_event_ids_session[name] = {name}
        if output:
            message = ProcessCompletedMessage(output=output, success=True)
            queue.pending_messages_per_session[name].put_nowait(message)

    def kept(now: float) -> list[str]:
        watch.drop(now)
        assert queue.pending_messages_per_session.keys() == queue.pending_event_ids_session.keys()
        return sorted(queue.pending_messages_per_session)

    wait("asked", None)
    queue.event_ids_to_events["1"] = SimpleNamespace(session_hash="asked")
    for at in range(4):
        wait(f"answer {at}", answer)
        seen = kept(float(at))

    assert seen == ["answer 2", "answer 3", "asked"]
    assert kept(62.5) == ["answer 3", "asked"]
    assert kept(1000.0) == ["asked"]
    queue.event_ids_to_events.clear()
    assert kept(1001.0) == ["asked"]
    assert kept(1062.0) == []
