"""Metrics of the owner's own: computed in the sandbox, on the parts of the holdout."""

from __future__ import annotations

from collections.abc import Sequence

from aims_gh.core.failure import Failure
from aims_gh.core.part import Part
from aims_gh.core.score import Findings, OwnMetrics
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError
from aims_gh.flows.run import task_of
from aims_gh.runner.metrics import OwnFunction, Verdict
from aims_gh.runner.sandbox import Bounds, Sandbox
from aims_gh.workspace import Workspace, metrics_file

MAX_CODE_BYTES = 256 * 1024


def read_metrics(workspace: Workspace, slug: str) -> bytes:
    """Read a playground's `metrics.py`.

    Raises
    ------
    CourseError
        If it is missing, or too large to be one.
    """
    code = workspace.file(metrics_file(slug))
    check_size(code, metrics_file(slug))
    return code


def check_size(code: bytes, name: str) -> None:
    """Raise CourseError for a file that is too large to be code."""
    if len(code) > MAX_CODE_BYTES:
        raise CourseError(
            f"{name} has {len(code):,} bytes, the limit is {MAX_CODE_BYTES:,}",
            hint="leave code in it, and no data",
        )


def functions_of(playground: Playground, code: bytes) -> list[OwnFunction]:
    """List the functions that compute a playground's own metrics, each with its columns."""
    columns: dict[str, list[str]] = {}
    for metric in playground.own_metrics:
        columns.setdefault(str(metric.function), []).append(metric.name)
    return [OwnFunction(code, name, tuple(own)) for name, own in columns.items()]


def own_metrics(playground: Playground, code: bytes, sandbox: Sandbox) -> OwnMetrics:
    """Give what computes a playground's own metrics, each function in a process of its own.

    What is wrong with the file itself raises CourseError: no participant can bring it about, and
    submissions wait until it is mended. What goes wrong on the parts fails one metric.
    """

    def compute(parts: Sequence[Part]) -> list[Findings]:
        found = [Findings({}) for _ in parts]
        for function in functions_of(playground, code):
            verdicts = call(function, parts, playground, sandbox)
            for findings, verdict in zip(found, verdicts, strict=True):
                findings.scores.update(verdict.scores)
                findings.failures.update(_published(verdict, playground))
        return found

    return compute


def call(
    function: OwnFunction,
    parts: Sequence[Part],
    playground: Playground,
    sandbox: Sandbox,
    *,
    times: int = 1,
) -> Sequence[Verdict]:
    """Call one function on each part.

    Parameters
    ----------
    times : int
        How many submissions the parts are of: so many times it has its time.

    Raises
    ------
    CourseError
        If there is no such function in the file, or it cannot be loaded.
    """
    limits = playground.limits
    bounds = Bounds(seconds=times * limits.metric_seconds, memory_bytes=limits.memory_bytes)
    verdicts = sandbox.score(function, parts, task_of(playground, rows=None), bounds)
    if verdicts.unfit is not None:
        raise CourseError(
            f"the function {function.name} of metrics.py cannot be used: "
            f"{in_full(verdicts.unfit, function.code)}",
            hint="correct the file; only what is installed can be imported, and no file be read",
        )
    return verdicts.parts


def in_full(failure: Failure, code: bytes) -> str:
    """Say everything about a failure, and show the line: for the owner, on the owner's machine."""
    lines = code.decode("utf-8", "replace").splitlines()
    told = failure.in_full()
    if failure.line is None or not 0 < failure.line <= len(lines):
        return told
    return f"{told}: {lines[failure.line - 1].strip()}"


def _published(verdict: Verdict, playground: Playground) -> dict[str, str]:
    return {name: why.published(playground.labels) for name, why in verdict.failures.items()}
