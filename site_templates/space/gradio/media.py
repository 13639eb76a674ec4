"""Pictures, recordings and videos out of files that may unfold to far more than they weigh."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from aims_app.core.pixels import MODES, evenly, pixels, samples
from aims_app.errors import SubmissionError

MOST_FRAMES = 10_000
MOST_PIXELS = 4_000_000
MOST_VALUES = 50_000_000
MOST_SAMPLES = 20_000_000

Image.MAX_IMAGE_PIXELS = 25_000_000  # Pillow refuses twice as many, before it unfolds them


def picture(image: Any, told: dict[str, Any]) -> Any:
    """Read a picture as the model takes it."""
    form = SimpleNamespace(**told)
    _check_values(1, _sides(form, image.size), form, "picture")
    return pixels(image, form)


def sound(path: str, told: dict[str, Any]) -> Any:
    """Read a recording as the model takes it; of one that is too long, the beginning alone."""
    import av  # of apps that take recordings or videos alone

    form = SimpleNamespace(**told)
    try:
        with av.open(path) as file:
            rate = file.streams.audio[0].rate
            if not rate:
                raise ValueError
            wanted = MOST_SAMPLES + 1
            if form.samples:
                wanted = (form.samples + form.sample_rate) * rate // form.sample_rate + 1
            heard = _heard(file, wanted, av.AudioResampler(format="s16"))
    except (av.FFmpegError, OSError, ValueError, IndexError):
        raise SubmissionError(
            "the recording cannot be read", hint="choose another file, such as WAV"
        ) from None
    if not form.samples and max(1, form.sample_rate / rate) * len(heard) > MOST_SAMPLES:
        raise SubmissionError(
            "the recording is too long", hint=f"up to {MOST_SAMPLES:,} samples are taken"
        )
    return samples(rate, heard, form)


def _heard(file: Any, wanted: int, plain: Any) -> Any:
    """Read so many samples, of all channels together; the rest stays folded."""
    parts, have = [np.zeros(0)], 0
    for frame in file.decode(audio=0):
        for part in plain.resample(frame):
            numbers = part.to_ndarray().reshape(-1, part.layout.nb_channels)
            parts.append((numbers / 32768).mean(axis=1))
            have += len(numbers)
        if have >= wanted:
            break
    return np.concatenate(parts)[:wanted]


def pictures(path: str, told: dict[str, Any]) -> list[Any]:
    """Take pictures out of a video at even distances; all of them, where any number will do."""
    import av

    wanted, form = told["frames"], SimpleNamespace(**told["frame"])
    try:
        with av.open(path) as file:
            shapes = [(frame.width, frame.height) for frame in _decoded(file)]
        have = len(shapes)
        if have:
            largest = max(width * height for width, height in shapes)
            _check_values(wanted or have, _sides(form, (largest, 1)), form, "video")
        places = set(evenly(have, wanted)) if have and wanted else range(have)
        with av.open(path) as file:
            return [
                _small(_upright(frame), form)
                for place, frame in enumerate(_decoded(file))
                if place in places
            ]
    except (av.FFmpegError, OSError, ValueError, IndexError):
        raise SubmissionError(
            "the video cannot be read", hint="choose another file, such as MP4"
        ) from None


def _decoded(file: Any) -> Iterator[Any]:
    for place, frame in enumerate(file.decode(video=0)):
        if place >= MOST_FRAMES or frame.width * frame.height > MOST_PIXELS:
            raise SubmissionError(
                "the video is too long, or its pictures are too large",
                hint=f"up to {MOST_FRAMES:,} pictures of {MOST_PIXELS:,} pixels are taken",
            )
        yield frame


def _upright(frame: Any) -> Any:
    """Turn a picture by quarters, as who filmed it held the camera."""
    return frame.to_image().rotate(90 * round(frame.rotation / 90), expand=True)


def _small(image: Any, form: Any) -> Any:
    """Bring a picture to its size at once: of a film, all are kept."""
    opened = image.convert(MODES[form.channels])
    if form.height and form.width:
        opened = opened.resize((form.width, form.height))
    return opened


def _sides(form: Any, size: tuple[int, int]) -> tuple[int, int]:
    return (form.width, form.height) if form.height and form.width else size


def _check_values(count: int, size: tuple[int, int], form: Any, kind: str) -> None:
    """See that what the model is to be given has room."""
    values = count * size[0] * size[1] * form.channels
    if values > MOST_VALUES:
        raise SubmissionError(
            f"the {kind} has {values:,} numbers, too many for this model",
            hint=f"choose one that is smaller or shorter: up to {MOST_VALUES:,} are taken",
        )
