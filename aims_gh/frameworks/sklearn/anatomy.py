"""What an estimator is made of: all estimators inside it, with their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def parts_of(model: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Give a model and all estimators in it, outer ones first, named as in `get_params`.

    Of a search, the best estimator; of fitted estimators, those that predict.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import SVC
    >>> [name for name, _ in parts_of(make_pipeline(StandardScaler(), SVC()))]
    ['', 'standardscaler', 'svc']
    """
    yield name, model
    for key, child in children_of(model):
        yield from parts_of(child, f"{name}__{key}" if name else key)


def children_of(model: Any) -> list[tuple[str, Any]]:
    """Give the estimators directly inside another."""
    if hasattr(model, "best_estimator_"):
        return [("estimator", model.best_estimator_)]
    if not hasattr(model, "get_params") or isinstance(model, type):
        return []
    fitted = _fitted_children(model)
    found: list[tuple[str, Any]] = []
    for key, value in model.get_params(deep=False).items():
        if is_estimator(value):
            found.append((key, fitted.get(key, value)))
        elif is_list_of_estimators(value):
            found += [
                (str(item[0]), fitted.get(str(item[0]), item[1]))
                for item in value
                if is_estimator(item[1])
            ]
    return found


def _fitted_children(model: Any) -> dict[str, Any]:
    """Find the fitted estimators that stand behind those given as parameters."""
    fitted: dict[str, Any] = {}
    for name, step, *_ in getattr(model, "transformers_", ()):
        fitted[name] = step
    for name, step in dict(getattr(model, "named_estimators_", {})).items():
        fitted[name] = step
    for key in ("estimator", "final_estimator", "regressor", "transformer"):
        value = getattr(model, f"{key}_", None)
        if is_estimator(value):
            fitted[key] = value
    return {key: value for key, value in fitted.items() if is_estimator(value)}


def is_estimator(value: Any) -> bool:
    """Tell an estimator from a value."""
    return hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type)


def is_list_of_estimators(value: Any) -> bool:
    """Tell whether a parameter is a list of named estimators, as `steps` is."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(item, tuple) and len(item) in (2, 3) for item in value)
        and any(is_estimator(item[1]) for item in value)
    )
