"""Every page of the demo's website, as a visitor has it: on a desktop, and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page
from shared_demo import shared_demo
from visits import served

from aims_gh.site.tabs import TABS

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
ARTIFACTS = Path(__file__).parents[2] / "test-artifacts" / "pages"
"""Screenshots, to be looked at; nothing compares them."""

SLUG = "playgrounds/breast-cancer"
PAGES = [
    "",
    "playgrounds/",
    "users/",
    "users/?u=bob",
    *(f"{SLUG}/{tab.folder}" for tab in TABS),
    f"{SLUG}/models/?v=2",
    f"{SLUG}/compare/?v=1,2,3",
    "playgrounds/diabetes/leaderboard/",
    "playgrounds/diabetes/models/?v=1",
    "nowhere/",
]
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "has_touch": True,
        "is_mobile": True,
    },
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return served(shared_demo(tmp_path_factory) / "desk/aims-demo/site")


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_is_whole_quiet_and_can_be_used_by_all(
    screen: str, browser: Browser, address: str
) -> None:
    context = browser.new_context(**SCREENS[screen])
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url} {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url} {error}"))
    page.on("request", lambda request: asked.append(request.url))
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page.goto(address + path)
        settle(page)
        name = path.removeprefix("playgrounds/").strip("/").replace("/", "-").replace("?", "-")
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{name or 'home'}-{screen}.png", full_page=True)
        found[path] = problems(page)

    context.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    nowhere = f"{address}nowhere/"
    assert [line for line in said if not line.startswith(nowhere)] == []
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()


def settle(page: Page) -> None:
    """Wait until each script of the page has drawn what it draws."""
    page.wait_for_load_state("load")
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-module]')]"
        ".every((e) => 'started' in e.dataset || !e.checkVisibility())",
        timeout=30_000,
    )


def problems(page: Page) -> list[str]:
    """What axe finds serious, and whether the page is wider than its screen."""
    wide, width = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    page.evaluate(AXE)
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    serious = [
        f"{v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in result["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    return [*([f"{wide} pixels wide"] if wide > width else []), *serious]
