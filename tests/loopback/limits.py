"""Rate limits: how many requests an hour, and how much content a minute and an hour."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .call import Refused
from .records import Token

HOUR = 3600
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)


@dataclass(slots=True)
class Window:
    """An hour of somebody's requests."""

    ends: datetime
    used: int = 0


@dataclass
class Limits:
    """How much everybody may ask for; change the numbers, or switch kinds of them off."""

    now: Callable[[], datetime]
    primary: bool = True
    secondary: bool = True
    anonymous: int = 60
    user: int = 5000
    job: int = 1000
    content_per_minute: int = 80
    content_per_hour: int = 500
    points_per_minute: int = 900
    _windows: dict[str, Window] = field(default_factory=dict)
    _content: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    _points: dict[str, deque[tuple[datetime, int]]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def allowance(self, token: Token | None) -> int:
        """Tell how many requests an hour a kind of token has."""
        if token is None:
            return self.anonymous
        return self.job if token.kind == "job" else self.user

    def shown(self, token: Token | None) -> dict[str, int]:
        """Say how much is left."""
        window, limit = self._window(token), self.allowance(token)
        left = max(limit - window.used, 0)
        reset = int(window.ends.timestamp())
        return {"limit": limit, "remaining": left, "used": window.used, "reset": reset}

    def headers(self, token: Token | None) -> dict[str, str]:
        """Say how much is left, as each answer does."""
        shown = {**self.shown(token), "resource": "core"}
        return {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in shown.items()}

    def check_primary(self, token: Token | None) -> None:
        """Refuse where the hour's requests are used up; nothing is counted yet."""
        if self.primary and self._window(token).used >= self.allowance(token):
            who = f"user ID {token.login}" if token else "127.0.0.1"
            raise Refused(403, f"API rate limit exceeded for {who}.")

    def count(self, token: Token | None) -> None:
        """Count a request that was not a 304."""
        self._window(token).used += 1

    def check_secondary(self, token: Token | None, *, writes: bool) -> None:
        """Count content and points; refuse where too much came in too short a time."""
        if not self.secondary:
            return
        key, now = _key(token), self.now()
        content, points = self._content[key], self._points[key]
        while content and now - content[0] >= timedelta(seconds=HOUR):
            content.popleft()
        while points and now - points[0][0] >= timedelta(seconds=60):
            points.popleft()
        cost = 5 if writes else 1
        if sum(each for _, each in points) + cost > self.points_per_minute:
            self._refuse(points[0][0] + timedelta(seconds=60))
        points.append((now, cost))
        if writes:
            minute = [when for when in content if now - when < timedelta(seconds=60)]
            if len(minute) >= self.content_per_minute:
                self._refuse(minute[0] + timedelta(seconds=60))
            if len(content) >= self.content_per_hour:
                self._refuse(content[0] + timedelta(seconds=HOUR))
            content.append(now)

    def content_used(self, token: Token | None) -> int:
        """Tell how much content somebody made in the last hour."""
        now = self.now()
        return sum(now - when < timedelta(seconds=HOUR) for when in self._content[_key(token)])

    def _refuse(self, until: datetime) -> None:
        seconds = max(int((until - self.now()).total_seconds()) + 1, 1)
        raise Refused(403, SECONDARY, headers={"Retry-After": str(seconds)})

    def _window(self, token: Token | None) -> Window:
        key, now = _key(token), self.now()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = Window(now + timedelta(seconds=HOUR))
        return window


def _key(token: Token | None) -> str:
    if token is None:
        return ""
    # All jobs of a repository share.
    return f"job:{token.repository}" if token.kind == "job" else token.login
