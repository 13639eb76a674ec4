"""Standing: which of the ranked the private part cannot tell apart."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

import numpy as np

from aims_gh.core.ties import tie_groups
from aims_gh.core.uncertainty import Replicates
from aims_gh.domain.metric import MetricSpec


def groups_of(replicates: Mapping[int, str], metric: MetricSpec) -> dict[int, int]:
    """Give numbers to groups of versions that cannot be told apart, the best first.

    Parameters
    ----------
    replicates : mapping of int to str
        What `to_text` wrote, by version, in rank order.
    """
    if not replicates:
        return {}
    found = [from_text(text) for text in replicates.values()]
    length = max((len(each) for each in found if each is not None), default=0)
    fitting = [each if each is not None and len(each) == length else None for each in found]
    groups = tie_groups(fitting, greater_is_better=metric.greater_is_better)
    return dict(zip(replicates, groups, strict=True))


def to_text(replicates: Replicates | None) -> str:
    """Write replicates for a JSON file."""
    if replicates is None:
        return ""
    return base64.b64encode(replicates.astype("<f4").tobytes()).decode("ascii")


def from_text(text: str) -> Replicates | None:
    """Read them back; None where there are none."""
    try:
        found = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")
    except (binascii.Error, ValueError):
        return None
    return found.astype(np.float32) if len(found) and np.isfinite(found).all() else None
