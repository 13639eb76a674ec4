"""Check what the child answered, as if it were an enemy's: it may be."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.inert import plain
from aims_gh.core.predictions import Predictions
from aims_gh.domain.model_facts import Cost, ModelFacts, Reading
from aims_gh.domain.record import Problems
from aims_gh.errors import SubmissionError
from aims_gh.runner import frames
from aims_gh.runner.listening import RawArray, RawOutput

_MAX_ENTRIES = 5_000
_MAX_NUMBER = 2**63
_MAX_TEXT = 500
_MAX_NAME = 200


class Nonsense(Exception):
    """The child answered something that no honest child answers."""


@contextmanager
def only_sense(subject: str) -> Iterator[None]:
    """Turn nonsense into a refusal of what made the child speak it."""
    try:
        yield
    except Nonsense as problem:
        raise SubmissionError(
            f"{subject} made the sandbox answer nonsense ({problem})",
            hint="a model that does only what ONNX describes cannot do that; its run is void",
        ) from None


def facts_from(payload: bytes | None, size: int, reading: bytes | None = None) -> ModelFacts:
    """Read a description, and make its texts inert.

    Parameters
    ----------
    payload : bytes or None
        JSON, as the child sent it.
    size : int
        Of the model's file: we know better.
    reading : bytes or None
        How its numbers for labels were read when it ran, as the child sent it.
    """
    if payload is None:
        raise Nonsense("no description")
    try:
        value = json.loads(payload, parse_constant=_refuse)
        if not isinstance(value, dict):
            raise Nonsense("a description that is none")
        told = {"bytes": size, "reading": _reading(reading)}
        return ModelFacts.from_value(_inert(value) | told)
    except (ValueError, RecursionError, Problems):
        raise Nonsense("a description that cannot be read") from None


def _reading(payload: bytes | None) -> Reading | None:
    if payload is None:
        return None
    if len(payload) != 1 or payload[0] >= len(frames.READINGS):
        raise Nonsense("numbers read in an unknown way")
    return frames.READINGS[payload[0]]


def predictions_from(
    arrays: dict[str, RawArray], *, task_type: str, labels: int, rows: int | None
) -> Predictions:
    """Build predictions from bytes, if they are what was asked for.

    Parameters
    ----------
    arrays : dict of str to RawArray
        By name, as in `frames.ARRAYS`.
    task_type : {"classification", "regression"}
    labels : int
        How many there are.
    rows : int or None
        How many there must be; None: as many as there are, at least one.
    """
    main = "codes" if task_type == "classification" else "values"
    allowed = {"codes", "probabilities"} if main == "codes" else {"values"}
    if main not in arrays or not set(arrays) <= allowed:
        raise Nonsense("other arrays than were asked for")
    count = arrays[main].rows if rows is None else rows
    found: dict[str, Any] = {}
    for name, raw in arrays.items():
        columns = labels if name == "probabilities" else 0
        if count < 1 or (raw.rows, raw.columns) != (count, columns):
            raise Nonsense("arrays of another shape than was asked for")
        array = np.frombuffer(raw.data, dtype=frames.ARRAYS[name])
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        found[name] = array.reshape(count, columns) if columns else array
    _check_values(found, labels)
    return Predictions(**found)


def _check_values(arrays: dict[str, Any], labels: int) -> None:
    for name, array in arrays.items():
        if name == "codes" and (array.min() < 0 or array.max() >= labels):
            raise Nonsense("labels that the playground does not have")
        if name != "codes" and not np.isfinite(array).all():
            raise Nonsense("numbers that are not finite")


def output_from(raw: RawOutput) -> npt.NDArray[Any]:
    """Build an output of a model from bytes: numbers, truth values or text."""
    form = f"<U{raw.wide}" if raw.kind == "U" else frames.OUTPUT_TYPES[raw.kind]
    if raw.kind == "U":
        letters = np.frombuffer(raw.data, dtype="<u4")
        if not raw.wide or (letters.size and letters.max() > sys.maxunicode):
            raise Nonsense("text that is not Unicode")
    if raw.kind == "b" and np.frombuffer(raw.data, dtype=np.uint8).max(initial=0) > 1:
        raise Nonsense("truth values that are neither")
    array = np.frombuffer(raw.data, dtype=form).reshape(raw.shape)
    native: npt.NDArray[Any] = array.astype(array.dtype.newbyteorder("="))
    return native


def cost_from(payload: bytes | None, rows: int) -> Cost:
    """Read the cost, rounded: digits nobody needs could carry what nobody may tell."""
    if payload is None or len(payload) != frames.COST.size:
        raise Nonsense("no cost")
    latency, memory, ran = frames.COST.unpack(payload)
    if not math.isfinite(latency) or latency < 0 or memory > _MAX_NUMBER or ran != rows:
        raise Nonsense("a cost that cannot be")
    return Cost(
        latency_ms_per_1000=float(f"{latency:.3g}"),
        peak_memory_bytes=round(memory, -6),
        rows=rows,
    )


def refusal_from(payload: bytes) -> tuple[str, str]:
    """Read why the submission is refused: a message and a hint, short and inert."""
    try:
        value = json.loads(payload)
        message, hint = (plain(str(value[key]))[:_MAX_TEXT] for key in ("message", "hint"))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Nonsense("a refusal that cannot be read") from None
    return message, hint


def _inert(value: Any, depth: int = 0) -> Any:
    """Bound everything in a JSON value, and make its texts inert."""
    if depth > 6 or (isinstance(value, dict | list) and len(value) > _MAX_ENTRIES):
        raise Nonsense("a description without bounds")
    if isinstance(value, str):
        return plain(value[:_MAX_TEXT])[:_MAX_NAME]
    if isinstance(value, dict):
        return {_inert(key): _inert(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_inert(item, depth + 1) for item in value]
    if isinstance(value, int) and not -_MAX_NUMBER <= value < _MAX_NUMBER:
        raise Nonsense("a number without bounds")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)
