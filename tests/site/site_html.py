"""Finished pages as trees, to ask what a browser would find in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
}  # fmt: skip
# Attributes whose address a browser fetches by itself, by element. A link to click is not one.
FETCHED = {
    "script": ("src",), "link": ("href",), "img": ("src", "srcset"), "iframe": ("src",),
    "source": ("src", "srcset"), "video": ("src", "poster"), "audio": ("src",),
    "embed": ("src",), "object": ("data",), "input": ("src",), "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"), "track": ("src",), "body": ("background",),
}  # fmt: skip


@dataclass
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str | None = None, css: str | None = None) -> list[Element]:
        return [
            e
            for e in self.walk()
            if (tag is None or e.tag == tag)
            and (css is None or css in e.attributes.get("class", "").split())
        ]

    def one(self, tag: str | None = None, css: str | None = None) -> Element:
        (found,) = self.all(tag, css)
        return found

    @property
    def text(self) -> str:
        """The text, as it is shown: runs of blanks are one, and words for screen readers out."""
        return " ".join(self.raw().split())

    def raw(self, *, unseen: bool = False) -> str:
        return "".join(
            child if isinstance(child, str) else child.raw(unseen=unseen)
            for child in self.children
            if unseen or isinstance(child, str) or not child.is_unseen
        )

    @property
    def is_unseen(self) -> bool:
        return "aims-unseen" in self.attributes.get("class", "").split()


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {n: v or "" for n, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(path: Path) -> Element:
    tree = _Tree()
    tree.feed(path.read_text("utf-8"))
    tree.close()
    return tree.root


def fetched(root: Element) -> list[str]:
    """Every address that opening the page makes a browser fetch."""
    return [
        element.attributes[name]
        for element in root.walk()
        for name in FETCHED.get(element.tag, ())
        if name in element.attributes and element.attributes.get("rel") != "canonical"
    ]


def table(root: Element, board: str = "experiment") -> list[dict[str, str]]:
    """The rows of a board as a reader sees them, by column key."""
    section = next(s for s in root.all("section", "aims-board") if s.attributes["id"] == board)
    keys = [head.attributes["data-key"] for head in section.all("th")]
    rows = section.one("tbody").all("tr")
    return [dict(zip(keys, map(_value, row.all("td")), strict=True)) for row in rows]


def _value(cell: Element) -> str:
    """The text of a cell without what stands beside the value or below it."""
    beside = {"aims-aside", "aims-team"}
    own = [
        child
        for child in cell.children
        if isinstance(child, str) or not beside & set(child.attributes.get("class", "").split())
    ]
    return Element(cell.tag, children=own).text


def facts(root: Element) -> dict[str, str]:
    """The terms below an element with what is said of them."""
    terms = [e.text for e in root.all("dt")]
    return dict(zip(terms, (e.text for e in root.all("dd")), strict=True))
