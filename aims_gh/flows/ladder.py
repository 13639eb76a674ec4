"""Where each entrant stands on the Ladder, read from what the ledger has sealed."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aims_gh.core.ladder import Rung
from aims_gh.core.rulings import Rulings
from aims_gh.core.seal import Key
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.metric import MetricSpec
from aims_gh.flows.sealed_scores import opened_scores


@dataclass(slots=True)
class Ladder:
    """Best submissions by entrant; what is scored now is added.

    Attributes
    ----------
    metric : MetricSpec
        The one that ranks.
    """

    metric: MetricSpec
    _rungs: list[tuple[datetime, str, Rung]] = field(default_factory=list, repr=False)

    def add(self, entrant: str, moment: datetime, rung: Rung) -> None:
        """Remember a submission that climbed."""
        self._rungs.append((moment, entrant, rung))

    def best(self, entrant: str, *, before: datetime | None = None) -> Rung | None:
        """Give an entrant's best submission, if one climbed, of those that arrived by then."""
        sign = 1.0 if self.metric.greater_is_better else -1.0
        found = [
            rung
            for moment, who, rung in self._rungs
            if who == entrant and (before is None or moment <= before)
        ]
        return max(found, key=lambda rung: sign * rung.exact, default=None)


def read_ladder(
    evaluations: Iterable[Evaluation],
    metric: MetricSpec,
    rulings: Rulings,
    keys: Sequence[Key],
    *,
    labels: str,
) -> Ladder:
    """Read who stands where; what was scored by other labels or another metric is forgotten.

    Parameters
    ----------
    labels : str
        Digest of the sealed labels that hold now.
    """
    ladder = Ladder(metric)
    for evaluation in evaluations:
        if evaluation.digests.labels != labels or not evaluation.private:
            continue
        opened = opened_scores(evaluation, keys)
        if opened.ladder and opened.ladder_metric == metric.name:
            rung = Rung.from_bytes(base64.b64decode(opened.ladder))
            entrant = rulings.entrant(evaluation.username)
            ladder.add(entrant, evaluation.timestamp, rung)
    return ladder
