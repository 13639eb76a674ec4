"""What only the live scikit-learn object knows: its steps, hyper-parameters and size."""

from __future__ import annotations

import inspect
import platform
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import numpy as np

from aims_gh.core.inert import plain
from aims_gh.domain.claims import Claims, Layer, Parameter, Step
from aims_gh.frameworks.library import name_of_library
from aims_gh.frameworks.sklearn.anatomy import is_estimator, is_list_of_estimators, parts_of
from aims_gh.frameworks.sklearn.native import final
from aims_gh.frameworks.sklearn.size import size_of

_MAX_TEXT = 200
_MAX_STEPS, _MAX_PARAMETERS, _MAX_LAYERS = 500, 2000, 2000
_PACKAGES = {
    "sklearn": ("scikit-learn",),
    "xgboost": ("xgboost", "xgboost-cpu"),
    "lightgbm": ("lightgbm",),
    "catboost": ("catboost",),
}
_BY_EPOCHS = ("MLP", "SGD", "Perceptron", "PassiveAggressive")


def claims(model: Any, _rows: Any = None) -> Claims:
    """Read what only the live object knows.

    A model is of the library and type of what predicts: the last step of a pipeline, the best
    estimator of a search. A scaler before an `XGBClassifier` does not make it a model of
    scikit-learn's: whoever filters the board by library looks for the latter.
    """
    last = final(model)
    parts = list(parts_of(model))
    size = size_of(model)
    layers = _layers(last)
    return Claims(
        ml_framework=name_of_library(last),
        model_type=type(last).__name__[:_MAX_TEXT],
        transfer_learning=False,
        deep_learning=False,
        depth=len(layers) or (size.depth if size.trees else None),
        num_params=size.numbers,
        trees=size.trees or None,
        optimizer=_text(getattr(last, "solver", None)),
        loss=_loss(last),
        epochs=_epochs(last),
        steps=tuple(_steps(parts)),
        parameters=tuple(_parameters(parts))[:_MAX_PARAMETERS],
        layers=layers[:_MAX_LAYERS],
        libraries=libraries({name_of_library(part) for _, part in parts}),
        platform=f"{platform.system()} {platform.machine()}"[:_MAX_TEXT],
    )


def libraries(names: set[str | None]) -> dict[str, str]:
    """Give the versions of Python, NumPy, and the libraries of a model."""
    found = {"python": platform.python_version(), "numpy": np.__version__}
    for name in sorted(names & set(_PACKAGES), key=str):
        for package in _PACKAGES[str(name)]:
            try:
                found[package] = metadata.version(package)
            except metadata.PackageNotFoundError:
                continue
            break
    return found


def _steps(parts: list[tuple[str, Any]]) -> Iterator[Step]:
    for name, part in parts[:_MAX_STEPS]:
        yield Step(name=_short(name), type=type(part).__name__[:_MAX_TEXT])


def _parameters(parts: list[tuple[str, Any]]) -> Iterator[Parameter]:
    for step, part in parts:
        if not hasattr(part, "get_params"):
            continue
        defaults = _defaults(type(part))
        for name, value in part.get_params(deep=False).items():
            if is_estimator(value) or is_list_of_estimators(value):
                continue
            known = name in defaults
            yield Parameter(
                step=_short(step),
                name=_short(name),
                value=scalar(value),
                default=scalar(defaults.get(name)),
                changed=not _same(value, defaults[name]) if known else None,
            )


def _defaults(kind: type) -> dict[str, Any]:
    """Read what a class takes where nothing is said, of its ancestors too."""
    found: dict[str, Any] = {}
    for owner in reversed(kind.__mro__):
        init = vars(owner).get("__init__")
        if init is None:
            continue
        for item in inspect.signature(init).parameters.values():
            if item.default is not item.empty:
                found[item.name] = item.default
    return found


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    try:
        return bool(np.all(value == default)) or (value != value and default != default)
    except Exception:  # noqa: BLE001  whatever a stranger's __eq__ raises
        return False


def scalar(value: Any) -> bool | int | float | str | None:
    """Give a plain value, or text of at most 200 characters."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and np.isfinite(value):
        return value
    if callable(value) and hasattr(value, "__name__"):
        return _short(value.__name__)
    return _short(str(value))


def _short(text: str) -> str:
    shown = plain(" ".join(text.split()))
    return shown if len(shown) <= _MAX_TEXT else f"{shown[: _MAX_TEXT - 1]}…"


def _text(value: Any) -> str | None:
    return _short(value) if isinstance(value, str) else None


def _loss(last: Any) -> str | None:
    for name in ("loss", "objective", "loss_function"):
        found = _text(getattr(last, name, None))
        if found:
            return found
    if hasattr(last, "get_all_params"):
        return _text(last.get_all_params().get("loss_function"))
    return None


def _epochs(last: Any) -> int | None:
    passes = getattr(last, "n_iter_", None)
    if passes is None or not type(last).__name__.startswith(_BY_EPOCHS):
        return None
    return int(np.max(passes))


def _layers(last: Any) -> tuple[Layer, ...]:
    """List the layers of a multi-layer perceptron, those with weights."""
    if not hasattr(last, "coefs_") or not hasattr(last, "out_activation_"):
        return ()
    count = len(last.coefs_)
    names = [*(f"hidden_{place + 1}" for place in range(count - 1)), "output"]
    return tuple(
        Layer(
            name=name,
            type="Dense",
            output_shape=(None, weights.shape[1]),
            num_params=weights.size + bias.size,
            activation=last.out_activation_ if name == "output" else last.activation,
            inputs=names[place - 1 : place] if place else (),
        )
        for place, (name, weights, bias) in enumerate(
            zip(names, last.coefs_, last.intercepts_, strict=True)
        )
    )
