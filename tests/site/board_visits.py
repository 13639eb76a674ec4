"""Visits to pages with boards, and what a board shows."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page
from visits import Visit

# Every board's rows are read when somebody turns to it.
TURN_TO_BOARDS = """() => {
    for (const board of document.querySelectorAll(".aims-board[data-ready]"))
        board.dispatchEvent(new PointerEvent("pointerenter"));
}"""


class BoardVisit(Visit):
    """A visit to pages with boards."""

    def open(self, path: str, *, enhanced: bool = True) -> Page:
        self.page.goto(self.url + path)
        if enhanced:
            self.page.wait_for_selector(".aims-board[data-ready]", state="attached")
            self.page.evaluate(TURN_TO_BOARDS)
            self.page.wait_for_selector(".aims-board[data-rows]", state="attached")
        return self.page


def shown(page: Page, name: str = "experiment") -> list[dict[str, str]]:
    """The rows of a board as the browser shows them."""
    return page.evaluate(
        """name => {
            const section = document.getElementById(name);
            const keys = [...section.querySelectorAll("th")].map((head) => head.dataset.key);
            const rows = [...section.querySelectorAll("tbody tr:not(.aims-space)")];
            return rows.map((row) => Object.fromEntries(
                [...row.cells].map((cell, i) => [keys[i], cell.firstChild?.textContent ?? ""])));
        }""",
        name,
    )


def column(page: Page, key: str) -> list[str]:
    return [row[key] for row in shown(page)]


def sort_button(page: Page, key: str) -> Any:
    return page.locator(f'#experiment th[data-key="{key}"] button')
