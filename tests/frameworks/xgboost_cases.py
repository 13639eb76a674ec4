"""XGBoost: every way of its own that a model can be made in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import xgboost as xgb
from boosting_data import (
    array,
    diabetes,
    fitted,
    inside,
    mixed,
    preprocessed,
    texts,
    tumours,
    wine,
    with_categories,
    with_gaps,
)
from framework_cases import Case, Cases
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

FEW = {"n_estimators": 10, "max_depth": 4, "n_jobs": 1, "random_state": 0}
OBJECTIVES = (
    "reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror",
    "reg:gamma", "reg:tweedie", "count:poisson", "survival:cox",
)  # fmt: skip


def _classifier(features: Any, target: Any, **options: Any) -> Case:
    return fitted(xgb.XGBClassifier(**FEW | options), features, target)


def _regressor(objective: str) -> Case:
    features, target = diabetes()
    return fitted(xgb.XGBRegressor(objective=objective, **FEW), features, target)


def _stopped_early() -> Case:
    features, target = tumours()
    model = xgb.XGBClassifier(**FEW | {"n_estimators": 60}, early_stopping_rounds=2)
    options = {"eval_set": [(features[300:], target[300:])], "verbose": False}
    made = fitted(model, features[:300], target[:300], **options)
    assert made.model.best_iteration + 1 < made.model.get_booster().num_boosted_rounds()
    return made


def _two_targets(strategy: str) -> Case:
    features, target = diabetes()
    both = np.column_stack([target, target * 2 + features["age"] * 100])
    return fitted(xgb.XGBRegressor(multi_strategy=strategy, **FEW), features, both)


def _ranker() -> Case:
    features, target = diabetes()
    groups = np.sort(np.arange(len(target)) % 20)
    return fitted(xgb.XGBRanker(**FEW), features, target // 50, qid=groups)


def _booster(objective: str, *, names: bool) -> Case:
    features, target = wine()
    features = features if names else array(features)
    options = {"objective": objective, "num_class": 3, "max_depth": 3}
    if objective == "binary:logistic":
        del options["num_class"]
        target = (target == 1).astype(int)
    return Case(xgb.train(options, xgb.DMatrix(features, target), 5), features)


def _cases() -> Iterator[tuple[str, Callable[[], Case]]]:
    yield "XGBClassifier, two classes", lambda: _classifier(*tumours())
    yield "XGBClassifier, three classes, an array", lambda: _classifier(array(wine()[0]), wine()[1])
    yield "XGBClassifier, numbers missing", lambda: _classifier(*with_gaps())
    yield "XGBClassifier, 0 stands for missing", lambda: _classifier(*tumours(), missing=0)
    yield "XGBClassifier, stopped early", _stopped_early
    yield "XGBClassifier, binary:hinge", lambda: _classifier(*tumours(), objective="binary:hinge")
    yield "XGBClassifier, dart", lambda: _classifier(*tumours(), booster="dart", rate_drop=0.3)
    yield "XGBClassifier, gblinear", lambda: _classifier(*tumours(), booster="gblinear")
    yield "XGBRFClassifier", lambda: fitted(xgb.XGBRFClassifier(**FEW), *wine())
    for objective in OBJECTIVES:
        yield f"XGBRegressor, {objective}", partial(_regressor, objective)
    for strategy in ("one_output_per_tree", "multi_output_tree"):
        yield f"XGBRegressor, two targets, {strategy}", partial(_two_targets, strategy)
    yield (
        "XGBRegressor, categories",
        lambda: fitted(
            xgb.XGBRegressor(enable_categorical=True, max_cat_to_onehot=2, **FEW),
            *with_categories(),
        ),
    )
    yield "XGBRFRegressor", lambda: fitted(xgb.XGBRFRegressor(**FEW), *diabetes())
    yield "XGBRanker", _ranker
    for objective in ("binary:logistic", "multi:softprob", "multi:softmax"):
        yield f"Booster, {objective}", partial(_booster, objective, names=False)
    yield "Booster, columns with names", partial(_booster, "multi:softprob", names=True)
    for where, model in inside(xgb.XGBClassifier(**FEW)).items():
        yield f"XGBClassifier, {where}", partial(fitted, model, *mixed())
    yield (
        "XGBClassifier, behind a sparse matrix",
        lambda: fitted(preprocessed(xgb.XGBClassifier(**FEW), dense=False), *mixed()),
    )
    yield (
        "XGBClassifier, behind a TfidfVectorizer",
        lambda: fitted(make_pipeline(TfidfVectorizer(), xgb.XGBClassifier(**FEW)), *texts()),
    )


def cases() -> Cases:
    """Give every case."""
    return dict(_cases())


def why_not(name: str) -> str | None:
    """Tell why a case is refused; None where it converts."""
    del name
    return None
