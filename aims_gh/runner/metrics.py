"""Owners' metrics: a function of `metrics.py` is asked for scores, and believed nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aims_gh.core.failure import Failure
from aims_gh.core.inert import plain
from aims_gh.runner import frames
from aims_gh.runner.endings import Case, check_start, out_of_time
from aims_gh.runner.frames import Order
from aims_gh.runner.listening import RawScore, Transcript
from aims_gh.runner.process import converse

OUTPUT_BYTES = 2_000_000
"""What all answers of one function may have together."""

_BEFORE_PARTS = 1
"""Of the files that are sent, `metrics.py` alone is not a part of the holdout."""

_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class OwnFunction:
    """A function of an owner's `metrics.py`.

    Attributes
    ----------
    code : bytes
        The whole file.
    columns : tuple of str
        The scores it gives: the number that it returns, or the entries of its dict.
    """

    code: bytes = field(repr=False)
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a function said about one part: for each column a score, or why there is none."""

    scores: dict[str, float]
    failures: dict[str, Failure]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a function said about each part.

    Attributes
    ----------
    unfit : Failure or None
        Why it could not even be loaded. It had been sent nothing but its own file by then, so
        this cannot tell anything held out, and no participant can bring it about.
    """

    parts: tuple[Verdict, ...]
    unfit: Failure | None = None


def ask(command: Sequence[str], order: Order, files: Sequence[bytes], case: Case) -> Verdicts:
    """Let a child load `metrics.py` and call the function on each part.

    The child gets a part when it has answered for the one before. So a score of the public part
    cannot depend on private rows, whatever the code does.

    Parameters
    ----------
    order : Order
        The function and its columns.
    files : sequence of bytes
        `metrics.py`, then the parts.

    Raises
    ------
    RunnerError
        If this machine cannot lock the code in.
    """
    heard = converse(command, order, files, seconds=order.seconds, budget=OUTPUT_BYTES)
    check_start(heard, case)
    ended = _ending(heard, case)
    early = [raw for raw in heard.scores if raw.files_sent <= _BEFORE_PARTS]
    if early or heard.files_sent <= _BEFORE_PARTS:
        told = _verdict(early, order.columns, ended).failures
        return Verdicts((), next(iter(told.values()), ended))
    parts = range(_BEFORE_PARTS + 1, len(files) + 1)
    return Verdicts(tuple(_verdict(_of_part(heard, n), order.columns, ended) for n in parts))


def _of_part(heard: Transcript, files_sent: int) -> list[RawScore]:
    return [raw for raw in heard.scores if raw.files_sent == files_sent]


def _ending(heard: Transcript, case: Case) -> Failure:
    """Say why an answer is missing, in words that no answer can be read from."""
    if out_of_time(heard):
        return Failure(f"took longer than {case.seconds:g} s")
    if heard.out_of_memory:
        return Failure(_no_memory(case.memory_bytes))
    if heard.nonsense:
        return Failure("answered nonsense")
    return Failure("its process ended without an answer")


def _no_memory(allowed: int) -> str:
    return f"needed more than the {allowed / 1e6:,.0f} MB of memory allowed"


def _verdict(told: Sequence[RawScore], columns: Sequence[str], ended: Failure) -> Verdict:
    scores: dict[str, float] = {}
    failures: dict[str, Failure] = {}
    nonsense = Failure("answered nonsense")
    for raw in told:
        place = _place(raw)
        if place >= len(columns) or columns[place] in (*scores, *failures):
            return Verdict({}, dict.fromkeys(columns, nonsense))
        found = _score(raw.payload) if raw.kind == frames.SCORED else _failure(raw.payload)
        if isinstance(found, Failure):
            failures[columns[place]] = found
        else:
            scores[columns[place]] = found
    lacking = [column for column in columns if column not in scores]
    return Verdict(scores, {column: failures.get(column, ended) for column in lacking})


def _place(raw: RawScore) -> int:
    if len(raw.payload) < frames.FAILURE.size:
        return 1 << 16
    (place,) = frames.FAILURE.unpack_from(raw.payload)
    return int(place)


def _score(payload: bytes) -> float | Failure:
    if len(payload) != frames.SCORE.size:
        return Failure("answered nonsense")
    _, number = frames.SCORE.unpack(payload)
    if math.isfinite(number):
        return float(number)
    return Failure("returned no finite number", repr(number))


_KINDS = {
    "missing": "metrics.py has no such function",
    "no function": "is no function",
    "parameters": "cannot be called with y_true and y_pred",
    "no number": "returned no number",
    "no entry": "returned a dict without this entry",
}
"""What a function may have done wrong, beside raising something."""


def _failure(payload: bytes) -> Failure:
    try:
        value = json.loads(payload[frames.FAILURE.size :])
        return _read(value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Failure("answered nonsense")


def _read(value: Mapping[str, Any]) -> Failure:
    message = plain(str(value["message"])[:_MAX_TEXT])
    if value["kind"] != "raised":
        return Failure(_KINDS[value["kind"]], message)
    names = tuple(plain(str(name)[:_MAX_TEXT]) for name in value["types"])
    line = value["line"] if isinstance(value["line"], int) else None
    return Failure("", message, names, line)
