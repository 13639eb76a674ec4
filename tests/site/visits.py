"""A real browser on a site of ours: what a page says, and what it asks for."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from aims_gh.site.build import serve

expect.set_options(timeout=30_000)  # a busy machine is no failure
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--use-fake-device-for-media-stream",
]  # fmt: skip
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "en-GB"}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's browser."""
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert path, "no browser on the PATH: run `python tools/programs.py`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


def served(folder: Path) -> str:
    """Serve a folder until the process ends; give its address."""
    found: list[str] = []
    ready = threading.Event()

    def tell(address: str) -> None:
        found.append(address)
        ready.set()

    if not (folder / "index.html").exists():
        (folder / "index.html").write_text("a host of several sites")
    threading.Thread(target=serve, args=(folder,), kwargs={"ready": tell}, daemon=True).start()
    assert ready.wait(20)
    return found[0]


class Visit:
    """A page with what it said and asked for."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda m: self.said.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda e: self.said.append(f"error: {e}"))
        self.page.on("request", lambda r: self.asked.append(r.url))

    def check(self) -> None:
        """Fail where the page complained, or reached for another host."""
        assert self.said == [], self.said
        hosts = {urlsplit(a).netloc for a in self.asked if not a.startswith(("data:", "blob:"))}
        assert len(hosts) <= 1, hosts


@contextmanager
def visiting(browser: Browser, url: str, kind: type[Any] = Visit, **options: Any) -> Iterator[Any]:
    """Open a window of its own; at the end, check what it said and asked for."""
    context = browser.new_context(**DESKTOP | options)
    visit = kind(context, url)
    yield visit
    context.close()
    visit.check()
