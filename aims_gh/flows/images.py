"""Images as Python users hold them, in the shape that a model takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.pictures import picture_of
from aims_gh.core.pixels import pixels
from aims_gh.domain.playground import Input
from aims_gh.errors import MissingExtra, SubmissionError

Array = npt.NDArray[Any]
Shape = Sequence[int | str | None]


def as_images(images: Any, inputs: Sequence[Shape], told: Input | None = None) -> Any:
    """Give one array of all images, in the shape of a model's only input.

    Parameters
    ----------
    images : array of shape (n, ...), PIL image, path, or a list of them
        An array that has the model's shape already stays as it is.
    inputs : sequence of shapes
        Of the model's inputs, the batch first.
    told : Input, optional
        What the playground says of its only input.

    Returns
    -------
    float32 array of shape (n, ...)
        Pixels as they are stored, 0 to 255 for most files, unless the playground names other
        numbers for black and white: what scaling there is beyond that belongs to the model.
    """
    if hasattr(images, "columns") or (isinstance(images, np.ndarray) and images.ndim >= 2):
        return images
    several = isinstance(images, list | tuple)
    listed = list(images) if several else [images]
    if not any(_is_picture(image) for image in listed):
        return images
    row = tuple(inputs[0])[1:] if inputs else ()
    picture = picture_of(row, told)
    if picture is None:
        raise SubmissionError(
            f"the model takes rows of shape {_shown(row)}, which are no image",
            hint="give an array in the shape that .facts.inputs shows",
        )
    return np.stack([pixels(_opened(image), picture) for image in listed])


def _is_picture(image: Any) -> bool:
    return isinstance(image, str | Path) or hasattr(image, "convert")


def _shown(row: Shape) -> str:
    return "(" + ", ".join("?" if not isinstance(side, int) else str(side) for side in row) + ")"


def _opened(image: Any) -> Any:
    if hasattr(image, "convert"):
        return image
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise MissingExtra("reading image files", extra="images") from None
    return ImageOps.exif_transpose(Image.open(image))  # as people see it
