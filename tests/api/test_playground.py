"""The Python interface on a local course, as in the paper's own workflow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from aims_gh import Competition, Experiment, ModelPlayground
from aims_gh.errors import CourseError, SubmissionError

Split = tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]


@pytest.fixture(scope="module")
def iris() -> Split:
    loaded = load_iris(as_frame=True)
    names = loaded.target.map(dict(enumerate(loaded.target_names)))
    train, test, y_train, y_test = train_test_split(
        loaded.data, names, test_size=0.4, random_state=0, stratify=names
    )
    return train, test, y_train, y_test


@pytest.fixture
def playground(tmp_path: Path, iris: Split) -> ModelPlayground:
    _, test, y_train, y_test = iris
    made = ModelPlayground("tabular", "classification", private=False, username="alice")
    made.create(
        f"{tmp_path}/course/iris", eval_data=y_test, y_train=y_train, test_features=test,
        example_data=test.head(), public_private_split=0,
    )  # fmt: skip
    return made


def test_create_submit_and_read_the_board(playground: ModelPlayground, iris: Split) -> None:
    train, test, y_train, y_test = iris
    forest = RandomForestClassifier(20, random_state=0).fit(train, y_train)
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(train, y_train)

    first = playground.submit_model(forest, None, forest.predict(test))
    second = playground.submit_model(
        linear, prediction_submission=linear.predict(test), custom_metadata={"team": "a"},
        return_metrics=True,
    )  # fmt: skip

    assert first == ("1", playground.playground_url)
    assert second[:2] == ("2", playground.playground_url)
    assert second[2]["accuracy"] == accuracy_score(y_test, linear.predict(test))
    board = playground.get_leaderboard()
    assert list(board.columns[:6]) == [
        "rank", "version", "username", "timestamp", "accuracy", "f1_score",
    ]  # fmt: skip
    by_version = board.set_index("version")
    assert by_version.loc[1, "accuracy"] == accuracy_score(y_test, forest.predict(test))
    assert by_version["reproduced"].tolist() == [True, True]
    assert by_version.loc[2, "team"] == "a"
    assert set(by_version["model_type"]) == {"RandomForestClassifier", "LogisticRegression"}


def test_columns_of_ones_choice_come_with_version_and_username(
    playground: ModelPlayground, iris: Split
) -> None:
    playground.submit_model(None, prediction_submission=iris[3])

    board = playground.get_leaderboard(columns=["accuracy"])

    assert list(board.columns) == ["accuracy", "version", "username"]


def test_zeros_stay_zeros(playground: ModelPlayground, iris: Split) -> None:
    wrong = iris[3].map({"setosa": "virginica", "virginica": "versicolor", "versicolor": "setosa"})

    playground.submit_model(None, prediction_submission=wrong)

    assert playground.get_leaderboard()["accuracy"].tolist() == [0.0]


def test_predictions_left_out_are_what_the_model_says(
    playground: ModelPlayground, iris: Split
) -> None:
    train, test, y_train, y_test = iris
    model = LogisticRegression(max_iter=500).fit(train, y_train)

    *_, scores = playground.submit_model(model, return_metrics=True)

    assert scores["accuracy"] == accuracy_score(y_test, model.predict(test))


def test_compare_shows_the_parameters_that_differ(playground: ModelPlayground, iris: Split) -> None:
    train, _, y_train, _ = iris
    for trees in (5, 15):
        model = RandomForestClassifier(trees, random_state=0).fit(train, y_train)
        playground.submit_model(model, onnx_timeout=False)

    tables = playground.compare_models([1, 2])

    parameters = tables["RandomForestClassifier"].set_index("param_name")
    versions = ["default_value", "model_version_1", "model_version_2"]
    assert parameters.loc["n_estimators", versions].tolist() == [100, 5, 15]
    assert parameters["differs"].sum() == 1


def test_a_pipeline_with_text_columns_is_submitted_whole(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame(
        {"size": random.normal(size=60), "colour": random.choice(["red", "green"], 60)}
    )
    answers = np.where((rows["size"] > 0) ^ (rows["colour"] == "red"), "yes", "no")
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["colour"]), (StandardScaler(), ["size"])),
        RandomForestClassifier(10, random_state=0),
    ).fit(rows, answers)
    pg = ModelPlayground("tabular", "classification", private=False)
    pg.create(f"{tmp_path}/c/fruit", eval_data=answers, test_features=rows)

    pg.submit_model(model)

    assert pg.get_leaderboard()["reproduced"].tolist() == [True]


def test_a_refusal_is_an_error_with_the_reason(playground: ModelPlayground, iris: Split) -> None:
    with pytest.raises(SubmissionError, match="has 59 rows, the holdout has 60"):
        playground.submit_model(None, prediction_submission=iris[3][:-1])

    assert len(playground.get_leaderboard()) == 0


def test_what_may_be_known_of_the_holdout_has_no_answer(
    playground: ModelPlayground,
) -> None:
    assert playground.inspect_eval_data() == {
        "y_length": 60,
        "class_labels": ["setosa", "versicolor", "virginica"],
        "label_dtypes": "str",
    }


def test_the_two_boards_are_two_views_of_one_playground(tmp_path: Path, iris: Split) -> None:
    address = f"{tmp_path}/c/iris"
    pg = ModelPlayground("tabular", "classification", private=False)
    pg.create(address, eval_data=iris[3])

    Competition(address, username="bob").submit_model(None, None, iris[3])
    Experiment(address, username="carol").submit_model(None, None, iris[3])

    assert Competition(address).get_leaderboard()["username"].tolist() == ["bob"]
    assert Experiment(address).get_leaderboard()["username"].tolist() == ["carol"]


def test_a_private_playground_takes_only_those_it_lists(tmp_path: Path, iris: Split) -> None:
    address = f"{tmp_path}/c/iris"
    pg = ModelPlayground(
        "tabular", "classification", private=True, email_list=["bob"], username="owner"
    )
    pg.create(address, eval_data=iris[3])

    with pytest.raises(SubmissionError, match="mallory is not among the participants"):
        Experiment(address, username="mallory").submit_model(None, None, iris[3])
    version, _ = Experiment(address, username="bob").submit_model(None, None, iris[3])

    assert version == "1"


def test_a_new_playground_says_what_it_needs() -> None:
    with pytest.raises(CourseError, match="needs input_type, task_type and private"):
        ModelPlayground("tabular")


def test_regression_with_lists(tmp_path: Path) -> None:
    pg = ModelPlayground("tabular", "regression", private=False)
    pg.create(f"{tmp_path}/c/r", eval_data=[1.0, 2.0, 3.5, 4.0], public_private_split=0)

    *_, scores = pg.submit_model(None, None, [1, 2, 3, 4], return_metrics=True)

    assert scores["mse"] == 0.0625


def test_the_classes_load_when_they_are_first_used() -> None:
    code = "import aims_gh, sys; assert 'numpy' not in sys.modules; aims_gh.ModelPlayground"

    subprocess.run([sys.executable, "-c", code], check=True)
