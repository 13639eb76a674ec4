"""What pages say of the phase that a playground is in, by the reader's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from site_builders import DIGEST, KEY, TEMPLATES, course, evaluation, page, playground, site
from visits import served, visiting

from aims_gh.core.final import derived
from aims_gh.core.rulings import Rulings
from aims_gh.core.validate import admit
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.playground import Playground
from aims_gh.domain.reveal import Opened, Reveal
from aims_gh.errors import SubmissionError
from aims_gh.site.build import build
from aims_gh.site.pages import PlaygroundPage
from aims_gh.site.timetable import timetable

CLOSES = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def after(more: timedelta) -> str:
    return (CLOSES + more).isoformat()


def task(limits: dict[str, int] | None = None, **competition: Any) -> Playground:
    rules = {"closes": after(0 * DAY), **competition}
    holdout = {"rows": 3, "labels_sha256": DIGEST, "envelope": KEY}
    return playground(competition=rules, limits=limits or {}, holdout=holdout)


TASKS = {
    "final": task({"per_day": 2}, final={"closes": after(DAY), "per_day": 1}),
    "gap": task(grace_minutes=60, final={"opens": after(3 * HOUR), "closes": after(DAY)}),
    "late": task(
        sealed=True, late="penalty", penalty="score - 0.1 * ceil(days)", late_until=after(2 * DAY)
    ),
}


STARTER = {"code/starter.ipynb": b'{"cells": []}'}


def revealed_page() -> PlaygroundPage:
    """A playground after its reveal: of three who are ranked, two changed places."""
    one = task(sealed=True, release="ladder", late="mark")
    scores = {"ada": (0.9, 0.7), "bob": (0.8, 0.8), "eve": (0.5, 0.5), "teacher": (0.6, 0.6)}
    made, versions = [], {}
    for version, (login, (public, private)) in enumerate(scores.items(), start=1):
        marks = ("baseline",) if login == "teacher" else ()
        seen = {metric.name: public for metric in one.metrics}
        opened = {metric.name: private for metric in one.metrics}
        told = {"username": login, "timestamp": CLOSES - HOUR, "scores": seen, "marks": marks}
        made.append(evaluation(version, one, **told))
        versions[version] = Opened(private=opened, whole=opened, public=seen)
    found = Reveal(playground="revealed", at=CLOSES, by="teacher", versions=versions)
    board = derived(Leaderboard(playground="revealed", boards={}), one, made, Rulings(reveal=found))
    return page("revealed", task=one, leaderboard=board)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("host")
    pages = [page(slug, task=one, rows=0, files=STARTER) for slug, one in TASKS.items()]
    build(site(*pages, revealed_page()), root / "site", strict=True, templates=TEMPLATES)
    return f"{served(root)}site/"


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Page]:
    with visiting(browser, url, timezone_id="America/New_York") as visit:
        yield visit.page


def open_at(opened: Page, moment: timedelta, address: str) -> Page:
    opened.clock.set_fixed_time(CLOSES + moment)
    opened.goto(address)
    return opened


def test_every_page_says_that_the_final_phase_is_open(visit: Page, url: str) -> None:
    badge = "final phase, closes in 23 hours"

    open_at(visit, HOUR, url)
    card = visit.locator(".aims-card", has=visit.locator("a[href$='final/']"))
    expect(card.locator(".aims-status")).to_have_text(badge)

    open_at(visit, HOUR, f"{url}playgrounds/final/")
    expect(visit.locator(".aims-status")).to_have_text(badge)
    expect(visit.locator("[data-deadline]:visible")).to_have_text(
        "final phase closes21 Nov 2026, 07:00 GMT-5 (in 23 hours; 2026-11-21 00:00 AoE)"
    )

    open_at(visit, HOUR, f"{url}playgrounds/final/submit/")
    told = visit.locator(".aims-submit-states")
    expect(told).to_contain_text("Final phase: it closes in 23 hours (21 Nov 2026, 07:00 GMT-5")
    expect(told).to_contain_text("in the final phase 1 in 24 hours")
    expect(told).not_to_contain_text("grace")


def test_before_and_after_its_final_phase_a_playground_says_so_too(visit: Page, url: str) -> None:
    for moment, badge, shown in (
        (-HOUR, "open, closes in 1 hour", "deadline"),
        (2 * DAY, "closed 24 hours ago", "final phase closes"),
    ):
        open_at(visit, moment, f"{url}playgrounds/final/")
        expect(visit.locator(".aims-status")).to_have_text(badge)
        expect(visit.locator("[data-deadline]:visible dt")).to_have_text(shown)


def test_what_is_late_is_taken_until_it_is_not(visit: Page, url: str) -> None:
    submit = f"{url}playgrounds/late/submit/"
    badge, told = visit.locator(".aims-status"), visit.locator(".aims-submit-states")

    open_at(visit, HOUR, submit)
    expect(badge).to_have_text("open for late submissions, closes in 47 hours")
    expect(told).to_contain_text(
        "still scored, and worth score - 0.1 * ceil(days). That ends in 47 h"
    )

    open_at(visit, 3 * DAY, submit)
    expect(badge).to_have_text("closed 24 hours ago")
    expect(told).to_contain_text("Closed 24 hours ago: submissions are refused.")


def test_the_time_of_grace_and_that_between_two_phases_are_told_apart(
    visit: Page, url: str
) -> None:
    told = visit.locator(".aims-submit-states")

    open_at(visit, 10 * MINUTE, f"{url}playgrounds/gap/submit/")
    expect(visit.locator(".aims-status")).to_have_text("time of grace, ends in 50 minutes")
    expect(told).to_contain_text("Closed 10 minutes ago, but there is a time of grace")

    open_at(visit, 2 * HOUR, f"{url}playgrounds/gap/submit/")
    expect(visit.locator(".aims-status")).to_have_text("final phase opens in 1 hour")
    expect(told).to_contain_text("What arrives before is refused.")


def test_the_reveal_is_announced_and_the_rules_before_it_are_past(visit: Page, url: str) -> None:
    open_at(visit, DAY, url)
    card = visit.locator(".aims-card", has=visit.locator("a[href$='revealed/']"))
    expect(card.locator(".aims-status")).to_have_text("revealed")
    expect(card.locator(".aims-card-counts")).to_contain_text("participants3")
    expect(visit.locator(".aims-counts")).to_contain_text("3 participants")  # no owner's baseline

    open_at(visit, DAY, f"{url}playgrounds/revealed/")
    expect(visit.locator(".aims-revealed")).to_contain_text("2 of 3 entrants changed places.")
    facts = visit.locator(".aims-facts")
    expect(facts).to_contain_text(
        "Public scores before the reveal the ranking one of each entrant's"
    )
    expect(facts).to_contain_text("Sealed submissions were welcome; the reveal opened them")
    expect(facts).to_contain_text("After that until the reveal: scored, and listed apart")
    expect(facts).not_to_contain_text("when the owners reveal")
    visit.get_by_role("link", name="The final board").click()
    expect(visit.locator("#final")).to_be_visible()

    open_at(visit, DAY, f"{url}playgrounds/revealed/submit/")
    told = visit.locator(".aims-submit-states")
    expect(told).to_contain_text("Revealed: the final board stands")
    expect(visit.locator(".md-content")).not_to_contain_text("--sealed")
    expect(visit.locator("#aims-submit-board option")).to_have_text(["every board there is"])


def test_how_to_seal_is_said_as_long_as_one_can_submit(visit: Page, url: str) -> None:
    submit = f"{url}playgrounds/late/submit/"
    told, start = visit.locator(".aims-submit-states"), visit.locator(".aims-start")

    open_at(visit, -DAY, submit)
    expect(told).to_contain_text("Sealed submissions are welcome: aims submit --sealed")
    command = visit.locator(".aims-way code", has_text="--as YOU --sealed")
    expect(command).to_contain_text("aims submit model.onnx --to ada/course/late --predictions")
    expect(start.get_by_text("and submits it as it stands")).to_be_visible()

    open_at(visit, 3 * DAY, submit)
    expect(told).to_contain_text("submissions are refused")
    expect(told).not_to_contain_text("--sealed")
    expect(start.get_by_text("and submits it as it stands")).to_be_hidden()


def test_owners_who_have_baselines_alone_are_no_participants(visit: Page, url: str) -> None:
    open_at(visit, DAY, f"{url}users/")
    people = visit.locator("[data-module=users]")
    expect(people).to_contain_text("bob")
    expect(people).not_to_contain_text("teacher")

    open_at(visit, DAY, f"{url}users/?u=teacher")  # where the boards lead to
    expect(people).to_contain_text("1 submission")


SCHEDULES: list[dict[str, Any]] = [
    {**late, **grace, **final, **until}
    for late, grace, final, until in product(
        ({}, {"late": "mark"}, {"late": "penalty", "penalty": "score / 2"}),
        ({}, {"grace_minutes": 60}),
        (
            {},
            {"final": {"closes": after(DAY)}},
            {"final": {"opens": after(3 * HOUR), "closes": after(DAY)}},
        ),
        ({}, {"late_until": after(2 * HOUR)}, {"late_until": after(2 * DAY)}),
    )
    if late or not until
] + [{"opens": after(-DAY)}]
MOMENTS = [
    edge + more
    for edge in (-DAY, 0 * DAY, HOUR, 2 * HOUR, 3 * HOUR, DAY, 2 * DAY)
    for more in (-MINUTE, 0 * MINUTE, MINUTE)
]
BY_PAGE = """async ({ module, cases }) => {
    const { phaseOf } = await import(module);
    const taken = ({ name, over, lateNow }) =>
        !over && name !== "soon" && (name !== "between" || lateNow);
    return cases.map(([times, now]) => taken(phaseOf(times, now)));
}"""


def test_a_page_takes_a_playground_for_open_where_the_evaluator_does(visit: Page, url: str) -> None:
    cases = [(task(**rules), CLOSES + moment) for rules, moment in product(SCHEDULES, MOMENTS)]
    open_at(visit, 0 * DAY, url)

    found = visit.evaluate(
        BY_PAGE,
        {
            "module": f"{url}assets/aims/phase.js",
            "cases": [
                [timetable(one, revealed=False), moment.timestamp() * 1000] for one, moment in cases
            ],
        },
    )

    expected = [is_admitted(one, moment) for one, moment in cases]
    assert 100 < sum(expected) < len(expected) - 100  # both kinds are tried
    wrong = [
        (one.competition, moment, mine)
        for (one, moment), mine, yours in zip(cases, found, expected, strict=True)
        if mine != yours
    ]
    assert wrong == []


def is_admitted(one: Playground, moment: datetime) -> bool:
    try:
        admit("bob", moment, course=course(), playground=one, scored=[])
    except SubmissionError:
        return False
    return True
