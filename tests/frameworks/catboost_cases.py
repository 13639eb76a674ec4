"""CatBoost: every way of its own that a model can be made in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import catboost as cb
import numpy as np
from boosting_data import (
    NAMES,
    array,
    diabetes,
    fitted,
    inside,
    mixed,
    preprocessed,
    tumours,
    wine,
    with_categories,
    with_gaps,
)
from framework_cases import Case, Cases

FEW = {
    "iterations": 10, "depth": 4, "verbose": 0, "allow_writing_files": False, "thread_count": 1,
    "random_seed": 0,
}  # fmt: skip
LOSSES = (
    "RMSE", "MAE", "Quantile", "Poisson", "Tweedie:variance_power=1.5", "Huber:delta=1", "LogCosh",
)  # fmt: skip


def _classifier(features: Any, target: Any, **options: Any) -> Case:
    return fitted(cb.CatBoostClassifier(**FEW | options), features, target)


def _regressor(**options: Any) -> Case:
    return fitted(cb.CatBoostRegressor(**FEW | options), *diabetes())


def _stopped_early() -> Case:
    features, target = diabetes()
    model = cb.CatBoostRegressor(**FEW | {"iterations": 200, "learning_rate": 0.5})
    made = fitted(
        model, features[:300], target[:300], eval_set=(features[300:], target[300:]),
        early_stopping_rounds=3,
    )  # fmt: skip
    assert made.model.tree_count_ < 200
    return made


def _two_targets() -> Case:
    features, target = diabetes()
    both = np.column_stack([target, target * 2 + features["age"] * 100])
    return fitted(cb.CatBoostRegressor(**FEW, loss_function="MultiRMSE"), features, both)


def _ranker() -> Case:
    features, target = diabetes()
    groups = np.sort(np.arange(len(target)) % 20)
    model = cb.CatBoostRanker(**FEW, loss_function="YetiRank")
    return fitted(model, features, target // 100, group_id=groups)


def _categories() -> Case:
    features, target = with_categories()
    words = features.assign(
        build=features["build"].astype(object).fillna("unknown"),
        decade=features["decade"].astype(str),
    )
    return fitted(cb.CatBoostRegressor(**FEW, cat_features=["build", "decade"]), words, target)


def _cases() -> Iterator[tuple[str, Callable[[], Case]]]:
    yield "CatBoostClassifier, two classes", lambda: _classifier(*tumours())
    yield (
        "CatBoostClassifier, three classes, an array",
        lambda: _classifier(array(wine()[0]), wine()[1]),
    )
    yield "CatBoostClassifier, classes with names", lambda: _classifier(wine()[0], NAMES[wine()[1]])
    yield (
        "CatBoostClassifier, two classes with names",
        lambda: _classifier(tumours()[0], NAMES[tumours()[1]]),
    )
    for mode in ("Min", "Max"):
        yield (
            f"CatBoostClassifier, numbers missing, {mode}",
            partial(_classifier, *with_gaps(), nan_mode=mode),
        )
    yield (
        "CatBoostClassifier, MultiClassOneVsAll",
        lambda: _classifier(*wine(), loss_function="MultiClassOneVsAll"),
    )
    for policy in ("Lossguide", "Depthwise"):
        yield f"CatBoostClassifier, {policy}", partial(_classifier, *wine(), grow_policy=policy)
    for loss in LOSSES:
        yield f"CatBoostRegressor, {loss}", partial(_regressor, loss_function=loss)
    yield "CatBoostRegressor, stopped early", _stopped_early
    yield "CatBoostRegressor, two targets", _two_targets
    yield (
        "CatBoostRegressor, RMSEWithUncertainty",
        lambda: _regressor(loss_function="RMSEWithUncertainty"),
    )
    yield "CatBoostRegressor, cat_features", _categories
    yield "CatBoost", lambda: fitted(cb.CatBoost(dict(FEW)), *diabetes())
    yield "CatBoostRanker", _ranker
    for where, model in inside(cb.CatBoostClassifier(**FEW)).items():
        yield f"CatBoostClassifier, {where}", partial(fitted, model, *mixed())
    yield (
        "CatBoostClassifier, behind a sparse matrix",
        lambda: fitted(preprocessed(cb.CatBoostClassifier(**FEW), dense=False), *mixed()),
    )


def cases() -> Cases:
    """Give every case."""
    return dict(_cases())


def why_not(name: str) -> str | None:
    """Tell why a case is refused; None where it converts."""
    if "cat_features" in name:
        return "asks about statistics of its categories; encode them before it"
    return "gives a variance beside each value" if "Uncertainty" in name else None
