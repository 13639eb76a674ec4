"""Build an untrained model from its description, which may be anybody's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.sklearn.architecture import MAX_ARRAY
from aims_gh.frameworks.sklearn.builders import TYPES, class_named, functions

MAX_DEPTH = 40
MAX_VALUES = 50_000
_MAX_ARGUMENTS = 200
_DTYPES = ("b", "i", "u", "f", "U")


def rebuild(built: dict[str, Any]) -> Any:
    """Build what `architecture` described.

    Only classes on a list are called, with arguments of the kinds that `architecture` writes;
    their constructors keep what they are given and do nothing. Nothing is imported by a name from
    the description, and nothing is unpickled or evaluated.

    Parameters
    ----------
    built : dict
        As `architecture` gives it.

    Raises
    ------
    SubmissionError
        If it names anything else, or is not of that form.
    MissingExtra
        If it names a model of a library of boosted trees that is not installed.
    """
    model = _Builder().value(built, 0)
    if not hasattr(model, "get_params"):
        _refuse("the architecture describes no estimator")
    return model


class _Builder:
    """One walk through a description."""

    def __init__(self) -> None:
        self._left = MAX_VALUES
        self._kinds: dict[str, Callable[[Any, int], Any]] = {
            "tuple": lambda items, depth: tuple(self._items(items, depth)),
            "mapping": self._mapping,
            "float": lambda text, _: self._float(text),
            "scalar": self._scalar,
            "array": self._array,
            "slice": self._slice,
            "range": self._range,
            "type": lambda name, _: self._listed(TYPES, name, "the type"),
            "dtype": lambda name, _: self._dtype(name),
            "function": lambda name, _: self._listed(functions(), name, "the function"),
            "unknown": lambda what, _: _refuse(f"the model was made with {_shown(what)}"),
        }

    def value(self, described: Any, depth: int) -> Any:
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0:
            _refuse("the architecture is nested too deeply, or too long")
        if described is None or isinstance(described, bool | int | float | str):
            return described
        if isinstance(described, list):
            return self._items(described, depth)
        if not isinstance(described, dict):
            _refuse(f"the architecture holds a {type(described).__name__}")
        if set(described) == {"class", "arguments"}:
            return self._object(described["class"], described["arguments"], depth)
        if len(described) != 1 or not set(described) <= set(self._kinds):
            _refuse(f"the architecture has a value of no known kind: {_shown(list(described))}")
        ((kind, content),) = described.items()
        return self._kinds[kind](content, depth)

    def _object(self, name: Any, arguments: Any, depth: int) -> Any:
        kind = class_named(name) if isinstance(name, str) else None
        if kind is None:
            _refuse(f"the class {_shown(name)} is not among those that are built here")
        if not isinstance(arguments, dict) or len(arguments) > _MAX_ARGUMENTS:
            _refuse(f"{name} is described without its arguments")
        values = {str(key): self.value(item, depth + 1) for key, item in arguments.items()}
        try:
            return kind(**values)
        except Exception as error:  # noqa: BLE001  whatever a constructor makes of them
            _refuse(f"{name} does not take its arguments: {plain(str(error))[:200]}")

    def _listed(self, table: dict[str, Any], name: Any, what: str) -> Any:
        if not isinstance(name, str) or name not in table:
            _refuse(f"{what} {_shown(name)} is not among those that are built here")
        return table[name]

    def _items(self, items: Any, depth: int) -> list[Any]:
        if not isinstance(items, list):
            _refuse("the architecture has a list that is none")
        return [self.value(item, depth + 1) for item in items]

    def _mapping(self, pairs: Any, depth: int) -> dict[Any, Any]:
        found = {}
        for pair in self._items(pairs, depth):
            if not isinstance(pair, list) or len(pair) != 2 or not _can_be_key(pair[0]):
                _refuse("the architecture has a mapping that is none")
            found[pair[0]] = pair[1]
        return found

    def _float(self, text: Any) -> float:
        if text not in ("nan", "inf", "-inf"):
            _refuse(f"the architecture has a number {_shown(text)}")
        return float(text)

    def _scalar(self, parts: Any, depth: int) -> Any:
        if not isinstance(parts, list) or len(parts) != 2:
            _refuse("the architecture has a number that is none")
        return _cast([self.value(parts[1], depth + 1)], self._dtype(parts[0]), ())[()]

    def _array(self, parts: Any, depth: int) -> Any:
        if not isinstance(parts, dict) or set(parts) != {"type", "shape", "entries"}:
            _refuse("the architecture has an array that is none")
        shape, entries = parts["shape"], self._items(parts["entries"], depth)
        if not isinstance(shape, list) or not all(type(s) is int and s >= 0 for s in shape):
            _refuse("the architecture has an array that is none")
        if len(entries) > MAX_ARRAY:
            _refuse("the architecture has an array that is too large")
        if parts["type"] == "|O":
            array = np.empty(len(entries), dtype=object)
            array[:] = entries
            return _cast(array, np.dtype(object), tuple(shape))
        return _cast(entries, self._dtype(parts["type"]), tuple(shape))

    def _dtype(self, name: Any) -> np.dtype[Any]:
        # Texts of a length above this are data.
        if isinstance(name, str) and len(name) <= 8:
            try:
                found = np.dtype(name)
            except (TypeError, ValueError):
                found = np.dtype("V1")
            if found.kind in _DTYPES and found.itemsize <= 4096:
                return found
        return _refuse(f"the architecture has numbers of the type {_shown(name)}")

    def _slice(self, parts: Any, depth: int) -> slice:
        found = self._items(parts, depth)
        if len(found) != 3:
            _refuse("the architecture has a slice that is none")
        return slice(*found)

    def _range(self, parts: Any, depth: int) -> range:
        found = self._items(parts, depth)
        if len(found) != 3 or not all(type(part) is int for part in found) or not found[2]:
            _refuse("the architecture has a range that is none")
        return range(*found)


def _cast(entries: Any, kind: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    try:
        return np.array(entries, dtype=kind).reshape(shape)
    except (TypeError, ValueError, OverflowError):
        return _refuse("the architecture has an array whose entries do not fit it")


def _can_be_key(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str | np.generic)


def _shown(value: Any) -> str:
    return plain(str(value))[:100]


def _refuse(message: str) -> NoReturn:
    raise SubmissionError(
        message, hint="the model itself can still be run: its ONNX file needs no architecture"
    )
