"""Draws: the resamples of a holdout, the same for every submission and known to nobody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from aims_gh.core.holdout import Truth
from aims_gh.core.resamples import Resamples, draw_resamples

PUBLIC = 1_000
PRIVATE = 500
"""Resamples of the private part; what each gives is kept with every evaluation, sealed."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Resamples of the part that `scores` covers, and of the private one where there is one."""

    public: Resamples = field(repr=False)
    private: Resamples | None = field(repr=False)


def draws_of(truth: Truth) -> Draws:
    """Draw them from the answers themselves, which are the secret of the holdout."""
    content = truth.answers.tobytes() + truth.private.tobytes()
    seed = int.from_bytes(hashlib.sha256(b"aims-gh resamples" + content).digest(), "big")
    rows = int(truth.private.sum())
    public = draw_resamples(len(truth) - rows, resamples=PUBLIC, seed=seed)
    private = draw_resamples(rows, resamples=PRIVATE, seed=seed + 1) if rows else None
    return Draws(public, private)
