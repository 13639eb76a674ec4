"""Pictures and recordings in the shape, and with the numbers, that a model takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aims_gh.errors import SubmissionError

if TYPE_CHECKING:  # apps that are served have these as plain JSON
    from aims_gh.domain.app import Picture, Sound, Video

Array = npt.NDArray[Any]

_BLACK, _WHITE = 0.0, 255.0
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's names of pictures with so many channels."""


def pixels(image: Any, picture: Picture) -> Array:
    """Read a picture: size, channels, their place and the numbers as the model has them.

    Parameters
    ----------
    image : PIL image

    Returns
    -------
    float32 array of the picture's shape
    """
    opened = image.convert(MODES[picture.channels])
    if picture.height and picture.width:
        opened = opened.resize((picture.width, picture.height))
    array: Array = np.asarray(opened, dtype=np.float32)
    if (picture.black, picture.white) != (_BLACK, _WHITE):
        array = array * np.float32((picture.white - picture.black) / _WHITE) + picture.black
        array = array.astype(np.float32)
    if len(picture.shape) == 1:
        return array.reshape(-1)
    if len(picture.shape) == 3:
        array = array.reshape(*array.shape[:2], -1)
    return array.transpose(2, 0, 1) if picture.channels_first else array


def moving(images: Sequence[Any], video: Video) -> Array:
    """Read pictures of a video: as many as the model takes, at even distances.

    Parameters
    ----------
    images : sequence of PIL images
        At least one. Of fewer than the model takes, some come more than once.

    Returns
    -------
    float32 array
        Of the shape of a picture, with time before it.

    Raises
    ------
    SubmissionError
        If there is none.
    """
    if not images:
        raise SubmissionError("the video has no picture", hint="choose another file")
    places = evenly(len(images), video.frames or len(images))
    array: Array = np.stack([pixels(images[place], video.frame) for place in places])
    return array


def evenly(have: int, wanted: int) -> list[int]:
    """Choose positions at even distances, from the middle of each stretch.

    Examples
    --------
    >>> evenly(8, 4), evenly(2, 4)
    ([1, 3, 5, 7], [0, 0, 1, 1])
    """
    return [int((place + 0.5) * have / wanted) for place in range(wanted)]


def samples(rate: int, recording: Array, sound: Sound) -> Array:
    """Read a recording: one channel, at the rate and length and loudness that the model has.

    What is too long loses its end, after what is too short there is silence.

    Parameters
    ----------
    rate : int
        Samples per second of the recording.
    recording : array of shape (n,) or (n, channels)
        Whole numbers of 16 or 32 bits, or fractions from -1 to 1.

    Returns
    -------
    float32 array of the sound's shape

    Raises
    ------
    SubmissionError
        If there is nothing in it.
    """
    if not recording.size:
        raise SubmissionError("the recording is empty", hint="choose another file")
    loudest = 1.0 if recording.dtype.kind == "f" else -float(np.iinfo(recording.dtype).min)
    heard = (recording / loudest).reshape(len(recording), -1).mean(axis=1)
    heard = _at_rate(heard, rate, sound.sample_rate)
    count = sound.samples or len(heard)
    fitted = np.zeros(count)
    fitted[: min(count, len(heard))] = heard[:count]
    array: Array = (fitted * sound.full).astype(np.float32)
    free = [place for place, side in enumerate(sound.shape) if side != 1 or len(sound.shape) == 1]
    sides = [1] * max(len(sound.shape), 1)
    sides[free[0] if free else -1] = count
    return array.reshape(sides)


def _at_rate(heard: Array, rate: int, wanted: int) -> Array:
    """Change the rate, without tones that the new one cannot carry."""
    if rate == wanted:
        return heard
    count = max(1, round(len(heard) * wanted / rate))
    parts = np.fft.rfft(heard)[: count // 2 + 1]
    found: Array = np.fft.irfft(parts, count) * (count / len(heard))
    return found
