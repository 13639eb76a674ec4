"""The leaderboard in a real browser: filters, orders, addresses, comparing, downloads, charts."""

from __future__ import annotations

import csv
import io
import itertools
import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from board_visits import column, shown, sort_button
from playwright.sync_api import Locator, Page, Route, expect
from site_builders import TEMPLATES, board, evaluation, page, playground, site
from test_site_safety import HOSTILE
from version_builders import on_the_ladder
from visits import served

from aims_gh.core.inert import csv_cell, plain
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.site.build import build

CROWDED = "course/playgrounds/crowded/leaderboard/"
FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(1)", "\u2212 1", " =1", "\uff1d1", 'a,"b"', "::x", "ok"]


@pytest.fixture(scope="module")
def url(demo: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A web server with the demo at /course/, and a board of odd names at /odd/."""
    root = tmp_path_factory.mktemp("host")
    (root / "index.html").write_text("a host of several sites")
    shutil.copytree(demo, root / "course")
    value = site(odd_page(), plain_page(), on_the_ladder("owls", revealed=False))
    build(value, root / "odd", strict=True, templates=TEMPLATES, cache=packages)
    return served(root)


def plain_page():
    """A board of predictions alone: no version has a model."""
    task = playground()
    bare = {"facts": None, "cost": None, "reproduction": None}
    rows = [evaluation(n, task, **bare, username=f"somebody-with-a-login-as-long-as-{n}")
            for n in range(1, 9)]  # fmt: skip
    return page("plain", task=task, leaderboard=board(task, 0, *rows, slug="plain"))


def odd_page():
    """A board where participants are called what must not run, and two share a rank."""
    task = playground()
    value = board(task, 60, *[evaluation(99 + n, task, scores={"accuracy": 1.0}) for n in (0, 1)])
    experiment = value.boards["experiment"]
    names = [*HOSTILE, *FORMULAS]
    columns = {**experiment.columns, "username": [names[n % len(names)] for n in range(62)]}
    columns["model_type"] = [names[-1 - n % len(names)] for n in range(62)]
    columns["accuracy_low"] = [0.5] * 62
    columns["accuracy_high"] = [1.0] * 62
    columns["username"][0] = "Teacher"
    changed = experiment.model_copy(update={"columns": columns})
    return page(
        "odd", leaderboard=Leaderboard(playground="odd", boards={"experiment": changed}),
        task=playground(competition={"private_fraction": 0}),
    )  # fmt: skip


def tool(opened: Page, name: str, board: str = "experiment") -> Locator:
    return opened.locator(f"#{board} .aims-toolbar").get_by_role("button", name=name)


def query(opened: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(opened.url).query).items()}


def count(opened: Page) -> Locator:
    return opened.locator("#experiment .aims-count")


def test_no_row_is_read_before_somebody_turns_to_the_table(visit) -> None:
    opened = visit.open(CROWDED, enhanced=False)
    opened.wait_for_selector(".aims-board[data-ready]")
    opened.wait_for_load_state("networkidle")
    assert [a for a in visit.asked if "/boards/" in a or "summary" in a] == []

    opened.locator("#experiment .aims-scroll").hover()

    expect(count(opened)).to_have_text("12,000 submissions")
    read = sorted(a.rsplit("/", 1)[1] for a in visit.asked if "/boards/" in a)
    assert read == [f"experiment-{n}.json" for n in range(3)]
    assert not [a for a in visit.asked if a.endswith("leaderboard.json")]


@pytest.mark.parametrize("how", ["Shift+click", "Shift+Enter", "the tick"])
def test_several_columns_sort_together(visit, crowd: Leaderboard, how: str) -> None:
    opened = visit.open(CROWDED)
    sort_button(opened, "ml_framework").click()

    if how == "Shift+click":
        sort_button(opened, "f1_score").click(modifiers=["Shift"])
    elif how == "Shift+Enter":
        sort_button(opened, "f1_score").focus()
        opened.keyboard.press("Shift+Enter")
    else:
        opened.locator("#experiment").get_by_label("Sort by several").check()
        sort_button(opened, "f1_score").click()

    columns = crowd.boards["experiment"].columns
    expected = sorted(
        zip(columns["ml_framework"], columns["f1_score"], columns["version"], strict=True),
        key=lambda row: (row[0], -row[1]),
    )
    assert column(opened, "version")[:50] == [str(version) for *_, version in expected[:50]]
    places = opened.locator("#experiment .aims-sort-place:not(:empty)")
    assert sorted(p[0] for p in places.all_text_contents()) == ["1", "2"]
    assert opened.locator("#experiment th[aria-sort]").count() == 1
    assert query(opened) == {"sort": "ml_framework,-f1_score"}


def test_filters_for_user_library_and_model_narrow_the_rows_together(
    visit, crowd: Leaderboard,
) -> None:  # fmt: skip
    opened = visit.open(CROWDED)
    columns = crowd.boards["experiment"].columns
    rows = list(
        zip(columns["username"], columns["ml_framework"], columns["model_type"], strict=True)
    )
    section = opened.locator("#experiment")

    section.get_by_label("Library", exact=True).select_option("sklearn")
    libraries = sum(library == "sklearn" for _, library, _ in rows)
    expect(count(opened)).to_have_text(f"{libraries:,} of 12,000 submissions")

    section.get_by_label("Model type").select_option("LogisticRegression")
    models = sum(row[1:] == ("sklearn", "LogisticRegression") for row in rows)
    expect(count(opened)).to_have_text(f"{models:,} of 12,000 submissions")

    section.get_by_label("Any user").fill("Student-5")  # a whole login: not student-50
    whole = sum(row == ("student-5", "sklearn", "LogisticRegression") for row in rows)
    expect(count(opened)).to_have_text(f"{whole} of 12,000 submissions")
    assert set(column(opened, "username")) == {"student-5"}

    tool(opened, "Clear").click()
    expect(count(opened)).to_have_text("12,000 submissions")
    assert query(opened) == {}


def test_an_address_brings_everything_back(visit) -> None:
    opened = visit.open(CROWDED)
    opened.get_by_text("Competition 12,000").click()
    section = opened.locator("#competition")
    section.get_by_role("searchbox").fill("student-1")
    section.get_by_label("Library", exact=True).select_option("torch")
    section.get_by_label("Best of each participant").check()
    section.locator("summary", has_text="Columns").click()
    section.locator("fieldset").get_by_label("f1_score").uncheck()
    section.locator("fieldset").get_by_label("Metadata").uncheck()
    opened.keyboard.press("Escape")
    section.locator('th[data-key="num_params"] button').click()
    section.locator('th[data-key="username"] button').click(modifiers=["Shift"])
    section.locator("tbody .aims-pick").nth(2).check()
    before = (shown(opened, "competition")[:20], section.locator(".aims-count").text_content())
    address = opened.url

    tool(opened, "Copy link", "competition").click()
    opened.goto("about:blank")
    again = visit.open(address.removeprefix(visit.url))

    expect(again.locator("#competition .aims-count")).to_have_text(before[1])
    assert shown(again, "competition")[:20] == before[0]
    section = again.locator("#competition")
    expect(section.locator('th[data-key="f1_score"]')).to_be_hidden()
    expect(section.get_by_label("Library", exact=True)).to_have_value("torch")
    expect(section.get_by_label("Best of each participant")).to_be_checked()
    expect(section.locator("tbody .aims-pick:checked")).to_have_count(1)
    assert urlsplit(again.url).fragment == "competition"
    assert set(query(again)) == {"find", "library", "best", "sort", "hide", "pick"}


def test_an_address_that_asks_for_nonsense_shows_the_board(visit) -> None:
    opened = visit.open(f"{CROWDED}?sort=-nothing,rank,rank&hide=rank,username,x&pick=a,1.5&best=2")

    expect(count(opened)).to_have_text("12,000 submissions")
    assert column(opened, "rank")[0] == "1"


def test_a_hidden_column_leaves_head_cells_and_place_in_the_table(visit) -> None:
    opened = visit.open(CROWDED)
    box = opened.locator("#experiment .aims-scroll")
    box.evaluate("box => { box.scrollTop = 3000 }")
    opened.wait_for_timeout(50)
    section = opened.locator("#experiment")
    section.locator("summary", has_text="Columns").click()

    section.locator("fieldset").get_by_label("precision").uncheck()

    expect(section.locator('th[data-key="precision"]')).to_be_hidden()
    heads = section.locator("th:visible").count()
    assert section.locator("tbody tr:not(.aims-space)").first.locator("td").count() == heads
    assert box.evaluate("box => box.scrollTop") == 3000
    assert section.locator("fieldset").get_by_label("User", exact=True).count() == 0
    tool(opened, "Show all").click()
    expect(section.locator('th[data-key="precision"]')).to_be_visible()


def test_my_own_row_is_remembered_pinned_and_found(visit, crowd: Leaderboard) -> None:
    opened = visit.open(CROWDED)
    columns = crowd.boards["experiment"].columns
    row = columns["username"].index("student-77")

    opened.locator("#experiment").get_by_label("Your name here").fill("Student-77")
    opened.keyboard.press("Enter")

    pinned = opened.locator("#experiment tfoot tr")
    expect(pinned.locator("a").nth(1)).to_have_text(str(columns["version"][row]))
    tool(opened, "Show my row").click()
    mine = opened.locator(f'#experiment tbody tr[aria-rowindex="{row + 2}"]')
    expect(mine).to_have_class("aims-own")
    expect(mine).to_be_in_viewport()
    visit.open("course/playgrounds/small/leaderboard/")
    assert opened.get_by_placeholder("Your name here").first.input_value() == "Student-77"
    expect(opened.locator("#experiment .aims-said")).to_contain_text("No submission of Student-77")


def test_two_to_six_rows_are_compared(visit, crowd: Leaderboard) -> None:
    opened = visit.open(CROWDED)
    boxes = opened.locator("#experiment tbody .aims-pick")
    link = opened.locator("#experiment .aims-compare")

    boxes.nth(0).check()
    assert link.get_attribute("href") is None
    for place in range(1, 6):
        boxes.nth(place).check()
    boxes.nth(6).click()

    versions = crowd.boards["experiment"].columns["version"][:6]
    assert link.get_attribute("href") == f"../compare/?v={','.join(map(str, versions))}"
    expect(boxes.nth(6)).not_to_be_checked()
    expect(opened.locator("#experiment .aims-said")).to_contain_text("6 versions at most")


def test_versions_and_users_are_links(visit, crowd: Leaderboard) -> None:
    opened = visit.open(CROWDED)
    columns = crowd.boards["experiment"].columns

    links = opened.locator("#experiment tbody tr").first.locator("a")

    assert links.nth(0).get_attribute("href") == f"../../../users/?u={columns['username'][0]}"
    assert links.nth(1).get_attribute("href") == f"../models/?v={columns['version'][0]}"


def test_what_is_shown_is_saved_as_csv_in_which_no_formula_runs(visit) -> None:
    opened = visit.open("odd/playgrounds/odd/leaderboard/?sort=-version&hide=tags")
    with opened.expect_download() as download:
        tool(opened, "CSV as shown").click()

    lines = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))

    columns = odd_page().leaderboard.boards["experiment"].columns
    order = sorted(range(62), key=lambda row: -columns["version"][row])
    assert [line["version"] for line in lines] == [str(columns["version"][row]) for row in order]
    for key in ("username", "model_type"):
        assert [line[key] for line in lines] == [csv_cell(columns[key][row]) for row in order]
    assert [float(line["accuracy"]) for line in lines] == [columns["accuracy"][r] for r in order]
    assert "tags" not in lines[0]


def test_a_csv_holds_the_rows_that_the_filters_leave(visit) -> None:
    opened = visit.open(f"{CROWDED}?user=student-5&library=torch")
    expect(count(opened)).to_contain_text(" of 12,000")
    with opened.expect_download() as download:
        tool(opened, "CSV as shown").click()

    lines = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))

    assert {(line["username"], line["ml_framework"]) for line in lines} == {("student-5", "torch")}
    expect(count(opened)).to_have_text(f"{len(lines)} of 12,000 submissions")


def test_hostile_names_are_text_in_the_table_the_lists_and_the_charts(visit) -> None:
    opened = visit.open("odd/playgrounds/odd/leaderboard/")
    users = odd_page().leaderboard.boards["experiment"].columns["username"]

    assert column(opened, "username") == [plain(user) for user in users]
    options = opened.locator("#experiment").get_by_label("Model type").locator("option")
    assert options.count() == len({*HOSTILE, *FORMULAS}) + 1
    opened.locator("#experiment").get_by_label("Your name here").fill(HOSTILE[0])
    opened.keyboard.press("Enter")
    opened.locator(".aims-charts").scroll_into_view_if_needed()
    opened.locator(".aims-points a").first.wait_for()
    for link in opened.locator(".aims-points a").all()[:30]:
        link.dispatch_event("pointerover", {"bubbles": True})
    for summary in opened.locator(".aims-chart summary").all():
        summary.click()
    assert opened.locator(".aims-charts :is(script, iframe, img)").count() == 0
    assert opened.locator("#experiment :is(script, iframe, img, svg)").count() == 0
    assert opened.evaluate("window.__pwned") is None


def test_ties_intervals_and_owners_read_the_same_with_and_without_rows_by_script(
    visit,
) -> None:
    opened = visit.open("odd/playgrounds/odd/leaderboard/", enhanced=False)
    opened.wait_for_selector(".aims-board[data-ready]")
    cells = """() => [...document.querySelector("tbody tr").cells].slice(0, 3)
        .map((cell) => [cell.textContent, cell.title])"""
    static = opened.evaluate(cells)

    with_script = visit.open("odd/playgrounds/odd/leaderboard/").evaluate(cells)

    assert static == with_script
    assert [text for text, _ in static] == ["=1", "Teacherowner", "1.00000.5000–1.0000"]


def test_charts_come_into_being_in_sight_and_their_points_are_links(
    visit, crowd: Leaderboard,
) -> None:  # fmt: skip
    opened = visit.open(CROWDED, enhanced=False)
    charts = opened.locator(".aims-chart")
    opened.locator(".aims-charts").scroll_into_view_if_needed()
    charts.nth(1).locator(".aims-points a").first.wait_for()

    over_time, against = (charts.nth(n).locator(".aims-points a") for n in (0, 1))

    assert 500 <= over_time.count() <= 520
    assert against.count() == 500
    best = crowd.boards["experiment"].columns
    top = charts.nth(0).locator(f'a.aims-on-front[href="../models/?v={best["version"][0]}"]')
    assert f"version {best['version'][0]} by {best['username'][0]}" in top.get_attribute(
        "aria-label"
    )
    expect(charts.nth(0).locator(".aims-note")).to_contain_text(f"version {best['version'][0]} by")
    assert charts.nth(1).locator("a.aims-on-front").count() > 3
    assert not [asked for asked in visit.asked if "/boards/" in asked]


def test_the_keyboard_walks_along_the_points_of_a_chart(visit) -> None:
    opened = visit.open("course/playgrounds/small/leaderboard/", enhanced=False)
    opened.locator(".aims-charts").scroll_into_view_if_needed()
    chart = opened.locator(".aims-chart").first
    chart.locator(".aims-points a[tabindex='0']").focus()
    note = chart.locator(".aims-plot-note")
    last = note.text_content()

    opened.keyboard.press("ArrowLeft")

    expect(note).to_be_visible()
    assert note.text_content() != last
    opened.keyboard.press("Home")
    expect(note).to_contain_text("version 1 by")
    assert chart.locator(".aims-points a[tabindex='0']").count() == 1


def test_a_chart_sets_the_score_against_what_is_chosen(visit) -> None:
    opened = visit.open(CROWDED, enhanced=False)
    opened.locator(".aims-charts").scroll_into_view_if_needed()
    against = opened.locator(".aims-chart").nth(1)
    against.locator(".aims-points a").first.wait_for()

    against.get_by_label("Set the score against").select_option("memory_size")

    label = against.locator(".aims-points a").first.get_attribute("aria-label")
    assert label.endswith((" kB", " MB"))
    first = against.locator("circle").first.get_attribute("cx")
    against.get_by_label("Logarithmic").uncheck()
    assert against.locator("circle").first.get_attribute("cx") != first


@pytest.mark.parametrize(
    "visit", [{"viewport": {"width": 390, "height": 844}, "has_touch": True}], indirect=True
)
def test_on_a_phone_the_filters_are_folded_and_the_page_is_as_wide_as_it(visit) -> None:
    opened = visit.open(CROWDED)
    library = opened.locator("#experiment").get_by_label("Library", exact=True)
    expect(library).to_be_hidden()

    tool(opened, "Filters, columns").tap()

    expect(library).to_be_visible()
    opened.locator("#experiment summary", has_text="Columns").tap()
    opened.locator(".aims-charts").scroll_into_view_if_needed()
    opened.locator(".aims-points a").first.wait_for()
    assert opened.evaluate("document.documentElement.scrollWidth") == 390


def test_on_paper_the_rows_are_there_and_the_tools_are_not(visit) -> None:
    opened = visit.open(CROWDED)
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    opened.emulate_media(media="print")

    expect(opened.locator("#experiment tbody tr")).to_have_count(1000)
    expect(count(opened)).to_contain_text("The first 1,000 of 12,000 submissions")
    expect(opened.locator("#experiment .aims-filters")).to_be_hidden()
    expect(opened.locator("#experiment tfoot")).to_be_hidden()


SMALL = "course/playgrounds/small/leaderboard/"
ROWS_ARE_THERE = "#experiment[data-rows]"


class HeldRows:
    """Keeps the rows of boards on their way until it lets them go."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.waiting: list[Route] = []
        self.open = False
        page.route("**/boards/*.json", self.keep)

    def keep(self, route: Route) -> None:
        if self.open:
            route.continue_()
        else:
            self.waiting.append(route)

    def let_go(self) -> None:
        while not self.waiting:
            self.page.wait_for_timeout(20)
        self.open = True
        for route in self.waiting:
            route.continue_()


def test_a_small_board_can_be_used_at_once_and_without_a_network(visit) -> None:
    opened = visit.open(SMALL, enhanced=False)
    opened.wait_for_selector(ROWS_ARE_THERE)
    opened.wait_for_selector("#competition[data-rows]", state="attached")
    assert "Loading" not in count(opened).text_content()

    opened.route("**/boards/*", lambda route: route.abort())
    sort_button(opened, "version").click()

    assert column(opened, "version") == sorted(column(opened, "version"), key=int)
    opened.locator("#experiment").get_by_role("searchbox").first.fill("nobody")
    expect(count(opened)).to_have_text(re.compile("^0 of "))
    assert len([asked for asked in visit.asked if "/boards/" in asked]) == 2  # one for each board


def test_a_login_that_is_being_typed_stays_and_its_row_comes_with_the_rows(visit) -> None:
    rows = HeldRows(visit.page)
    opened = visit.open(SMALL, enhanced=False)
    users = opened.locator("#experiment tbody .aims-k-user a")
    you = opened.locator("#experiment").get_by_label("Your name here")
    you.press_sequentially("gra")
    rows.let_go()
    opened.wait_for_selector(ROWS_ARE_THERE)
    expect(you).to_have_value("gra")

    rows = HeldRows(visit.page)
    opened.reload()
    you.press_sequentially(users.nth(1).text_content())
    you.press("Enter")
    expect(opened.locator("#experiment tfoot tr")).to_have_count(0)
    rows.let_go()

    expect(opened.locator("#experiment tfoot a").first).to_have_text(users.nth(1).text_content())


def test_the_focus_stays_on_its_row_and_column_when_the_rows_come(visit) -> None:
    rows = HeldRows(visit.page)
    opened = visit.open(CROWDED, enhanced=False)
    link = opened.locator("#experiment tbody tr").nth(2).locator("a").nth(1)
    link.focus()
    rows.let_go()
    opened.wait_for_selector(ROWS_ARE_THERE)

    assert opened.evaluate("document.activeElement.href") == link.evaluate("link => link.href")
    opened.keyboard.press("Shift+Tab")
    opened.keyboard.press("Shift+Tab")
    box = opened.locator("#experiment tbody .aims-pick").nth(2)
    expect(box).to_be_focused()
    opened.keyboard.press("Space")
    expect(box).to_be_checked()


def test_a_link_that_is_held_down_when_the_rows_come_is_followed(visit) -> None:
    rows = HeldRows(visit.page)
    opened = visit.open(SMALL, enhanced=False)
    opened.wait_for_selector("#experiment[data-ready]")
    link = opened.locator("#experiment tbody a").nth(1)
    address = link.evaluate("link => link.href")
    link.hover()
    opened.mouse.down()
    with opened.expect_response("**/experiment-0.json"):
        rows.let_go()
    opened.wait_for_selector("#competition[data-rows]", state="attached")  # all has come

    opened.mouse.up()

    opened.wait_for_url(address)


def test_rows_are_ticked_before_the_others_are_there(visit) -> None:
    rows = HeldRows(visit.page)
    opened = visit.open(f"{SMALL}?hide=f1_score", enhanced=False)
    boxes = opened.locator("#experiment tbody .aims-pick")
    expect(boxes).to_have_count(3)
    for place in (0, 1):
        boxes.nth(place).check()
    link = opened.locator("#experiment .aims-compare")
    expect(link).to_have_text("Compare 2")
    heads = opened.locator("#experiment th:visible").count()
    assert opened.locator("#experiment tbody tr").first.locator("td:visible").count() == heads

    rows.let_go()
    opened.wait_for_selector(ROWS_ARE_THERE)

    expect(opened.locator("#experiment tbody .aims-pick:checked")).to_have_count(2)
    expect(link).to_have_text("Compare 2")


def test_where_no_version_has_a_model_one_chart_is_drawn(visit) -> None:
    opened = visit.open("odd/playgrounds/plain/leaderboard/", enhanced=False)
    opened.locator(".aims-charts").scroll_into_view_if_needed()
    opened.locator(".aims-points a").first.wait_for()

    assert opened.locator(".aims-chart").count() == 1
    assert opened.locator(".aims-charts select").count() == 0


def test_a_long_login_that_is_cut_is_whole_in_the_title(visit) -> None:
    opened = visit.open("odd/playgrounds/plain/leaderboard/", enhanced=False)
    cells = """() => [...document.querySelectorAll("#experiment tbody td")]
        .filter((cell) => cell.matches(".aims-k-user, .aims-k-text"))
        .map((cell) => [cell.textContent, cell.title])"""
    opened.wait_for_selector(ROWS_ARE_THERE)
    found = opened.evaluate(cells)
    assert len(found) > 16
    assert [title for _, title in found] == [t if len(t) > 12 else "" for t, _ in found]


@pytest.mark.parametrize(
    "visit", [{"viewport": {"width": 390, "height": 844}, "has_touch": True}], indirect=True
)
def test_heads_and_boxes_are_large_enough_for_a_finger(visit) -> None:
    opened = visit.open(SMALL)
    sizes = """() => [...document.querySelectorAll("#experiment :is(.aims-sort, .aims-pick)")]
        .map((one) => one.getBoundingClientRect()).map(({ width, height }) => [width, height])"""

    assert min(side for sides in opened.evaluate(sizes) for side in sides) >= 24
    assert (
        opened.locator("#experiment tbody tr:not(.aims-space)").first.bounding_box()["height"] < 32
    )


@pytest.mark.parametrize("visit", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_a_phone_shows_the_score_the_team_and_what_sets_a_row_apart(visit) -> None:
    opened = visit.open("odd/playgrounds/owls/leaderboard/#competition")
    rows = opened.locator("#competition tbody tr:not(.aims-space)")

    parts = "td => [...td.children].map((part) => part.innerText)"
    users = [user.evaluate(parts) for user in rows.locator(".aims-k-user").all()]
    assert users == [
        ["ada", "red owls"], ["lynn", "late", ""], ["bob", "disqualified, sealed", "red owls"],
    ]  # fmt: skip
    score = rows.first.locator(".aims-ranks").bounding_box()
    assert score["x"] + score["width"] < 390
    expect(opened.locator("#competition")).to_contain_text("a score is the entrant's best so far")
    opened.locator(".aims-charts").scroll_into_view_if_needed()
    expect(opened.locator(".aims-chart").first).to_contain_text("not the version's own")
    labels = opened.locator(".aims-axes text[text-anchor=middle]").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map((box) => [box.left, box.right])"
    )[:-1]
    assert len(labels) > 1
    assert all(a[1] < b[0] for a, b in itertools.pairwise(labels))


def test_on_paper_other_tables_keep_their_size_and_nothing_can_be_pressed(visit) -> None:
    opened = visit.open("course/playgrounds/crowded/data/", enhanced=False)
    size = "getComputedStyle(document.querySelector('.aims-table')).fontSize"
    before = opened.evaluate(size)
    opened.emulate_media(media="print")

    assert opened.evaluate(size) == before
    for path in ("models/", "leaderboard/"):
        opened.goto(f"{visit.url}course/playgrounds/small/{path}")
        opened.wait_for_selector("[data-started]", state="attached")
        buttons = opened.locator(".md-content :is(button:not(.aims-sort), select):visible")
        assert buttons.count() == 0
    expect(opened.locator("#experiment .aims-sort").first).to_be_visible()
    expect(count(opened)).to_be_visible()


@pytest.mark.parametrize("tab", ["leaderboard", "models", "compare", "predict", "submit", "data"])
def test_no_hidden_heading_takes_the_focus(demo: Path, tab: str) -> None:
    text = (demo / f"playgrounds/small/{tab}/index.html").read_text("utf-8")

    (heading,) = re.findall(r"<h2[^>]*aims-unseen.*?</h2>", text)
    assert "<a" not in heading
