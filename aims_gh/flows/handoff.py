"""The folder that one step of an evaluation leaves for the next."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from aims_gh.core.predictions import Predictions
from aims_gh.domain.record import Problems, Record
from aims_gh.domain.steps import Intake, Run, Score
from aims_gh.errors import AimsError

R = TypeVar("R", bound=Record)
_DTYPES = {"codes": "<i4", "probabilities": "<f8", "values": "<f8"}
_MAX_ARRAY_BYTES = 2_000_000_000
FILES = ("intake.json", "run.json", *(f"{name}.npy" for name in _DTYPES))
"""All that a folder holds between the job that runs models and the job that scores."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """One proposal's folder: `intake.json`, `run.json`, `score.json` and what lies beside them.

    The step that scores must not see the model, so each step writes into a folder of its own
    and carries along only what the next one needs.
    """

    folder: Path

    @property
    def intake(self) -> Intake:
        """What reading the proposal gave."""
        return self._read(Intake, "intake.json")

    @property
    def has_run(self) -> bool:
        """Whether the model's step is done: its result is written last."""
        return (self.folder / "run.json").exists()

    @property
    def run(self) -> Run:
        """What running the model gave."""
        return self._read(Run, "run.json")

    @property
    def score(self) -> Score:
        """What scoring gave."""
        return self._read(Score, "score.json")

    def write(self, record: Intake | Run | Score) -> None:
        """Keep a step's result."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = {Intake: "intake.json", Run: "run.json", Score: "score.json"}[type(record)]
        (self.folder / name).write_bytes(record.to_json())

    def write_file(self, name: str, content: bytes) -> None:
        """Keep a submitted file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)

    def file(self, name: str) -> bytes:
        """Read a submitted file."""
        return (self.folder / name).read_bytes()

    def write_predictions(self, predictions: Predictions) -> None:
        """Keep predictions as plain arrays."""
        for name, array in predictions.arrays().items():
            np.save(self.folder / f"{name}.npy", array.astype(_DTYPES[name]), allow_pickle=False)

    def predictions(self) -> Predictions:
        """Read the arrays back, trusting nothing about them."""
        found: dict[str, Any] = {}
        for name, dtype in _DTYPES.items():
            path = self.folder / f"{name}.npy"
            if not path.exists():
                continue
            if path.stat().st_size > _MAX_ARRAY_BYTES:
                raise self._damaged(path.name)
            try:
                array = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
            except (ValueError, EOFError, MemoryError):
                raise self._damaged(path.name) from None
            if array.dtype != np.dtype(dtype) or not np.isfinite(array).all():
                raise self._damaged(path.name)
            found[name] = array
        return Predictions(**found)

    def _read(self, kind: type[R], name: str) -> R:
        try:
            return kind.from_json((self.folder / name).read_bytes())
        except (Problems, FileNotFoundError):
            raise self._damaged(name) from None

    def _damaged(self, name: str) -> AimsError:
        return AimsError(
            f"{name} in {self.folder} is missing or damaged",
            hint="run the steps again from aims intake; nothing was recorded yet",
        )


def handoffs(work: Path) -> Iterator[Handoff]:
    """Walk over the folders a step left, lowest proposal number first."""
    numbers = sorted(int(p.name) for p in work.iterdir() if p.name.isdecimal())
    for number in numbers:
        yield Handoff(work / str(number))
