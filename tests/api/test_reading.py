"""Boards and comparisons, as tables and in colour."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aims_gh import ModelPlayground
from aims_gh.api.data import QuickstartData
from aims_gh.errors import AimsError


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, wine: QuickstartData) -> ModelPlayground:
    """Four versions: two forests, two regressions, one of them scaled."""
    import os

    folder = tmp_path_factory.mktemp("board")
    os.environ["AIMS_KEYS"] = str(folder / "keys")
    pg = ModelPlayground("tabular", "classification", private=False, username="alice")
    pg.create(
        f"{folder}/c/wines", eval_data=wine.y_test_labels, test_features=wine.X_test,
        public_private_split=0,
    )  # fmt: skip
    for model in (
        RandomForestClassifier(5, random_state=0),
        RandomForestClassifier(5, random_state=0, max_depth=1),
        make_pipeline(StandardScaler(), LogisticRegression(C=0.1)),
        LogisticRegression(max_iter=9000),
    ):
        pg.submit_model(model.fit(wine.X_train, wine.y_train), wait=False, onnx_timeout=False)
    pg.submit_model(None, None, ["class_0"] * len(wine.X_test))
    return pg


def test_models_are_compared_in_one_table_per_kind(board: ModelPlayground) -> None:
    tables = board.compare_models([1, 2, 3])

    assert list(tables) == [
        "scores", "model", "RandomForestClassifier", "Pipeline", "StandardScaler",
        "LogisticRegression", "operators",
    ]  # fmt: skip
    forests = tables["RandomForestClassifier"].set_index("param_name")
    assert list(forests) == ["default_value", "model_version_1", "model_version_2", "differs"]
    assert forests.loc["max_depth"].tolist() == [None, None, 1, True]
    assert forests["differs"].sum() == 1
    assert list(tables["LogisticRegression"]) == [
        "param_name", "default_value", "model_version_3", "differs",
    ]  # fmt: skip


def test_a_step_is_compared_with_its_like_whatever_it_is_called(board: ModelPlayground) -> None:
    table = board.compare_models([3, 4])["LogisticRegression"].set_index("param_name")

    assert table.loc["C", ["default_value", "model_version_3", "model_version_4"]].tolist() == [
        1.0, 0.1, 1.0,
    ]  # fmt: skip
    assert table.loc["max_iter", "model_version_4"] == 9000


def test_verbose_0_shows_what_differs_alone(board: ModelPlayground) -> None:
    table = board.compare_models([1, 2], verbose=0)["RandomForestClassifier"]

    assert table["param_name"].tolist() == ["max_depth"]


def test_versions_are_chosen_by_type_or_by_rank(board: ModelPlayground) -> None:
    forests = board.compare_models(by_model_type="RandomForestClassifier")
    best = board.compare_models(best_model=1)

    shown = [name for name in forests["scores"] if str(name).startswith("model_version_")]
    assert sorted(shown) == ["model_version_1", "model_version_2"]
    assert len([name for name in best["scores"] if str(name).startswith("model_version_")]) == 1
    with pytest.raises(AimsError, match="nothing to compare") as caught:
        board.compare_models(by_model_type="SVC")
    assert "RandomForestClassifier" in caught.value.hint


def test_colours_tell_the_default_from_what_is_not_and_versions_apart(
    board: ModelPlayground,
) -> None:
    styled = board.stylize_compare(board.compare_models([1, 2]))

    html = styled["RandomForestClassifier"].to_html()
    red = set(_cells(html, "220, 80, 60"))
    assert len(red) == 5  # n_estimators and random_state of both, and one max_depth
    assert "240, 180, 0" in html  # the other max_depth
    assert "<h4>scores</h4>" in styled._repr_html_()


def _cells(html: str, colour: str) -> list[str]:
    import re

    rules = re.findall(r"([^{}]+)\{\s*background-color: rgba\(([^)]*)\)", html)
    return [name for names, found in rules if found.startswith(colour) for name in names.split(",")]


def test_a_comparison_shows_itself(board: ModelPlayground) -> None:
    compared = board.compare_models([1, 2])

    assert "max_depth" in repr(compared)
    assert compared._repr_html_().count("<table") == len(compared)


def test_a_board_is_drawn_with_bars_and_percentages(board: ModelPlayground) -> None:
    html = board.stylize_leaderboard().to_html()

    assert "linear-gradient" in html
    assert "%</td>" in html


def test_the_same_table_is_drawn_in_the_same_words_every_time(board: ModelPlayground) -> None:
    assert board.stylize_leaderboard().to_html() == board.stylize_leaderboard().to_html()
    once, again = (board.compare_models([1, 2])._repr_html_() for _ in range(2))
    assert once == again


def test_what_participants_wrote_is_text_in_html(
    wines: ModelPlayground, wine: QuickstartData
) -> None:
    wines.submit_model(
        None, None, wine.y_test, custom_metadata={"team": "<script>alert(1)</script>"}
    )

    html = wines.stylize_leaderboard().to_html() + wines.compare_models([1])._repr_html_()

    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_own_metadata_never_hides_a_column(wines: ModelPlayground, wine: QuickstartData) -> None:
    wines.submit_model(None, None, wine.y_test, custom_metadata={"team": "a", "differs": "b"})

    board = wines.get_leaderboard()

    assert board["team"].tolist() == ["a"]
    assert board["differs"].tolist() == ["b"]


def test_a_model_is_inspected_parameter_by_parameter(board: ModelPlayground) -> None:
    frame = board.inspect_model(2).set_index("param_name")

    assert frame.loc["max_depth", ["default_value", "param_value", "changed"]].tolist() == [
        None, 1, True,
    ]  # fmt: skip
    assert "step" in board.inspect_model(3)
    assert board.inspect_model(5).empty


def test_the_best_model_is_inspected_by_default(board: ModelPlayground) -> None:
    best = int(board.get_leaderboard()["version"].iloc[0])

    pd.testing.assert_frame_equal(board.inspect_model(), board.inspect_model(best))


def test_unknown_boards_and_tokens_are_refused(board: ModelPlayground) -> None:
    with pytest.raises(AimsError, match="no 'private' board"):
        board.get_leaderboard(submission_type="private")
    with pytest.raises(AimsError, match="token is not used here"):
        board.get_leaderboard(token="x")


def test_a_playground_shows_itself(board: ModelPlayground, wines: ModelPlayground) -> None:
    assert "45 rows to predict" in board._repr_html_()
    assert "not created yet" in ModelPlayground("text", "regression", False)._repr_html_()
    assert repr(wines).startswith("ModelPlayground('")


def test_the_old_name_of_a_method_is_the_same_method(board: ModelPlayground) -> None:
    assert board.inspect_y_test() == board.inspect_eval_data()


def test_what_is_in_the_holdout_is_never_told(board: ModelPlayground) -> None:
    told: dict[str, Any] = board.inspect_eval_data()

    assert told == {
        "y_length": 45,
        "class_labels": ["class_0", "class_1", "class_2"],
        "label_dtypes": "str",
    }
