"""The model: rows in, answers out, by the very code that read rows and answers for its score.

`aims_app/` holds that code, copied from aims-gh as it stands.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is imported, which else sends some

import numpy as np

from aims_app.core.inert import csv_cell, plain
from aims_app.core.pixels import moving
from aims_app.core.predictions import Predictions, predictions_from_outputs
from aims_app.core.table import Table, read_table
from aims_app.errors import AimsError, SubmissionError
from aims_app.runner.feeds import feeds
from aims_app.runner.inference import Model
from media import picture, pictures, sound

MOST_ROWS = 100_000
MOST_LETTERS = 50_000_000
OUTPUT_BYTES = 500_000_000
LARGEST = 3e38
WHOLE = 2**63
MISSING = ("", "NA", "nan", "NaN")
TRUTH = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}

Wrong = AimsError
"""What is wrong with a question, in words for whoever asked."""


class Served:
    """The model of this folder, and what app.json says of it."""

    def __init__(self, folder: Path) -> None:
        self.app = json.loads((folder / "app.json").read_bytes())
        content = (folder / "model.onnx").read_bytes()
        self.digest = hashlib.sha256(content).hexdigest()
        self.inputs = self.app["inputs"]
        self.names = [each["name"] for each in self.inputs]
        self.labels = self.app["labels"]
        self._model = Model(content)
        batches = {each.batch for each in self._model.inputs} - {None}
        self._batch = max(batches, default=1)

    def warm(self) -> None:
        """Answer an example row, so that whoever asks first does not wait; else say what fails."""
        if self.app["examples"]:
            self.records(self.rows([list(self.app["examples"][0])]))

    # ---------------------------------------------------------------- questions

    def rows(self, given: Any) -> Table:
        """Read rows: each an object by column, a list in their order, or the only value itself."""
        if not isinstance(given, list) or not given:
            raise wrong("there are no rows", "give a list of rows")
        _limit(len(given))
        lines = [self._line(row, place) for place, row in enumerate(given, start=1)]
        columns = list(zip(self.inputs, zip(*lines, strict=True), strict=True))
        _check_room(columns)
        return Table({told["name"]: _column(told, cells) for told, cells in columns})

    def file(self, content: bytes, name: str) -> Table:
        """Read a CSV file with a header line; columns that are not asked for are let go."""
        table = read_table(content, name)
        _limit(len(table))
        missing = [each for each in self.names if each not in table.columns]
        if missing:
            raise wrong(
                f"{name} has no column {listed(missing)}",
                f"it has {listed(list(table.columns))}",
            )
        for told in self.inputs:
            _check_numbers(told, table.columns[told["name"]].tolist())
        return Table({each: table.columns[each] for each in self.names})

    def numbers(self, text: str) -> Table:
        """Read one row of numbers, whatever stands between them: for arrays."""
        words = [word for word in re.split(r"[\s,;]+", text) if word]
        return self.rows([[words]])

    def picture(self, image: Any) -> Table:
        """Read one picture of Pillow's."""
        array = picture(image, self.app["picture"])
        return Table({self.names[0]: array[np.newaxis]})

    def sound(self, path: str) -> Table:
        """Read one recording."""
        array = sound(path, self.app["sound"])
        return Table({self.names[0]: array[np.newaxis]})

    def video(self, path: str) -> Table:
        """Read one video."""
        form = self.app["video"]
        frame = SimpleNamespace(**form["frame"])
        array = moving(pictures(path, form), SimpleNamespace(**form | {"frame": frame}))
        return Table({self.names[0]: array[np.newaxis]})

    def _line(self, row: Any, place: int) -> Sequence[Any]:
        if isinstance(row, dict):
            missing = [each for each in self.names if each not in row]
            if missing:
                unknown = [str(each) for each in row if each not in self.names]
                more = f", and does not know {listed(unknown)}" if unknown else ""
                raise wrong(
                    f"row {place} has no column {listed(missing)}",
                    f"the model takes {listed(self.names)}{more}",
                )
            return [row[each] for each in self.names]
        if len(self.names) == 1 and not (isinstance(row, list) and len(row) == 1):
            return [row]
        if not isinstance(row, list) or len(row) != len(self.names):
            raise wrong(
                f"row {place} is not a list of {len(self.names)} values, and no object",
                f"the model takes {listed(self.names)}",
            )
        return row

    # ---------------------------------------------------------------- answers

    def predictions(self, table: Table) -> Predictions:
        """Ask the model."""
        rows = len(table)
        given = feeds(self._filled(table), self._model.inputs, self.names)
        outcome = self._model.run(
            given, output_bytes=OUTPUT_BYTES, text=1000, progress=lambda *_: None
        )
        try:
            return predictions_from_outputs(
                [output[:rows] for output in outcome.outputs],
                task_type=self.app["task_type"],
                labels=self.labels,
                reading=self.app["model"].get("reading"),
            )
        except Wrong as problem:
            at = re.search(r"in row (\d+)$", problem.message)
            suspects = _no_numbers(table, int(at[1]) - 1) if at else []
            if not suspects:
                raise
            raise wrong(
                f"{problem.message}, which has no number in {listed(suspects)}, or one too large",
                "this model needs one there",
            ) from None

    def _filled(self, table: Table) -> Table:
        """Repeat the last row until a model that takes so many at a time has them."""
        lacking = -len(table) % self._batch
        if not lacking:
            return table
        return Table(
            {
                name: np.concatenate([column, np.repeat(column[-1:], lacking, axis=0)])
                for name, column in table.columns.items()
            }
        )

    def shown(self, table: Table) -> Any:
        """Answer one row: a number, or a label with the probability of each, in their order."""
        found = self.predictions(table)
        if found.codes is None:
            return float(found.values[0])
        answer: dict[str, Any] = {"label": plain(self.labels[found.codes[0]])}
        if found.probabilities is not None:
            pairs = zip(self.labels, found.probabilities[0].tolist(), strict=True)
            answer["confidences"] = [{"label": plain(k), "confidence": p} for k, p in pairs]
        return answer

    def records(self, table: Table) -> list[dict[str, Any]]:
        """Answer every row: what is predicted, and the probability of each label where known."""
        found = self.predictions(table)
        if found.codes is None:
            return [{"prediction": value} for value in found.values.tolist()]
        records = [{"prediction": self.labels[code]} for code in found.codes]
        if found.probabilities is not None:
            names = [f"probability_{label}" for label in self.labels]
            for record, line in zip(records, found.probabilities.tolist(), strict=True):
                record.update(zip(names, line, strict=True))
        return records

    def lines(self, table: Table) -> list[list[Any]]:
        """Answer every row as lines of a CSV file, the header first; no cell is a formula."""
        records = self.records(table)
        header = [csv_cell(name) for name in (*self.names, *records[0])]
        given = zip(*(column.tolist() for column in table.columns.values()), strict=True)
        rows = [
            [csv_cell(value) for value in (*cells, *record.values())]
            for cells, record in zip(given, records, strict=True)
        ]
        return [header, *rows]


def wrong(message: str, hint: str) -> Wrong:
    """Make the error of a question that cannot be answered."""
    return SubmissionError(message, hint=hint)


def listed(names: Sequence[str]) -> str:
    """List names for people."""
    shown = ", ".join(f"“{plain(name)[:60]}”" for name in names[:12])
    return f"{shown}, … ({len(names)} in all)" if len(names) > 12 else shown


def _limit(rows: int) -> None:
    if rows > MOST_ROWS:
        raise wrong(f"there are {rows:,} rows", f"ask for {MOST_ROWS:,} at a time at the most")


def _check_room(columns: Sequence[Any]) -> None:
    """Refuse texts that would not fit: every cell of a column takes the room of its longest."""
    longest = {
        told["name"]: max(len(str(cell)) for cell in cells)
        for told, cells in columns
        if told["dtype"] == "string" and not told["shape"]
    }
    rows = len(columns[0][1]) if columns else 0
    if rows * sum(longest.values()) > MOST_LETTERS:
        worst = max(longest, key=lambda name: longest[name])
        raise wrong(
            f"{listed([worst])} has a text of {longest[worst]:,} characters, too long among "
            f"{rows:,} rows",
            "ask for fewer rows at a time, or shorten the longest texts",
        )


def _no_numbers(table: Table, row: int) -> list[str]:
    """Name the columns of a row whose cell is empty, or too large for a model's numbers."""
    cells = ((name, column[row]) for name, column in table.columns.items())
    return [
        name
        for name, cell in cells
        if cell.dtype.kind == "f" and not (np.abs(cell) < LARGEST).all()
    ]


def _column(told: dict[str, Any], cells: Sequence[Any]) -> Any:
    """Bring the cells of a column to its type."""
    if told["shape"]:
        arrays = [_array(told, cell, place) for place, cell in enumerate(cells, start=1)]
        for place, array in enumerate(arrays, start=1):
            if array.shape != arrays[0].shape:
                raise wrong(
                    f"row {place} has {array.size:,} numbers, and row 1 has {arrays[0].size:,}",
                    "ask for rows of the same length at a time",
                )
        return np.stack(arrays)
    if told["dtype"] == "string":
        return np.array(["" if cell is None else str(cell) for cell in cells])
    if told["dtype"] == "bool":
        return np.array([_truth(told, cell, place) for place, cell in enumerate(cells, start=1)])
    _check_numbers(told, cells)
    values = [_number(cell) for cell in cells]
    whole = told["dtype"] == "int" and all(abs(v) < WHOLE and v == int(v) for v in values)
    return np.array(values, dtype=np.int64 if whole else np.float64)


def _check_numbers(told: dict[str, Any], cells: Sequence[Any]) -> None:
    """Name the first cell that is no number, where one is needed."""
    if told["dtype"] not in ("float", "int"):
        return
    for place, cell in enumerate(cells, start=1):
        try:
            _number(cell)
        except (TypeError, ValueError, OverflowError):
            shown = plain(cell)[:40]
            raise wrong(
                f"row {place}: {listed([told['name']])} is “{shown}”, which is no number",
                "write a point, not a comma; leave a number that is not known empty",
            ) from None


def _number(cell: Any) -> float | int:
    if cell is None or (isinstance(cell, str) and cell.strip() in MISSING):
        return np.nan
    if isinstance(cell, str) and ("_" in cell or not cell.isascii()):
        raise ValueError
    if isinstance(cell, str) and cell.strip() in ("True", "False"):
        return int(cell.strip() == "True")
    return cell if isinstance(cell, int) and abs(cell) < WHOLE else float(cell)


def _truth(told: dict[str, Any], cell: Any, place: int) -> bool:
    found = TRUTH.get(str(cell).strip().lower())
    if found is None:
        shown = plain(cell)[:40]
        raise wrong(
            f"row {place}: {listed([told['name']])} is “{shown}”, neither true nor false",
            "write True or False",
        )
    return found


def _array(told: dict[str, Any], cell: Any, place: int) -> Any:
    sides = [side if side > 0 else -1 for side in told["shape"]]
    try:
        flat = np.array(cell, dtype=object).reshape(-1)
        numbers = np.array([_number(one) for one in flat], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise wrong(
            f"row {place}: {listed([told['name']])} holds something other than numbers",
            f"give numbers of the shape {told['shape']}",
        ) from None
    try:
        return numbers.reshape(sides)
    except ValueError:
        raise wrong(
            f"row {place}: there are {numbers.size} numbers, and the model takes "
            f"{' × '.join(map(str, told['shape']))}",
            "give as many, in their order",
        ) from None
