"""Try out metrics of the owner's own before anybody submits: on the owner's machine, locked in.

What goes wrong is told in full, answers included: it is the owner who reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aims_gh.core.failure import Failure
from aims_gh.core.holdout import Truth
from aims_gh.core.predictions import Codes, Predictions
from aims_gh.core.score import parts_of
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError
from aims_gh.flows.own_metrics import call, check_size, functions_of, in_full
from aims_gh.runner.metrics import OwnFunction
from aims_gh.runner.sandbox import Sandbox

_PARTS = {3: ("the public part", "the private part", "all rows"), 1: ("all rows",)}
_HINTS = {
    "took longer": "make it faster, or raise limits.metric_seconds: here it had three times that, "
    "for three submissions",
    "needed more": "make it smaller, or raise limits.memory_bytes",
    "returned no finite number": "somebody will submit such predictions: return a number for them",
    "returned no number": "return a number, or a dict with one for each column",
    "returned a dict": "give the entry and the column the same name",
}
_AGAIN = "correct the function and create the playground again; nothing was written"


@dataclass(frozen=True, slots=True)
class _Case:
    """Predictions that an honest participant may submit."""

    name: str
    predictions: Predictions


def try_out(
    playground: Playground, truth: Truth, code: bytes | None, sandbox: Sandbox | None
) -> None:
    """Call every function on perfect predictions, and on some wrong ones.

    Parameters
    ----------
    code : bytes or None
        `metrics.py`, where the owner handed one over.
    sandbox : Sandbox or None
        Not needed where no metric is the owner's own.

    Raises
    ------
    CourseError
        Naming the function, what it failed on, and the line.
    RunnerError
        If this machine cannot lock the code in.
    """
    own = playground.own_metrics
    if not own:
        if code is not None:
            raise CourseError(
                "metrics.py was handed over, and no metric names a function of it",
                hint="name them in playground.yml: "
                "metrics: [{name: cost, function: cost, direction: minimize}]",
            )
        return
    if code is None:
        raise CourseError(
            f"{own[0].name} is computed by the function {own[0].function} of metrics.py, "
            "and that file is missing",
            hint="put it beside the playground.yml, or name it: --metrics-file metrics.py",
        )
    check_size(code, "metrics.py")
    assert sandbox is not None, "metrics of the owner's own need a sandbox"
    cases = list(_cases(playground, truth))
    for function in functions_of(playground, code):
        _try(function, cases, playground, truth, sandbox)


def _try(
    function: OwnFunction,
    cases: list[_Case],
    playground: Playground,
    truth: Truth,
    sandbox: Sandbox,
) -> None:
    parts = [part for case in cases for part in parts_of(truth, case.predictions)]
    verdicts = call(function, parts, playground, sandbox, times=len(cases))
    names = _PARTS[len(parts) // len(cases)]
    tried = [f"{case.name}, {part}" for case in cases for part in names]
    for on, verdict in zip(tried, verdicts, strict=True):
        for column, failure in verdict.failures.items():
            raise _error(function, column, on, failure)


def _error(function: OwnFunction, column: str, on: str, failure: Failure) -> CourseError:
    return CourseError(
        f"{column}: the function {function.name} of metrics.py failed on {on}: "
        f"{in_full(failure, function.code)}",
        hint=next((h for what, h in _HINTS.items() if failure.what.startswith(what)), _AGAIN),
    )


def _cases(playground: Playground, truth: Truth) -> Iterator[_Case]:
    if playground.task_type == "regression":
        mean = np.full(len(truth), float(truth.answers.mean()), np.float64)
        right, spread = truth.answers.astype(np.float64), float(np.ptp(truth.answers)) or 1.0
        yield _Case("perfect predictions", Predictions(values=right))
        yield _Case("predictions that are the same in every row", Predictions(values=mean))
        yield _Case("predictions that are far off", Predictions(values=right + spread))
        return
    count = len(playground.labels)
    codes = truth.answers.astype(np.int32)
    yield _Case("perfect predictions", _certain(codes, count))
    even = np.full((len(truth), count), 1 / count)
    same = Predictions(codes=np.zeros_like(codes), probabilities=even)
    yield _Case("predictions that are the same in every row", same)
    yield _Case("predictions that are all wrong", _certain((codes + 1) % count, count))


def _certain(codes: Codes, count: int) -> Predictions:
    return Predictions(codes=codes, probabilities=np.eye(count)[codes])
