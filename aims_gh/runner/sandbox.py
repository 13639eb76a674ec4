"""The sandbox: models and predictions of strangers are read and run in here, and only in here.

Nothing that a participant sent is parsed by the calling process, and no code of a course is run
in it. A child process with no rights does it, and answers with numbers whose shape was known
before it was asked.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from aims_gh.core.inert import plain
from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.domain.model_facts import Cost, ModelFacts, Reading
from aims_gh.errors import MissingExtra
from aims_gh.runner import answer
from aims_gh.runner.endings import Case, check
from aims_gh.runner.frames import Job, Order
from aims_gh.runner.libraries import library_paths
from aims_gh.runner.listening import Transcript
from aims_gh.runner.lockdown import Isolation
from aims_gh.runner.metrics import OwnFunction, Verdicts, ask
from aims_gh.runner.process import child_command, converse
from aims_gh.runner.resident import Resident

_DAY = 86_400
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one run may use."""

    seconds: float = 60
    """Wall-clock time, from when the sandbox is ready."""

    memory_bytes: int = 2_000_000_000
    """Address space, libraries included (160 MB of them, 390 MB with Parquet)."""

    output_bytes: int = 500_000_000
    """What a model may return."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be predicted."""

    task_type: str
    """`classification` or `regression`."""

    labels: tuple[str | int, ...]
    """The classes, in the owner's order; empty for regression."""

    rows: int | None
    """How many predictions there must be; None: as many as there are rows."""

    inputs: tuple[str, ...] = ()
    """Names of the feature columns, in the playground's order; empty: the file's."""

    features_public: bool = False
    """Whether messages may quote what happened on the features."""

    reading: Reading | None = None
    """How the model's numbers for labels are read, where known; None: as these rows show."""


@dataclass(frozen=True, slots=True)
class ModelRun:
    """What a model is, says and costs."""

    facts: ModelFacts
    predictions: Predictions | None
    cost: Cost | None


class Sandbox:
    """Reads and runs what participants send.

    Parameters
    ----------
    strict : bool
        Refuse to read anything unless the child can be locked in completely, which needs
        Linux. Without, whatever the machine has is used: for models one trusts.
    command : sequence of str, optional
        Another program in the child's place.
    hidden : sequence of Path
        Folders that an owner's code may not read even if they lie among Python's packages: those
        of secret keys.

    Examples
    --------
    >>> sandbox = Sandbox()
    >>> sandbox.isolation().complete  # doctest: +SKIP
    True
    """

    def __init__(
        self,
        *,
        strict: bool = True,
        command: Sequence[str] | None = None,
        hidden: Sequence[Path] = (),
    ) -> None:
        self._strict = strict
        self._command = command
        self._hidden = tuple(hidden)

    def isolation(self) -> Isolation:
        """Try on a child what would hold a model back on this machine.

        Raises
        ------
        RunnerError
            If no child can be started at all.
        """
        order = Order("probe", strict=False)
        heard = self._heard(order, [], Case("the sandbox", Bounds().seconds, 0, strict=False))
        assert heard.isolation is not None
        return heard.isolation

    def inspect(self, model: bytes, bounds: Bounds) -> ModelFacts:
        """Read what a model is, without running it.

        Raises
        ------
        SubmissionError
            If it is no model, or not an acceptable one.
        RunnerError
            If this machine cannot do it safely.
        """
        case = self._case("the model", bounds)
        heard = self._heard(self._order("inspect", bounds), [model], case)
        with answer.only_sense("the model"):
            return answer.facts_from(heard.facts, len(model))

    def run(
        self, model: bytes, features: bytes, features_name: str, task: Task, bounds: Bounds
    ) -> ModelRun:
        """Run a model on every row of the features.

        Parameters
        ----------
        model : bytes
            An ONNX file.
        features : bytes
            A table: CSV, NumPy or Parquet, as the ending of `features_name` says.
        features_name : str
        task : Task
        bounds : Bounds

        Raises
        ------
        SubmissionError
            If the model is not acceptable, fails, uses too much, or does not answer the task.
        RunnerError
            If this machine cannot do it safely.
        MissingExtra
            If the features are Parquet and pyarrow is not installed.
        """
        _check_installed(features_name)
        case = self._case("the model", bounds, public=task.features_public)
        order = self._order("run", bounds, features_name, task)
        heard = self._heard(order, [model, features], case)
        with answer.only_sense("the model"):
            predictions = _predictions(heard, task)
            return ModelRun(
                facts=answer.facts_from(heard.facts, len(model), heard.reading),
                predictions=predictions,
                cost=answer.cost_from(heard.spent, len(predictions)),
            )

    def open(self, model: bytes, bounds: Bounds) -> Resident:
        """Load a model, to be run on rows of the caller's own again and again.

        Raises
        ------
        SubmissionError
            If it is no model, or not an acceptable one.
        RunnerError
            If this machine cannot do it safely.
        """
        # The parent keeps the time of each request; in all, a day of the processor's will do.
        order = replace(self._order("serve", bounds), seconds=_DAY)
        order = replace(order, sizes=(len(model),))
        case = self._case("the model", bounds)
        return Resident(self._command or child_command(), order, model, case)

    def read_predictions(self, data: bytes, name: str, task: Task, bounds: Bounds) -> Predictions:
        """Read a file of predictions: CSV, NumPy or Parquet, as the ending of `name` says.

        Raises
        ------
        SubmissionError
            If it cannot be read, or does not answer the task.
        RunnerError
            If this machine cannot do it safely.
        MissingExtra
            If it is Parquet and pyarrow is not installed.
        """
        _check_installed(name)
        case = self._case(plain(name)[:100], bounds)
        heard = self._heard(self._order("predictions", bounds, name, task), [data], case)
        with answer.only_sense(case.subject):
            return _predictions(heard, task)

    def score(
        self, function: OwnFunction, parts: Sequence[Part], task: Task, bounds: Bounds
    ) -> Verdicts:
        """Call an owner's function on each part of the holdout.

        Whatever it does, it has its own process, its time and its memory, and no more.

        Raises
        ------
        RunnerError
            If this machine cannot do it safely.
        """
        order = replace(
            self._order("metric", bounds, task=task),
            function=function.name,
            columns=function.columns,
            libraries=library_paths(self._hidden),
        )
        files = [function.code, *(part.to_bytes() for part in parts)]
        order = replace(order, sizes=tuple(len(file) for file in files))
        case = replace(self._case("metrics.py", bounds), importing=True)
        return ask(self._command or child_command(), order, files, case)

    def _case(self, subject: str, bounds: Bounds, *, public: bool = True) -> Case:
        return Case(subject, bounds.seconds, bounds.memory_bytes, self._strict, public)

    def _order(self, job: Job, bounds: Bounds, name: str = "", task: Task | None = None) -> Order:
        order = Order(job, self._strict, **asdict(bounds), name=name)
        if task is None:
            return order
        return replace(
            order,
            task_type=task.task_type,
            labels=task.labels,
            rows=task.rows,
            inputs=task.inputs,
            reading=task.reading,
        )

    def _heard(self, order: Order, files: list[bytes], case: Case) -> Transcript:
        heard = converse(
            self._command or child_command(),
            replace(order, sizes=tuple(len(file) for file in files)),
            files,
            seconds=order.seconds,
            budget=order.output_bytes,
        )
        if heard.stderr:
            _log.debug("the sandbox's errors: %s", plain(heard.stderr.decode(errors="replace")))
        with answer.only_sense(case.subject):
            check(heard, case)
        return heard


def _predictions(heard: Transcript, task: Task) -> Predictions:
    return answer.predictions_from(
        heard.arrays, task_type=task.task_type, labels=len(task.labels), rows=task.rows
    )


def _check_installed(name: str) -> None:
    if name.lower().endswith(".parquet") and importlib.util.find_spec("pyarrow") is None:
        raise MissingExtra("reading Parquet files", extra="pandas")
