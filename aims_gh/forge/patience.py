"""Patience: how long to go on where somebody else was faster."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try, and how long to wait in between.

    Of those who collide one always succeeds, so that this is about queues, not about luck:
    the defaults last for about a minute.
    """

    attempts: int = 120
    first: float = 0.01
    """Seconds to wait after the first attempt, at most; it doubles each time."""

    longest: float = 1.0
    """Seconds to wait between two attempts, at most."""

    stale: float = 10.0
    """Seconds after which a lock that nobody moved belongs to a process that was killed.

    Git holds one for milliseconds, but a disk that is busy can make it seconds.
    """

    def tries(self, sleep: Callable[[float], None] = time.sleep) -> Iterator[int]:
        """Count attempts, sleeping between them for a random part of a growing while."""
        for attempt in range(self.attempts):
            yield attempt
            if attempt + 1 < self.attempts:
                # No secret: it only keeps writers from meeting again at the same moment.
                sleep(random.uniform(0, min(self.longest, self.first * 2**attempt)))  # noqa: S311
