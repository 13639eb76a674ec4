"""The job of reading a predictions file."""

from __future__ import annotations

from typing import Any

from aims_gh.core.predictions import predictions_from_table
from aims_gh.core.table import read_table
from aims_gh.runner.channel import Channel, Files
from aims_gh.runner.frames import Order, Stage


def read_predictions(order: Order, files: Files, channel: Channel) -> None:
    """Read a file of predictions, and answer with arrays."""
    data = files.next()
    channel.stage(Stage.READING_PREDICTIONS)
    table = read_table(data, order.name)
    task: dict[str, Any] = {"task_type": order.task_type, "labels": order.labels}
    predictions = predictions_from_table(table, name=order.name, rows=order.rows, **task)
    channel.stage(Stage.ANSWERING)
    channel.answer(predictions)
