"""How pictures and recordings become arrays: the same on a server and in a browser."""

from __future__ import annotations

from collections.abc import Sequence

from aims_gh.domain.app import Picture, Sound, Video
from aims_gh.domain.playground import Input

Side = int | str | None

_CHANNELS = (1, 3, 4)
BLACK, WHITE = 0.0, 255.0
SAMPLE_RATE = 16_000
_LOUD = 100
"""Recordings that go beyond are whole numbers, of 16 bits mostly."""


def picture_of(row: Sequence[Side], told: Input | None = None) -> Picture | None:
    """Say how a picture becomes a row of a model's input.

    Parameters
    ----------
    row : sequence of int, str or None
        The shape of one row, as the model declares it; text and None are free sides.
    told : Input, optional
        What the playground says of its only input: the numbers for black and white, and sides
        that the model leaves open.

    Returns
    -------
    Picture or None
        None where rows of such a shape are no pictures.

    Examples
    --------
    >>> picture_of((3, 32, 64)).channels_first, picture_of((28, 28)).channels
    (True, 1)
    """
    sides = _filled(row, told.shape if told else ())
    black, white = _range(told)
    if len(sides) == 1:  # all pixels in one line: a square, if it is one
        side = round(sides[0] ** 0.5) if sides[0] else 0
        if side < 1 or side * side != sides[0]:
            return None
        return Picture(height=side, width=side, shape=(side * side,), black=black, white=white)
    if len(sides) == 2:
        height, width = sides
        return Picture(height=height, width=width, shape=sides, black=black, white=white)
    if len(sides) != 3:
        return None
    first = sides[0] in _CHANNELS and sides[2] not in _CHANNELS
    channels = sides[0] if first else sides[2]
    height, width = (sides[1], sides[2]) if first else (sides[0], sides[1])
    return Picture(
        height=height,
        width=width,
        channels=1 if channels == 1 else 4 if channels == 4 else 3,
        channels_first=first,
        shape=sides,
        black=black,
        white=white,
    )


def sound_of(row: Sequence[Side], told: Input | None = None) -> Sound | None:
    """Say how a recording becomes a row of a model's input; None where that cannot be.

    Of several axes all but one have a single entry: the others are channels, and one is taken.
    """
    sides = _filled(row, told.shape if told else ())
    long = [side for side in sides if side != 1]
    if len(long) > 1:
        return None
    rate = told.sample_rate if told else None
    _, loudest = _range(told)
    return Sound(
        sample_rate=rate or SAMPLE_RATE,
        assumed=rate is None,
        samples=long[0] if long else 1,
        full=32_768 if loudest > _LOUD and told and told.maximum is not None else 1,
        shape=sides,
    )


def video_of(row: Sequence[Side], told: Input | None = None) -> Video | None:
    """Say how a video becomes a row of a model's input: its first axis is time.

    Examples
    --------
    >>> video_of((16, 3, 32, 64)).frames, video_of((None, 28, 28)).frame.channels
    (16, 1)
    """
    if len(row) not in (3, 4):
        return None
    shown = told.shape if told and len(told.shape) == len(row) else ()
    inside = told.model_copy(update={"shape": shown[1:]}) if told else None
    frame = picture_of(row[1:], inside)
    count = row[0] if isinstance(row[0], int) and row[0] > 0 else None
    if count is None and shown and shown[0] > 0:
        count = shown[0]
    return Video(frames=count, frame=frame) if frame else None


def _filled(row: Sequence[Side], shown: Sequence[int]) -> tuple[int | None, ...]:
    """Take free sides from the playground's own data, where those have as many axes."""
    sides = [side if isinstance(side, int) and side > 0 else None for side in row]
    if len(shown) == len(sides):
        return tuple(s or (d if d > 0 else None) for s, d in zip(sides, shown, strict=True))
    return tuple(sides)


def _range(told: Input | None) -> tuple[float, float]:
    if told is None or told.minimum is None or told.maximum is None:
        return BLACK, WHITE
    if not told.minimum < told.maximum:
        return BLACK, WHITE
    return float(told.minimum), float(told.maximum)
