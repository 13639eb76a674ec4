"""Turn the copy of a model into one that does the same and that can be converted.

What is done here: a search becomes its best estimator; columns are found by place, not by name;
what is missing in text is "", as in a CSV file; what passes everything on is left out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_ENCODERS = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")


class StandIn:
    """An estimator that is converted in another way than its class: `KMeans` before a classifier.

    Attributes
    ----------
    estimator
        The fitted estimator; what is asked of its stand-in, it answers.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def __getattr__(self, name: str) -> Any:
        if name == "estimator":  # while it is being copied
            raise AttributeError(name)
        return getattr(self.estimator, name)


class Deciding(StandIn):
    """One that gives labels."""


class Scoring(StandIn):
    """One that gives labels and what its `decision_function` says."""


@dataclass(frozen=True, slots=True)
class Simplified:
    """A model that can be converted.

    Attributes
    ----------
    model : estimator
    kinds : frozenset of type
        The classes of all estimators in it.
    """

    model: Any
    kinds: frozenset[type]


def simplified(model: Any, known: Callable[[type], bool]) -> Simplified:
    """Rewrite a fitted estimator, and all inside it, in place.

    Parameters
    ----------
    model : estimator
        A copy: it is changed.
    known : callable
        Tells whether a class can be converted.
    """
    rewrite = _Rewrite(known)
    found = _predictor(rewrite.value(model))
    return Simplified(found, frozenset(rewrite.kinds))


class SideBySide:
    """Puts columns side by side.

    Attributes
    ----------
    width : int
        How many there are.
    """

    def __init__(self, width: int) -> None:
        self.width = width

    def get_feature_names_out(self) -> list[str]:
        """Name the columns it gives; their number is what skl2onnx needs to know."""
        return [str(place) for place in range(self.width)]


def joined(model: Any, width: int) -> Any:
    """Put columns side by side before a model that takes a matrix."""
    from sklearn.pipeline import Pipeline

    return Pipeline([("columns", SideBySide(width)), ("model", model)])


class _Rewrite:
    """One walk through everything that an estimator holds; what is shared stays shared."""

    def __init__(self, known: Callable[[type], bool]) -> None:
        self._known = known
        self.kinds: set[type] = set()
        self._done: dict[int, tuple[Any, Any]] = {}  # the original too: ids of the dead return

    def value(self, value: Any) -> Any:
        if id(value) in self._done:
            return self._done[id(value)][1]
        if isinstance(value, dict | list):
            self._done[id(value)] = (value, value)
        if hasattr(value, "get_params") and not isinstance(value, type):
            return self._estimator(value)
        if isinstance(value, dict):
            for key in list(value):
                value[key] = self.value(value[key])
        elif type(value) is list:
            value[:] = [self.value(item) for item in value]
        elif type(value) is tuple:
            return tuple(self.value(item) for item in value)
        elif isinstance(value, np.ndarray) and value.dtype == object:
            for place, item in enumerate(value.flat):
                value.flat[place] = self.value(item)
        return value

    def _estimator(self, estimator: Any) -> Any:
        self._done[id(estimator)] = (estimator, estimator)
        for name, value in list(vars(estimator).items()):
            new = self.value(value)
            if new is not value:
                vars(estimator)[name] = new
        if not self._known(type(estimator)):
            self._take_for_ancestor(estimator)
        self.kinds.add(type(estimator))
        names = {kind.__name__: kind for kind in type(estimator).__mro__}
        found = estimator
        for name, rewrite in _REWRITES.items():
            if name in names and names[name].__module__.startswith("sklearn."):
                found = rewrite(estimator)
                break
        self._done[id(estimator)] = (estimator, found)
        self.kinds.add(type(found))
        return found

    def _take_for_ancestor(self, estimator: Any) -> None:
        """Take a class of one's own for the library's that it builds on; comparing comes later."""
        for kind in type(estimator).__mro__[1:]:
            if self._known(kind):
                estimator.__class__ = kind
                return


def _search(search: Any) -> Any:
    return getattr(search, "best_estimator_", search)


def _frozen(frozen: Any) -> Any:
    return frozen.estimator


def _self_training(model: Any) -> Any:
    return getattr(model, "estimator_", model)


def _voting(model: Any) -> Any:
    if model.weights is not None:
        # Those of estimators that were dropped are still in `weights`.
        model.weights = np.asarray(model._weights_not_none, dtype=np.float64)
    return model


def _pipeline(pipeline: Any) -> Any:
    steps = [(name, step) for name, step in pipeline.steps if step not in (None, "passthrough")]
    for place, (name, step) in enumerate(steps[:-1]):
        steps[place] = (name, _transformer(step))
    pipeline.steps = steps or [("same", _passing())]
    return pipeline


def _union(union: Any) -> Any:
    union.transformer_list = [
        (name, _passing() if step == "passthrough" else _transformer(step))
        for name, step in union.transformer_list
        if not (isinstance(step, str) and step == "drop")
    ]
    return union


def _columns(transformer: Any) -> Any:
    """Name columns by their places: the inputs have names of their own in the file."""
    if not hasattr(transformer, "transformers_"):
        return transformer
    names = [str(name) for name in getattr(transformer, "feature_names_in_", ())]
    width = transformer.n_features_in_
    kept = []
    for name, step, columns in transformer.transformers_:
        places = _places(columns, names, width)
        if places and not (isinstance(step, str) and step == "drop"):
            kept.append((name, _passing() if isinstance(step, str) else _transformer(step), places))
    transformer.transformers_ = kept
    return transformer


def _places(columns: Any, names: list[str], width: int) -> list[int]:
    if isinstance(columns, str):
        return [names.index(columns)]
    if isinstance(columns, slice):
        if isinstance(columns.start, str) or isinstance(columns.stop, str):
            first = names.index(columns.start) if columns.start is not None else 0
            last = names.index(columns.stop) if columns.stop is not None else width - 1
            return list(range(first, last + 1, columns.step or 1))
        return list(range(width))[columns]
    array = np.atleast_1d(np.asarray(columns))
    if array.dtype.kind == "b":
        return [int(place) for place in np.flatnonzero(array)]
    if array.dtype.kind in "OUT":
        return [names.index(str(name)) for name in array]
    return [int(place) % width for place in array]


def _function(transformer: Any) -> Any:
    return transformer if transformer.func is None else StandIn(transformer)


def _embedding(model: Any) -> Any:
    model.sparse_output = False
    return model


def _neighbors(model: Any) -> Any:
    if model.weights != "distance":
        return model
    return Deciding(model) if hasattr(model, "classes_") else StandIn(model)


def _vectors(model: Any) -> Any:
    return model if getattr(model, "_probA", np.zeros(1)).size else Scoring(model)


def _gaussian_process(model: Any) -> Any:
    """Take a process of several classes for one against the rest for each."""
    if getattr(model, "n_classes_", 2) == 2:
        return model
    if model.multi_class != "one_vs_rest":
        return model  # and it will be refused
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import LabelBinarizer

    shells = []
    for binary in model.base_estimator_.estimators_:
        shell = copy.copy(model)
        shell.base_estimator_, shell.n_classes_ = binary, 2
        shell.classes_ = np.array([0, 1])
        shells.append(shell)
    found = OneVsRestClassifier(shells[0])
    found.estimators_, found.classes_ = shells, model.classes_
    found.label_binarizer_ = LabelBinarizer().fit(model.classes_)
    return found


def _encoder(encoder: Any) -> Any:
    """Write categories as a file has them: what is missing as "", truth values as numbers."""
    for place, values in enumerate(getattr(encoder, "categories_", ())):
        if values.dtype.kind == "b":
            encoder.categories_[place] = values.astype(np.int64)
        elif values.dtype.kind == "O" and any(isinstance(value, str | bool) for value in values):
            encoder.categories_[place] = np.array(
                ["" if is_missing(value) else str(value) for value in values], dtype=object
            )
    return encoder


def is_missing(value: Any) -> bool:
    """Tell whether a value stands for one that is missing."""
    return value is None or value != value or type(value).__name__ == "NAType"


def _passing() -> Any:
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer()


def _transformer(step: Any) -> Any:
    """Mark what is used for its `transform`, where converting it would give predictions."""
    selects = hasattr(step, "get_support")
    if hasattr(step, "predict") and not selects and not hasattr(step, "steps"):
        return StandIn(step)
    if hasattr(step, "steps"):
        name, last = step.steps[-1]
        step.steps[-1] = (name, _transformer(last))
    return step


def _predictor(model: Any) -> Any:
    """Have a selector at the end ask the estimator that it wraps, as its `predict` does."""
    if hasattr(model, "steps"):
        name, last = model.steps[-1]
        model.steps[-1] = (name, _predictor(last))
        return model
    if type(model).__name__ in ("RFE", "RFECV"):
        from sklearn.pipeline import Pipeline

        return Pipeline([("columns", model), ("model", model.estimator_)])
    return model


_REWRITES: dict[str, Callable[[Any], Any]] = {
    "BaseSearchCV": _search,
    "FrozenEstimator": _frozen,
    "SelfTrainingClassifier": _self_training,
    "BaseSVC": _vectors,
    "VotingClassifier": _voting,
    "VotingRegressor": _voting,
    "Pipeline": _pipeline,
    "FeatureUnion": _union,
    "ColumnTransformer": _columns,
    "FunctionTransformer": _function,
    "GaussianProcessClassifier": _gaussian_process,
    "KNeighborsClassifier": _neighbors,
    "KNeighborsRegressor": _neighbors,
    "RandomTreesEmbedding": _embedding,
    "OneHotEncoder": _encoder,
    "OrdinalEncoder": _encoder,
    "TargetEncoder": _encoder,
}
