"""The site in a real browser: the system's Chromium, on a server of ours, with no other host."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from board_visits import column, shown, sort_button
from playwright.sync_api import expect
from site_builders import TEMPLATES, board, evaluation, page, playground, site
from site_html import parse, table
from test_site_safety import HOSTILE, board_of
from visits import served

from aims_gh.core.inert import plain
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.site.build import build
from aims_gh.site.snippets import LOCAL

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A web server with the demo at /course/ and hostile boards at /hostile/."""
    root = tmp_path_factory.mktemp("host")
    (root / "index.html").write_text("a host of several sites")
    shutil.copytree(demo, root / "course")
    hostile = [page(f"hostile-{n}", leaderboard=board_of(text)) for n, text in enumerate(HOSTILE)]
    build(site(*hostile), root / "hostile", strict=True, templates=TEMPLATES)
    shutil.copytree(small_site(root / "odd-build"), root / "odd")
    return served(root)


def small_site(out: Path) -> Path:
    """Boards with every kind of value: missing, tiny, huge, zero, late, tagged."""
    task = playground()
    odd = [
        evaluation(21, task, scores={"accuracy": 0.03125, "f1_score": 1e-7, "precision": 1e9}),
        evaluation(22, task, scores={"f1_score": 0.5}, marks=("late",), tags=("a", "b")),
        evaluation(23, task, facts=None, cost=None, reproduction=None, based_on=3),
        evaluation(24, task, scores={"accuracy": 0.0, "f1_score": 1.0, "recall": 0.96875}),
    ]
    build(
        site(page("odd", leaderboard=board(task, 20, *odd))), out, strict=True, templates=TEMPLATES
    )
    return out


# Scrolls through a board; gives the version and rank of every row that was drawn, and how often
# the space that stands for other rows was in sight instead of rows.
SCROLL_THROUGH = """async () => {
    const box = document.querySelector("#experiment .aims-scroll");
    const heads = [...box.querySelectorAll("th")].map((head) => head.dataset.key);
    const [version, seen] = [heads.indexOf("version"), {}];
    let holes = 0;
    for (let top = 0; top < box.scrollHeight + 1700; top += 1700) { // to the very end
        box.scrollTop = top;
        await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
        const rows = [...box.querySelectorAll("tbody tr:not(.aims-space)")];
        for (const row of rows) seen[row.cells[version].textContent] = row.cells[0].textContent;
        const { top: from, bottom: to } = box.getBoundingClientRect();
        const first = rows[0].getBoundingClientRect().top;
        const last = rows.at(-1).getBoundingClientRect().bottom;
        holes += first > from + 60 || last < to - 20;
    }
    return { seen, holes };
}"""


@pytest.mark.parametrize("slug", ["small", "crowded", "houses"])
def test_every_value_reads_the_same_with_and_without_the_script(visit, demo, slug) -> None:
    opened = visit.open(f"course/playgrounds/{slug}/leaderboard/")

    with_script = shown(opened)

    static = table(parse(demo / f"playgrounds/{slug}/leaderboard/index.html"))[: len(with_script)]
    assert len(with_script) >= min(len(static), 50) > 2
    for mine, yours in zip(with_script, static, strict=True):
        assert mine.pop("timestamp") != yours.pop("timestamp")  # in the reader's own zone
        assert mine == yours


def test_odd_values_read_the_same_with_and_without_the_script(visit, tmp_path) -> None:
    opened = visit.open("odd/playgrounds/odd/leaderboard/")

    with_script = shown(opened)

    static = table(parse(small_site(tmp_path / "odd") / "playgrounds/odd/leaderboard/index.html"))
    assert {"accuracy": "0.0313", "f1_score": "1.000e-7", "precision": "1.000e9"}.items() <= next(
        row for row in with_script if row["version"] == "21"
    ).items()
    times = [row.pop("timestamp") for row in with_script + static]
    assert with_script == static
    assert len(times) == 48


def long_name(cell: Any, text: str) -> str:
    """Give what the script puts beside a name that may be cut."""
    names = {"aims-k-user", "aims-k-text"} & set(cell.attributes["class"].split())
    return text if names and len(text) > 12 else ""


def test_titles_hold_the_exact_values_with_and_without_the_script(visit, demo) -> None:
    read = """() => [...document.querySelectorAll("#experiment tbody td")]
        .slice(0, 400).map((cell) => [cell.textContent, cell.title, cell.className])
        .filter(([, , css]) => !css.includes("aims-k-time"))"""
    enhanced = visit.open("course/playgrounds/small/leaderboard/").evaluate(read)

    root = parse(demo / "playgrounds/small/leaderboard/index.html")
    section = root.all("section", "aims-board")[0]
    static = [
        [
            text := c.raw(unseen=True),
            c.attributes.get("title", long_name(c, text)),
            c.attributes["class"],
        ]
        for c in section.one("tbody").all("td")
        if "aims-k-time" not in c.attributes["class"]
    ]
    assert enhanced == static


def test_times_are_in_the_readers_zone_with_utc_beside_them(visit) -> None:
    opened = visit.open("course/playgrounds/small/leaderboard/")

    cell = opened.locator("#experiment tbody td.aims-k-time").first
    iso = cell.locator("time").get_attribute("datetime")
    title = cell.get_attribute("title")
    assert title == f"{iso[:10]} {iso[11:19]} UTC"
    assert f"{int(iso[11:13]) - 5:02}:{iso[14:16]}" in cell.text_content()
    expect(opened.locator('#experiment th[data-key="timestamp"]')).to_have_text("Submitted")


def test_all_twelve_thousand_rows_are_reached_by_scrolling(visit, crowd) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")
    expect(opened.locator("#experiment .aims-count")).to_have_text("12,000 submissions")
    assert len(shown(opened)) < 300

    found = opened.evaluate(SCROLL_THROUGH)

    columns = crowd.boards["experiment"].columns
    assert found["holes"] == 0
    assert found["seen"] == {
        str(version): f"{rank:,}"
        for version, rank in zip(columns["version"], columns["rank"], strict=True)
    }


def test_a_click_sorts_by_a_column_and_another_one_turns_it_round(visit, crowd) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")
    scores = sorted(crowd.boards["experiment"].columns["f1_score"])

    sort_button(opened, "f1_score").click()

    head = opened.locator('#experiment th[data-key="f1_score"]')
    expect(head).to_have_attribute("aria-sort", "descending")
    assert column(opened, "f1_score")[:50] == [f"{s:.4f}" for s in scores[::-1][:50]]
    sort_button(opened, "f1_score").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert column(opened, "f1_score")[:50] == [f"{s:.4f}" for s in scores[:50]]
    assert opened.locator("#experiment th[aria-sort]").count() == 1


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_sorts_too(visit, key: str, crowd) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")
    sort_button(opened, "username").focus()

    opened.keyboard.press(key)

    users = sorted(crowd.boards["experiment"].columns["username"])
    assert column(opened, "username")[0] == users[0]
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.parentElement.dataset.key") == "accuracy"


def test_rows_without_a_value_stay_last_in_both_directions(visit) -> None:
    opened = visit.open("odd/playgrounds/odd/leaderboard/")

    for direction in ("ascending", "descending"):
        sort_button(opened, "num_params").click()
        expect(opened.locator('#experiment th[data-key="num_params"]')).to_have_attribute(
            "aria-sort", direction
        )
        values = column(opened, "num_params")
        missing = values.count("–")
        assert 1 < missing < len(values) - 1
        assert values[-missing:] == ["–"] * missing
        numbers = [int(value.replace(",", "")) for value in values[:-missing]]
        assert numbers == sorted(numbers, reverse=direction == "descending")


def test_the_rank_brings_the_order_of_the_board_back(visit) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")
    before = column(opened, "version")[:100]
    sort_button(opened, "model_type").click()
    assert column(opened, "version")[:100] != before

    sort_button(opened, "rank").click()

    assert column(opened, "version")[:100] == before


def test_the_filter_finds_users_and_models(visit, crowd) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")
    columns = crowd.boards["experiment"].columns
    field = opened.get_by_role("searchbox", name="Search user, model, library or tag").first

    field.fill("STUDENT-64")
    found = sum("student-64" in user for user in columns["username"])
    expect(opened.locator("#experiment .aims-count")).to_have_text(f"{found} of 12,000 submissions")
    assert all("student-64" in user for user in column(opened, "username"))

    field.fill("xgbclassifier")
    many = columns["model_type"].count("XGBClassifier")
    expect(opened.locator("#experiment .aims-count")).to_have_text(
        f"{many:,} of 12,000 submissions"
    )

    field.fill("nobody of that name")
    expect(opened.locator("#experiment .aims-no-match")).to_have_text("No submission matches.")

    field.fill("")
    expect(opened.locator("#experiment .aims-count")).to_have_text("12,000 submissions")
    assert column(opened, "rank")[0] == "1"


def test_the_best_of_each_participant_is_one_row_each(visit, crowd) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")
    columns = crowd.boards["experiment"].columns

    opened.get_by_label("Best of each participant").first.check()

    people = len(set(columns["username"]))
    expect(opened.locator("#experiment .aims-count")).to_have_text(
        f"{people} of 12,000 submissions"
    )
    users = column(opened, "username")
    assert len(users) == len(set(users)) > 50
    assert users[0] == columns["username"][0]


def test_the_second_board_is_a_click_or_an_address_away(visit) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")
    expect(opened.locator("#competition table")).to_be_hidden()

    opened.get_by_text("Competition 12,000").click()

    expect(opened.locator("#competition table")).to_be_visible()
    expect(opened.locator("#experiment table")).to_be_hidden()
    opened.goto("about:blank")
    opened = visit.open("course/playgrounds/crowded/leaderboard/#competition")
    expect(opened.locator("#competition table")).to_be_visible()


def test_hostile_texts_run_nothing_and_read_as_they_were_written(visit) -> None:
    opened = visit.open("hostile/", enhanced=False)
    for number, text in enumerate(HOSTILE):
        opened = visit.open(f"hostile/playgrounds/hostile-{number}/leaderboard/")

        expected = plain(text)
        rows = shown(opened)
        assert [row["username"] for row in rows] == [expected] * 10
        assert [row["model_type"] for row in rows] == [expected] * 10
        assert f"team: {expected}" in rows[0]["metadata"]
        inside = "td :not(.aims-unseen, time, .aims-pick, .aims-aside, td > a)"
        assert opened.locator(f"#experiment tbody {inside}").count() == 0
        opened.get_by_role("searchbox", name="Search user, model, library or tag").first.fill(text)
        expect(opened.locator("#experiment .aims-count")).to_have_text("10 submissions")
        assert opened.evaluate("window.__pwned") is None


@pytest.mark.parametrize(
    "visit", [{"viewport": {"width": 390, "height": 844}, "has_touch": True}], indirect=True
)
@pytest.mark.parametrize(
    "path",
    ["course/", "course/playgrounds/", "course/playgrounds/crowded/leaderboard/",
     "course/playgrounds/empty/leaderboard/", "odd/playgrounds/odd/leaderboard/"],
)  # fmt: skip
def test_a_phone_scrolls_the_table_and_not_the_page(visit, path: str) -> None:
    boards = path.endswith(("crowded/", "odd/"))
    opened = visit.open(path, enhanced=boards)

    width = opened.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    if boards:
        box = opened.locator("#experiment .aims-scroll")
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")
        box.evaluate("box => { box.scrollLeft = 300; box.scrollTop = 300 }")
        left = opened.locator("#experiment tbody td.aims-k-user").first.bounding_box()["x"]
        assert 0 < left < 100


def test_the_head_and_the_names_stay_in_sight(visit) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")
    box = opened.locator("#experiment .aims-scroll")
    head = opened.locator('#experiment th[data-key="username"]')
    before = head.bounding_box()

    box.evaluate("box => { box.scrollTop = 2000; box.scrollLeft = 400 }")

    after = head.bounding_box()
    assert after["y"] == pytest.approx(before["y"], abs=1)
    assert after["x"] == pytest.approx(before["x"], abs=1)


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
def test_without_a_script_the_first_rows_are_there(visit) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/", enhanced=False)

    expect(opened.locator("#experiment tbody tr")).to_have_count(100)
    expect(opened.locator("#experiment .aims-count")).to_have_text(
        "The first 100 of 12,000 submissions"
    )
    expect(opened.locator("#experiment table")).to_be_visible()
    expect(opened.locator("#competition table")).to_be_hidden()
    opened.get_by_text("Competition 12,000").click()
    expect(opened.locator("#competition table")).to_be_visible()


def test_where_the_rows_cannot_be_read_those_of_the_page_stay_until_a_second_try(visit) -> None:
    visit.page.route("**/boards/*.json", lambda route: route.fulfill(status=503))
    opened = visit.open("course/playgrounds/crowded/leaderboard/", enhanced=False)
    count = opened.locator("#experiment .aims-count")

    sort_button(opened, "f1_score").click()

    expect(count).to_contain_text("could not be loaded")
    expect(opened.locator("#experiment tbody tr")).to_have_count(100)
    visit.page.unroute("**/boards/*.json")
    count.get_by_role("button", name="Try again").click()
    expect(count).to_have_text("12,000 submissions")
    assert all("503" in said for said in visit.said)  # the browser's own line, not a script's
    visit.said.clear()


def test_the_downloads_are_the_board(visit, crowd: Leaderboard) -> None:
    opened = visit.open("course/playgrounds/crowded/leaderboard/")

    with opened.expect_download() as download:
        opened.locator("#experiment .aims-links a", has_text="CSV").click()

    text = Path(download.value.path()).read_text("utf-8")
    assert len(list(csv.reader(io.StringIO(text)))) == 12_001
    with opened.expect_download() as download:
        opened.locator("#experiment .aims-links a", has_text="JSON").click()
    assert Path(download.value.path()).read_bytes() == crowd.to_json()


def test_light_and_dark_are_a_click_apart(visit) -> None:
    opened = visit.open("course/", enhanced=False)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened.evaluate(ground)

    opened.get_by_title("Switch to dark mode").click()

    assert opened.evaluate("document.body.dataset.mdColorScheme") == "slate"
    assert opened.evaluate(ground) != light


def test_a_site_that_was_not_told_its_address_names_the_one_it_is_read_at(visit, demo) -> None:
    path = "playgrounds/small/api/"

    opened = visit.open(f"course/{path}", enhanced=False)
    opened.wait_for_selector("[data-module=api][data-started]", state="attached")
    lines = "\n".join(opened.locator("code").all_text_contents())

    assert LOCAL in (demo / path / "index.html").read_text(encoding="utf-8")
    assert LOCAL not in lines
    assert f"{visit.url}course/data/small/leaderboard.json" in lines


def test_a_search_finds_a_playground_by_the_words_of_its_readme(visit) -> None:
    opened = visit.open("course/", enhanced=False)

    opened.wait_for_load_state("networkidle")  # the theme listens when it has loaded
    field = opened.get_by_placeholder("Search", exact=True)
    field.click()
    field.press_sequentially("nuclei", delay=50)

    expect(opened.locator(".md-search-result__item").first).to_contain_text("Breast cancer")


def test_a_browser_that_is_there_is_found_in_silence() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/programs.py"], capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_where_none_can_be_installed_it_is_said_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/programs.py"],
        capture_output=True, text=True, env=dict(os.environ) | {"PATH": str(tmp_path)},
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (1, "")
    assert "install the package chromium" in done.stderr
