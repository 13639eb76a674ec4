"""Look through a Keras configuration before Keras sees it: classes on a list, and plain values.

Keras has a safe mode, and it has had holes; what is not on the list here never reaches it.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError

MAX_DEPTH = 60
MAX_VALUES = 500_000
MAX_NUMBER = 1 << 31
MAX_TEXT = 10_000

_SPACES = (
    "layers", "initializers", "regularizers", "constraints", "optimizers", "optimizers.schedules",
    "losses", "metrics",
)  # fmt: skip
_REFUSED = frozenset(
    (
        # Hold code, or load it.
        "Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper",
        # Compute tables as large as they like, while they are built.
        "MelSpectrogram", "STFTSpectrogram",
    )
)  # fmt: skip
_MODELS = (
    ("keras", "Sequential"),
    ("keras.models", "Sequential"),
    ("keras", "Functional"),
    ("keras.src.models.functional", "Functional"),
    ("keras.src.models.sequential", "Sequential"),
    ("keras", "DTypePolicy"),
    ("keras.dtype_policies", "DTypePolicy"),
)
_OPERATIONS = ("keras.src.ops.numpy", "keras.src.ops.nn")
_MORE_OPERATIONS = (("keras.src.ops.core", "Cast"), ("keras.src.ops.core", "StopGradient"))
_PLAIN = ("__keras_tensor__", "__tuple__", "__slice__", "__ellipsis__", "__numpy__", "__tensor__")
_FUNCTIONS = ("activations", "losses", "metrics")
_ADDRESSES = ("shared_object_id",)
"""Numbers that only tell two objects apart, as large as memory is."""

_FILES = ("vocabulary", "idf_weights")
"""Arguments that may be lists, or the paths of files: only lists are taken."""


def audited(config: Any) -> dict[str, Any]:
    """Look through a configuration, and give a copy of it.

    Only layers, initializers, regularizers, constraints, optimizers, losses, metrics, models and
    operations of Keras itself pass: no code, no registered names, no other module, no paths.

    Raises
    ------
    SubmissionError
        Naming the class that is on no list.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise _wrong("it names no class")
    found = _copied(config)
    waiting: list[tuple[Any, int]] = [(found, 0)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if depth > MAX_DEPTH or seen > MAX_VALUES:
            raise _wrong("it is nested too deep, or too large")
        if isinstance(value, dict):
            _make_public(value)
            _check_named(value)
            waiting.extend((v, depth + 1) for k, v in value.items() if k not in _ADDRESSES)
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)
        else:
            _check_plain(value)
    return found


def _copied(config: dict[str, Any]) -> dict[str, Any]:
    """Copy by way of JSON: what comes out is plain, and no deeper than Python can go."""
    try:
        copied: dict[str, Any] = json.loads(json.dumps(config, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise _wrong("it is nested too deep, or holds something else than plain values") from None
    return copied


def _make_public(value: dict[str, Any]) -> None:
    """Give an optimizer its public name: with PyTorch, Keras writes that of its own inside."""
    if str(value.get("module")).startswith("keras.src.backend.torch.optimizers."):
        value["module"], value["registered_name"] = "keras.optimizers", None


def _check_named(value: dict[str, Any]) -> None:
    if any(len(key) > MAX_TEXT for key in value):
        raise _wrong("a name in it is too long")
    for key in _FILES:
        if isinstance(value.get(key), str):
            raise _wrong(f"it takes its {key} from a file")
    if not all(isinstance(value.get(key, 0), int) for key in _ADDRESSES):
        raise _wrong("an object in it is shared under no number")
    if "class_name" not in value:
        return
    name, module = value["class_name"], value.get("module")
    if not isinstance(name, str):
        raise _wrong("a class in it has no name")
    if name in _PLAIN and module is None:
        return
    if name == "function":
        _check_function(value)
        return
    if (module, name) not in _classes():
        raise _wrong(f"it has the class {_shown(module)}.{_shown(name)}, which is not built here")
    if value.get("registered_name") not in (None, name):
        raise _wrong(f"{_shown(name)} goes by a registered name")
    if not isinstance(value.get("config"), dict):
        raise _wrong(f"{_shown(name)} has no settings")


def _check_function(value: dict[str, Any]) -> None:
    name = value.get("config")
    modules = ("builtins", *(f"keras.{space}" for space in _FUNCTIONS))
    fits = isinstance(name, str) and value.get("module") in modules and name in _functions()
    if not fits or value.get("registered_name") not in ("function", None, name):
        raise _wrong(f"it has the function {_shown(name)}, which is not one of Keras's own")


def _check_plain(value: Any) -> None:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise _wrong("a text in it is too long")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= MAX_NUMBER:
        raise _wrong("a number in it is too large")


@functools.cache
def _classes() -> frozenset[tuple[str | None, str]]:
    """Name the classes that may be built, each with the module that a configuration names."""
    return frozenset([*_MODELS, *_MORE_OPERATIONS, *_public(), *_operations()])


def _public() -> Iterator[tuple[str, str]]:
    import keras

    for space in _SPACES:
        module = functools.reduce(getattr, space.split("."), keras)
        for name, thing in vars(module).items():
            ours = isinstance(thing, type) and thing.__module__.startswith("keras.src.")
            if ours and name not in _REFUSED and thing.__name__ not in _REFUSED:
                yield f"keras.{space}", name


def _operations() -> Iterator[tuple[str, str]]:
    import keras

    for path in _OPERATIONS:
        for name, thing in vars(importlib.import_module(path)).items():
            ours = isinstance(thing, type) and thing.__module__ == path
            if ours and issubclass(thing, keras.Operation):
                yield path, name


@functools.cache
def _functions() -> frozenset[str]:
    import keras

    found: set[str] = set()
    for space in _FUNCTIONS:
        for name, thing in vars(getattr(keras, space)).items():
            if callable(thing) and not isinstance(thing, type) and re.match("[a-z]", name):
                found.add(name)
    return frozenset(found - {"get", "serialize", "deserialize"})


def _shown(text: Any) -> str:
    return plain(text)[:60]


def _wrong(message: str) -> SubmissionError:
    return SubmissionError(
        f"this is not the architecture of a Keras model: {message}",
        hint="models of Keras's own layers, without Lambda, can be built again; "
        "use the ONNX file of others",
    )
