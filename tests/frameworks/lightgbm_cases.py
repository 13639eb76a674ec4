"""LightGBM: every way of its own that a model can be made in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import lightgbm as lgb
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

FEW = {"n_estimators": 10, "num_leaves": 10, "n_jobs": 1, "verbose": -1, "random_state": 0}
OBJECTIVES = (
    "regression", "regression_l1", "huber", "fair", "quantile", "mape", "poisson", "gamma",
    "tweedie",
)  # fmt: skip


def _classifier(features: Any, target: Any, **options: Any) -> Case:
    return fitted(lgb.LGBMClassifier(**FEW | options), features, target)


def _regressor(**options: Any) -> Case:
    return fitted(lgb.LGBMRegressor(**FEW | options), *diabetes())


def _stopped_early() -> Case:
    features, target = tumours()
    model = lgb.LGBMClassifier(**FEW | {"n_estimators": 200, "learning_rate": 0.5})
    made = fitted(
        model, features[:300], target[:300], eval_X=features[300:], eval_y=target[300:],
        callbacks=[lgb.early_stopping(2, verbose=False)],
    )  # fmt: skip
    assert made.model.best_iteration_ < 200
    return made


def _zeros_missing() -> Case:
    features, target = tumours()
    few = array(features)
    few = np.where(few < np.median(few, axis=0), 0, few)
    return _classifier(few, target, zero_as_missing=True)


def _ranker() -> Case:
    features, target = diabetes()
    groups = [22] * 20 + [2]
    return fitted(lgb.LGBMRanker(**FEW), features, (target // 50).astype(int), group=groups)


def _booster(objective: str, *, names: bool) -> Case:
    features, target = wine()
    features = features if names else array(features)
    options: dict[str, Any] = {"objective": objective, "verbose": -1, "num_leaves": 6}
    if objective == "binary":
        target = (target == 1).astype(int)
    else:
        options["num_class"] = 3
    return Case(lgb.train(options, lgb.Dataset(features, target), 5), features)


def _cases() -> Iterator[tuple[str, Callable[[], Case]]]:
    yield "LGBMClassifier, two classes", lambda: _classifier(*tumours())
    yield (
        "LGBMClassifier, three classes, an array",
        lambda: _classifier(array(wine()[0]), wine()[1]),
    )
    yield "LGBMClassifier, classes with names", lambda: _classifier(wine()[0], NAMES[wine()[1]])
    yield "LGBMClassifier, numbers missing", lambda: _classifier(*with_gaps())
    yield "LGBMClassifier, zero_as_missing", _zeros_missing
    yield "LGBMClassifier, stopped early", _stopped_early
    yield "LGBMClassifier, multiclassova", lambda: _classifier(*wine(), objective="multiclassova")
    yield "LGBMClassifier, dart", lambda: _classifier(*tumours(), boosting_type="dart")
    yield (
        "LGBMClassifier, rf",
        lambda: _classifier(*wine(), boosting_type="rf", bagging_freq=1, bagging_fraction=0.5),
    )
    for objective in OBJECTIVES:
        yield f"LGBMRegressor, {objective}", partial(_regressor, objective=objective)
    yield "LGBMRegressor, reg_sqrt", lambda: _regressor(reg_sqrt=True)
    yield "LGBMRegressor, linear_tree", lambda: _regressor(linear_tree=True)
    yield (
        "LGBMRegressor, categories",
        lambda: fitted(
            lgb.LGBMRegressor(**FEW, min_data_per_group=1, max_cat_to_onehot=2, cat_smooth=1),
            *with_categories(),
        ),
    )
    yield "LGBMRanker", _ranker
    yield "Booster, binary", partial(_booster, "binary", names=False)
    yield "Booster, multiclass", partial(_booster, "multiclass", names=False)
    yield "Booster, columns with names", partial(_booster, "multiclass", names=True)
    for where, model in inside(lgb.LGBMClassifier(**FEW)).items():
        yield f"LGBMClassifier, {where}", partial(fitted, model, *mixed())
    yield (
        "LGBMClassifier, behind a sparse matrix",
        lambda: fitted(preprocessed(lgb.LGBMClassifier(**FEW), dense=False), *mixed()),
    )


def cases() -> Cases:
    """Give every case."""
    return dict(_cases())


def why_not(name: str) -> str | None:
    """Tell why a case is refused; None where it converts."""
    return "has a linear model in each leaf" if "linear_tree" in name else None
