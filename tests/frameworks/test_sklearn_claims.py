"""What a live model tells of itself: steps, parameters, size, layers."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from boosting_data import mixed, preprocessed
from framework_cases import Case
from lightgbm_cases import cases as lightgbm_cases
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn_cases import wine
from xgboost_cases import cases as xgboost_cases

from aims_gh.domain.claims import Claims, Parameter
from aims_gh.frameworks.library import library_of


def claims_of(model: Any) -> Claims:
    return library_of(model).claims(model)


def parameter(claims: Claims, step: str, name: str) -> Parameter:
    (found,) = (p for p in claims.parameters if (p.step, p.name) == (step, name))
    return found


def linear(**options: Any) -> LogisticRegression:
    return LogisticRegression(solver="newton-cholesky", **options)


def nested() -> Any:
    columns = ColumnTransformer(
        [("num", StandardScaler(), ["ash"]), ("rest", make_pipeline(MinMaxScaler()), ["hue"])]
    )
    return make_pipeline(columns, linear(C=0.5)).fit(*wine())


def test_steps_are_all_estimators_nested_and_in_order() -> None:
    steps = [(step.name, step.type) for step in claims_of(nested()).steps]

    assert steps == [
        ("", "Pipeline"),
        ("columntransformer", "ColumnTransformer"),
        ("columntransformer__num", "StandardScaler"),
        ("columntransformer__rest", "Pipeline"),
        ("columntransformer__rest__minmaxscaler", "MinMaxScaler"),
        ("logisticregression", "LogisticRegression"),
    ]


def test_parameters_carry_their_defaults_and_whether_they_were_changed() -> None:
    told = claims_of(nested())

    changed = {(p.step, p.name, p.value, p.default) for p in told.parameters if p.changed}
    assert changed == {
        ("logisticregression", "C", 0.5, 1.0),
        ("logisticregression", "solver", "newton-cholesky", "lbfgs"),
    }
    assert parameter(told, "columntransformer__num", "with_mean").changed is False
    assert not [p for p in told.parameters if p.name in ("steps", "transformers")]


def test_values_that_are_no_plain_scalars_are_short_text() -> None:
    model = make_pipeline(
        FunctionTransformer(np.log1p, kw_args={"a" * 500: float("nan")}),
        MinMaxScaler(feature_range=(np.float64(0), np.inf)),
        xgb.XGBClassifier(missing=np.nan),
    )

    told = claims_of(model)

    assert parameter(told, "functiontransformer", "func").value == "log1p"
    kept = parameter(told, "functiontransformer", "kw_args").value
    assert isinstance(kept, str) and len(kept) == 200
    assert parameter(told, "minmaxscaler", "feature_range").value == "(np.float64(0.0), inf)"
    missing = parameter(told, "xgbclassifier", "missing")
    assert (missing.value, missing.default, missing.changed) == ("nan", "nan", False)


def test_of_a_search_the_best_estimator_counts_and_the_search_is_a_step() -> None:
    search = GridSearchCV(make_pipeline(StandardScaler(), linear()), {
        "logisticregression__C": [1e-6, 2.0]
    }, cv=2).fit(*wine())  # fmt: skip

    told = claims_of(search)

    assert told.model_type == "LogisticRegression"
    assert [step.name for step in told.steps] == [
        "",
        "estimator",
        "estimator__standardscaler",
        "estimator__logisticregression",
    ]
    assert parameter(told, "estimator__logisticregression", "C").value == 2.0
    assert parameter(told, "", "cv").value == 2


SIZES = {
    "3 weights and a bias": (LinearRegression().fit(np.eye(3), [1, 2, 3]), 4),
    "3 classes of 13 weights": (linear().fit(*wine()), 3 * 13 + 3),
    "and a scaler: 3 of 13": (make_pipeline(StandardScaler(), linear()).fit(*wine()), 42 + 3 * 13),
    "layers of 13 x 4 and 4 x 3": (
        MLPClassifier((4,), max_iter=1, random_state=0), 13 * 4 + 4 + 4 * 3 + 3,
    ),
    "the rows it remembers": (KNeighborsClassifier().fit(*wine()), 178 * 13),
    "of three folds each": (
        CalibratedClassifierCV(LinearSVC(), cv=3).fit(*wine()), 3 * (42 + 3 * 2),
    ),
    "of the best alone": (GridSearchCV(linear(), {"C": [1, 2]}, cv=2).fit(*wine()), 42),
}  # fmt: skip


@pytest.mark.parametrize(("model", "numbers"), SIZES.values(), ids=SIZES)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_num_params_counts_what_training_has_set(model: Any, numbers: int) -> None:
    if not hasattr(model, "n_features_in_"):
        model.fit(*wine())

    assert claims_of(model).num_params == numbers


@pytest.mark.parametrize(
    ("model", "trees"),
    [
        (DecisionTreeClassifier(random_state=0), 1),
        (RandomForestClassifier(7, max_depth=3, random_state=0), 7),
        (GradientBoostingClassifier(n_estimators=4, random_state=0), 4 * 3),
        (HistGradientBoostingClassifier(max_iter=4), 4 * 3),
    ],
    ids=lambda item: type(item).__name__,
)
def test_trees_are_counted_and_the_deepest_is_measured(model: Any, trees: int) -> None:
    told = claims_of(model.fit(*wine()))

    assert told.trees == trees
    assert told.depth is not None and told.depth >= 2
    assert told.num_params is not None and told.num_params >= 3 * trees


def test_trees_of_boosters_inside_others_are_counted_too() -> None:
    model = preprocessed(xgb.XGBClassifier(n_estimators=3, max_depth=2)).fit(*mixed())

    told = claims_of(model)

    assert (told.trees, told.depth) == (9, 2)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_perceptron_tells_its_layers_and_how_it_was_trained() -> None:
    told = claims_of(
        make_pipeline(StandardScaler(), MLPClassifier((8, 4), max_iter=5)).fit(*wine())
    )

    assert (told.optimizer, told.loss, told.epochs, told.depth) == ("adam", "log_loss", 5, 3)
    assert [
        (layer.name, layer.type, layer.output_shape, layer.num_params, layer.activation)
        for layer in told.layers
    ] == [
        ("hidden_1", "Dense", (None, 8), 13 * 8 + 8, "relu"),
        ("hidden_2", "Dense", (None, 4), 8 * 4 + 4, "relu"),
        ("output", "Dense", (None, 3), 4 * 3 + 3, "softmax"),
    ]
    assert told.layers[1].inputs == ("hidden_1",)


def test_solver_loss_and_passes_where_there_are_such() -> None:
    logistic = claims_of(linear().fit(*wine()))
    descent = claims_of(SGDClassifier(max_iter=3, tol=None, random_state=0).fit(*wine()))

    assert (logistic.optimizer, logistic.epochs) == ("newton-cholesky", None)
    assert (descent.loss, descent.epochs) == ("hinge", 3)


def test_a_pipeline_is_of_the_library_that_predicts() -> None:
    told = claims_of(preprocessed(xgb.XGBClassifier(n_estimators=2)).fit(*mixed()))

    assert (told.ml_framework, told.model_type) == ("xgboost", "XGBClassifier")
    assert {"python", "numpy", "scikit-learn"} < set(told.libraries)
    assert {name.partition("-")[0] for name in told.libraries} >= {"xgboost"}
    assert told.platform == f"{platform.system()} {platform.machine()}"
    assert told.loss == "multi:softprob"


@pytest.mark.parametrize(
    ("case", "framework", "loss"),
    [
        (xgboost_cases()["Booster, multi:softprob"], "xgboost", "multi:softprob"),
        (lightgbm_cases()["Booster, multiclass"], "lightgbm", "multiclass"),
    ],
)
def test_a_native_booster_tells_what_it_was_trained_with(
    case: Any, framework: str, loss: str
) -> None:
    made: Case = case()

    told = claims_of(made.model)

    assert (told.ml_framework, told.model_type, told.loss) == (framework, "Booster", loss)
    assert told.trees == 15
    assert told.parameters
    assert library_of(made.model).architecture(made.model) is None


def test_what_a_model_claims_survives_being_written() -> None:
    told = claims_of(nested())

    assert Claims.from_yaml(told.to_yaml()) == told
