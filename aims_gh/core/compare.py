"""Compare versions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.predictions import Predictions
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.model_facts import Reproduction

TIE = 1e-6
"""Probabilities this close are equal in single precision."""


@dataclass(frozen=True, slots=True)
class Line:
    """One property of every version compared.

    Attributes
    ----------
    group : str
        scores, model, parameters, operators or metadata.
    values : tuple
        One per version, in the order asked for; None where a version lacks it.
    """

    group: str
    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether the versions disagree."""
        return any(value != self.values[0] for value in self.values)


def compare(evaluations: Sequence[Evaluation]) -> list[Line]:
    """Line up what is known of some versions: scores, model, parameters, operators, metadata."""
    sides = [_properties(evaluation) for evaluation in evaluations]
    groups = list(dict.fromkeys(group for side in sides for group, _ in side))
    found = dict.fromkeys(key for side in sides for key in side)
    keys = sorted(found, key=lambda key: groups.index(key[0]))
    return [Line(g, n, tuple(side.get((g, n)) for side in sides)) for g, n in keys]


def _properties(evaluation: Evaluation) -> dict[tuple[str, str], Any]:
    claims, facts, cost = evaluation.claims, evaluation.facts, evaluation.cost
    model: dict[str, Any] = {
        "username": evaluation.username,
        "ml_framework": claims.ml_framework,
        "model_type": claims.model_type,
        "num_params": facts.num_params if facts else None,
        "memory_size": facts.bytes if facts else None,
        "latency_ms_per_1000": cost.latency_ms_per_1000 if cost else None,
        "reproduced": evaluation.reproduction.reproduced if evaluation.reproduction else None,
    }
    groups: dict[str, dict[str, Any]] = {
        "scores": evaluation.scores,
        "model": model,
        "parameters": {f"{p.step}__{p.name}".lstrip("_"): p.value for p in claims.parameters},
        "operators": dict(facts.operators) if facts else {},
        "metadata": claims.metadata,
    }
    return {(group, name): v for group, items in groups.items() for name, v in items.items()}


def reproduction(model: Predictions, submitted: Predictions) -> Reproduction:
    """Compare what the model says with what was submitted, row by row.

    Labels must be the same; where the model finds two labels equally probable, as tied votes of
    a forest do, either will do. Values agree within 1e-4 of the spread of the submitted ones, which
    is wider than what single precision costs and narrower than any honest difference.
    The largest difference is that of values, or of probabilities where both sides have them.
    """
    if submitted.values is not None and model.values is not None:
        reach = float(np.abs(submitted.values).max()) or 1.0
        # Both sides may be anything finite: no square, and no difference, may overflow.
        with np.errstate(over="ignore", under="ignore"):
            difference = np.abs(model.values - submitted.values).clip(max=np.finfo(float).max)
            scale = reach * float(np.std(submitted.values / reach)) or reach
        matching = int((difference <= 1e-4 * scale + 1e-4 * np.abs(submitted.values)).sum())
        return Reproduction(
            rows=len(submitted), matching=matching, largest_difference=float(difference.max())
        )
    largest = None
    same = _same_label(model, submitted)
    if submitted.probabilities is not None and model.probabilities is not None:
        difference = np.abs(model.probabilities - submitted.probabilities).max(axis=1)
        largest = float(difference.max())
        same &= difference <= 1e-3
    return Reproduction(rows=len(submitted), matching=int(same.sum()), largest_difference=largest)


def _same_label(model: Predictions, submitted: Predictions) -> npt.NDArray[np.bool_]:
    own, codes = np.asarray(model.codes), np.asarray(submitted.codes)
    same: npt.NDArray[np.bool_] = np.equal(own, codes)
    if model.probabilities is not None:
        rows = np.arange(len(codes))
        likely, chosen = model.probabilities[rows, own], model.probabilities[rows, codes]
        # Both of the two, not the chosen one alone: a model's label may not be its likeliest.
        same |= np.abs(likely - chosen) <= TIE
    return same
