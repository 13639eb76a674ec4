"""Videos on the page that predicts: the pictures that an app takes of the same file."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, expect
from predict_films import boasting, moving_film, program_of, silence, turned, wall
from predict_playgrounds import Played, clips, npy, reels
from site_builders import TEMPLATES, site
from test_every_page import problems
from test_predict import CLOSE, Trial
from visits import served, visiting

from aims_gh.core.pixels import moving
from aims_gh.host.folder import gradio_folder
from aims_gh.site.build import build

LIKE = 2
"""Of 255. FFmpeg rounds colours as this processor's instructions do, and so does the page; on other
processors FFmpeg rounds otherwise. Pictures beside each other differ by much more."""


@pytest.fixture(scope="module")
def url(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("videos") / "site"
    build(
        site(clips().page(), reels().page()), out, strict=True, templates=TEMPLATES, cache=packages
    )
    return served(out)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The program of apps that takes pictures out of videos."""
    one = clips()
    app = one.page().app
    assert app
    files = gradio_folder(app, one.model, TEMPLATES)
    with program_of(files, tmp_path_factory.mktemp("app")) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Trial]:
    with visiting(browser, url, Trial) as visit:
        yield visit


def choose(visit: Trial, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    visit.page.locator("input[type=file]").set_input_files(path)


def given(visit: Trial) -> Any:
    """What the page says that it gives the model."""
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="Save this input as rows.npy").click()
    return np.load(download.value.path())


def taken(media: ModuleType, one: Played, path: Path) -> Any:
    """What an app gives the model of the same file."""
    app = one.page().app
    assert app and app.video
    return moving(media.pictures(str(path), app.video.model_dump(mode="json")), app.video)[None]


@pytest.mark.parametrize(("codec", "name"), [("libx264", "film.mp4"), ("libvpx-vp9", "film.webm")])
def test_of_a_video_the_page_takes_the_pictures_that_an_app_takes(
    visit: Trial, media: ModuleType, tmp_path: Path, codec: str, name: str
) -> None:
    visit.open("clips")
    visit.answer()
    assert not any("video-worker" in address for address in visit.asked)

    path = tmp_path / name
    choose(visit, path, moving_film(path, codec))
    expect(visit.page.get_by_text("The video has 25 pictures.")).to_be_visible()
    shown = visit.predict()

    made, rows = taken(media, clips(), path), given(visit)
    assert rows.shape == made.shape == (1, 4, 6, 8, 3)
    assert np.abs(rows - made).max() <= LIKE
    said = clips().says(npy(rows), "rows.npy")
    assert said.codes is not None and said.probabilities is not None
    assert shown["text"] == clips().task.labels[said.codes[0]]
    assert shown["numbers"] == pytest.approx(list(said.probabilities[0]), abs=CLOSE)
    own = clips().says(npy(made), "rows.npy").probabilities
    assert own is not None
    # The model adds up 576 numbers, a thousandth of each.
    assert np.abs(np.log(own[0]) - np.log(shown["numbers"])).max() < 2 * LIKE * 0.576
    assert any("video-worker" in address for address in visit.asked)
    visit.page.set_viewport_size({"width": 390, "height": 844})
    assert problems(visit.page) == []


def test_a_model_of_any_length_is_given_all_pictures_as_people_see_them(
    visit: Trial, media: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    visit.open("reels")
    expect(visit.page.locator(".aims-p-answer")).to_contain_text("Choose a video.")

    choose(visit, path, turned(moving_film(path, pictures=7)))
    shown = visit.answer()

    made, rows = taken(media, reels(), path), given(visit)
    assert rows.shape == made.shape == (1, 7, 3, 160, 120)
    assert np.abs(rows - made).max() <= LIKE
    assert shown["value"] == pytest.approx(rows.mean(dtype=np.float64), abs=0.1)  # in singles
    picture = visit.page.get_by_role("img", name="What the model is given: 7 pictures")
    assert picture.locator("canvas").count() == 7


def wrong(folder: Path) -> list[tuple[str, bytes, str]]:
    """Files that are no videos, or none that can be taken; and what is said of them."""
    whole = moving_film(folder / "film.mp4")
    begun = moving_film(folder / "begun.mp4", movflags="faststart")
    grey = wall(folder / "grey.mp4", 2, 64, 48, "mpeg4")
    large = wall(folder / "large.mp4", 1, 2048, 2048)
    long = wall(folder / "long.mp4", 10_001, 16, 16)
    missing = "This file has no pictures, or a part of it is missing: choose another video."
    damaged = "This video cannot be read: it is damaged, or a part of it is missing."
    limits = "The video is too long, or its pictures are too large: up to 10,000 pictures"
    none = "This file is no video that the browser can read: choose MP4 with H.264, or WebM."
    unread = "This browser cannot read such videos: choose MP4 with H.264, or WebM."
    return [  # no two with the same text one after the other
        ("noise.mp4", b"\0" * 5000, none),
        ("silent.mp4", silence(folder / "silent.mp4"), missing),
        ("cut.mp4", begun[: len(begun) // 2], damaged),
        ("unfinished.mp4", whole[:700], missing),
        ("boasting.mp4", boasting(whole), damaged),
        ("mpeg4.mp4", grey, unread),
        ("large.mp4", large, limits),
        ("heavy.mp4", b"\0" * 50_000_001, "This file has more than 50 MB."),
        ("long.mp4", long, limits),
        ("empty.mp4", b"", none),
    ]


def test_what_cannot_be_taken_is_refused_in_words_and_the_page_lives_on(
    visit: Trial, tmp_path: Path
) -> None:
    clip = visit.open("clips")
    visit.answer()
    note = clip.locator(".aims-p-answer[data-state='wrong'] .aims-p-note")
    for name, content, text in wrong(tmp_path):
        choose(visit, tmp_path / name, content)

        expect(note).to_contain_text(text)
    clip.get_by_role("button", name="Example 1").press("Enter")
    assert visit.answer()["text"] == "day"

    reel = visit.open("reels")
    choose(visit, tmp_path / "wide.mp4", wall(tmp_path / "wide.mp4", 60, 640, 480))
    expect(note).to_contain_text("The video has 55,296,000 numbers, too many for this model")
    reel.get_by_role("button", name="Predict").click()
    expect(note).to_contain_text("55,296,000 numbers")


def test_reading_can_be_stopped(visit: Trial, tmp_path: Path) -> None:
    reel = visit.open("reels")
    stop = reel.get_by_role("button", name="Stop")
    assert stop.is_hidden()

    choose(visit, tmp_path / "long.mp4", wall(tmp_path / "long.mp4", 9_000, 16, 16))
    stop.click()

    expect(reel.locator(".aims-p-answer")).to_contain_text("Choose a video.")
    assert stop.is_hidden()


def test_a_file_whose_tables_lie_within_each_other_is_no_video_and_is_read_once(
    tmp_path: Path,
) -> None:
    entries = b"stts\0\0\0\0" * 5_000
    nested = struct.pack(">I", 8 + len(entries)) + b"moov" + entries
    files = {"whole": moving_film(tmp_path / "film.mp4"), "nested": nested}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    script = (
        (TEMPLATES / "assets" / "predict" / "boxes.js").read_text()
        + """
import { readFileSync } from "node:fs";
for (const path of process.argv.slice(1)) {
  const content = readFileSync(path);
  let reads = 0;
  const read = DataView.prototype.getUint32;
  DataView.prototype.getUint32 = function (at) { reads += 1; return read.call(this, at); };
  const told = overstated(new Uint8Array(content).buffer);
  DataView.prototype.getUint32 = read;
  console.log(told, reads < 5 * content.length);
}
"""
    )
    command = ["node", "--input-type=module", "-e", script, *(tmp_path / name for name in files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["false", "true", "true", "true"]
