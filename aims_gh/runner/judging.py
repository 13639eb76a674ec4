"""The job of an owner's metric: load `metrics.py`, call a function, say numbers or why not.

The only job that runs Python which came with a course. It does so behind the door, and whatever
comes of it is a number, or a short text that the parent takes for hostile.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import linecache
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aims_gh.core.part import Part
from aims_gh.runner import frames
from aims_gh.runner.channel import Channel, Files
from aims_gh.runner.frames import Order

FILE = "metrics.py"
_MAX_MESSAGE, _MAX_NAME, _MAX_NAMES = 500, 60, 8
_MISSING = object()

Function = Callable[..., Any]
Entry = float | bytes
"""A score, or JSON that says why there is none."""


class _Unfit(Exception):
    """The file has no such function, or it cannot be called as it must be."""

    def __init__(self, kind: str, said: str = "") -> None:
        super().__init__(kind)
        self.kind, self.said = kind, said


class Metric:
    """Calls one function on each part that it is sent."""

    def __init__(self, order: Order) -> None:
        sys.dont_write_bytecode = True
        if order.libraries and sys.platform == "linux":
            sys.path[:] = [entry for entry in sys.path if _is_open(entry, order.libraries)]
        # Every folder of packages is listed now: one that has a closed folder in it cannot be
        # listed later, and what lies beside that folder could not be found.
        importlib.util.find_spec("aims_gh_looks_once_into_every_folder")

    def __call__(self, order: Order, files: Files, channel: Channel) -> None:
        """Answer for each part, before the next is asked for, with one entry per column."""
        code = files.next()
        try:
            function = _load(code, order.function)
            wants_probabilities = "y_prob" in _parameters(function)
        except BaseException as problem:  # noqa: BLE001  an owner's code raises what it likes
            _tell(channel, _failed(order.columns, problem))
            return
        for _ in order.sizes[1:]:
            part = Part.from_bytes(files.next())
            try:
                value = function(*_arguments(part, order), **_named(part, wants_probabilities))
                entries = _entries(order.columns, value)
            except BaseException as problem:  # noqa: BLE001  as above
                entries = _failed(order.columns, problem)
            _tell(channel, entries)


def _is_open(entry: str, libraries: Sequence[str]) -> bool:
    path = Path(entry).resolve()
    return any(
        path.is_relative_to(library) or Path(library).is_relative_to(path) for library in libraries
    )


def _load(code: bytes, name: str) -> Function:
    module = types.ModuleType("metrics")
    module.__file__ = FILE
    sys.modules["metrics"] = module
    lines = code.decode("utf-8", "replace").splitlines(keepends=True)
    linecache.cache[FILE] = (len(code), None, lines, FILE)
    exec(compile(code, FILE, "exec", dont_inherit=True), vars(module))  # noqa: S102  behind the door
    function: Any = vars(module).get(name, _MISSING)
    if function is _MISSING:
        raise _Unfit("missing")
    if not callable(function):
        raise _Unfit("no function", type(function).__name__)
    _check_parameters(function)
    found: Function = function
    return found


def _check_parameters(function: Function) -> None:
    named = {"y_prob": None} if "y_prob" in _parameters(function) else {}
    try:
        inspect.signature(function).bind(None, None, **named)
    except TypeError:
        raise _Unfit("parameters", f"it takes {inspect.signature(function)}") from None
    except ValueError:  # written in C, without a signature: the call will tell
        return


def _parameters(function: Function) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


def _arguments(part: Part, order: Order) -> tuple[Any, Any]:
    """Give the truth and the predictions as the owner knows them: labels, or numbers."""
    if order.task_type == "regression":
        return part.answers, part.predictions.values
    whole = all(isinstance(label, int) for label in order.labels)
    text = all(isinstance(label, str) for label in order.labels)
    labels = np.array(order.labels, dtype=np.int64 if whole else np.str_ if text else object)
    return labels[part.answers], labels[part.predictions.codes]


def _named(part: Part, wants_probabilities: bool) -> dict[str, Any]:
    return {"y_prob": part.predictions.probabilities} if wants_probabilities else {}


def _entries(columns: Sequence[str], value: Any) -> list[Entry]:
    several = isinstance(value, Mapping)
    return [_entry(value.get(c, _MISSING) if several else value, value) for c in columns]


def _entry(entry: Any, value: Any) -> Entry:
    if entry is _MISSING:
        return _reason("no entry", ", ".join(str(key) for key in value))
    number = _number(entry)
    return _reason("no number", type(entry).__name__) if number is None else number


def _number(value: Any) -> float | None:
    if isinstance(value, str | bytes | bytearray):
        return None
    try:
        return float(value)
    except OverflowError:  # a whole number beyond all floats
        return float("inf")
    except (TypeError, ValueError):
        return None


def _failed(columns: Sequence[str], problem: BaseException) -> list[Entry]:
    try:
        if isinstance(problem, _Unfit):
            reason = _reason(problem.kind, problem.said)
        else:
            names = [c.__name__ for c in type(problem).__mro__]
            reason = _reason("raised", _message(problem), names, _line(problem))
    except BaseException:  # noqa: BLE001  even to ask what went wrong may go wrong
        reason = _reason("raised")
    return [reason] * len(columns)


def _message(problem: BaseException) -> str:
    if isinstance(problem, SyntaxError) and problem.filename == FILE:
        return str(problem.msg)  # as text it would name file and line once more
    return str(problem)


def _line(problem: BaseException) -> int | None:
    """Find the line of `metrics.py` that was last to run, or cannot be read."""
    if isinstance(problem, SyntaxError) and problem.filename == FILE:
        return problem.lineno
    line, step = None, problem.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == FILE:
            line = step.tb_lineno
        step = step.tb_next
    return line


def _reason(
    kind: str, message: str = "", names: Sequence[str] = (), line: int | None = None
) -> bytes:
    said = {
        "kind": kind,
        "message": message[:_MAX_MESSAGE],
        "types": [name[:_MAX_NAME] for name in names[:_MAX_NAMES]],
        "line": line,
    }
    return json.dumps(said).encode()


def _tell(channel: Channel, entries: Sequence[Entry]) -> None:
    for place, entry in enumerate(entries):
        if isinstance(entry, float):
            channel.send(frames.SCORED, frames.SCORE.pack(place, entry))
        else:
            channel.send(frames.FAILED, frames.FAILURE.pack(place), entry)
