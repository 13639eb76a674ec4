"""Videos in which everything moves, and the program of apps that takes pictures out of them."""

from __future__ import annotations

import importlib
import struct
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from aims_gh.host.local import write

_QUICK = {
    "libx264": {"preset": "ultrafast", "bf": "2"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "mpeg4": {},
}


@contextmanager
def program_of(app: Mapping[str, bytes], folder: Path) -> Iterator[ModuleType]:
    """Give the module of an app that reads media, as it stands in the app's folder."""
    write(app, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        yield importlib.import_module("media")
    for name in [each for each in sys.modules if each.partition(".")[0] in ("media", "aims_app")]:
        del sys.modules[name]


def moving_film(path: Path, codec: str = "libx264", pictures: int = 25, **options: str) -> bytes:
    """Coloured squares that move, each picture unlike the one before."""
    squares = np.random.default_rng(pictures).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    shown = [
        Image.fromarray(np.roll(squares, place, axis=1)).resize(
            (160, 120), Image.Resampling.NEAREST
        )
        for place in range(pictures)
    ]
    return film(path, [av.VideoFrame.from_image(image) for image in shown], codec, **options)


def wall(path: Path, pictures: int, width: int, height: int, codec: str = "libx264") -> bytes:
    """The same grey in every picture."""
    grey = np.full((height, width, 3), 90, dtype=np.uint8)
    return film(path, [av.VideoFrame.from_ndarray(grey, "rgb24")] * pictures, codec)


def film(path: Path, pictures: list[Any], codec: str, **options: str) -> bytes:
    with av.open(path, "w", options=options) as file:
        track = file.add_stream(codec, rate=12, options=_QUICK[codec])
        track.width, track.height, track.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        for place, picture in enumerate(pictures):
            picture.pts = place
            file.mux(track.encode(picture))
        file.mux(track.encode())
    return path.read_bytes()


def silence(path: Path) -> bytes:
    """A recording in a file that could hold a video."""
    with av.open(path, "w") as file:
        track = file.add_stream("aac", rate=8000, layout="mono")
        still = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), "fltp", "mono")
        still.rate = 8000
        file.mux(track.encode(still))
        file.mux(track.encode())
    return path.read_bytes()


def turned(content: bytes) -> bytes:
    """Say of an MP4 file that it is to be shown turned by a quarter, clockwise."""
    one = 1 << 16
    place = content.index(b"tkhd") + 44
    plain, quarter = (one, 0, 0, 0, one, 0), (0, one, 0, -one, 0, 0)
    assert struct.unpack_from(">6i", content, place) == plain
    return content[:place] + struct.pack(">6i", *quarter) + content[place + 24 :]


def boasting(content: bytes) -> bytes:
    """Claim in an MP4 file four billion pictures that are not there."""
    place = content.index(b"stts") + 12
    return content[:place] + struct.pack(">I", 4_000_000_000) + content[place + 4 :]
