"""What an app answers over plain HTTP: what onnxruntime says, row by row."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import urllib.request
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import onnxruntime
import pytest
from app_cases import Apps, Case
from predict_playgrounds import HOSTILE, npy

from aims_gh.core.inert import plain
from aims_gh.errors import HostError
from aims_gh.flows.images import as_images
from aims_gh.host.asking import ask

CLOSE = 1e-5


def onnx(one: Case, feed: dict[str, Any]) -> list[Any]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        one.played.model, options, providers=["CPUExecutionProvider"]
    )
    return list(session.run(None, feed))


def lines(one: Case) -> list[list[str]]:
    header, *rows = csv.reader(io.StringIO(one.played.rows.decode()))
    assert header == [told.name for told in one.app.inputs]
    return rows


def test_regression_answers_every_row(apps: Apps) -> None:
    houses = apps["houses"]
    rows = [[int(a), float(b), c] for a, b, c in lines(houses)]

    many = ask(houses.url, "predict_batch", rows * 500)

    expected = [10.5 * a + 2.25 * b + 33 * (c == "True") for a, b, c in rows]
    assert [row["prediction"] for row in many] == pytest.approx(expected * 500, abs=1e-3)
    one = ask(houses.url, "predict", {"rooms": 3, "area": "81.5", "garden": True})
    assert one == pytest.approx(expected[0], abs=1e-3)


def test_a_row_alone_is_answered_as_among_others(apps: Apps) -> None:
    winds = apps["winds"]
    rows = [[float(cell) for cell in line] for line in lines(winds)]

    among = ask(winds.url, "predict_batch", rows)
    alone = ask(winds.url, "predict_batch", rows[:1])
    shown = ask(winds.url, "predict", dict(zip(["north", "east", "south"], rows[0], strict=True)))

    assert alone == among[:1]
    sure = [each["confidence"] for each in shown["confidences"]]
    assert [shown["label"], *sure] == [*alone[0].values()]
    assert sure == pytest.approx([0.6, 0.3, 0.1])


def test_log_odds_of_a_row_alone_are_no_probability(apps: Apps) -> None:
    tides = apps.swap("winds", "tides")
    rows = [[float(cell) for cell in line] for line in lines(tides)]

    among = ask(tides.url, "predict_batch", rows)
    alone = ask(tides.url, "predict_batch", rows[:1])
    shown = ask(tides.url, "predict", {"level": 0.3})

    assert among == [{"prediction": "high"}, {"prediction": "low"}, {"prediction": "high"}]
    assert alone == among[:1]
    assert shown == {"label": "high"}


def picture() -> tuple[Any, str]:
    from PIL import Image

    dice = np.random.default_rng(7).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    image = Image.fromarray(dice).resize((200, 120))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return image, f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"


def test_a_picture_is_answered_as_the_array_that_python_makes_of_it(apps: Apps) -> None:
    photos = apps["photos"]
    image, address = picture()

    one = ask(photos.url, "predict", {"url": address})

    (told,) = photos.app.inputs
    array = as_images([image], [(None, *told.shape)], told)
    (numbers,) = onnx(photos, {"x": array})
    found = [each["confidence"] for each in one["confidences"]]
    assert found == pytest.approx(list(numbers[0]), abs=CLOSE)
    assert [each["label"] for each in one["confidences"]] == ["sky", "sea", "sand"]
    assert one["label"] == photos.app.labels[int(numbers[0].argmax())]
    many = ask(photos.url, "predict_batch", [array[0].tolist(), array[0].ravel().tolist()])
    assert [row["probability_sea"] for row in many] == pytest.approx([numbers[0][1]] * 2, abs=CLOSE)


def upload(url: str, name: str, content: bytes) -> str:
    edge = "edge-of-a-part"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    asked = urllib.request.Request(f"{url}gradio_api/upload", body, kind)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        (path,) = json.load(answer)
    return str(path)


def recording(rate: int, seconds: float) -> tuple[Any, bytes]:
    time = np.arange(int(rate * seconds)) / rate
    samples = (np.sin(2 * np.pi * 440 * time) * 12_000).astype(np.int16)
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return samples, stream.getvalue()


def test_a_recording_is_heard_at_the_models_rate_and_length(apps: Apps) -> None:
    sounds = apps["sounds"]
    for seconds in (0.05, 0.3):
        samples, content = recording(8000, seconds)
        path = upload(sounds.url, "tone.wav", content)

        one = ask(sounds.url, "predict", {"path": path, "meta": {"_type": "gradio.FileData"}})

        heard = np.zeros((1, 800), dtype=np.float32)
        heard[0, : min(len(samples), 800)] = samples[:800] / 32768
        (number,) = onnx(sounds, {"x": heard})
        second = one["confidences"][1]
        assert second["label"] == "tone"
        assert second["confidence"] == pytest.approx(float(number[0, 0]), abs=CLOSE)
    path = upload(sounds.url, "tone.wav", recording(44_100, 0.2)[1])
    one = ask(sounds.url, "predict", {"path": path, "meta": {"_type": "gradio.FileData"}})
    assert one["label"] == "tone" and one["confidences"][1]["confidence"] > 0.7


def video(shade: int, *, pictures: int = 12) -> bytes:
    """Film a wall of one shade."""
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as file:
        track = file.add_stream("mpeg4", rate=12)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        wall = np.full((48, 64, 3), shade, dtype=np.uint8)
        for _ in range(pictures):
            file.mux(track.encode(av.VideoFrame.from_ndarray(wall, format="rgb24")))
        file.mux(track.encode())
    return stream.getvalue()


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, video(90)[:700]])
def test_what_is_no_video_is_refused_in_words(apps: Apps, content: bytes) -> None:
    clips = apps["clips"]
    path = upload(clips.url, "film.mp4", content)

    with pytest.raises(HostError, match=r"(?i)video"):
        ask(clips.url, "predict", {"path": path, "meta": {"_type": "gradio.FileData"}})
    assert ask(clips.url, "info")["title"] == "Clips"


def test_a_series_of_numbers_is_answered(apps: Apps) -> None:
    waves = apps["waves"]
    values = np.random.default_rng(9).normal(size=(3, 20, 2))
    text = "\n".join(", ".join(map(repr, line)) for line in values[0].tolist())

    one = ask(waves.url, "predict", text)
    many = ask(waves.url, "predict_batch", values.tolist())

    said = waves.played.says(npy(values), "rows.npy")
    assert said.values is not None
    assert one == pytest.approx(said.values[0], abs=CLOSE)
    assert [row["prediction"] for row in many] == pytest.approx(list(said.values), abs=CLOSE)


WRONG: list[tuple[str, str, Any, str]] = [
    ("houses", "predict", {"rooms": 1, "aera": 2, "garden": True}, "no column “area”"),
    ("houses", "predict", {"rooms": 1, "area": "x<b>", "garden": True}, "“area” is “x‹b›”"),
    ("houses", "predict", {"rooms": 1, "area": 2, "garden": "maybe"}, "“garden” is “maybe”"),
    (
        "houses",
        "predict",
        {"rooms": None, "area": 2, "garden": True},
        "'rooms' takes whole numbers",
    ),
    ("houses", "predict", {"rooms": 2.5, "area": 2, "garden": True}, "'rooms' takes whole numbers"),
    ("houses", "predict", {"rooms": 1, "area": 1e39, "garden": True}, "not a finite number"),
    ("houses", "predict", "rooms", "no object"),
    ("houses", "predict_batch", [], "There are no rows"),
    ("houses", "predict_batch", [[1, 2, True], [1, 2]], "Row 2 is not a list of 3 values"),
    ("houses", "predict_batch", [[1, 2, True]] * 100_001, "100,001 rows"),
    ("waves", "predict", "1, 2, 3", "3 numbers, and the model takes 20 × 2"),
    ("waves", "predict_batch", [["a"] * 40], "something other than numbers"),
    ("photos", "predict", None, "Nothing is chosen yet"),
    ("photos", "predict", {"url": "data:image/png;base64,aGVsbG8="}, "cannot identify image"),
    ("sounds", "predict", {"path": "/etc/passwd"}, "passwd"),
]


@pytest.mark.parametrize(("slug", "endpoint", "given", "text"), WRONG)
def test_a_wrong_question_is_told_what_is_wrong_and_the_app_lives_on(
    apps: Apps, slug: str, endpoint: str, given: Any, text: str
) -> None:
    app = apps[slug]

    with pytest.raises(HostError) as error:
        ask(app.url, endpoint, given)

    assert text in error.value.message
    assert ask(app.url, "info")["slug"] == slug


def test_what_there_is_to_ask_is_described(apps: Apps) -> None:
    with urllib.request.urlopen(f"{apps['people'].url}gradio_api/info", timeout=30) as answer:
        described = json.load(answer)

    info = ask(apps["hostile"].url, "info")

    assert set(described["named_endpoints"]) == {"/predict", "/predict_batch", "/info"}
    assert described["unnamed_endpoints"] == {}
    assert [told["name"] for told in info["inputs"]] == [f"{HOSTILE} name", "other"]
    assert info["labels"] == ["=HYPERLINK(1)", HOSTILE]
    assert "examples" not in info
    one = ask(apps["hostile"].url, "predict", {f"{HOSTILE} name": 0.25, "other": 0.75})
    assert one["label"] == plain(HOSTILE)


def test_calls_that_name_no_session_leave_nothing_behind(apps: Apps, tmp_path: Path) -> None:
    people = apps["people"]
    rows = [list(people.app.examples[0])] * 1000

    def memory() -> int:
        (pid,) = {
            int(each.name)
            for each in Path("/proc").iterdir()
            if each.name.isdecimal() and port in _environment(each)
        }
        status = Path(f"/proc/{pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s*(\d+)", status)[0]) * 1024

    port = f"GRADIO_SERVER_PORT={people.url.rstrip('/').rpartition(':')[2]}"
    for _ in range(20):
        ask(people.url, "predict_batch", rows)
    before = memory()
    for _ in range(20):
        ask(people.url, "predict_batch", rows)

    # Kept for ever, each such question would be half a megabyte.
    assert memory() - before < 5_000_000


def _environment(process: Path) -> str:
    try:
        return (process / "environ").read_text(errors="replace")
    except OSError:
        return ""
