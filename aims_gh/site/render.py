"""Render the templates of `site_templates/site/` to the pages of a course, as Markdown."""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from aims_gh.core.inert import cell, plain
from aims_gh.site.head import course_heads, playground_heads
from aims_gh.site.pages import CourseSite, PlaygroundPage
from aims_gh.site.tabs import TABS
from aims_gh.site.view import Digest, course_view, playground_view

BOARDS = '<div data-aims="boards"></div>'
PLAYGROUNDS = '<div data-aims="playgrounds"></div>'
NOT_FOUND = "<h1>404 - Not found</h1>"
"""The theme's own words, in its page for a wrong address."""

ACTIVITY = '<div data-aims="activity"></div>'


@dataclass(frozen=True, slots=True)
class Fragment:
    """HTML that takes the place of a marker in a finished page.

    Whatever comes from participants gets into a page in this way alone: neither Markdown,
    nor an extension that the owners have switched on, nor the search index ever sees it.
    """

    page: str
    """The finished page's path on the site."""

    marker: str
    html: str
    required: bool = True
    """Whether the page is wrong without the marker; the owners' own home may do without."""


@dataclass(slots=True)
class Rendered:
    """Pages as Markdown, by their path below `docs/`, and what is put into them later."""

    pages: dict[PurePosixPath, bytes] = field(default_factory=dict)
    fragments: list[Fragment] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    """Lines for the head of each finished page."""

    def add(self, other: Rendered) -> None:
        """Take over what was rendered elsewhere."""
        self.pages |= other.pages
        self.fragments += other.fragments
        self.heads |= other.heads


class Templates:
    """The templates of a site.

    Parameters
    ----------
    folder : Path
        `site_templates/site`.
    modules : collection of str
        The scripts that pages may ask for; a page without its script says so.
    """

    def __init__(self, folder: Path, modules: Collection[str]) -> None:
        self._environment = _environment(folder)
        self._environment.globals |= {
            "module": lambda name: _module(name, modules),
            "without_script": lambda name: _without_script(name, modules),
        }

    def playground(self, page: PlaygroundPage, site: CourseSite) -> Rendered:
        """Render the pages of a playground."""
        folder = f"playgrounds/{page.slug}"
        view = playground_view(page, site)
        made = Rendered(heads=playground_heads(site, page))
        for tab in TABS:
            path = PurePosixPath(f"{folder}/{tab.folder}index.md")
            made.pages[path] = self._text(f"{tab.name}.md.j2", page=view).encode("utf-8")
        html = self._text("boards.html.j2", page=view)
        made.fragments.append(Fragment(f"{folder}/leaderboard/index.html", BOARDS, html))
        return made

    def course(self, site: CourseSite, digests: Sequence[Digest]) -> Rendered:
        """Render the course's own pages."""
        course = course_view(site, digests)
        named = {
            "index.md": "home.md.j2",
            "playgrounds/index.md": "playgrounds.md.j2",
            "users/index.md": "users.md.j2",
        }
        made = Rendered(heads=course_heads(site))
        for path, template in named.items():
            made.pages[PurePosixPath(path)] = self._text(template, course=course).encode("utf-8")
        for page, base in (("index.html", "playgrounds/"), ("playgrounds/index.html", "")):
            cards = self._text("cards.html.j2", course=course, base=base)
            required = page != "index.html"
            made.fragments.append(Fragment(page, PLAYGROUNDS, cards, required=required))
        lately = self._text("activity.html.j2", course=course)
        made.fragments.append(Fragment("index.html", ACTIVITY, lately, required=False))
        # It is shown at any address: its links begin at the root of the host.
        missing = self._text("missing.html.j2", course=course, home=urlsplit(site.url).path or "/")
        made.fragments.append(Fragment("404.html", NOT_FOUND, missing, required=False))
        return made

    def _text(self, template: str, **context: object) -> str:
        return self._environment.get_template(template).render(context)


def _module(name: str, modules: Collection[str]) -> Markup:
    return Markup(f' data-module="{name}"') if name in modules else Markup("")  # noqa: S704


def _without_script(name: str, modules: Collection[str]) -> str:
    if name in modules:
        return "This page is drawn by a script; your browser runs none."
    return "This website was built without what this page needs: see the log of its build."


def _environment(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        # Every expression is made inert, in Markdown as in HTML, unless the template says
        # `trusted`: forgetting a filter shows too little, never too much.
        autoescape=True,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"trusted": Markup, "front_matter": front_matter}
    return environment


def _inert(value: object) -> Markup:
    return value if isinstance(value, Markup) else Markup(cell(value))  # noqa: S704


def front_matter(text: str) -> Markup:
    """Quote an owner's text for the head of a page, from where MkDocs copies it as HTML.

    Examples
    --------
    >>> str(front_matter('Is 1 < 2?'))
    '"Is 1 &lt; 2?"'
    """
    return Markup(json.dumps(html.escape(plain(text)), ensure_ascii=False))  # noqa: S704
