"""The picture that a link to a playground is shown with elsewhere: its title, and who leads."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.site import text
from aims_gh.site.pages import PlaygroundPage

SIZE = (1200, 630)
"""Pixels, wide and high: what social networks ask for."""

_GROUND, _INK, _SOFT, _BLUE = "#12151b", "#e4e8f0", "#98a2b5", "#8fabff"
_MARGIN = 72


@dataclass(frozen=True, slots=True)
class Place:
    """One of the first three."""

    rank: str
    username: str
    score: str


def podium(page: PlaygroundPage) -> tuple[Place, ...]:
    """Give the best version of each of the three best participants."""
    for name in page.boards:
        board = page.leaderboard.boards.get(name) if page.leaderboard else None
        if board is None or not len(board):
            continue
        scores = board.columns.get(board.metric, [])
        found: dict[str, Place] = {}
        for rank, user, score in zip(
            board.columns["rank"], board.columns["username"], scores, strict=True
        ):
            if rank is None or len(found) == 3:
                break
            found.setdefault(str(user), Place(str(rank), str(user), text.score(score)))
        return tuple(found.values())
    return ()


def picture(page: PlaygroundPage, course: str) -> bytes:
    """Draw the picture, as PNG."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, _GROUND)
    draw = ImageDraw.Draw(image)
    metric = page.playground.ranking_metric.name
    draw.rectangle((0, 0, 14, SIZE[1]), fill=_BLUE)
    title = page.playground.title
    _write(draw, (_MARGIN, 64), course if _can_be_written(course) else "", 34, _SOFT)
    _write(draw, (_MARGIN, 116), title if _can_be_written(title) else page.slug, 72, _INK)
    places = podium(page)
    _write(draw, (_MARGIN, 228), f"{metric}: who leads" if places else "Be the first", 34, _BLUE)
    for row, place in enumerate(places):
        top = 304 + 92 * row
        _write(draw, (_MARGIN, top), place.rank, 56, _BLUE)
        name = place.username if _can_be_written(place.username) else ""
        _write(draw, (_MARGIN + 90, top), name, 56, _INK, until=SIZE[0] - 360)
        _write(draw, (SIZE[0] - 320, top), place.score, 56, _INK)
    out = io.BytesIO()
    image.quantize(32).save(out, "PNG", optimize=True)
    return out.getvalue()


def _can_be_written(said: str) -> bool:
    """Tell whether the font that Pillow brings has all the letters: those of Latin scripts."""
    return all(ord(letter) < 0x250 or 0x2010 <= ord(letter) <= 0x2044 for letter in plain(said))


def _write(
    draw: Any, at: tuple[int, int], said: str, size: int, colour: str, until: int = SIZE[0] - 40
) -> None:
    """Write one line, shortened until it fits."""
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    shown = plain(said)
    while len(shown) > 1 and at[0] + draw.textlength(shown, font) > until:
        shown = shown[:-2].rstrip() + "…"
    draw.text(at, shown, font=font, fill=colour)
