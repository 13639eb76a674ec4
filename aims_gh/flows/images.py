"""Images as Python users hold them, in the shape that a model takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.errors import MissingExtra, SubmissionError

Array = npt.NDArray[Any]
Shape = Sequence[int | str | None]

_CHANNELS = (1, 3, 4)


def as_images(images: Any, inputs: Sequence[Shape]) -> Any:
    """Give one array of all images, in the shape of a model's only input.

    Parameters
    ----------
    images : array of shape (n, ...), PIL image, path, or a list of them
        An array that has the model's shape already stays as it is.
    inputs : sequence of shapes
        Of the model's inputs, the batch first.

    Returns
    -------
    float32 array of shape (n, ...)
        Pixels as they are stored, 0 to 255 for most files: what scaling there is belongs to the
        model.
    """
    if hasattr(images, "columns") or (isinstance(images, np.ndarray) and images.ndim >= 2):
        return images
    several = isinstance(images, list | tuple)
    listed = list(images) if several else [images]
    if not any(_is_picture(image) for image in listed):
        return images
    row = tuple(inputs[0])[1:] if inputs else ()
    return np.stack([_pixels(image, row) for image in listed])


def _is_picture(image: Any) -> bool:
    return isinstance(image, str | Path) or hasattr(image, "convert")


def _pixels(image: Any, row: Shape) -> Array:
    """Read one image: size, channels and their place as the model has them."""
    opened = _opened(image)
    sides = [side for side in row if isinstance(side, int)]
    if len(row) == 1 and sides:  # all pixels in one line: a square, if it is one
        side = round(sides[0] ** 0.5)
        flat = np.asarray(opened.convert("L").resize((side, side)), dtype=np.float32)
        return flat.reshape(-1)
    if len(row) == 2:
        return np.asarray(_resized(opened.convert("L"), row[0], row[1]), dtype=np.float32)
    if len(row) != 3:
        raise SubmissionError(
            f"the model takes rows of {len(row)} axes, which are no image",
            hint="give an array in the shape that .facts.inputs shows",
        )
    first = row[0] in _CHANNELS and row[2] not in _CHANNELS
    channels = row[0] if first else row[2]
    height, width = (row[1], row[2]) if first else (row[0], row[1])
    mode = {1: "L", 4: "RGBA"}.get(channels if isinstance(channels, int) else 3, "RGB")
    array = np.asarray(_resized(opened.convert(mode), height, width), dtype=np.float32)
    array = array.reshape(*array.shape[:2], -1)
    return array.transpose(2, 0, 1) if first else array


def _resized(image: Any, height: int | str | None, width: int | str | None) -> Any:
    if isinstance(height, int) and isinstance(width, int):
        return image.resize((width, height))
    return image


def _opened(image: Any) -> Any:
    if hasattr(image, "convert"):
        return image
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtra("reading image files", extra="images") from None
    return Image.open(image)
