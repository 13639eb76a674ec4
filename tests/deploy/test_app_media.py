"""Files that unfold: of pictures, recordings and videos an app keeps what the model takes."""

from __future__ import annotations

import base64
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest
from app_cases import Apps, Case
from PIL import Image
from predict_films import moving_film, program_of, turned, wall

from aims_gh.errors import HostError
from aims_gh.host.asking import ask

FRAME = {
    "shape": [6, 8, 3], "height": 6, "width": 8, "channels": 3, "channels_first": False,
    "black": 0.0, "white": 255.0,
}  # fmt: skip
FREE = FRAME | {"shape": [None, None, 3], "height": None, "width": None}
SOUND = {"sample_rate": 8000, "samples": 800, "full": 1.0, "shape": [800]}


@pytest.fixture(scope="module")
def media(cases: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The module as it stands in an app's folder."""
    with program_of(cases["photos"].folder(), tmp_path_factory.mktemp("app")) as found:
        yield found


def flac(path: Path, samples: Any, rate: int) -> str:
    with av.open(path, "w", format="flac") as file:
        track = file.add_stream("flac", rate=rate, layout="mono")
        for at in range(0, len(samples), 4000):
            frame = av.AudioFrame.from_ndarray(samples[np.newaxis, at : at + 4000], "s16", "mono")
            frame.rate = rate
            file.mux(track.encode(frame))
        file.mux(track.encode())
    return str(path)


def film(path: Path, pictures: int, width: int, height: int) -> str:
    wall(path, pictures, width, height, "mpeg4")
    return str(path)


def refused(media: ModuleType, text: str) -> Any:
    return pytest.raises(media.SubmissionError, match=text)


def test_of_a_long_recording_no_more_is_unfolded_than_the_model_hears(
    media: ModuleType, tmp_path: Path
) -> None:
    heard = (np.sin(np.arange(4_800_000) / 3) * 9000).astype(np.int16)
    heard[16_000:] = 0
    path = flac(tmp_path / "long.flac", heard, 8000)
    media.sound(path, SOUND)

    tracemalloc.start()
    array = media.sound(path, SOUND)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert np.array_equal(array, (heard[:800] / 32768).astype(np.float32))
    assert peak < 2_000_000  # ten minutes have 38 MB


def test_a_recording_that_a_model_of_any_length_would_unfold_too_far_is_refused(
    media: ModuleType, tmp_path: Path
) -> None:
    path = flac(tmp_path / "slow.flac", np.zeros(430_000, dtype=np.int16), 8000)
    told = SOUND | {"samples": None, "shape": [None]}

    assert media.sound(path, told).shape == (430_000,)
    with refused(media, "the recording is too long"):
        media.sound(path, told | {"sample_rate": 384_000})


def test_what_is_no_recording_is_refused_in_words(media: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"RIFF" + b"\0" * 500)
    silent = film(tmp_path / "silent.mp4", 2, 64, 48)

    for path in (str(tmp_path / "noise.wav"), silent, str(tmp_path / "none.wav")):
        with refused(media, "the recording cannot be read"):
            media.sound(path, SOUND)


def test_every_picture_of_a_film_is_kept_at_the_size_that_the_model_takes(
    media: ModuleType, tmp_path: Path
) -> None:
    path = film(tmp_path / "film.mp4", 60, 640, 480)

    seen = media.pictures(path, {"frames": None, "frame": FRAME})

    assert {image.size for image in seen} == {(8, 6)} and len(seen) == 60
    with refused(media, "the video has 55,296,000 numbers, too many for this model"):
        media.pictures(path, {"frames": None, "frame": FREE})
    few = media.pictures(path, {"frames": 3, "frame": FREE})
    assert [image.size for image in few] == [(640, 480)] * 3


def test_a_film_is_seen_as_it_was_filmed_whichever_way_the_camera_was_held(
    media: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    content = moving_film(path, pictures=3)
    told = {"frames": None, "frame": FREE}
    lying = media.pictures(str(path), told)
    path.write_bytes(turned(content))

    upright = media.pictures(str(path), told)

    clockwise = [image.transpose(Image.Transpose.ROTATE_270) for image in lying]
    assert [image.tobytes() for image in upright] == [image.tobytes() for image in clockwise]


def test_a_large_picture_is_taken_where_the_model_makes_it_small(media: ModuleType) -> None:
    image = Image.new("L", (5000, 4000))

    assert media.picture(image, FRAME).shape == (6, 8, 3)
    with refused(media, "the picture has 60,000,000 numbers, too many for this model"):
        media.picture(image, FREE)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_unfolded(apps: Apps) -> None:
    stream = io.BytesIO()
    Image.new("1", (8000, 8000)).save(stream, "PNG")
    address = f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"

    with pytest.raises(HostError, match="DecompressionBombError: Image size"):
        ask(apps["photos"].url, "predict", {"url": address})
