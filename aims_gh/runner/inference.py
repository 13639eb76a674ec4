"""Run a model with onnxruntime: one thread, one batch at a time, errors made safe to show."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError
from aims_gh.runner.feeds import Feeds, ModelInput

_SILENT = 4
_MAX_MESSAGE = 300
_OUT_OF_MEMORY = ("bad_alloc", "Failed to allocate memory", "bad allocation")
_ELSEWHERE = "run the model in onnxruntime on your own machine, on the example rows, and repair it"
_LOCALE = "give the model's StringNormalizer the locale C.UTF-8: few machines have another"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model gave for all rows.

    Attributes
    ----------
    outputs : list of arrays of shape (n, ...), or of lists of n dicts
        In the order of the graph, without those that have no entry per row.
    seconds : float
        Spent in inference.
    """

    outputs: list[Any]
    seconds: float


class Model:
    """A model that onnxruntime has loaded."""

    def __init__(self, model: bytes) -> None:
        with _ReadableErrors("onnxruntime cannot load the model"):
            self._session = onnxruntime.InferenceSession(
                model, _options(), providers=["CPUExecutionProvider"]
            )
        self.inputs = [
            ModelInput(each.name, each.type, tuple(_side(side) for side in each.shape))
            for each in self._session.get_inputs()
        ]

    def run(
        self, feeds: Feeds, *, output_bytes: int, text: int, progress: Callable[[int, int], None]
    ) -> Outcome:
        """Run all rows.

        Parameters
        ----------
        feeds : Feeds
            The rows, in batches.
        output_bytes : int
            How much the model may return in all.
        text : int
            How many characters of a text can matter; the rest is cut off.
        progress : callable
            Told the first and the last row of each batch, from 1, before it is run.
        """
        collected = _Collected(output_bytes, text)
        seconds = 0.0
        for batch in feeds:
            progress(batch.first + 1, batch.stop)
            with _ReadableErrors("the model failed on the features"):
                start = time.perf_counter()
                given = self._session.run(None, batch.feed)
                seconds += time.perf_counter() - start
            collected.add(given, batch.stop - batch.first)
        return Outcome(collected.outputs(), seconds)


class _Collected:
    """The outputs of all batches, by position; those without an entry per row are let go."""

    def __init__(self, output_bytes: int, text: int) -> None:
        self._allowed = self._left = output_bytes
        self._text = text
        self._batches: dict[int, list[Any]] = {}
        self._let_go: set[int] = set()

    def add(self, outputs: Sequence[Any], rows: int) -> None:
        for position, output in enumerate(outputs):
            if not _has_rows(output, rows):
                self._let_go.add(position)
            if position in self._let_go:
                continue
            self._left -= _size(output)
            if self._left < 0:
                raise SubmissionError(
                    f"the model returns more than the {self._allowed / 1e6:,.0f} MB allowed",
                    hint="return one label, one number, or one probability per label for each row",
                )
            self._batches.setdefault(position, []).append(_shortened(output, self._text))

    def outputs(self) -> list[Any]:
        kept = [self._batches[each] for each in sorted(self._batches.keys() - self._let_go)]
        if not kept:
            raise SubmissionError(
                "the model gives no output with an entry for each row",
                hint="give its output the rows of the input as first axis",
            )
        return [_joined(batches) for batches in kept]


def warm_up(model: Callable[[str], bytes]) -> list[Model]:
    """Make onnxruntime open every file it ever needs, while files can still be opened.

    Parameters
    ----------
    model : callable
        Gives a small model that normalizes text in a given locale.

    Returns
    -------
    list of Model
        To be kept: as long as they live, so do the locales that they loaded.
    """
    kept = []
    for locale in ("C", "C.UTF-8", "en_US.UTF-8"):
        try:
            kept.append(Model(model(locale)))
        except SubmissionError:  # this machine does not have that locale
            continue
    return kept


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False
    options.enable_profiling = False
    options.log_severity_level = _SILENT
    # onnxruntime guesses its own format from the first bytes, which `guard` has not seen.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    return options


def _side(side: object) -> int | str | None:
    if isinstance(side, int):
        return side if side >= 0 else None
    return str(side) if side is not None else None


def _has_rows(output: Any, rows: int) -> bool:
    if isinstance(output, np.ndarray):
        return output.ndim > 0 and output.shape[0] == rows
    return isinstance(output, list) and len(output) == rows and isinstance(output[0], dict)


def _size(output: Any) -> int:
    if isinstance(output, list):
        return sum(64 * len(row) for row in output)
    if output.dtype.kind == "O":
        return int(output.nbytes) + sum(len(str(value)) for value in output.flat)
    return int(output.nbytes)


def _shortened(output: Any, text: int) -> Any:
    """Cut texts that are longer than any label: NumPy would give every row that length."""
    if isinstance(output, np.ndarray) and output.dtype.kind == "O":
        cut = [str(value)[: text + 1] for value in output.flat]
        return np.array(cut, dtype=np.str_).reshape(output.shape)
    return output


def _joined(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], list):
        return [row for part in parts for row in part]
    if len({part.shape[1:] for part in parts}) > 1:
        raise SubmissionError(
            "the model's output changes its shape from batch to batch",
            hint="make its output one row for each row of the input",
        )
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class _ReadableErrors:
    """Turn what onnxruntime raises into a refusal: short, inert, free of paths."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if problem is None or not isinstance(problem, Exception):
            return
        text = str(problem)
        if isinstance(problem, MemoryError) or any(sign in text for sign in _OUT_OF_MEMORY):
            raise MemoryError from None
        hint = _LOCALE if "construct locale" in text else _ELSEWHERE
        raise SubmissionError(f"{self._what}: {_readable(text)}", hint=hint) from None


def _readable(text: str) -> str:
    """Keep what onnxruntime says about the model, not where in its own source it says so."""
    text = plain(text[:10_000])
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", text)
    text = re.sub(r"\S+\.(?:cc|h|hpp|cpp):\d+ ", "", text)
    text = re.sub(r"\S*onnxruntime::[\w:~]+\([^()]*\)(?:::<lambda\(\)>)?(?: const)?", "", text)
    text = re.sub(r"(?:\S*/){2,}\S*", "…", text)
    text = " ".join(text.split()).rstrip(". ")
    return f"{text[:_MAX_MESSAGE]}…" if len(text) > _MAX_MESSAGE else text
