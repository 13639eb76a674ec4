"""Answers that nobody fetches: Gradio keeps those of two thousand sessions, and every name."""

from __future__ import annotations

import asyncio
import time
from typing import Any

LOOK = 2  # seconds
LONGEST = 60  # seconds
MOST_VALUES = 500_000


class Unread:
    """Drops what has been waiting for a minute, and the oldest where too much is waiting.

    Only sessions are looked at of which every question is answered: a reader who is there gets an
    answer at once.
    """

    def __init__(self, page: Any) -> None:
        self._page = page
        self._since: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Look from now on; for the loop that the server runs in."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._forever())

    async def _forever(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self.drop(time.monotonic())

    def drop(self, now: float) -> None:
        """Look once."""
        queue = self._page._queue  # a page that takes this one's place has the same
        asked = {event.session_hash for event in [*queue.event_ids_to_events.values()]}
        known = {*queue.pending_messages_per_session, *queue.pending_event_ids_session}
        idle = known - asked
        self._since = {name: self._since.get(name, now) for name in idle}
        kept = 0
        # The newest first: of those, as much as there is room for.
        for name in sorted(idle, key=lambda name: -self._since[name]):
            size = _size(queue.pending_messages_per_session.get(name))
            kept += size
            if now - self._since[name] > LONGEST or (kept > MOST_VALUES and kept > size):
                queue.pending_messages_per_session.pop(name, None)
                queue.pending_event_ids_session.pop(name, None)


def _size(waiting: Any) -> int:
    """Count the values of the answers that are waiting for a reader."""
    return sum(_values(getattr(one, "output", None)) for one in getattr(waiting, "_queue", ()))


def _values(output: Any) -> int:
    """Count them by the first row of each: its rows are alike."""
    data = output.get("data") if isinstance(output, dict) else None
    lists = [each for each in data or () if isinstance(each, list) and each]
    return sum(len(each) * (len(each[0]) if hasattr(each[0], "__len__") else 1) for each in lists)
