"""The arguments of calls: plain values, and the results of earlier calls, as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aims_gh.errors import SubmissionError

MAX_NUMBER = 1 << 24
"""No side, size or count of a layer or call is larger."""

_MAX_DEPTH = 12
_MAX_ITEMS = 10_000
_MAX_TEXT = 60
_DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
           "bool")  # fmt: skip


class Untold(Exception):
    """Something that has no place in a description."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an earlier call gave, or an input."""

    name: str


@dataclass(frozen=True, slots=True)
class Dtype:
    """A type of numbers, by name: PyTorch's own objects stay out of what is kept."""

    name: str


@dataclass(frozen=True, slots=True)
class Slice:
    """From where to where, and in which steps."""

    parts: tuple[Any, ...]


def written(value: Any, name_of: Callable[[Any], str | None]) -> Any:
    """Write a value as JSON; `name_of` gives the name of what is a result.

    Raises
    ------
    Untold
        If it is nothing plain.
    """
    import torch

    name = name_of(value)
    if name is not None:
        return {"result": name}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [written(item, name_of) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [written(item, name_of) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: written(item, name_of) for key, item in value.items()}}
    if isinstance(value, slice):
        return {"slice": [written(v, name_of) for v in (value.start, value.stop, value.step)]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if isinstance(value, torch.dtype) and str(value)[6:] in _DTYPES:
        return {"dtype": str(value)[6:]}
    raise Untold(type(value).__name__)


def read(value: Any, known: frozenset[str] | set[str], depth: int = 0) -> Any:
    """Read what `written` wrote, and nothing else.

    Raises
    ------
    SubmissionError
        If it is nothing that `written` writes, or without bounds.
    """
    if depth > _MAX_DEPTH:
        raise _wrong("an argument is nested too deep")
    if isinstance(value, list):
        return [read(item, known, depth + 1) for item in _few(value)]
    if isinstance(value, Mapping):
        if len(value) != 1:
            raise _wrong("an argument is no plain value")
        ((kind, inner),) = value.items()
        return _special(kind, inner, known, depth)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) <= MAX_NUMBER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str) and len(value) <= _MAX_TEXT:
        return value
    raise _wrong("an argument is no plain value, or too large")


def filled(value: Any, results: Mapping[str, Any]) -> Any:
    """Put results in their places."""
    import torch

    if isinstance(value, Result):
        return results[value.name]
    if isinstance(value, list):
        return [filled(item, results) for item in value]
    if isinstance(value, tuple):
        return tuple(filled(item, results) for item in value)
    if isinstance(value, dict):
        return {key: filled(item, results) for key, item in value.items()}
    if isinstance(value, Slice):
        return slice(*(filled(item, results) for item in value.parts))
    if isinstance(value, Dtype):
        return getattr(torch, value.name)
    return value


def _special(kind: Any, inner: Any, known: frozenset[str] | set[str], depth: int) -> Any:
    if kind == "result" and isinstance(inner, str) and inner in known:
        return Result(inner)
    if kind == "float" and inner in ("inf", "-inf", "nan"):
        return float(inner)
    if kind == "tuple" and isinstance(inner, list):
        return tuple(read(item, known, depth + 1) for item in _few(inner))
    if kind == "dict" and isinstance(inner, Mapping) and all(len(str(k)) <= 200 for k in inner):
        _few(inner)
        return {str(key): read(item, known, depth + 1) for key, item in inner.items()}
    if kind == "slice" and isinstance(inner, list) and len(inner) == 3:
        return Slice(tuple(read(item, known, depth + 1) for item in inner))
    if kind == "ellipsis" and inner is True:
        return Ellipsis
    if kind == "dtype" and inner in _DTYPES:
        return Dtype(inner)
    raise _wrong("an argument is nothing that a description has")


def _few(items: Any) -> Any:
    if len(items) > _MAX_ITEMS:
        raise _wrong("an argument has too many parts")
    return items


def _wrong(message: str) -> SubmissionError:
    return SubmissionError(
        f"this is not the architecture of a PyTorch module: {message}",
        hint="it is used as aims_gh wrote it, or not at all",
    )
