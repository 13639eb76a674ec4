"""A model that stays loaded in the sandbox, and is asked again and again."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy.typing as npt

from aims_gh.domain.model_facts import ModelFacts
from aims_gh.errors import SubmissionError
from aims_gh.runner import answer
from aims_gh.runner.endings import Case, check, check_refusal
from aims_gh.runner.frames import Order, Request
from aims_gh.runner.process import START_SECONDS, Child

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a resident model is to be run on.

    Attributes
    ----------
    content, name : bytes, str
        A table as a file: CSV or NumPy, as the ending of the name says.
    inputs : sequence of str
        Names of the columns in the playground's order; empty: the file's.
    batch : int or None
        How many rows at most are run together.
    """

    content: bytes
    name: str
    inputs: Sequence[str] = ()
    batch: int | None = None


class Resident:
    """A model in a sandbox of its own, which ends with the `with` block, or with `close`.

    Parameters
    ----------
    command : sequence of str
        The child's program.
    order : Order
        For the job "serve".
    model : bytes
        An ONNX file.
    case : Case
        What to call it, and its limits; the seconds are those of one request.

    Raises
    ------
    SubmissionError
        If it is no model, or not an acceptable one.
    RunnerError
        If this machine cannot do it safely.
    """

    def __init__(self, command: Sequence[str], order: Order, model: bytes, case: Case) -> None:
        self._case, self._closed = case, False
        self._child = Child(command, order.output_bytes)
        try:
            self._send(order.to_bytes())
            if self._wait(START_SECONDS):
                self._child.heard.files_sent += 1
                self._send(model)
                self._wait(case.seconds)
            self._check_alive()
            self.facts: ModelFacts = answer.facts_from(self._child.heard.facts, len(model))
        except BaseException:
            self._child.finish()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the child go; twice is once."""
        if self._closed:
            return
        self._closed = True
        self._child.heard.out_of_time = True  # what it would still say does not matter
        self._child.finish()

    @property
    def alive(self) -> bool:
        """Whether it can still be asked: a request that broke a limit ended it."""
        return not self._child.listener.finished.is_set()

    def outputs(self, rows: Rows) -> list[Array]:
        """Run the model, and give its outputs as they are.

        Returns
        -------
        list of arrays of shape (n, ...)
            In the order of the graph: float64, int64, bool or text; without those that have no
            entry for each row.

        Raises
        ------
        SubmissionError
            If the rows do not fit, or the model fails or uses too much.
        """
        if self._closed:
            raise SubmissionError(
                f"{self._case.subject} is closed", hint="open it again to ask it once more"
            )
        self._child.listener.forget()
        request = Request(rows.name, len(rows.content), tuple(rows.inputs), rows.batch)
        self._send(request.to_bytes(), rows.content)
        self._wait(self._case.seconds)
        self._check_alive()
        with answer.only_sense(self._case.subject):
            return [answer.output_from(raw) for raw in self._child.heard.outputs]

    def _send(self, *parts: bytes) -> None:
        # In a thread: a child that does not read would keep us for ever.
        self._child.work(_write, self._child.stdin, parts)

    def _wait(self, seconds: float) -> bool:
        """Wait until the child wants more; tell whether it does."""
        listener = self._child.listener
        if not listener.wanted.acquire(timeout=seconds):
            self._child.heard.out_of_time = True
            return False
        return not listener.finished.is_set()

    def _check_alive(self) -> None:
        heard = self._child.heard
        if self.alive and not heard.out_of_time:
            with answer.only_sense(self._case.subject):
                check_refusal(heard, self._case)
            return
        heard = self._child.finish()
        with answer.only_sense(self._case.subject):
            check(heard, self._case)
        raise SubmissionError(
            f"{self._case.subject} stopped answering",
            hint="a model that does only what ONNX describes cannot do that; open it again",
        )


def _write(stream: Any, parts: Sequence[bytes]) -> None:
    # A child that ends early closes the pipe under our hands: its end says more than ours.
    with contextlib.suppress(OSError, ValueError):
        for part in parts:
            stream.write(part)
        stream.flush()
