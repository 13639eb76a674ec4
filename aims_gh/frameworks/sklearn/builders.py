"""The classes that may be built from a description: a list, and nothing outside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from aims_gh.errors import MissingExtra

TYPES: dict[str, type] = {
    "bool": bool,
    "float": float,
    "int": int,
    "object": object,
    "str": str,
    "numpy.float16": np.float16,
    "numpy.float32": np.float32,
    "numpy.float64": np.float64,
    "numpy.int32": np.int32,
    "numpy.floating": np.floating,
    "numpy.int64": np.int64,
    "numpy.integer": np.integer,
    "numpy.number": np.number,
    "numpy.uint8": np.uint8,
}
"""Types that are parameters, as `dtype` is."""

_UFUNCS = (
    "abs", "absolute", "cbrt", "ceil", "cos", "exp", "exp2", "expm1", "fabs", "floor", "log",
    "log10", "log1p", "log2", "negative", "positive", "reciprocal", "rint", "sign", "sin", "sqrt",
    "square", "tan", "tanh", "trunc",
)  # fmt: skip
FUNCTIONS: dict[str, Any] = {name: getattr(np, name) for name in _UFUNCS} | {
    "max": np.max,
    "mean": np.mean,
    "median": np.median,
    "min": np.min,
}
"""Functions that are parameters: NumPy's of one number or of one array."""

_SCORES = (
    "chi2", "f_classif", "f_regression", "mutual_info_classif", "mutual_info_regression",
    "r_regression",
)  # fmt: skip

_BOOSTERS = {
    "xgboost": ("XGBClassifier", "XGBRFClassifier", "XGBRFRegressor", "XGBRanker", "XGBRegressor"),
    "lightgbm": ("LGBMClassifier", "LGBMRanker", "LGBMRegressor"),
    "catboost": ("CatBoost", "CatBoostClassifier", "CatBoostRanker", "CatBoostRegressor"),
}


def public_name(kind: type) -> str:
    """Name a class as its users import it, without the private modules in between.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> SVC.__module__, public_name(SVC)
    ('sklearn.svm._classes', 'sklearn.svm.SVC')
    """
    parts = kind.__module__.split(".")
    for count in range(1, len(parts) + 1):
        module = sys.modules.get(".".join(parts[:count]))
        public = not any(part.startswith("_") for part in parts[:count])
        if public and getattr(module, kind.__name__, None) is kind:
            return f"{'.'.join(parts[:count])}.{kind.__name__}"
    return f"{kind.__module__}.{kind.__qualname__}"


@cache
def functions() -> dict[str, Any]:
    """List the functions that may be parameters, by their names."""
    from sklearn import feature_selection

    return FUNCTIONS | {name: getattr(feature_selection, name) for name in _SCORES}


def class_named(name: str) -> type | None:
    """Find a class that may be built, by its public name; None where it is not on the list.

    Raises
    ------
    MissingExtra
        If it is of a library of boosted trees that is not installed.
    """
    library, _, kind = name.partition(".")
    if kind not in _BOOSTERS.get(library, ()):
        return _builders().get(name)
    try:
        module = import_module(library)
    except ImportError:
        raise MissingExtra(f"building a model of {library}", extra="boosting") from None
    found: type = getattr(module, kind)
    return found


@cache
def _builders() -> dict[str, type]:
    kinds = [*_estimators(), *_splitters(), *_kernels(), *_others()]
    return {public_name(kind): kind for kind in kinds}


def _estimators() -> Iterator[type]:
    # Both have to be asked for before scikit-learn shows them.
    from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
    from sklearn.utils import all_estimators

    yield from (kind for _, kind in all_estimators())


def _splitters() -> Iterator[type]:
    from sklearn import model_selection

    for name in model_selection.__all__:
        if name.endswith(("Fold", "Split", "Out")) and name != "BaseShuffleSplit":
            yield getattr(model_selection, name)


def _kernels() -> Iterator[type]:
    from sklearn.gaussian_process import kernels

    for kind in vars(kernels).values():
        if isinstance(kind, type) and issubclass(kind, kernels.Kernel):
            yield kind


def _others() -> Iterator[type]:
    from sklearn.compose import make_column_selector

    yield make_column_selector
