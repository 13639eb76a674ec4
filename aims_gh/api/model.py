"""A version's model, ready to use: it runs in the sandbox, which stays open while it lives."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from html import escape
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from aims_gh.core.predictions import Predictions, predictions_from_outputs
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.model_facts import ModelFacts
from aims_gh.errors import SubmissionError
from aims_gh.flows.frames import as_file
from aims_gh.flows.images import as_images
from aims_gh.flows.instantiate import Stored
from aims_gh.flows.run import bounds_of, task_of
from aims_gh.runner.resident import Resident, Rows
from aims_gh.runner.sandbox import Sandbox

Array = npt.NDArray[Any]


class OnnxModel:
    """A trained model from the board.

    It is somebody else's program, so it runs where it can do nothing but compute, in a process
    that is started at the first call and kept. Close it with `close`, or use it in a `with` block.

    Attributes
    ----------
    version : int
    labels : tuple of str or int
        The classes, in the owner's order; empty for regression.
    facts : ModelFacts
        What was read from the file: inputs, outputs, operators, numbers.
    preprocessor : str or None
        The source text of what has to be called before, where the author gave a Python function.
    """

    def __init__(self, stored: Stored, sandbox: Sandbox) -> None:
        self.version = stored.evaluation.version
        self.preprocessor = stored.preprocessor
        self._stored, self._sandbox = stored, sandbox
        self._running: Resident | None = None

    @property
    def evaluation(self) -> Evaluation:
        """Everything known of the version."""
        return self._stored.evaluation

    @property
    def labels(self) -> tuple[str | int, ...]:
        """The classes, in the owner's order; empty for regression."""
        return self._stored.playground.labels

    @property
    def facts(self) -> ModelFacts:
        """What was read from the file."""
        found = self._stored.evaluation.facts
        return found if found is not None else self._open().facts

    def predict(self, rows: Any) -> Array:
        """Predict one label or number for each row.

        Parameters
        ----------
        rows : DataFrame, Series, array, list, image or list of images
            As in the playground's features: columns by name, or all of them in order. Images
            are arrays, PIL images or paths; they are brought to the size that the model takes.

        Returns
        -------
        array of shape (n,)
        """
        found = self._predictions(rows)
        if found.codes is not None:
            return np.array(self.labels)[found.codes]
        assert found.values is not None
        return found.values

    def predict_proba(self, rows: Any) -> Array:
        """Give one probability per label for each row.

        Returns
        -------
        array of shape (n, labels)
            Columns in the order of `labels`.

        Raises
        ------
        SubmissionError
            If the model gives no probabilities.
        """
        found = self._predictions(rows)
        if found.probabilities is None:
            raise SubmissionError(
                f"version {self.version} gives no probabilities",
                hint="predict gives its answers, outputs all that it returns",
            )
        return found.probabilities

    def transform(self, rows: Any) -> Array:
        """Give the numbers that the model makes of each row, as they are.

        Returns
        -------
        array of shape (n, ...)
            Its first output of numbers: scores, probabilities, values, or features.
        """
        for array in self.outputs(rows):
            if array.dtype.kind == "f":
                return array
        raise SubmissionError(
            f"version {self.version} gives no numbers", hint="outputs gives all that it returns"
        )

    def outputs(self, rows: Any) -> list[Array]:
        """Give all that the model returns, in the order of its graph."""
        names = task_of(self._stored.playground, rows=None).inputs
        content, name = as_file(self._table(rows))
        inputs = names if hasattr(rows, "columns") and set(names) <= set(rows.columns) else ()
        return self._open().outputs(Rows(content, name, inputs))

    def to_onnx(self) -> bytes:
        """Give the ONNX file, to be run elsewhere: outside the sandbox it is on its own."""
        return self._stored.content

    def close(self) -> None:
        """End its process; the next call starts another."""
        if self._running is not None:
            self._running.close()
            self._running = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        first, *more = (escape(line) for line in self._lines())
        return f"<p><b>{first}</b>" + "".join(f"<br>{line}" for line in more) + "</p>"

    def _lines(self) -> list[str]:
        found = self._stored.evaluation
        kind = found.claims.model_type or "a model"
        lines = [f"version {found.version} of {found.playground}: {kind} by {found.username}"]
        if found.facts:
            facts = found.facts
            takes = ", ".join(f"{t.name} {t.dtype}{_shape(t.shape)}" for t in facts.inputs[:4])
            more = f" and {len(facts.inputs) - 4} more" if len(facts.inputs) > 4 else ""
            lines.append(f"takes {takes}{more}")
            lines.append(f"{facts.num_params:,} parameters, {facts.bytes:,} bytes")
        if self.preprocessor is not None:
            lines.append("takes what its preprocessor gives: see .preprocessor")
        return lines

    def _predictions(self, rows: Any) -> Predictions:
        playground = self._stored.playground
        return predictions_from_outputs(
            self.outputs(rows),
            task_type=playground.task_type,
            labels=playground.labels,
            reading=self._stored.reading,
        )

    def _open(self) -> Resident:
        if self._running is None or not self._running.alive:
            bounds = bounds_of(self._stored.playground)
            self._running = self._sandbox.open(self._stored.content, bounds)
            weakref.finalize(self, _close, self._running)
        return self._running

    def _table(self, rows: Any) -> Any:
        """Bring what Python users hold to a table or an array."""
        if self._stored.playground.input_type == "image":
            inputs = self._stored.playground.inputs
            shapes = [tensor.shape for tensor in self.facts.inputs]
            rows = as_images(rows, shapes, inputs[0] if len(inputs) == 1 else None)
        if isinstance(rows, Mapping):
            return _frame([rows] if not _is_columns(rows) else rows)
        if isinstance(rows, Sequence) and rows and isinstance(rows[0], Mapping):
            return _frame(rows)
        if isinstance(rows, str):
            return np.array([rows])
        return rows


def _frame(rows: Any) -> Any:
    from aims_gh.flows.frames import pandas_module

    return pandas_module().DataFrame(rows)


def _is_columns(rows: Mapping[str, Any]) -> bool:
    return all(np.ndim(value) > 0 for value in rows.values())


def _shape(shape: Sequence[int | str | None]) -> str:
    return "[" + ", ".join("?" if not isinstance(s, int) else str(s) for s in shape) + "]"


def _close(running: Resident) -> None:
    running.close()
