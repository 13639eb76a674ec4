"""The Ladder: a public score moves only when a submission is better beyond chance.

Each exact score that somebody sees tells a little about the answers. Who asks often enough learns
them, and climbs on the public rows alone. Here the same score is shown until a participant's own
best is beaten by more than luck with the rows explains, so most submissions tell nothing.

Notes
-----
The parameter-free Ladder of Blum & Hardt (2015), "The Ladder: a reliable leaderboard for
machine learning competitions" (https://arxiv.org/abs/1502.04585), figure 2. A submission is
better if its mean loss is below that of the best by more than the standard deviation of the
differences, row by row, over the root of the number of rows: a paired t-test at one
standard error. What is released is rounded to a whole number of rows.

That alone is not safe. Two predictions changed, and both for the better, are a gain of 2
rows beside a standard error of 1.4: so rows can be learned in pairs, as fast as from exact
scores, which `tests/core/ladder_attacks.py` shows. The proofs of the paper are for a Ladder
whose steps have a least size. Here that is one standard error of the submission's own score,
which needs no parameter either.

Where a metric is no mean of losses (f1_score, roc_auc, r2 ...), or there are so many rows
that their losses are too much to keep, the standard errors are deviations over the same
resamples (the paired bootstrap), which estimate the same.

Two more things the paper leaves open, since its losses are 0 or 1. Of a metric without
bounds, "1 / rows" has no meaning: the released score is rounded to the power of ten below
the standard error. And what is compared is the best's exact loss, as what was rounded up
could else be improved on by submitting it once more.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from aims_gh.core.losses import LOSSES
from aims_gh.core.metrics import compute_scores
from aims_gh.core.metrics.evidence import Evidence
from aims_gh.core.part import Part
from aims_gh.core.replicates import replicates
from aims_gh.core.resamples import Resamples, Values
from aims_gh.domain.metric import MetricSpec
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError

Kind = Literal["right", "losses", "replicates"]

STEP = 1.0
"""Standard errors of a score that it must gain at the least."""

_MOST_BYTES = 40_000
"""Of losses that are remembered, for each participant; of more rows, the replicates are."""

_HEAD = struct.Struct("<5sBdddQ")
_MAGIC = b"rung1"
_KINDS: tuple[Kind, ...] = get_args(Kind)
_UNBOUNDED = ("log_loss", "mse", "rmse", "mae", "r2", "median_absolute_error", "mape")


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """What the Ladder remembers of a participant's best submission. As secret as the answers.

    Attributes
    ----------
    released : float
        The score that is shown, of the ranking metric.
    exact : float
        What the submission really scored on the public rows.
    kind : {"right", "losses", "replicates"}
        What `values` are: which rows are right; the loss of each row; or the score on each
        resample.
    values : bool or float32 array
        In units of `scale`.
    scale : float
        A power of two, which keeps huge losses within single precision.
    """

    released: float
    exact: float = field(repr=False)
    kind: Kind
    values: npt.NDArray[Any] = field(repr=False)
    scale: float = field(repr=False)

    def to_bytes(self) -> bytes:
        """Write it compactly, for sealing: a bit for each row that is right or wrong."""
        right = self.kind == "right"
        body = np.packbits(self.values) if right else self.values.astype("<f4")
        numbers = (self.released, self.exact, self.scale, len(self.values))
        return _HEAD.pack(_MAGIC, _KINDS.index(self.kind), *numbers) + body.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Rung:
        """Read what `to_bytes` wrote.

        Raises
        ------
        CourseError
            If it is anything else.
        """
        head = data[: _HEAD.size]
        if len(head) < _HEAD.size or not head.startswith(_MAGIC):
            raise _unreadable()
        _, code, released, exact, scale, length = _HEAD.unpack(head)
        finite = all(map(math.isfinite, (released, exact, scale)))
        if not finite or scale <= 0 or code >= len(_KINDS):
            raise _unreadable()
        kind, body = _KINDS[code], data[_HEAD.size :]
        if len(body) != (-(-length // 8) if kind == "right" else 4 * length):
            raise _unreadable()
        values: npt.NDArray[Any]
        if kind == "right":
            bits = np.unpackbits(np.frombuffer(body, np.uint8), count=length)
            values = bits.astype(np.bool_)
        else:
            values = np.frombuffer(body, "<f4").astype(np.float32)
        if np.isinf(values).any() or (kind == "losses" and np.isnan(values).any()):
            raise _unreadable()
        return cls(released, exact, kind, values, scale)


def climb(
    playground: Playground,
    part: Part,
    resamples: Resamples,
    best: Rung | None,
    *,
    step: float = STEP,
) -> Rung:
    """Let a submission climb, if it is better than the participant's best beyond chance.

    Parameters
    ----------
    part : Part
        Answers and predictions of the public rows, accepted by `score`.
    resamples : Resamples
        Of these rows; the same for all submissions.
    best : Rung or None
        What was returned for the participant's best submission before. None: this is the first.
    step : float
        The least gain, in standard errors of the score itself. 0: the rule as published.

    Returns
    -------
    Rung
        `best` itself, where this submission is not better: then what is shown for it is the
        former score. Else what to remember from now on. Either way `released` is shown, and no
        other number that is computed from these predictions may be.

    Raises
    ------
    CourseError
        If the ranking metric is the owner's own, or `best` is of other rows.

    Notes
    -----
    The rule is that of Blum & Hardt (2015), with steps of a least size: see the module.
    """
    spec = playground.ranking_metric
    if spec.function is not None:
        raise CourseError(
            f"the Ladder cannot tell whether {spec.name} is better beyond chance: "
            "it is a metric of the owner's own",
            hint="let a built-in metric rank, or set release: rounded",
        )
    evidence = Evidence(playground.labels, part.answers, part.predictions)
    score = compute_scores(
        [spec], labels=playground.labels, truth=part.answers, predictions=part.predictions
    )[spec.name]
    kind, values, scale = _values(spec, evidence, resamples)
    error = step * _standard_error(kind, values.astype(np.float64) * scale)
    if best is not None:
        error = max(error, _standard_error(kind, _apart(kind, values, scale, best)))
        if not _better(spec, kind, score, best.exact, error):
            return best
    released = _released(spec, score, error=error, rows=len(part.answers), kind=kind)
    if best is not None:
        ends = (released, best.released)
        released = max(ends) if spec.greater_is_better else min(ends)
    return Rung(released, score, kind, values, scale)


def rounded(scores: Mapping[str, float], digits: int = 3) -> dict[str, float]:
    """Round scores for showing them.

    Examples
    --------
    >>> rounded({"accuracy": 0.81263})
    {'accuracy': 0.813}
    """
    return {name: round(score, digits) for name, score in scores.items()}


def _values(
    spec: MetricSpec, evidence: Evidence, resamples: Resamples
) -> tuple[Kind, npt.NDArray[Any], float]:
    kind: Kind
    rows = len(evidence.truth)
    if spec.name == "accuracy" and rows <= 8 * _MOST_BYTES:
        return "right", evidence.truth == evidence.codes, 1.0
    if spec.name in LOSSES and spec.name != "accuracy" and 4 * rows <= _MOST_BYTES:
        kind, values = "losses", LOSSES[spec.name](evidence)
    else:
        kind, values = "replicates", replicates([spec], evidence, resamples)[spec.name]
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    scale = math.ldexp(1.0, math.frexp(largest)[1]) or 1.0
    return kind, (values / scale).astype(np.float32), scale


def _apart(kind: Kind, values: npt.NDArray[Any], scale: float, best: Rung) -> Values:
    if best.kind != kind or best.values.shape != values.shape:
        raise CourseError(
            "what the Ladder remembers of a participant is about other rows",
            hint="were the answers or the metrics changed? forget it, and score anew",
        )
    apart: Values = values.astype(np.float64) * scale - best.values.astype(np.float64) * best.scale
    return apart


def _standard_error(kind: Kind, values: Values) -> float:
    """Tell how far chance moves a mean of losses, or what is computed from resamples."""
    defined = values[~np.isnan(values)]
    if len(defined) < 2:
        return 0.0
    largest = float(np.abs(defined).max()) or 1.0  # the square of 1e200 would be infinite
    deviation = float((defined / largest).std(ddof=1)) * largest
    return deviation if kind == "replicates" else deviation / math.sqrt(len(defined))


def _better(spec: MetricSpec, kind: Kind, score: float, best: float, error: float) -> bool:
    gain = _as_loss(spec, kind, best) - _as_loss(spec, kind, score)
    # One row more is a gain of exactly its standard error: rounding must not make it more.
    return gain > error * (1 + 1e-9)


def _as_loss(spec: MetricSpec, kind: Kind, score: float) -> float:
    if spec.name == "rmse" and kind == "losses":
        return score * score
    return -score if spec.greater_is_better else score


def _released(spec: MetricSpec, score: float, *, error: float, rows: int, kind: Kind) -> float:
    if spec.name not in _UNBOUNDED:
        return round(score * rows) / rows
    if spec.name == "rmse" and kind == "losses" and score > 0:
        error /= 2 * score  # of a root
    return round(score, -math.floor(math.log10(error))) if error > 0 else score


def _unreadable() -> CourseError:
    return CourseError(
        "what the Ladder remembers of a participant cannot be read",
        hint="forget it, and score the participant's submissions anew",
    )
