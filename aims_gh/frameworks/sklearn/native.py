"""What a scikit-learn model takes, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.inert import plain
from aims_gh.core.outputs import Said
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.sklearn.anatomy import parts_of
from aims_gh.frameworks.sklearn.inputs import BY_NAME

Array = npt.NDArray[Any]

_SCORED = (
    "LinearSVC", "RidgeClassifier", "RidgeClassifierCV", "SGDClassifier", "Perceptron",
    "PassiveAggressiveClassifier", "SVC", "NuSVC", "OneVsRestClassifier", "IsolationForest",
    "OneClassSVM", "SGDOneClassSVM", "LocalOutlierFactor", "EllipticEnvelope",
)  # fmt: skip
"""Whose `decision_function` the file gives too, in the same form."""


_MOST_NUMBERS = 100_000_000


def final(model: Any) -> Any:
    """Give the estimator that predicts: the best one of a search, the last of a pipeline."""
    while True:
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(model, "steps") and model.steps:
            model = model.steps[-1][1]
        else:
            return model


def rows(model: Any, features: Any) -> Any:
    """Give the features as the model takes them.

    Texts where it begins with a text vectorizer; the columns it was trained on, in that order,
    where the playground has more of them; an array where it was trained on one.
    """
    if _takes_texts(model):
        return _texts(features)
    names = getattr(model, "feature_names_in_", None)
    if names is None and any(hasattr(part, "feature_names_in_") for _, part in parts_of(model)):
        return features  # a step of one's own does not tell which
    return with_columns(features, names)


def with_columns(features: Any, names: Any) -> Any:
    """Give the columns a model was trained on, by name where both sides have names.

    Parameters
    ----------
    features : DataFrame, array or list
    names : sequence of str or None
        None: the model was trained on an array.
    """
    if not hasattr(features, "columns"):
        return _with_names(features, names)
    if names is None:
        numbers = all(isinstance(d, np.dtype) and d.kind in "fiub" for d in features.dtypes)
        return features.to_numpy() if numbers else features
    wanted = [str(name) for name in names]
    have = [str(name) for name in features.columns]
    if wanted == have or not set(wanted) <= set(have):
        return features
    chosen = features.iloc[:, [have.index(name) for name in wanted]]
    chosen.attrs[BY_NAME] = True
    return chosen


def said(model: Any, rows: Any) -> Said:
    """Ask the model: labels and probabilities or scores, values, or transformed features.

    Raises
    ------
    SubmissionError
        If the model is not fitted, cannot predict for new rows, or does not take these.
    """
    with asking(model):
        return _said(model, rows)


@contextmanager
def asking(model: Any) -> Iterator[None]:
    """Turn whatever a model raises when it is asked into a refusal."""
    try:
        yield
    except SubmissionError:
        raise
    except Exception as error:
        raise _did_not(model, error) from error


def _said(model: Any, rows: Any) -> Said:
    from sklearn.base import is_classifier

    if not hasattr(model, "predict"):
        if not hasattr(model, "transform"):
            raise SubmissionError(
                f"{type(model).__name__} has no predict and no transform for new rows",
                hint="submit an estimator that was fitted on the training data and can predict "
                "others",
            )
        return Said(numbers=_dense(model.transform(rows)))
    predicted = np.asarray(model.predict(rows))
    if predicted.dtype.kind == "f" and not is_classifier(model):
        return Said(numbers=predicted.astype(np.float64))
    if predicted.ndim == 2 and predicted.shape[1] == 1:
        predicted = predicted[:, 0]  # as CatBoost gives them
    return Said(labels=predicted, numbers=_beside(model, rows))


def _beside(model: Any, rows: Any) -> Array | None:
    """Ask a classifier, or whatever else gives labels, for the numbers it decides by."""
    last = final(model)
    if hasattr(model, "predict_proba"):
        numbers = model.predict_proba(rows)
        # One array for each of several labels: nothing that could be compared row by row.
        return None if isinstance(numbers, list) else np.asarray(numbers, dtype=np.float64)
    kinds = {kind.__name__ for kind in type(last).__mro__ if kind.__module__.startswith("sklearn.")}
    if kinds & set(_SCORED) and hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(rows), dtype=np.float64)
    return None


def _dense(numbers: Any) -> Array:
    if np.prod(numbers.shape, dtype=np.float64) > _MOST_NUMBERS:
        raise SubmissionError(
            f"the model gives {numbers.shape[1]:,} numbers for each row",
            hint="submit a model that predicts, such as a Pipeline with a classifier at its end",
        )
    array = numbers.toarray() if hasattr(numbers, "toarray") else np.asarray(numbers)
    return array.astype(np.float64)


def _did_not(model: Any, error: Exception) -> SubmissionError:
    name = type(model).__name__
    if "NotFitted" in type(error).__name__ or "not fitted" in str(error).lower():
        return SubmissionError(
            f"{name} is not fitted", hint="fit it on the training data before you submit it"
        )
    return SubmissionError(
        f"{name} does not take the features: {type(error).__name__}: {plain(str(error))[:300]}",
        hint="give sample_data as the model takes it, and put what prepares the data into a "
        "Pipeline",
    )


def _takes_texts(model: Any) -> bool:
    while True:
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(model, "steps") and model.steps:
            model = model.steps[0][1]
        elif hasattr(model, "transformer_list") and model.transformer_list:
            model = model.transformer_list[0][1]
        else:
            return hasattr(model, "build_analyzer")


def _texts(features: Any) -> Any:
    if getattr(features, "ndim", 1) != 2:
        return features
    if features.shape[1] != 1:
        names = [str(name) for name in getattr(features, "columns", ())]
        listed = f" ({', '.join(names[:12])})" if names else ""
        raise SubmissionError(
            f"the model takes texts, and the features have {features.shape[1]} columns{listed}",
            hint="name the column in the model: make_column_transformer((vectorizer, 'column'))",
        )
    return features.iloc[:, 0] if hasattr(features, "columns") else np.asarray(features)[:, 0]


def _with_names(features: Any, names: Any) -> Any:
    """Name the columns of an array as those that the model was trained on."""
    if names is None or getattr(features, "ndim", 0) != 2 or features.shape[1] != len(names):
        return features
    import pandas

    return pandas.DataFrame(features, columns=list(names))
