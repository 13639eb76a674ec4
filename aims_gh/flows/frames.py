"""Between what Python users hold, DataFrames and arrays, and the files of a course."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from aims_gh.core.outputs import Said
from aims_gh.core.predictions import (
    Predictions,
    predictions_from_outputs,
    predictions_from_table,
)
from aims_gh.core.table import Table, read_table
from aims_gh.domain.playground import Playground
from aims_gh.errors import AimsError, CourseError, MissingExtra

if TYPE_CHECKING:
    from pandas import DataFrame


def as_predictions(values: Any, playground: Playground) -> Predictions:
    """Read predictions as Python has them: a list, an array, a Series, or one column per label."""
    names: list[str] | None = None
    if hasattr(values, "columns"):
        names = [str(name) for name in values.columns]
    array = np.asarray(values)
    if array.dtype.kind == "O":
        array = array.astype(np.str_)
    if names and array.ndim == 2:
        table = Table({name: array[:, place] for place, name in enumerate(names)})
    else:
        table = Table({"": array})
    return predictions_from_table(
        table,
        name="prediction_submission",
        task_type=playground.task_type,
        labels=playground.labels,
        rows=None,
    )


def predictions_said(said: Said, playground: Playground) -> Predictions:
    """Turn what a model says in its own terms into predictions of the playground's."""
    outputs = [array for array in (said.labels, said.numbers) if array is not None]
    return predictions_from_outputs(
        outputs, task_type=playground.task_type, labels=playground.labels
    )


def as_submitted(said: Said, playground: Playground) -> Predictions:
    """Turn what a model says into the predictions that are sent.

    Labels, where the model gives them: not every library takes the likeliest. Probabilities
    in their place only where the playground scores those.
    """
    found = predictions_said(said, playground)
    return found if playground.needs_probabilities else replace(found, probabilities=None)


def predictions_file(predictions: Predictions, playground: Playground) -> bytes:
    """Write predictions as the CSV that goes into the submission."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if predictions.probabilities is not None:
        writer.writerow(playground.labels)
        writer.writerows([repr(float(p)) for p in row] for row in predictions.probabilities)
    elif predictions.codes is not None:
        writer.writerow(["prediction"])
        writer.writerows([playground.labels[code]] for code in predictions.codes)
    elif predictions.values is not None:
        writer.writerow(["prediction"])
        writer.writerows([repr(float(value))] for value in predictions.values)
    return stream.getvalue().encode("utf-8")


def as_file(data: Any) -> tuple[bytes, str]:
    """Write a DataFrame, an array or a tensor as a file with an ending that tells its form."""
    if hasattr(data, "detach"):  # a tensor of PyTorch's
        data = data.detach().cpu()
    if hasattr(data, "to_csv"):
        frame = data.to_frame() if not hasattr(data, "columns") else data
        return frame.to_csv(index=False).encode("utf-8"), "data.csv"
    array = np.asarray(data)
    if array.dtype.kind == "O":
        array = array.astype(np.str_)
    if array.dtype.kind == "U" and array.ndim <= 2:
        return _texts_file(array), "data.csv"
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue(), "data.npy"


def _texts_file(array: Any) -> bytes:
    """Write texts as CSV: in a NumPy file each takes the room of the longest."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    columns = array.reshape(len(array), -1)
    writer.writerow(f"column {place + 1}" for place in range(columns.shape[1]))
    writer.writerows(columns.tolist())
    return stream.getvalue().encode("utf-8")


def head(data: Any, rows: int) -> Any:
    """Give the first rows of a DataFrame, an array or a list."""
    return data.iloc[:rows] if hasattr(data, "iloc") else data[:rows]


def classes_in(*answers: Any) -> list[str | int]:
    """List the classes that occur, whole numbers sorted as numbers."""
    found = np.unique(np.concatenate([np.asarray(a).ravel().astype(np.str_) for a in answers]))
    if all(text.lstrip("-").isdecimal() for text in found):
        return sorted(int(text) for text in found)
    return [str(text) for text in found]


def column_file(values: Any, name: str) -> bytes:
    """Write one column as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([name])
    writer.writerows([value] for value in np.asarray(values).ravel().tolist())
    return stream.getvalue().encode("utf-8")


def pandas_module() -> Any:
    """Give pandas, or say how to get it."""
    try:
        import pandas
    except ImportError:
        raise MissingExtra("reading into a DataFrame", extra="pandas") from None
    return pandas


def read_file(content: bytes, name: str, playground: Playground) -> Any:
    """Read a data file: a DataFrame, or an array from a NumPy file.

    CSV holds what the evaluator finds in it: pandas alone takes 007 for a number, and None for
    nothing. An empty text is a text without words; an empty category is missing, as in pandas.
    """
    stream = io.BytesIO(content)
    if name.endswith(".npy"):
        return np.load(stream, allow_pickle=False)
    pandas = pandas_module()
    if name.endswith(".parquet"):
        return pandas.read_parquet(stream)
    frame = pandas.DataFrame(read_table(content, name, error=CourseError).columns)
    if playground.input_type != "text":
        for name in [n for n in frame.columns if frame[n].dtype.kind not in "fiub"]:
            known = frame[name] != ""
            if known.any():  # else nothing would say that it is a column of texts
                frame[name] = frame[name].astype(object).where(known, np.nan)
    return frame


def board_frame(
    columns: Mapping[str, list[Any]],
    metrics: Sequence[str],
    verbose: int,
    wanted: Sequence[str] | None,
) -> DataFrame:
    """Lay a board's columns out as a DataFrame; see `get_leaderboard`."""
    pandas = pandas_module()
    always = ("rank", "version", "username", "timestamp", *metrics)
    more = ("reproduced", "ml_framework", "model_type", "num_params", "memory_size")
    allowed = {1: {*always}, 2: {*always, *more}}.get(verbose, set(columns))
    kept = {
        name: values
        for name, values in columns.items()
        if name != "metadata" and name in allowed and (name in always or _any(values))
    }
    if verbose >= 3:
        rows = columns.get("metadata", [])
        for key in dict.fromkeys(key for row in rows for key in row):
            # A metric may have been added since, with the name of somebody's own key.
            name = f"metadata.{key}" if key in columns else key
            kept[name] = [row.get(key) for row in rows]
    frame = pandas.DataFrame(kept)
    if "timestamp" in frame:
        frame["timestamp"] = pandas.to_datetime(frame["timestamp"], utc=True)
    if wanted is None:
        return frame
    missing = [name for name in wanted if name not in columns and name not in frame]
    if missing:
        raise AimsError(
            f"the board has no column {', '.join(missing)}", hint=f"it has {', '.join(kept)}"
        )
    chosen = dict.fromkeys([*wanted, "version", "username"])
    return frame[[name for name in chosen if name in frame]]


def _any(values: Iterable[Any]) -> bool:
    return any(value not in (None, [], {}) for value in values)
