"""Metrics of one's own from Python: a function of a notebook, a playground, a board."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import aims_gh
from aims_gh import ModelPlayground, export_eval_metric
from aims_gh.errors import AimsError, CourseError
from aims_gh.flows.frames import board_frame

TRUTH = ["cat", "dog"] * 20
COST = {"name": "cost", "function": "cost", "direction": "minimize"}
RATE = 5


def cost(y_true, y_pred):
    """A missed dog costs five times as much."""
    missed = (y_true == "dog") & (y_pred != "dog")
    return float(np.mean(np.where(missed, 5, y_true != y_pred)))


def leaning(y_true, y_pred):
    return RATE


def made(tmp_path: Path, **options: object) -> ModelPlayground:
    playground = ModelPlayground("tabular", "classification", private=False, username="alice")
    playground.create(f"{tmp_path}/course/pets", eval_data=TRUTH, **options)  # type: ignore[arg-type]
    return playground


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
def test_a_function_of_a_notebook_ranks_a_board(tmp_path: Path) -> None:
    path = export_eval_metric(cost, tmp_path / "desk")
    playground = made(tmp_path, metrics=[COST, "accuracy"], eval_metric_filepath=path)

    all_cats = playground.submit_model(None, None, ["cat"] * 40, return_metrics=True)
    all_dogs = playground.submit_model(None, None, ["dog"] * 40, return_metrics=True)

    assert (all_cats[2]["cost"], all_dogs[2]["cost"]) == (2.5, 0.5)
    board = playground.get_leaderboard()
    assert board["version"].tolist() == [2, 1]
    assert list(board.columns[:6]) == [
        "rank", "version", "username", "timestamp", "cost", "accuracy",
    ]  # fmt: skip
    assert board["cost"].tolist() == [0.5, 2.5]
    assert "failures" not in board


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
def test_a_list_of_one_file_will_do_and_the_second_name_too(tmp_path: Path) -> None:
    path = export_eval_metric(cost, str(tmp_path / "desk"))
    metric = COST | {"function": "eval_metric"}

    playground = made(tmp_path, metrics=["accuracy", metric], eval_metric_filepath=[str(path)])

    assert playground.playground.own_metrics[0].function == "eval_metric"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["a.py", "b.py"], "eval_metric_filepath names 2 files, a playground has one metrics.py"),
        ("nowhere.py", "there is no file nowhere.py"),
    ],
)
def test_files_that_will_not_do_are_refused(tmp_path: Path, given: object, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        made(tmp_path, metrics=[COST], eval_metric_filepath=given)


def test_an_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "eval_metric.zip"
    archive.write_bytes(b"PK\x03\x04")

    with pytest.raises(CourseError, match=r"eval_metric\.zip is no Python file"):
        made(tmp_path, metrics=[COST], eval_metric_filepath=archive)


def test_a_file_that_no_metric_uses_comes_with_how_to_use_it(tmp_path: Path) -> None:
    path = export_eval_metric(cost, tmp_path)

    with pytest.raises(CourseError) as refused:
        made(tmp_path, eval_metric_filepath=path)

    assert "direction: minimize" in refused.value.hint


def test_the_exported_file_stands_by_itself(tmp_path: Path) -> None:
    path = export_eval_metric(cost, tmp_path / "new" / "folder")

    assert path == tmp_path / "new" / "folder" / "metrics.py"
    code = (
        "import runpy, numpy as np; m = runpy.run_path(r'" + str(path) + "');"
        "print(m['cost'](np.array(['dog']), np.array(['cat'])), m['eval_metric'] is m['cost'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "5.0 True\n"


def test_it_is_written_anew_but_never_over_somebody_s_own(tmp_path: Path) -> None:
    first = export_eval_metric(cost, tmp_path).read_text()
    again = export_eval_metric(cost, tmp_path, name="cost").read_text()
    (tmp_path / "metrics.py").write_text("def mine(): pass\n")

    with pytest.raises(CourseError, match="is there already, and was written by hand"):
        export_eval_metric(cost, tmp_path)

    assert (tmp_path / "metrics.py").read_text() == "def mine(): pass\n"
    assert first.endswith("\n\n\neval_metric = cost\n")
    assert "eval_metric" not in again.split("\n", 1)[1]


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="'a b' is no name of a Python function"):
        export_eval_metric(cost, tmp_path, name="a b")


def test_what_the_function_leans_on_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(AimsError, match="leaning uses RATE, defined outside of it"):
        export_eval_metric(leaning, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_the_helper_is_there_without_loading_anything_heavy() -> None:
    assert "export_eval_metric" in aims_gh.__all__


COLUMNS = {
    "rank": [1, 2],
    "version": [2, 1],
    "username": ["bob", "eve"],
    "timestamp": ["2026-11-23T12:00:00Z"] * 2,
    "cost": [0.5, None],
    "failures": [{}, {"cost": "took longer than 30 s"}],
    "depth": [None, None],
    "metadata": [{"team": "a"}, {"cost": -99, "failures": "none", "rank": 1, "depth": 7}],
}


def test_no_key_of_a_participant_takes_the_place_of_a_column() -> None:
    frame = board_frame(COLUMNS, ["cost"], 3, None)

    assert frame["cost"].tolist()[0] == 0.5
    assert np.isnan(frame["cost"].tolist()[1])
    assert frame["rank"].tolist() == [1, 2]
    assert frame["failures"].tolist() == COLUMNS["failures"]
    assert "depth" not in frame
    assert frame["metadata.cost"].tolist()[1] == -99
    assert frame["metadata.depth"].tolist()[1] == 7
    assert frame["team"].tolist()[0] == "a"


def test_failures_are_left_out_where_there_are_none() -> None:
    frame = board_frame(COLUMNS | {"failures": [{}, None]}, ["cost"], 3, None)

    assert "failures" not in frame
