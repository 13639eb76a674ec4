"""The pages of models, of comparing and of participants, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from site_builders import TEMPLATES, evaluation, page, site
from test_site_safety import HOSTILE
from version_builders import (
    DIGITS,
    HOUSES,
    code,
    digits,
    network,
    notebook,
    on_the_ladder,
    page_of,
    pipeline,
    residuals,
)
from visits import Visit, served, visiting

from aims_gh.core.alignment import aligned
from aims_gh.core.compare import compare
from aims_gh.core.inert import plain
from aims_gh.domain.app import App
from aims_gh.domain.claims import Claims, Layer
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.model_facts import ModelFacts
from aims_gh.site.build import build

PHONE = {"viewport": {"width": 390, "height": 844}}
CODE = notebook(
    {"cell_type": "markdown", "source": "# My net\n<img src=x onerror=window.__pwned=1>"},
    code("print('learned')", {"output_type": "stream", "text": "learned\n"}),
)


MODEL = b"what an ONNX file holds"


def app(slug: str, version: int) -> App:
    """What is served, of a version."""
    model = {"version": version, "username": "ada", "path": "model.onnx"}
    facts = {"sha256": "0" * 64, "bytes": len(MODEL)}
    return App.from_value(
        {
            "slug": slug, "address": f"ada/course/{slug}", "title": "Digits",
            "input_type": "tabular", "task_type": "classification", "model": model | facts,
        }
    )  # fmt: skip


def hostile(version: int, text: str) -> Evaluation:
    """A version whose author wrote the same text into whatever takes one, and whose file did."""
    short = text[:200]
    claims = Claims.model_construct(
        ml_framework=short, model_type=short, optimizer=short, platform=short,
        steps=(), parameters=({"step": short, "name": short, "value": short, "changed": True},),
        layers=({"name": short, "type": short, "activation": short, "inputs": (short,)},),
        libraries={short: short}, metadata={short: short},
        conversion={"converter": short, "rows": 1, "matching": 1},
    )  # fmt: skip
    tensor = {"name": short, "dtype": short, "shape": (short, None)}
    facts = ModelFacts.model_validate(
        {
            "bytes": 1, "ir_version": 9, "producer": short, "opsets": {short: 1},
            "operators": {short: 2}, "num_params": 1, "inputs": [tensor], "outputs": [tensor],
            "graph": {
                "nodes": [short, short], "edges": [[0, 1]], "inputs": [[0]], "outputs": [1],
            },
        }
    )  # fmt: skip
    summary = {
        "rows": 20,
        "confusion": {"labels": [short, f"{short[:190]}2"], "counts": [[9, 1], [2, 8]]},
    }
    base = evaluation(
        version, DIGITS, description=text, tags=(short,), based_on=version - 1 or None
    )
    # Around what a ledger checks: the site stands by itself.
    return base.model_copy(
        update={"username": short, "claims": claims, "facts": facts, "summary": summary}
    )


def hostile_page() -> Any:
    made = [hostile(version, text) for version, text in enumerate(HOSTILE, start=1)]
    files = {version: {"code.ipynb": notebook(code(text, {"text": text}))}
             for version, text in enumerate(HOSTILE, start=1)}  # fmt: skip
    kept = page_of(
        "hostile", DIGITS, [e.model_copy(update={"claims": Claims()}) for e in made], files
    )
    raw = [
        (e.version, json.dumps(e.model_dump(mode="json", warnings=False)).encode()) for e in made
    ]
    return type(kept)(
        kept.slug, kept.playground, kept.readme, kept.leaderboard, kept.address,
        evaluations=lambda: raw, attached=kept.attached,
    )  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> str:
    """A course on a server of ours: networks, prices, a board without records, harm."""
    out = tmp_path_factory.mktemp("models") / "course"
    prices = [
        evaluation(
            version, HOUSES, username=name, scores={"mse": 12.0 - version, "r2": 0.7},
            summary=residuals(), playground="houses",
        )
        for version, name in enumerate(("ada", "lynn", "ada"), start=1)
    ]  # fmt: skip
    attached = {3: {"code.ipynb": CODE, "preprocessor.py": b"x = 1\n"}}
    networks = page_of("digits", DIGITS, digits(), attached)
    value = site(
        replace(networks, app=app("digits", 3), model=MODEL),
        page_of("houses", HOUSES, prices),
        on_the_ladder("owls", revealed=False),
        on_the_ladder("seen-owls", revealed=True),
        page("lost", rows=130),
        page("empty", rows=0),
        hostile_page(),
    )
    build(value, out, strict=True, templates=TEMPLATES, cache=packages)
    return served(out)


@pytest.fixture
def visit(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visit that fails where the page complained or reached for another host."""
    with visiting(browser, url, **getattr(request, "param", {})) as visit:
        visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield visit


def opened(visit: Visit, path: str) -> Page:
    visit.page.goto(visit.url + path)
    visit.page.wait_for_selector(".aims-module[data-started]")
    return visit.page


def rows(page: Page, label: str) -> list[list[str]]:
    """The table in a labelled box, the head first."""
    found: list[list[str]] = (
        page.get_by_role("region", name=label, exact=True)
        .locator("tr")
        .evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    )
    return [[" ".join(cell.split()) for cell in row] for row in found]


# ---------------------------------------------------------------- models


def test_a_version_is_found_opened_shared_and_left_again(visit) -> None:
    page = opened(visit, "playgrounds/digits/models/")
    field = page.get_by_role("searchbox", name="Find a version")

    field.fill("RADIA")
    expect(page.get_by_role("status")).to_have_text("2 versions")
    field.fill("7")
    page.get_by_role("link", name="Version 7").click()

    expect(page.get_by_role("heading", name="Version 7")).to_be_focused()
    assert page.url.endswith("/models/?v=7")
    page.get_by_role("link", name="Version 2").click()
    expect(page.get_by_role("heading", name="Version 2", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Version 7")).to_be_visible()
    page.go_back()
    expect(field).to_be_visible()
    page.goto(page.url.split("?")[0] + "?v=7")
    expect(page.get_by_role("heading", name="Version 7")).to_be_visible()


def test_a_version_shows_scores_ranks_errors_and_what_it_is_made_of(visit) -> None:
    page = opened(visit, "playgrounds/digits/models/?v=7")

    assert rows(page, "Scores")[1] == ["accuracy", "0.9300", "higher is better"]
    expect(page.get_by_text("Rank 3 on the experiment board. ")).to_be_visible()
    matrix = rows(page, "Confusion matrix")
    counts = digits()[6].summary.confusion.counts  # type: ignore[union-attr]
    assert [[int(cell) for cell in row[1:-1]] for row in matrix[1:-1]] == [
        list(row) for row in counts
    ]
    assert matrix[1][-1] == f"{100 * counts[0][0] / sum(counts[0]):.1f} %"
    assert matrix[-1][1] == f"{100 * counts[0][0] / sum(row[0] for row in counts):.1f} %"
    expect(page.get_by_text("Not reproduced.")).to_be_visible()
    expect(page.get_by_text("It arrived after the deadline, and does not count")).to_be_visible()
    assert page.locator(".aims-description").inner_text() == "Without dropout.\nLonger training."
    measured, claimed = page.locator(".aims-measured"), page.locator(".aims-claimed")
    expect(measured).to_contain_text("Conv 2, Flatten 1")
    expect(claimed).to_contain_text("Nobody has checked this.")
    expect(claimed).to_contain_text("SGD")
    assert [row[1:4:2] for row in rows(page, "Layers")[1:3]] == [
        ["conv1", "? × 32 × 26 × 26"],
        ["pool", "? × 32 × 13 × 13"],
    ]
    expect(page.get_by_text("torch.onnx 2.6, float32: the same on 64 of 64 rows")).to_be_visible()
    assert page.locator(".aims-lineage > li").all_inner_texts() == [
        "Version 1 by ada, accuracy 0.9100",
        "Version 2 by ada, accuracy 0.9400",
        "Version 7: this one",
    ]


def test_a_version_on_the_ladder_says_what_its_score_is_and_what_is_held_back(visit) -> None:
    page = opened(visit, "playgrounds/owls/compare/?v=1,3")
    expect(page.get_by_text("a score is the entrant's best so far")).to_be_visible()
    page = opened(visit, "playgrounds/owls/models/")
    expect(page.get_by_text("a score is the entrant's best so far")).to_be_visible()
    page.get_by_role("link", name="Version 3").click()

    expect(page.get_by_text("a score is the entrant's best so far, never the")).to_be_visible()
    expect(page.get_by_text("and counts as 0.9560 on the competition board.")).to_be_visible()
    expect(page.get_by_text("with release: ladder, it would tell more")).to_be_visible()
    assert page.get_by_text("Said by the participant").count() == 0
    page.goto(page.url.replace("v=3", "v=2"))
    expect(page.get_by_text("It does not count: <b>copied</b>")).to_be_visible()
    expect(page.get_by_text("What is in it is told at the reveal.")).to_be_visible()
    assert page.get_by_text("Predictions alone").count() == 0


def test_a_version_shows_what_the_reveal_has_opened(visit) -> None:
    page = opened(visit, "playgrounds/seen-owls/models/?v=2")

    assert rows(page, "Scores") == [
        ["Metric", "All rows", "Public rows", "Private rows", "Better"],
        ["accuracy", "0.9040", "0.8960", "0.91200.8500–0.9550", "higher is better"],
    ]
    expect(page.get_by_text("Scored on 250 rows: 125 public, 125 private.")).to_be_visible()
    expect(page.locator(".aims-claimed")).to_contain_text("OpenedForest")
    expect(page.locator(".aims-measured")).to_contain_text("Conv 2, Flatten 1")
    assert page.get_by_text("best so far").count() == 0
    assert page.get_by_text("0.976").count() == 0


def test_hyperparameters_that_were_changed_can_be_seen_alone(visit) -> None:
    page = opened(visit, "playgrounds/digits/models/?v=5")
    box = page.get_by_role("region", name="Hyper-parameters")

    page.get_by_label("Only what differs from the default").check()

    shown = box.locator("tbody tr:visible")
    assert [row.inner_text().split("\t")[1].strip() for row in shown.all()] == ["C", "solver"]
    expect(shown.first).to_contain_text("(changed)")


def test_the_graph_is_drawn_and_can_be_zoomed_moved_and_read(visit) -> None:
    page = opened(visit, "playgrounds/digits/models/?v=3")
    drawing = page.locator("svg.aims-graph")
    box = "svg => svg.getAttribute('viewBox').split(' ').map(Number)"
    expect(drawing.locator("text")).to_have_text(
        ["Conv", "Relu", "MaxPool", "Conv", "Relu", "Flatten", "Gemm", "Softmax", "image", "digit"]
    )
    expect(drawing.locator(".aims-edge")).to_have_count(9)
    middles = drawing.locator("rect").evaluate_all(
        "r => r.map(one => Number(one.getAttribute('y')))"
    )
    assert middles[:8] == sorted(middles[:8])
    drawing.focus()
    page.keyboard.press("0")
    start = drawing.evaluate(box)

    page.get_by_role("button", name="Zoom in").click()
    nearer = drawing.evaluate(box)
    drawing.focus()
    page.keyboard.press("ArrowRight")
    moved = drawing.evaluate(box)
    drawing.hover()
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(50)
    wheeled = drawing.evaluate(box)
    page.keyboard.press("0")

    assert nearer[2] < start[2]
    assert moved[0] > nearer[0]
    assert wheeled[2] < moved[2]
    assert drawing.evaluate(box) == start
    page.get_by_text("The same as a list").click()
    expect(page.locator(".aims-steps li").first).to_have_text("1. Conv; takes image; gives to 2")


def test_a_site_without_what_draws_graphs_says_so(visit) -> None:
    def without(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(" data-graph", ""))

    visit.page.route("**/digits/models/?v=3", without)

    page = opened(visit, "playgrounds/digits/models/?v=3")

    expect(page.get_by_text("built without what draws graphs")).to_be_visible()
    assert not any(address.endswith("graph.js") for address in visit.asked)


def test_errors_of_a_regression_are_bars_and_a_table(visit) -> None:
    page = opened(visit, "playgrounds/houses/models/?v=2")

    counts = residuals().residuals.counts  # type: ignore[union-attr]
    heights = page.locator(".aims-histogram rect").evaluate_all(
        "bars => bars.map(bar => Number(bar.getAttribute('height')))"
    )
    assert heights == pytest.approx([200 * count / max(counts) for count in counts])
    page.get_by_text("The same as a table").click()
    table = rows(page, "Errors in steps")
    assert table[1] == ["below -9", "0"]
    assert table[-1] == ["9 and more", "2"]
    assert [int(row[1]) for row in table[1:]] == list(counts)
    assert rows(page, "Scores")[1][-1] == "lower is better"


def test_attached_code_is_text_and_lines_to_use_a_model_can_be_copied(visit) -> None:
    page = opened(visit, "playgrounds/digits/models/?v=3")

    page.get_by_text("code.ipynb").click()

    shown = page.locator(".aims-file").first
    expect(shown.locator(".aims-prose")).to_have_text(
        "# My net\n<img src=x onerror=window.__pwned=1>"
    )
    expect(shown.locator(".aims-output")).to_have_text("learned")
    page.get_by_role("button", name="Copy: Python").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert 'ModelPlayground(playground_url="ada/course/digits")' in copied
    assert "pg.instantiate_model(3)" in copied
    compile(copied, "<copied>", "exec")
    assert page.evaluate("window.__pwned") is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("digits/models/?v=99", "There is no version 99"),
        ("digits/models/?v=0", "There is no version 0"),
        ("digits/models/?v=<b>x</b>", "There is no version <b>x</b>"),
        ("lost/models/?v=65", "Version 65 cannot be read"),
        ("empty/models/", "No versions yet"),
        ("empty/models/?v=1", "No versions yet"),
        ("empty/compare/", "Nothing to compare yet"),
        ("digits/compare/?v=3", "Choose one more version"),
        ("digits/compare/?v=3,99", "There is no version 99."),
    ],
)
def test_what_is_not_there_is_said(visit, path: str, said: str) -> None:
    if path.startswith("lost"):
        visit.page.route(
            "**/versions/1.json", lambda route: route.fulfill(json={"versions": {"65": None}})
        )

    page = opened(visit, f"playgrounds/{path}")

    expect(page.get_by_text(said, exact=True)).to_be_visible()


def test_damaged_data_are_said_to_be_damaged(visit) -> None:
    given = {"index": "", "0": ""}

    def answer(route: Route) -> None:
        body = given[Path(route.request.url).stem]
        route.continue_() if body == "as it is" else route.fulfill(body=body)

    visit.page.route("**/versions/*.json", answer)
    for file, other, path in (("index", "0", "models/"), ("0", "index", "models/?v=3")):
        for body in ("", "[]", "null", '{"version": 3}', '{"versions": {"3": 7}}'):
            given |= {file: body, other: "as it is"}

            page = opened(visit, f"playgrounds/digits/{path}")

            expect(page.locator(".aims-empty-title")).to_be_visible()


def test_a_view_loads_the_files_of_its_versions_and_the_list_alone_the_index(visit) -> None:
    def data() -> list[str]:
        found = [a.partition("/data/")[2] for a in visit.asked if "/data/" in a]
        visit.asked[:] = [a for a in visit.asked if "/data/" not in a]
        return found

    page = opened(visit, "playgrounds/digits/models/?v=2")
    expect(page.locator(".aims-lineage")).to_contain_text("2 versions build on it")
    assert data() == ["digits/versions/0.json"]
    opened(visit, "playgrounds/digits/compare/?v=2,7")
    assert data() == ["digits/versions/0.json"]

    page.get_by_text("Choose versions").click()
    expect(page.get_by_label("Compare version 3")).to_be_visible()
    expect(page.get_by_label("Compare version 7")).to_be_checked()

    assert data() == ["digits/versions/index.json"]


def test_the_window_s_title_says_what_is_shown(visit) -> None:
    course = "Machine learning, spring 2027"
    page = opened(visit, "playgrounds/digits/models/")
    alone = page.title()
    page.get_by_role("link", name="Version 7").click()
    expect(page).to_have_title(f"Version 7 – Handwritten digits – {course}")
    page.go_back()
    expect(page).to_have_title(alone)
    page.go_forward()
    expect(page).to_have_title(f"Version 7 – Handwritten digits – {course}")
    opened(visit, "playgrounds/digits/compare/?v=1,2,3")
    expect(page).to_have_title(f"Compare 1, 2, 3 – Handwritten digits – {course}")
    opened(visit, "users/?u=ada")
    expect(page).to_have_title(f"ada – Participants – {course}")


def test_words_that_are_no_version_are_named_and_several_lead_to_comparing(visit) -> None:
    page = opened(visit, "playgrounds/digits/models/?v=abc,2,3")
    expect(page.get_by_role("heading", name="Version 2", exact=True)).to_be_visible()
    expect(page.get_by_text("abc is no version.")).to_be_visible()
    expect(page.get_by_text("Only version 2 is shown here")).to_be_visible()

    page.get_by_role("link", name="compare 2, 3").click()
    page.wait_for_selector(".aims-compared")

    assert page.url.endswith("/compare/?v=2,3")
    opened(visit, "playgrounds/digits/compare/?v=2,x_%3Cb%3E,3")
    expect(page.get_by_text("x_<b> is no version.")).to_be_visible()
    expect(page.locator(".aims-chosen li")).to_have_count(2)


def test_a_list_names_its_boards_and_shows_a_hundred_more(visit) -> None:
    page = opened(visit, "playgrounds/lost/models/")
    lines = page.locator("tbody tr")
    assert rows(page, "Find a version")[0][:3] == ["# experiment", "# competition", "Version"]
    expect(lines).to_have_count(100)
    expect(page.get_by_role("status")).to_have_text("the first 100 of 130 versions")

    page.get_by_role("button", name="Show more").press("Enter")

    expect(lines).to_have_count(130)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    expect(lines.nth(100).get_by_role("link").first).to_be_focused()


def test_a_model_that_the_site_carries_can_be_downloaded(visit) -> None:
    page = opened(visit, "playgrounds/digits/models/?v=3")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download model.onnx").click()
    assert download.value.path().read_bytes() == MODEL

    opened(visit, "playgrounds/digits/models/?v=2")

    expect(page.locator(".aims-links")).to_contain_text(
        "aims get ada/course/digits 2 -o model.onnx"
    )
    expect(page.get_by_role("link", name="Download model.onnx")).to_have_count(0)


# ---------------------------------------------------------------- compare


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
def test_names_break_after_underscores_alone(visit) -> None:
    page = opened(visit, "playgrounds/digits/compare/?v=2,3")
    heads = page.get_by_role("region", name="The model").locator("tbody th")
    wanted = "latency_ms_per_1000"
    name = heads.filter(has_text=wanted).first
    lines = name.evaluate(
        """head => [...head.childNodes].filter(one => one.nodeType === Node.TEXT_NODE).map(one => {
            const range = document.createRange();
            range.selectNodeContents(one);
            return [one.data, range.getClientRects().length];
        })"""
    )
    assert [text for text, _ in lines] == ["latency_", "ms_", "per_", "1000"]
    assert {count for _, count in lines} == {1}
    narrow = name.bounding_box()
    page.set_viewport_size({"width": 800, "height": 800})
    wide = name.bounding_box()
    assert narrow and wide
    assert wide["width"] > 1.5 * narrow["width"]


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
def test_buttons_that_copy_do_not_cover_code(visit) -> None:
    page = opened(visit, "playgrounds/digits/models/?v=3")
    for block in page.locator(".aims-code").all():
        code, button = block.locator("pre").bounding_box(), block.locator("button").bounding_box()
        assert code and button
        assert button["y"] >= code["y"] + code["height"] - 1


def test_versions_are_chosen_and_the_address_keeps_them(visit) -> None:
    page = opened(visit, "playgrounds/digits/compare/")

    page.get_by_label("Compare version 3").check()
    page.get_by_label("Compare version 2").check()

    assert page.url.endswith("?v=3,2")
    expect(page.get_by_label("Compare version 2")).to_be_focused()
    table = rows(page, "Scores")
    assert table[0] == ["Metric", "Version 3", "Version 2"]
    assert table[1][1].split() == ["0.9725", "best"]
    assert table[1][2] == "0.9400 −0.0325"
    page.get_by_label("Leave out version 3").click()
    expect(page.get_by_text("Choose one more version")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("region", name="Scores")).to_be_visible()


def test_only_what_differs_can_be_shown_and_a_seventh_is_not_taken(visit) -> None:
    page = opened(visit, "playgrounds/digits/compare/?v=4,5,6,1,2,3,7")
    expect(page.get_by_role("status").first).to_have_text("The first 6 are shown.")
    page.goto(page.url.split("?")[0] + "?v=4,5")
    page.wait_for_selector(".aims-compared")
    box = page.get_by_role("region", name="LogisticRegression")
    assert [row[0] for row in rows(page, "LogisticRegression")[1:]] == [
        "C (differs)", "solver", "max_iter",
    ]  # fmt: skip

    page.get_by_label("Only differences").check()

    expect(box.locator("tbody tr:visible")).to_have_count(1)
    assert len(rows(page, "Recall of each label")) == 6


def test_lines_and_layers_are_those_of_the_command(visit) -> None:
    page = opened(visit, "playgrounds/digits/compare/")
    twins = {"claims": Claims.from_value({
        "model_type": "Twins",
        "steps": [{"name": "a", "type": "scores"}, {"name": "b", "type": "scores"}],
        "parameters": [
            {"step": "a", "name": "x", "value": 1}, {"step": "b", "name": "x", "value": 2},
            {"step": "c", "name": "x", "value": 3.5, "default": 3, "changed": True},
        ],
    })}  # fmt: skip
    made = [*digits(), evaluation(8, DIGITS, **twins), evaluation(9, DIGITS, **pipeline(3.0))]
    chosen = [made[2], made[4], made[7], made[8], made[5]]
    stacks = [list(network(16)["claims"].layers), list(network(32, dropout=False)["claims"].layers)]
    words = ["Dense Dropout Dense Conv Dense", "Conv Dense Dense Dropout", "Dense", "", "Conv Conv"]
    stacks += [[Layer(name="l", type=kind) for kind in text.split()] for text in words]

    lines, laid = page.evaluate(
        """async ([records, stacks]) => {
            const { compared, aligned, differs } = await import("/assets/aims/align.js");
            const kinds = aligned(stacks).map((row) => row.map((layer) => layer?.type ?? null));
            return [compared(records).map((one) => ({ ...one, differs: differs(one) })), kinds];
        }""",
        [
            [e.model_dump(mode="json") for e in chosen],
            [[layer.model_dump(mode="json") for layer in stack] for stack in stacks],
        ],
    )

    expected = compare(chosen)
    assert [(one["group"], one["name"]) for one in lines] == [(e.group, e.name) for e in expected]
    for one, line in zip(lines, expected, strict=True):
        assert one["values"] == list(line.values), line
        assert one["default"] == line.default
        assert (one["changed"], one["of"]) == (list(line.changed), list(line.of))
        assert one["differs"] == line.differs
    assert laid == [[layer and layer.type for layer in row] for row in aligned(stacks)]


# ---------------------------------------------------------------- participants


def test_a_participant_has_a_portfolio_over_playgrounds(visit) -> None:
    page = opened(visit, "users/")
    page.get_by_role("searchbox").fill("AD")
    page.get_by_role("link", name="ada", exact=True).click()

    expect(page.get_by_role("heading", name="ada")).to_be_focused()
    assert page.url.endswith("users/?u=ada")
    entry = page.locator(".aims-entry").filter(has_text="Handwritten digits").first
    expect(entry).to_contain_text("experiment board: rank 2, accuracy 0.9400, version 2")
    expect(entry.locator(".aims-dot")).to_have_count(3)
    entry.get_by_role("link", name="Version 1:").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/playgrounds/digits/models/?v=1")
    page.goto(page.url.split("playgrounds")[0] + "users/?u=LYNN")
    expect(page.get_by_role("heading", name="lynn")).to_be_visible()


def test_participants_can_be_ordered_and_their_boards_are_in_order(visit) -> None:
    page = opened(visit, "users/")
    people = page.get_by_role("region", name="Find a participant").locator("tbody tr")
    order = page.get_by_label("Order")

    def shown(column: int) -> list[str]:
        return people.locator(f"td:nth-child({column})").all_inner_texts()

    logins = [name for name in shown(1) if name.replace("-", "").isalpha()]
    assert logins == sorted(logins, key=str.lower) != []
    order.select_option("most submissions")
    counts = [int(text) for text in shown(4)]
    assert counts == sorted(counts, reverse=True)
    order.select_option("best rank")
    ranks = [int(text) for text in shown(2) if text != "–"]
    assert ranks == sorted(ranks)
    opened(visit, "users/?u=ada")
    expect(page.locator(".aims-counts")).to_contain_text("best rank: 1")
    lines = page.locator(".aims-entry").filter(has_text="Handwritten digits").first.locator("p")
    expect(lines.nth(0)).to_contain_text("experiment board")
    expect(lines.nth(1)).to_contain_text("competition board")


def test_nobody_of_a_name_is_said_as_text(visit) -> None:
    page = opened(visit, "users/?u=%3Cimg%20src%3Dx%20onerror%3Dwindow.__pwned%3D1%3E")

    expect(page.get_by_text("“<img src=x onerror=window.__pwned=1>” has no")).to_be_visible()
    assert page.evaluate("window.__pwned") is None


# ---------------------------------------------------------------- harm, and small screens


def test_hostile_texts_are_text_wherever_a_version_shows_them(visit) -> None:
    page = opened(visit, "playgrounds/hostile/models/?v=1")
    wheres = (
        ".aims-byline a", ".aims-tags li", ".aims-chip", ".aims-confusion tbody th >> nth=0",
        "[aria-label='Layers'] tbody th", "[aria-label='Hyper-parameters'] tbody th",
    )  # fmt: skip
    for version, text in enumerate(HOSTILE, start=1):
        page.evaluate(
            f"history.pushState(null, '', '?v={version}'); dispatchEvent(new Event('popstate'))"
        )
        expect(page.get_by_role("heading", name=f"Version {version}", exact=True)).to_be_visible()
        wanted = " ".join(plain(text[:200]).split())
        for where in wheres:
            shown = " ".join((page.locator(where).first.text_content() or "").split())
            assert squeezed(shown) == squeezed(wanted), (where, text)
        expect(page.locator(".aims-graph .aims-node")).to_have_count(4)
        page.locator(".aims-file summary").first.click()
    page.goto(page.url.split("models/")[0] + "compare/?v=1,2,3,4,5,6")
    page.wait_for_selector(".aims-compared")
    page.goto(page.url.split("playgrounds/")[0] + "users/")
    page.wait_for_selector(".aims-module[data-started]")
    link = page.locator("tbody a").first
    link.click()
    expect(page.locator(".aims-dot").first).to_be_visible()

    assert page.evaluate("window.__pwned") is None


def squeezed(text: str) -> str:
    """Without what Python and the page tell apart: a space put into `::`."""
    return text.replace(": :", "::").replace("## [", "##[").replace(" ", "")


@pytest.mark.parametrize("visit", [PHONE], indirect=True, ids=["phone"])
def test_on_a_phone_tables_scroll_and_the_page_does_not(visit) -> None:
    for path in (
        "playgrounds/digits/models/", "playgrounds/digits/models/?v=3",
        "playgrounds/houses/models/?v=1", "playgrounds/digits/compare/?v=1,2,3,4",
        "users/", "users/?u=ada", "playgrounds/hostile/models/?v=26",
    ):  # fmt: skip
        page = opened(visit, path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    page = opened(visit, "playgrounds/digits/compare/?v=1,2,3,4")
    box = page.get_by_role("region", name="The model")
    box.evaluate("box => (box.scrollLeft = 300)")
    first = box.locator("tbody th").first.bounding_box()
    around = box.bounding_box()
    assert first and around
    assert abs(first["x"] - around["x"]) < 3


def test_what_the_scripts_draw_is_usable_by_everybody(visit) -> None:
    for path, scheme in (
        ("playgrounds/digits/models/?v=3", "light"),
        ("playgrounds/houses/models/?v=1", "dark"),
        ("playgrounds/digits/compare/?v=2,7,5", "dark"),
        ("users/?u=ada", "light"),
    ):
        visit.page.emulate_media(color_scheme=scheme)
        page = opened(visit, path)
        page.evaluate("document.querySelectorAll('.aims-module details').forEach(d => d.open = 1)")

        found = Axe().run(page, context=".aims-module").response["violations"]

        assert [(path, one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
