"""Pages of apps in a real browser: a Gradio app's, and the static folder's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from app_cases import TITLE, Apps, Case
from playwright.sync_api import Browser, FilePayload, Page, expect
from playwright.sync_api import TimeoutError as NoDialog
from predict_films import moving_film
from predict_playgrounds import HOSTILE, csv_of
from site_builders import TEMPLATES
from test_every_page import problems
from visits import DESKTOP, Visit, chromium, served

from aims_gh.core.inert import plain
from aims_gh.host.folder import browser_folder
from aims_gh.host.local import write
from aims_gh.site.bundle import assets

CLOSE = 1e-5
PACKAGES = platformdirs.user_cache_path("aims-gh") / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A visit whose dialogs are noted, and closed."""
    context = browser.new_context(**DESKTOP)
    visit = Visit(context, "")
    visit.page.on("dialog", lambda d: (visit.said.append(f"error: {d.message}"), d.dismiss()))
    yield visit
    context.close()


def elsewhere(visit: Visit, url: str) -> list[str]:
    return [a for a in visit.asked if not a.startswith((url, "data:", "blob:"))]


def test_the_page_of_an_app_shows_names_and_labels_as_text_and_asks_no_other_host(
    visit: Visit, apps: Apps, tmp_path: Path
) -> None:
    page, url, name = visit.page, apps["hostile"].url, f"{HOSTILE} name"
    page.goto(url)
    expect(page.get_by_role("heading", name=plain(TITLE))).to_be_visible()

    page.get_by_label(plain(name)).fill("0.1")
    page.get_by_label("other").fill("0.9")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_text("10%")).to_be_visible()
    bars = page.locator("[data-testid$='-confidence-set']").all_text_contents()
    page.get_by_role("tab", name="A CSV file").click()
    wrong = {"name": "w.csv", "mimeType": "text/csv", "buffer": csv_of(["other"], [[1]])}
    upload(page, wrong)
    page.get_by_role("button", name="Predict all rows").click()
    told = page.get_by_text("w.csv has no column")
    expect(told).to_contain_text("<img src=x")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("button", name="Use via API")).to_be_visible()

    assert page.title() == plain(TITLE)
    assert ["10%" in bars[0], "90%" in bars[1]] == [True, True]
    assert "=HYPERLINK(1)" in bars[0] and plain(HOSTILE) in bars[1]
    assert page.locator("img[src='x']").count() == 0
    assert page.get_by_text("Error", exact=True).count() == 0
    assert "·" not in page.locator("footer").inner_text()
    assert elsewhere(visit, url) == []
    assert [line for line in visit.said if line.startswith("error")] == []


def upload(page: Page, file: FilePayload) -> None:
    """Choose a file as a person does: the field listens once its page has come to life."""
    area = page.get_by_role("button", name="Click to Upload").locator("visible=true")
    for _ in range(10):
        try:
            with page.expect_file_chooser(timeout=3_000) as chooser:
                area.first.click()
            with page.expect_response(lambda r: "/gradio_api/upload?" in r.url, timeout=10_000):
                chooser.value.set_files([file])
        except NoDialog:  # or a field that was made anew meanwhile
            continue
        expect(page.locator(".file-preview").locator("visible=true").first).to_be_visible()
        return
    raise AssertionError("the field for a file takes none")


def test_a_file_goes_up_and_comes_back_with_an_answer_for_each_row(
    visit: Visit, apps: Apps
) -> None:
    page, people = visit.page, apps["people"]
    page.goto(people.url)
    page.get_by_label("city").fill("Atlantis")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_text("listed: “Atlantis” in “city”")).to_be_visible()
    page.get_by_role("tab", name="A CSV file").click()
    expect(page.get_by_text("The first 100 rows")).to_be_hidden()
    header, *rows = csv.reader(io.StringIO(people.played.rows.decode()))
    many = csv_of(["note", *header], [["=1+1", *row] for row in rows * 5])
    file = {"name": "many.csv", "mimeType": "text/csv", "buffer": many}

    upload(page, file)
    page.get_by_role("button", name="Predict all rows").click()
    heads = page.get_by_role("columnheader").locator("visible=true")
    expect(heads.first).to_contain_text("prediction")
    probability = page.get_by_role("gridcell").locator("visible=true").nth(1).inner_text().strip()
    link = page.locator("a[download='predictions.csv']").first
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()

    written = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    said = people.played.says(csv_of(header, rows * 5), "rows.csv")
    assert said.codes is not None and said.probabilities is not None
    assert [row["prediction"] for row in written] == [people.app.labels[c] for c in said.codes]
    yes = [float(row["probability_yes"]) for row in written]
    assert yes == pytest.approx(list(said.probabilities[:, 0]), abs=CLOSE)
    assert list(written[0])[:4] == header
    assert float(probability) == pytest.approx(yes[0], abs=1e-3) and len(probability) <= 6
    assert [line for line in visit.said if line.startswith("error")] == []


@pytest.fixture(scope="module")
def static(cases: dict[str, Case], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Static folders side by side, each of which could lie anywhere."""
    out = tmp_path_factory.mktemp("static")
    scripts = assets(TEMPLATES / "assets", PACKAGES)
    assert not scripts.missing, scripts.missing
    for slug in ("people", "hostile", "clips"):
        one = cases[slug]
        files = browser_folder(one.app, one.played.model, TEMPLATES, scripts.files)
        write(files, out / "somewhere" / slug)
    return f"{served(out)}somewhere/"


def answer(page: Page) -> dict[str, Any]:
    expect(page.locator(".aims-p-answer[data-state='answered']")).to_be_visible()
    return {
        "best": page.locator(".aims-p-best").text_content(),
        "labels": page.locator(".aims-p-label").all_text_contents(),
        "numbers": page.locator(".aims-p-number").evaluate_all(
            "all => all.map((each) => Number(each.dataset.value))"
        ),
    }


def test_the_static_folder_answers_the_same_from_anywhere(
    visit: Visit, static: str, cases: dict[str, Case]
) -> None:
    page, people = visit.page, cases["people"].played
    page.goto(f"{static}people/")

    shown = answer(page)

    said = people.example()
    assert said.codes is not None and said.probabilities is not None
    assert shown["best"] == people.task.labels[said.codes[0]]
    assert shown["labels"] == ["yes", "no"]
    assert shown["numbers"] == pytest.approx(list(said.probabilities[0]), abs=CLOSE)
    assert page.title() == "People"
    assert page.get_by_role("link").count() == 0
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert problems(page) == []
    assert visit.said == []
    assert elsewhere(visit, f"{static}people/") == []


def test_the_static_folder_shows_names_and_labels_as_text(visit: Visit, static: str) -> None:
    page = visit.page
    page.goto(f"{static}hostile/")

    shown = answer(page)

    assert shown["labels"] == ["=HYPERLINK(1)", plain(HOSTILE)]
    assert page.title() == plain(TITLE)
    expect(page.get_by_role("heading")).to_have_text(plain(TITLE))
    assert page.locator("main :is(img, b, script)").count() == 0
    assert visit.said == []


def test_the_static_folder_takes_videos(visit: Visit, static: str, tmp_path: Path) -> None:
    page = visit.page
    page.goto(f"{static}clips/")
    assert answer(page)["best"] == "day"
    moving_film(tmp_path / "film.mp4")

    page.locator("input[type=file]").set_input_files(tmp_path / "film.mp4")

    expect(page.get_by_text("The video has 25 pictures.")).to_be_visible()
    assert answer(page)["labels"] == ["night", "dusk", "day"]
    assert visit.said == []
    assert elsewhere(visit, f"{static}clips/") == []
