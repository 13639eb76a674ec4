"""The job of serving a model: it is loaded once, and run whenever it is asked to."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.core.table import read_table
from aims_gh.errors import SubmissionError
from aims_gh.runner.channel import Channel, Files
from aims_gh.runner.feeds import MAX_BATCH_ROWS, feeds
from aims_gh.runner.frames import Order, Request, Stage
from aims_gh.runner.inference import Model, warm_up
from aims_gh.runner.models import inspect_file, text_model

_MAX_TEXT = 200


class Serve:
    """Answers requests with the model's outputs as they are, until there are no more."""

    def __init__(self) -> None:
        self._warm = warm_up(text_model)

    def __call__(self, order: Order, files: Files, channel: Channel) -> None:
        """Tell the facts, load the model, answer requests."""
        checked = inspect_file(files, channel)
        channel.stage(Stage.LOADING_MODEL)
        model = Model(checked)
        for request, data in files.requests():
            try:
                for output in _outputs(model, request, data, order.output_bytes, channel):
                    channel.returned(output)
            except SubmissionError as refusal:
                # What one request did wrong is no reason to stop serving.
                channel.refuse(refusal.message, refusal.hint)


def _outputs(
    model: Model, request: Request, data: bytes, output_bytes: int, channel: Channel
) -> list[Any]:
    channel.stage(Stage.READING_FEATURES)
    table = read_table(data, request.name)
    rows = feeds(table, model.inputs, request.inputs, most=request.batch or MAX_BATCH_ROWS)
    outcome = model.run(
        rows,
        output_bytes=output_bytes,
        text=_MAX_TEXT,
        progress=lambda first, last: channel.stage(Stage.RUNNING, first, last),
    )
    channel.stage(Stage.ANSWERING)
    return [_array(output) for output in outcome.outputs]


def _array(output: Any) -> Any:
    """Give an array of numbers, truth values or text."""
    if isinstance(output, list):  # of {label: probability}, by the order of the first
        keys = list(output[0])
        return np.array([[row.get(key, np.nan) for key in keys] for row in output], dtype=float)
    array = np.asarray(output)
    return array.astype(np.str_) if array.dtype.kind not in "fiubU" else array
