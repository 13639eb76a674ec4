"""Live models of several libraries, from fitting to the board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from catboost import CatBoostClassifier
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from aims_gh import ModelPlayground

KINDS = np.array(["barolo", "grignolino", "barbera"])


def wines() -> tuple[pd.DataFrame, Any]:
    """Real wines: numbers, whole numbers, truth values, and words; some left out."""
    loaded = load_wine(as_frame=True)
    features = loaded.data
    frame = pd.DataFrame(
        {
            "alcohol (%)": features["alcohol"].where(np.arange(len(features)) % 9 != 0),
            "magnesium": features["magnesium"].astype(int),
            "dear": features["proline"] > 700,
            "colour": pd.cut(features["color_intensity"], [0, 3, 5, 99], labels=["a", "b", "c"])
            .astype(object)
            .where(np.arange(len(features)) % 7 != 0),
            "hue": features["hue"],
        }
    )
    return frame, loaded.target


def columns(encoder: Any) -> Any:
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["alcohol (%)", "magnesium", "hue"]),
        (encoder, ["colour", "dear"]),
    )


def numbers(model: Any) -> Any:
    return make_pipeline(columns(OneHotEncoder(handle_unknown="ignore")), model)


MODELS = {
    "LogisticRegression": numbers(LogisticRegression()),
    "HistGradientBoostingClassifier": make_pipeline(
        make_column_transformer(
            (OrdinalEncoder(), ["colour", "dear"]), remainder="passthrough"
        ),
        HistGradientBoostingClassifier(max_iter=10),
    ),
    "XGBClassifier": numbers(xgb.XGBClassifier(n_estimators=10)),
    "LGBMClassifier": numbers(lgb.LGBMClassifier(n_estimators=10, verbose=-1)),
    "CatBoostClassifier": GridSearchCV(
        numbers(CatBoostClassifier(iterations=10, verbose=0, allow_writing_files=False)), {}, cv=2
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def split() -> list[Any]:
    frame, target = wines()
    return list(train_test_split(frame, target, test_size=0.4, random_state=0, stratify=target))


@pytest.mark.parametrize("kind", MODELS)
def test_a_pipeline_goes_from_the_notebook_to_the_board(
    kind: str, split: list[Any], tmp_path: Path
) -> None:
    train, test, y_train, y_test = split
    playground = ModelPlayground("tabular", "classification", private=False, username="alice")
    playground.create(
        f"{tmp_path}/course/wine", eval_data=y_test, y_train=y_train, test_features=test,
        public_private_split=0,
    )  # fmt: skip
    model = MODELS[kind].fit(train, y_train)

    *_, scores = playground.submit_model(model, return_metrics=True)

    board = playground.get_leaderboard().set_index("version")
    assert scores["accuracy"] == (model.predict(test).ravel() == y_test).mean()
    assert board.loc[1, "reproduced"]
    assert board.loc[1, "model_type"] == kind


@pytest.mark.parametrize(
    "model",
    [
        xgb.XGBRegressor(n_estimators=10),
        lgb.LGBMRegressor(n_estimators=10, verbose=-1, objective="poisson"),
    ],
    ids=["xgboost", "lightgbm"],
)
def test_boosted_trees_alone_predict_values(model: Any, tmp_path: Path) -> None:
    features, _ = load_wine(return_X_y=True, as_frame=True)
    target = features.pop("proline")
    train, test, y_train, y_test = train_test_split(features, target, random_state=0)
    playground = ModelPlayground("tabular", "regression", private=False, username="alice")
    playground.create(
        f"{tmp_path}/course/price", eval_data=y_test, test_features=test, public_private_split=0
    )

    *_, scores = playground.submit_model(
        model.fit(train, y_train), return_metrics=True, onnx_timeout=False
    )

    expected = np.mean((model.predict(test) - y_test) ** 2)
    assert scores["mse"] == pytest.approx(expected, rel=1e-5)
    assert playground.get_leaderboard()["reproduced"].tolist() == [True]


def test_a_native_booster_is_submitted_as_it_is(split: list[Any], tmp_path: Path) -> None:
    train, test, y_train, y_test = (
        part if part.ndim == 1 else part[["magnesium", "hue"]] for part in split
    )
    booster = xgb.train(
        {"objective": "multi:softprob", "num_class": 3}, xgb.DMatrix(train, y_train), 5
    )
    playground = ModelPlayground("tabular", "classification", private=False, username="alice")
    playground.create(
        f"{tmp_path}/course/wine", eval_data=y_test, test_features=test, public_private_split=0
    )

    *_, scores = playground.submit_model(booster, return_metrics=True, onnx_timeout=False)

    said = booster.predict(xgb.DMatrix(test)).argmax(axis=1)
    assert scores["accuracy"] == (said == y_test).mean()
