"""What happened lately in a course: for its home page, and for feeds."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree

from aims_gh.core.inert import plain
from aims_gh.domain.leaderboard import Board
from aims_gh.site import text
from aims_gh.site.pages import CourseSite, PlaygroundPage

SHOWN, IN_FEED = 10, 50
_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Event:
    """One submission that was scored."""

    moment: str
    version: int
    username: str
    slug: str
    title: str
    metric: str
    score: str
    """Empty on the Ladder, where it is not the version's own."""

    rank: str
    board: str

    @property
    def sentence(self) -> str:
        """Say what happened, in plain text."""
        if not self.score:
            return plain(f"{self.username}: version {self.version} in {self.title}")
        ranked = f", rank {self.rank} on the {self.board} board" if self.rank else ""
        return plain(
            f"{self.username}: {self.metric} {self.score}{ranked} in {self.title}, "
            f"version {self.version}"
        )


def latest(events: Iterable[Event], many: int) -> tuple[Event, ...]:
    """Give the latest of some events, newest first."""
    return tuple(heapq.nlargest(many, events, key=lambda e: (e.moment, e.slug, e.version)))


def recent(page: PlaygroundPage, many: int = IN_FEED) -> tuple[Event, ...]:
    """Give the latest submissions of a playground, newest first."""
    # A submission for both boards is one event: it has one version.
    events: dict[int, Event] = {}
    for name in page.playground.boards:
        board = page.leaderboard.boards.get(name) if page.leaderboard else None
        if board:
            rows = heapq.nlargest(many, range(len(board)), key=_moments(board).__getitem__)
            for row in rows:
                version = board.columns["version"][row]
                if version not in events:
                    events[version] = _event(page, name, board, row)
    return latest(events.values(), many)


def _moments(board: Board) -> list[str]:
    return [str(moment) for moment in board.columns["timestamp"]]


def _event(page: PlaygroundPage, name: str, board: Board, row: int) -> Event:
    score = board.columns.get(board.metric, [None] * len(board))[row]
    rank = board.columns["rank"][row]
    shown = text.score(score) if isinstance(score, int | float) else text.NOTHING
    return Event(
        moment=str(board.columns["timestamp"][row]),
        version=board.columns["version"][row],
        username=plain(board.columns["username"][row]),
        slug=page.slug,
        title=plain(page.playground.title),
        metric=board.metric,
        score="" if page.on_ladder else shown,
        rank="" if rank is None else str(rank),
        board=name,
    )


def feed(
    site: CourseSite, events: Sequence[Event], *, title: str, path: str, page: str = ""
) -> bytes:
    """Write an Atom feed.

    Parameters
    ----------
    events : sequence of Event
        Newest first.
    path : str
        Where the feed lies on the site; with the site's address it is the feed's name.
    page : str
        Where the page lies that it is about.
    """
    base = site.url or f"urn:aims:{quote(site.address)}/"
    ElementTree.register_namespace("", _ATOM)
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _add(root, "title", plain(title))
    _add(root, "id", f"{base}{path}")
    _add(root, "updated", events[0].moment if events else "1970-01-01T00:00:00Z")
    if site.url:
        _add(root, "link", href=f"{site.url}{path}", rel="self")
        _add(root, "link", href=f"{site.url}{page}")
    for event in events:
        entry = ElementTree.SubElement(root, f"{{{_ATOM}}}entry")
        address = f"{base}playgrounds/{event.slug}/models/?v={event.version}"
        _add(entry, "title", event.sentence)
        _add(entry, "id", address)
        _add(entry, "updated", event.moment)
        _add(_add(entry, "author"), "name", event.username)
        _add(entry, "content", f"{event.sentence}.")
        if site.url:
            _add(entry, "link", href=address)
    ElementTree.indent(root, " ")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(
    parent: ElementTree.Element, name: str, content: str | None = None, **attributes: str
) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    made.text = content
    return made
