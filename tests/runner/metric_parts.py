"""An owner's `metrics.py` in a few lines, and parts of a holdout to call it on."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.runner.metrics import OwnFunction, Verdicts
from aims_gh.runner.sandbox import Bounds, Sandbox, Task

LABELS = ("cat", "dog", "emu")
ANIMALS = Task("classification", LABELS, None)
NUMBERS = Task("regression", (), None)
BOUNDS = Bounds(seconds=20, memory_bytes=2_000_000_000)
BRIEF = Bounds(seconds=1.5, memory_bytes=1_000_000_000)


def labelled(truth: Sequence[int], said: Sequence[int], *, chances: object = None) -> Part:
    probabilities = None if chances is None else np.array(chances, np.float64)
    codes = np.array(said, np.int32)
    return Part(np.array(truth, np.int32), Predictions(codes, probabilities))


def numbered(truth: Sequence[float], said: Sequence[float]) -> Part:
    return Part(np.array(truth, np.float64), Predictions(values=np.array(said, np.float64)))


PUBLIC = labelled([0, 1, 2, 0], [0, 1, 1, 0])
PRIVATE = labelled([2, 2, 1], [2, 1, 1])
WHOLE = labelled([0, 1, 2, 0, 2, 2, 1], [0, 1, 1, 0, 2, 1, 1])
PARTS = (PUBLIC, PRIVATE, WHOLE)


@dataclass
class Asked:
    """A function of a `metrics.py`, and how it is to be called."""

    code: str
    columns: tuple[str, ...] = ("m",)
    function: str = "metric"
    parts: Sequence[Part] = PARTS
    task: Task = ANIMALS
    bounds: Bounds = BOUNDS
    sandbox: Sandbox = field(default_factory=Sandbox)

    def verdicts(self) -> Verdicts:
        code = textwrap.dedent(self.code).encode()
        function = OwnFunction(code, self.function, self.columns)
        return self.sandbox.score(function, self.parts, self.task, self.bounds)

    def scores(self) -> list[dict[str, float]]:
        verdicts = self.verdicts()
        assert verdicts.unfit is None, verdicts.unfit.in_full()
        for verdict in verdicts.parts:
            assert not verdict.failures, [f.in_full() for f in verdict.failures.values()]
        return [verdict.scores for verdict in verdicts.parts]

    def published(self) -> list[dict[str, str]]:
        """Give what everybody may read of the failures, part by part."""
        verdicts = self.verdicts()
        assert verdicts.unfit is None, verdicts.unfit.in_full()
        return [
            {name: failure.published(self.task.labels) for name, failure in v.failures.items()}
            for v in verdicts.parts
        ]


def ask(code: str, **options: object) -> Asked:
    """Ask the function `metric` of this text."""
    return Asked(inspect.cleandoc(code), **options)  # type: ignore[arg-type]
