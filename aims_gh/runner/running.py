"""The job of running a model: file, facts, session, features, rows, answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aims_gh.core.predictions import predictions_from_outputs
from aims_gh.core.table import Table, read_table
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.runner import frames
from aims_gh.runner.channel import Channel, Files
from aims_gh.runner.feeds import Feeds, feeds
from aims_gh.runner.frames import Order, Stage
from aims_gh.runner.inference import Model, Outcome, warm_up
from aims_gh.runner.models import inspect_file, text_model


class Run:
    """Runs one model on all rows.

    Parameters
    ----------
    peak_memory : callable
        Gives the largest size of this process so far, in bytes.
    """

    def __init__(self, peak_memory: Callable[[], int]) -> None:
        self._peak_memory = peak_memory
        self._warm = warm_up(text_model)

    def __call__(self, order: Order, files: Files, channel: Channel) -> None:
        """Answer with the facts, the predictions and the cost."""
        checked = inspect_file(files, channel)
        channel.stage(Stage.LOADING_MODEL)
        model = Model(checked)
        data = files.next()
        channel.stage(Stage.READING_FEATURES)
        rows = feeds(_table(data, order.name), model.inputs, order.inputs)
        outcome = _run(model, rows, order, channel)
        channel.stage(Stage.ANSWERING)
        task: dict[str, Any] = {
            "task_type": order.task_type,
            "labels": order.labels,
            "reading": order.reading,
        }
        channel.answer(predictions_from_outputs(outcome.outputs, **task))
        latency = 1e6 * outcome.seconds / rows.rows
        channel.send(frames.SPENT, frames.COST.pack(latency, self._peak_memory(), rows.rows))


def _table(data: bytes, name: str) -> Table:
    try:
        return read_table(data, name, error=CourseError)
    except CourseError as problem:
        raise SubmissionError(
            f"the playground's own {problem.message}",
            hint="this is no fault of the model: tell the playground's owners",
        ) from None


def _run(model: Model, rows: Feeds, order: Order, channel: Channel) -> Outcome:
    return model.run(
        rows,
        output_bytes=order.output_bytes,
        text=max((len(str(label)) for label in order.labels), default=0),
        progress=lambda first, last: channel.stage(Stage.RUNNING, first, last),
    )
