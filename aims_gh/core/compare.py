"""Compare versions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.predictions import Predictions
from aims_gh.domain.claims import Parameter
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.model_facts import Reproduction

_GROUPS = ("scores", "model", "operators", "metadata")
TIE = 1e-6
"""Probabilities this close are equal in single precision."""


@dataclass(frozen=True, slots=True)
class Line:
    """One property of every version compared.

    Attributes
    ----------
    group : str
        scores, model, operators, metadata; or, for hyper-parameters, the class of their step.
    values : tuple
        One per version, in the order asked for; None where a version lacks it.
    default : scalar
        What the library takes where nothing is said; None for other properties.
    changed : tuple of bool
        Where a version has another value than the default; empty for other properties.
    of : tuple of int
        Positions of the versions that are of this kind; empty: all are.
    """

    group: str
    name: str
    values: tuple[Any, ...]
    default: Any = None
    changed: tuple[bool, ...] = ()
    of: tuple[int, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the versions that it is about disagree."""
        values = [self.values[place] for place in self.of] if self.of else self.values
        return any(value != values[0] for value in values)


def compare(evaluations: Sequence[Evaluation]) -> list[Line]:
    """Line up what is known of some versions.

    Scores and model first, then the hyper-parameters of each kind of model, then operators and
    the participants' own metadata.
    """
    sides = [_properties(evaluation) for evaluation in evaluations]
    found = dict.fromkeys(key for side in sides for key in side)
    lines = [Line(g, n, tuple(side.get((g, n)) for side in sides)) for g, n in found]
    grouped = {group: [line for line in lines if line.group == group] for group in _GROUPS}
    scores, model, operators, metadata = grouped.values()
    return [*scores, *model, *_parameters(evaluations), *operators, *metadata]


def _parameters(evaluations: Sequence[Evaluation]) -> list[Line]:
    """Line up hyper-parameters, one kind of estimator after the other.

    By the class of the step that they belong to, so that a scaled and a plain regression can be
    compared, whatever their steps are called.
    """
    sides = [_by_kind(evaluation) for evaluation in evaluations]
    lines = []
    for kind in dict.fromkeys(kind for side in sides for kind in side):
        of = tuple(place for place, side in enumerate(sides) if kind in side)
        names = dict.fromkeys(name for place in of for name in sides[place][kind])
        for name in names:
            found = [side.get(kind, {}).get(name) for side in sides]
            lines.append(_parameter_line(kind, name, found, of))
    return lines


def _by_kind(evaluation: Evaluation) -> dict[str, dict[str, Parameter]]:
    """Give hyper-parameters by the class of their step; a second step of a class is numbered."""
    claims = evaluation.claims
    types = {step.name: step.type for step in claims.steps}
    seen: dict[str, list[str]] = {}
    found: dict[str, dict[str, Parameter]] = {}
    for parameter in claims.parameters:
        kind = types.get(parameter.step) or claims.model_type or "parameters"
        steps = seen.setdefault(kind, [])
        if parameter.step not in steps:
            steps.append(parameter.step)
        place = steps.index(parameter.step)
        name = parameter.name if place == 0 else f"{parameter.name} ({place + 1})"
        group = f"{kind} (its own)" if kind in _GROUPS else kind
        found.setdefault(group, {})[name] = parameter
    return found


def _parameter_line(
    kind: str, name: str, found: Sequence[Parameter | None], of: tuple[int, ...]
) -> Line:
    known = next(parameter for parameter in found if parameter is not None)
    return Line(
        kind,
        name,
        tuple(p.value if p else None for p in found),
        default=known.default,
        changed=tuple(bool(p and p.changed) for p in found),
        of=of,
    )


def _properties(evaluation: Evaluation) -> dict[tuple[str, str], Any]:
    claims, facts, cost = evaluation.claims, evaluation.facts, evaluation.cost
    seen = evaluation.reproduction
    model: dict[str, Any] = {
        "username": evaluation.username,
        "ml_framework": claims.ml_framework,
        "model_type": claims.model_type,
        "depth": claims.depth,
        "trees": claims.trees,
        "optimizer": claims.optimizer,
        "loss": claims.loss,
        "epochs": claims.epochs,
        "num_params": facts.num_params if facts else None,
        "memory_size": facts.bytes if facts else None,
        "latency_ms_per_1000": cost.latency_ms_per_1000 if cost else None,
        "reproduced": seen.reproduced if seen else None,
        "based_on": evaluation.based_on,
    }
    groups: dict[str, dict[str, Any]] = {
        "scores": evaluation.scores,
        "model": model,
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
