"""The page that predicts, in a real browser: what it says is what Python says."""

from __future__ import annotations

import csv
import io
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from predict_playgrounds import EVERY, HOSTILE, VERSION, Played, csv_of, npy
from site_builders import TEMPLATES, page, playground, site
from test_every_page import problems
from visits import Visit, served, visiting

from aims_gh.core.inert import csv_cell, plain
from aims_gh.flows.app import described
from aims_gh.flows.images import as_images
from aims_gh.site.build import build
from aims_gh.site.pages import PlaygroundPage

CLOSE = 1e-5


@pytest.fixture(scope="module")
def played() -> dict[str, Played]:
    return {one.slug: one for one in (make() for make in EVERY)}


@pytest.fixture(scope="module")
def url(played: dict[str, Played], packages: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("predict") / "site"
    pages = [*(one.page() for one in played.values()), empty()]
    build(site(*pages), out, strict=True, templates=TEMPLATES, cache=packages)
    return served(out)


def empty() -> PlaygroundPage:
    """A playground whose best version is predictions alone."""
    task = playground(title="Empty")
    made = page("empty", task=task, rows=0)
    app = described(task, "empty", "ada/course/empty", None, None)
    app = app.model_copy(update={"obstacle": "no model", "reason": "No version has a model yet."})
    return PlaygroundPage("empty", task, made.readme, made.leaderboard, made.address, app=app)


class Trial(Visit):
    """A visit to the page that predicts."""

    def open(self, slug: str) -> Page:
        self.page.goto(f"{self.url}playgrounds/{slug}/predict/")
        expect(self.page.locator(".aims-module[data-started]")).to_have_count(1)
        return self.page

    def answer(self) -> dict[str, Any]:
        """What is shown, once there is an answer to what was entered last."""
        expect(self.page.locator(".aims-p-answer[data-state='answered']")).to_be_visible()
        best = self.page.locator(".aims-p-best")
        numbers = self.page.locator(".aims-p-number").evaluate_all(
            "all => all.map((each) => Number(each.dataset.value))"
        )
        return {
            "text": best.text_content(),
            "value": float(str(best.get_attribute("data-value"))),
            "numbers": numbers,
        }

    def predict(self) -> dict[str, Any]:
        # The page answers by itself, after a pause; the button does not wait.
        self.page.get_by_role("button", name="Predict").click()
        self.page.wait_for_timeout(300)
        return self.answer()


@pytest.fixture
def visit(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Trial]:
    """A visit that fails where the page complained or reached for another host."""
    with visiting(browser, url, Trial, **getattr(request, "param", {})) as visit:
        yield visit


@pytest.mark.parametrize("slug", ["digits", "waves", "houses", "hostile"])
def test_the_example_gets_the_answer_that_python_gives(
    visit: Trial, played: dict[str, Played], slug: str
) -> None:
    visit.open(slug)

    shown = visit.answer()
    visit.page.set_viewport_size({"width": 390, "height": 844})

    assert problems(visit.page) == []
    said = played[slug].example()
    if said.values is not None:
        assert shown["value"] == pytest.approx(said.values[0], abs=CLOSE)
        return
    assert said.codes is not None
    assert shown["text"] == plain(played[slug].task.labels[said.codes[0]])
    if said.probabilities is not None:
        assert shown["numbers"] == pytest.approx(list(said.probabilities[0]), abs=CLOSE)
        labels = visit.page.locator(".aims-p-label").all_text_contents()
        assert labels == [plain(label) for label in played[slug].task.labels]


def test_what_is_entered_in_the_form_is_what_python_is_asked_and_stays_here(
    visit: Trial, played: dict[str, Played]
) -> None:
    people = visit.open("people")
    visit.answer()
    asked = len(visit.asked)

    people.get_by_label("age (years)").fill("33")
    people.get_by_label("income").fill("7.05e4")
    people.get_by_label("city").select_option("Łódź")
    people.get_by_label("member").check()
    shown = visit.predict()

    header = ["age (years)", "income", "city", "member"]
    said = played["people"].says(csv_of(header, [[33, 70500.0, "Łódź", True]]), "rows.csv")
    assert said.probabilities is not None
    assert shown["numbers"] == pytest.approx(list(said.probabilities[0]), abs=CLOSE)
    assert people.locator("pre code").last.text_content() == (
        f"aims predict ada/course/people rows.csv --version {VERSION}"
    )
    link = people.get_by_role("link", name=f"Version {VERSION}")
    assert link.get_attribute("href") == f"../models/?v={VERSION}"
    assert visit.asked[asked:] == []
    assert "nothing that you enter leaves it" in str(people.locator(".aims-p-kept").text_content())
    named = [address for address in visit.asked if re.search(r"\.(wasm|onnx)$", address)]
    assert len(named) == 2


def test_a_value_that_is_none_is_named(visit: Trial) -> None:
    houses = visit.open("houses")
    visit.answer()

    houses.get_by_label("area").fill("81,5")
    note = houses.locator(".aims-p-answer[data-state='wrong'] .aims-p-note")

    expect(note).to_contain_text("“area” is “81,5”, which is no number: write a point")
    assert houses.get_by_label("area").get_attribute("aria-invalid") == "true"
    houses.get_by_label("area").fill("81.5")
    houses.get_by_label("rooms").fill("2.5")
    expect(note).to_contain_text("“rooms” is 2.5, and the model takes whole numbers there")
    houses.get_by_label("rooms").fill("")
    expect(note).to_contain_text("“rooms” is empty")
    houses.locator(".aims-module").get_by_role("button", name="Clear").click()
    expect(houses.locator(".aims-p-answer[data-state='waiting']")).to_contain_text("Fill in")
    houses.get_by_role("button", name="Another example").click()
    assert visit.answer()["value"] == pytest.approx(10.5 + 2.25 * 22.125)


def upload(visit: Trial, name: str, content: bytes) -> Page:
    visit.page.get_by_role("button", name="A CSV file", exact=True).click()
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    visit.page.locator(".aims-p-batch input[type=file]").set_input_files([file])
    return visit.page


def saved(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save all as CSV").click()
    text = download.value.path().read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_file_of_rows_gets_an_answer_for_each(visit: Trial, played: dict[str, Played]) -> None:
    visit.open("people")
    people = played["people"]
    header, *lines = csv.reader(io.StringIO(people.rows.decode()))
    rows = [lines[i % len(lines)] for i in range(2500)]
    jumbled = csv_of(["note", *reversed(header)], [["=1+1", *reversed(row)] for row in rows])

    found = upload(visit, "many.csv", jumbled)
    expect(found.locator(".aims-p-batch [role=status]")).to_contain_text("2,500 rows answered")

    said = people.says(csv_of(header, rows), "rows.csv")
    assert said.codes is not None and said.probabilities is not None
    assert "Not used: “note”" in str(found.locator(".aims-p-problems").text_content())
    assert found.locator(".aims-p-batch tbody tr").count() == 20
    written = saved(found)
    labels = people.task.labels
    assert [row["prediction"] for row in written] == [labels[code] for code in said.codes]
    first = [float(row[f"probability_{labels[0]}"]) for row in written]
    assert first == pytest.approx(list(said.probabilities[:, 0]), abs=CLOSE)
    assert [row["income"] for row in written] == [row[1] for row in rows]
    assert {row["note"] for row in written} == {csv_cell("=1+1")}


def test_a_row_alone_gets_the_answer_that_it_gets_among_others(
    visit: Trial, played: dict[str, Played]
) -> None:
    visit.open("winds")

    alone = visit.answer()
    found = upload(visit, "rows.csv", played["winds"].rows)

    expect(found.locator(".aims-p-batch [role=status]")).to_contain_text("4 rows answered")
    first = saved(found)[0]
    labels = played["winds"].task.labels
    assert alone["text"] == first["prediction"] == "calm"
    assert alone["numbers"] == pytest.approx([0.6, 0.3, 0.1])
    among = [float(first[f"probability_{label}"]) for label in labels]
    assert among == pytest.approx([0.6, 0.3, 0.1])


def test_log_odds_of_a_row_alone_are_no_probability(
    visit: Trial, played: dict[str, Played]
) -> None:
    visit.open("tides")

    alone = visit.answer()
    answer = str(visit.page.locator(".aims-p-answer").text_content())
    found = upload(visit, "rows.csv", played["tides"].rows)

    expect(found.locator(".aims-p-batch [role=status]")).to_contain_text("3 rows answered")
    assert [row["prediction"] for row in saved(found)] == ["high", "low", "high"]
    assert alone["text"] == "high"
    assert "Scores, which are no probabilities" in answer
    assert "%" not in answer


def test_a_file_with_problems_is_told_where_they_are(visit: Trial) -> None:
    visit.open("houses")
    bad = csv_of(["rooms", "area", "garden"], [[1, 2.5, "True"], [1, "x<b>", "False"], [1, 3]])

    houses = upload(visit, "bad.csv", bad)
    problems = houses.locator(".aims-p-problems")

    expect(problems).to_contain_text("2 rows have no answer")
    expect(problems).to_contain_text("row 2: “area” is “x<b>”, which is no number")
    expect(problems).to_contain_text("row 3: it has 2 cells, the header has 3")
    assert [row["prediction"] != "" for row in saved(houses)] == [True, False, False]
    upload(visit, "short.csv", csv_of(["rooms", "aera"], [[1, 2]]))
    expect(problems).to_contain_text("it lacks the columns “area”, “garden”")
    expect(problems).to_contain_text("it has “rooms”, “aera”")


def test_hostile_names_labels_and_cells_are_shown_as_text(visit: Trial) -> None:
    odd = visit.open("hostile")
    visit.answer()
    name = f"{HOSTILE} name"

    upload(visit, f"{HOSTILE[:3]}.csv", csv_of([name, "other"], [[0.1, 0.9], ["<s>=1</s>", 0]]))

    expect(odd.locator(".aims-p-problems")).to_contain_text("<s>=1</s>")
    assert odd.locator(".aims-predict :is(img, s, script)").count() == 0
    assert odd.locator(".aims-p-field label").first.text_content() == plain(name)
    cells = odd.locator(".aims-p-batch tbody tr").first.locator("td").all_text_contents()
    assert cells[1] == plain(HOSTILE)
    (row, _) = saved(odd)
    assert row["prediction"] == csv_cell(HOSTILE)
    assert not any(value.startswith(("=", "@")) for value in row)


def picture(*, wide: int, high: int, mode: str) -> tuple[Any, bytes]:
    from PIL import Image

    dice = np.random.default_rng(wide)
    shape = (high // 8, wide // 8, 3)
    small = Image.fromarray(dice.integers(0, 256, shape, dtype=np.uint8))
    image = small.resize((wide, high)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return image, stream.getvalue()


def check_picture(visit: Trial, one: Played, mode: str) -> None:
    image, content = picture(wide=200, high=120, mode=mode)
    file = {"name": "picture.png", "mimeType": "image/png", "buffer": content}
    visit.page.locator("input[type=file]").set_input_files([file])
    shown = visit.predict()
    with visit.page.expect_download() as download:
        visit.page.get_by_role("button", name="Save this input as rows.npy").click()

    (told,) = one.task.inputs
    made = as_images([image], [(None, *told.shape)], told)
    given = np.load(download.value.path())
    assert given.shape == made.shape
    assert np.abs(given - made).max() < 1e-4
    said = one.says(npy(made), "rows.npy")
    assert said.codes is not None
    assert shown["text"] == str(one.task.labels[said.codes[0]])
    if said.probabilities is not None:
        assert shown["numbers"] == pytest.approx(list(said.probabilities[0]), abs=CLOSE)


def test_a_picture_becomes_the_array_that_python_makes_of_it(
    visit: Trial, played: dict[str, Played]
) -> None:
    for slug, modes in (("photos", ("RGB", "L")), ("digits", ("RGB",))):
        visit.open(slug)
        visit.answer()
        for mode in modes:
            check_picture(visit, played[slug], mode)


def test_digits_can_be_drawn_and_scores_are_not_called_probabilities(visit: Trial) -> None:
    digits = visit.open("digits")
    before = visit.answer()
    box = digits.locator(".aims-p-pad").bounding_box()
    assert box

    digits.mouse.move(box["x"] + box["width"] / 2, box["y"] + 15)
    digits.mouse.down()
    digits.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 15, steps=8)
    digits.mouse.up()
    after = visit.predict()

    assert after["text"] == "1"
    assert len(after["numbers"]) == 10
    assert after["numbers"] != before["numbers"]
    text = str(digits.locator(".aims-p-answer").text_content())
    assert "Scores, which are no probabilities" in text
    assert "%" not in text


def recording(*, rate: int, seconds: float) -> tuple[Any, bytes]:
    time = np.arange(int(rate * seconds)) / rate
    samples = (np.sin(2 * np.pi * 440 * time) * 12_000).astype(np.int16)
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return samples, stream.getvalue()


def test_a_recording_is_heard_at_the_models_rate_and_length(
    visit: Trial, played: dict[str, Played]
) -> None:
    sounds = visit.open("sounds")
    visit.answer()

    for seconds in (0.1, 0.05, 0.3):
        samples, content = recording(rate=8000, seconds=seconds)
        file = {"name": "tone.wav", "mimeType": "audio/wav", "buffer": content}
        sounds.locator("input[type=file]").set_input_files([file])
        expect(sounds.get_by_text(f"The recording has {seconds} s")).to_be_visible()
        shown = visit.predict()

        heard = np.zeros((1, 800), dtype=np.float32)
        heard[0, : min(len(samples), 800)] = samples[:800] / 32768
        said = played["sounds"].says(npy(heard), "rows.npy")
        assert said.probabilities is not None
        assert shown["numbers"] == pytest.approx(list(said.probabilities[0]), abs=CLOSE)

    _, content = recording(rate=44_100, seconds=0.2)
    file = {"name": "tone.wav", "mimeType": "audio/wav", "buffer": content}
    sounds.locator("input[type=file]").set_input_files([file])
    expect(sounds.get_by_text("The recording has 0.2 s")).to_be_visible()
    assert visit.predict()["text"] == "tone"
    assert visit.answer()["numbers"][1] > 0.7


@pytest.mark.parametrize("visit", [{"permissions": ["microphone", "camera"]}], indirect=True)
def test_the_microphone_and_the_camera_are_used(visit: Trial) -> None:
    sounds = visit.open("sounds")
    visit.answer()
    sounds.get_by_role("button", name="Use the microphone").click()
    expect(sounds.get_by_text("The recording has")).to_be_visible()
    photos = visit.open("photos")
    before = visit.answer()

    photos.get_by_role("button", name="Use the camera").click()
    photos.get_by_role("button", name="Take the picture").click()

    assert visit.predict()["numbers"] != before["numbers"]
    expect(photos.get_by_role("button", name="Use the camera")).to_be_visible()


def test_a_device_that_is_not_allowed_is_said_so(visit: Trial) -> None:
    sounds = visit.open("sounds")
    visit.answer()

    sounds.get_by_role("button", name="Use the microphone").click()

    note = sounds.locator(".aims-p-answer[data-state='wrong'] .aims-p-note")
    expect(note).to_contain_text("The browser did not allow the microphone")


def test_numbers_of_a_series_can_be_pasted(visit: Trial, played: dict[str, Played]) -> None:
    waves = visit.open("waves")
    visit.answer()
    values = np.random.default_rng(9).normal(size=(1, 20, 2))

    lines = [", ".join(map(repr, line)) for line in values[0].tolist()]
    waves.get_by_label("Numbers", exact=True).fill("\n".join(lines[:-1]))
    expect(waves.locator(".aims-p-answer")).to_contain_text("38 numbers, and the model takes 40")
    waves.get_by_label("Numbers", exact=True).fill("\n".join(lines))

    said = played["waves"].says(npy(values), "rows.npy")
    assert said.values is not None
    assert visit.predict()["value"] == pytest.approx(said.values[0], abs=CLOSE)


def test_it_goes_on_when_the_network_is_gone(visit: Trial) -> None:
    houses = visit.open("houses")
    visit.answer()
    visit.context.set_offline(True)

    houses.get_by_label("rooms").fill("4")
    visit.predict()
    upload(visit, "rows.csv", csv_of(["rooms", "area", "garden"], [[1, 2.5, "True"]]))

    expect(houses.locator(".aims-p-batch [role=status]")).to_contain_text("1 row answered")


def test_a_playground_without_a_model_says_so(visit: Trial) -> None:
    found = visit.open("empty")

    expect(found.locator(".aims-empty-title")).to_have_text("No model to try yet")
    assert not any(address.endswith(".wasm") for address in visit.asked)
