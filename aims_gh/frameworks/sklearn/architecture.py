"""How to build a model again, untrained: names of classes, and plain values.

A value is written as JSON has it, or as a dictionary with one of the keys below: `class` (with
`arguments`), `tuple`, `mapping`, `float`, `scalar`, `array`, `slice`, `range`, `type`, `function`.
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np

from aims_gh.frameworks.sklearn.builders import TYPES, functions, public_name

MAX_ARRAY = 10_000
"""Entries of an array that is a parameter; larger ones are data, and are left out."""

Built = dict[str, Any]


def architecture(model: Any, _rows: Any = None) -> Built | None:
    """Describe an estimator and all inside it by their classes and parameters.

    What cannot be written, such as a function of one's own, is named under `unknown`: the
    description can be read then, and not built.
    """
    described = _described(model)
    return described if isinstance(described, dict) else None


def _described(value: Any) -> Any:
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, np.generic):
        return {"scalar": [value.dtype.str, _described(value.item())]}
    for kind, describe in _KINDS.items():
        if isinstance(value, kind):
            return describe(value)
    if hasattr(value, "get_params"):
        return _built(value, value.get_params(deep=False))
    if callable(value) and hasattr(value, "__name__"):
        return _function(value)
    return _plain_object(value)


def _list(value: list[Any]) -> list[Any]:
    return [_described(item) for item in value]


def _tuple(value: tuple[Any, ...]) -> Built:
    return {"tuple": [_described(item) for item in value]}


def _mapping(value: dict[Any, Any]) -> Built:
    return {"mapping": [[_described(key), _described(item)] for key, item in value.items()]}


def _slice(value: slice) -> Built:
    return {"slice": [_described(part) for part in (value.start, value.stop, value.step)]}


def _range(value: range) -> Built:
    return {"range": [value.start, value.stop, value.step]}


def _array(value: np.ndarray[Any, Any]) -> Built:
    if value.size > MAX_ARRAY:
        return {"unknown": f"an array of {value.size:,} entries"}
    entries = [_described(item) for item in value.ravel().tolist()]
    return {"array": {"type": value.dtype.str, "shape": list(value.shape), "entries": entries}}


def _type(value: type) -> Built:
    name = next((name for name, kind in TYPES.items() if kind is value), None)
    return {"type": name} if name else {"unknown": f"{value.__module__}.{value.__qualname__}"}


def _dtype(value: np.dtype[Any]) -> Built:
    return {"dtype": value.str}


_KINDS: dict[type, Any] = {
    list: _list,
    tuple: _tuple,
    dict: _mapping,
    slice: _slice,
    range: _range,
    np.ndarray: _array,
    type: _type,
    np.dtype: _dtype,
}


def _function(value: Any) -> Built:
    name = value.__name__
    if functions().get(name) is value:
        return {"function": name}
    return {"unknown": f"the function {getattr(value, '__module__', None)}.{name}"}


def _built(value: Any, arguments: dict[str, Any]) -> Built:
    described = {name: _described(argument) for name, argument in arguments.items()}
    return {"class": public_name(type(value)), "arguments": described}


def _plain_object(value: Any) -> Built:
    """Describe an object of scikit-learn's without `get_params`, such as `KFold`."""
    name = public_name(type(value))
    if not name.startswith("sklearn."):
        return {"unknown": f"an object of {name}"}
    kept = vars(value) | vars(value).get("cvargs", {})
    wanted = [item for item in inspect.signature(type(value)).parameters if item in kept]
    return _built(value, {item: kept[item] for item in wanted})
