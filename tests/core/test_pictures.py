"""How pictures and recordings become arrays, by the shape that a model declares."""

from __future__ import annotations

from typing import Any

import pytest

from aims_gh.core.pictures import picture_of, sound_of
from aims_gh.domain.playground import Input


@pytest.mark.parametrize(
    ("row", "height", "width", "channels", "first"),
    [
        ((64,), 8, 8, 1, False),
        ((28, 20), 28, 20, 1, False),
        ((28, 20, 1), 28, 20, 1, False),
        ((1, 28, 20), 28, 20, 1, True),
        ((3, 28, 20), 28, 20, 3, True),
        ((28, 20, 4), 28, 20, 4, False),
        ((None, "w", 3), None, None, 3, False),
    ],
)
def test_the_shape_of_a_row_says_what_the_picture_is(
    row: Any, height: int, width: int, channels: int, first: bool
) -> None:
    found = picture_of(row)

    assert found is not None
    assert (found.height, found.width) == (height, width)
    assert (found.channels, found.channels_first) == (channels, first)
    assert (found.black, found.white) == (0, 255)


@pytest.mark.parametrize("row", [(), (63,), (2, 3, 4, 5), (None,)])
def test_some_shapes_are_no_pictures(row: Any) -> None:
    assert picture_of(row) is None


def test_the_playground_fills_open_sides_and_names_black_and_white() -> None:
    told = Input(name="x", shape=(3, 8, 9), minimum=-1, maximum=1)

    found = picture_of((3, None, "w"), told)

    assert found is not None
    assert (found.height, found.width, found.black, found.white) == (8, 9, -1, 1)


def test_a_recording_has_one_long_side_and_a_rate() -> None:
    told = Input(name="x", minimum=-30_000, maximum=30_000, sample_rate=8_000)

    known, unknown = sound_of((1, 800), told), sound_of((None,))

    assert known and (known.samples, known.sample_rate, known.full) == (800, 8_000, 32_768)
    assert unknown and (unknown.samples, unknown.assumed, unknown.full) == (None, True, 1)
    assert sound_of((40, 100)) is None
