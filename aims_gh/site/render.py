"""Render the templates of `site_templates/site/` to the pages of a course, as Markdown."""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import jinja2
from markupsafe import Markup

from aims_gh.core.inert import cell, plain
from aims_gh.site.head import heads
from aims_gh.site.pages import CourseSite
from aims_gh.site.tabs import TABS
from aims_gh.site.view import course_view, playground_view

BOARDS = '<div data-aims="boards"></div>'
PLAYGROUNDS = '<div data-aims="playgrounds"></div>'
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


@dataclass(frozen=True, slots=True)
class Rendered:
    """The pages as Markdown, by their path below `docs/`, and what is put into them later."""

    pages: Mapping[PurePosixPath, bytes]
    fragments: tuple[Fragment, ...]
    heads: Mapping[str, str]
    """Lines for the head of each finished page."""

    def without(self, page: PurePosixPath) -> Rendered:
        """Leave out a page that the owners have written themselves."""
        return replace(self, pages={p: text for p, text in self.pages.items() if p != page})


def render(site: CourseSite, templates: Path, modules: Collection[str]) -> Rendered:
    """Render every page of a course.

    Parameters
    ----------
    modules : collection of str
        The scripts that pages may ask for; a page without its script says so.
    """
    environment = _environment(templates / "site")
    environment.globals |= {
        "module": lambda name: _module(name, modules),
        "without_script": lambda name: _without_script(name, modules),
    }
    course = course_view(site)
    pages = {
        "index.md": _rendered(environment, "home.md.j2", course=course),
        "playgrounds/index.md": _rendered(environment, "playgrounds.md.j2", course=course),
        "users/index.md": _rendered(environment, "users.md.j2", course=course),
    }
    cards = [
        Fragment(page, PLAYGROUNDS, _rendered(environment, "cards.html.j2", course=course, base=to))
        for page, to in (("index.html", "playgrounds/"), ("playgrounds/index.html", ""))
    ]
    boards = []
    for page in site.playgrounds:
        folder = f"playgrounds/{page.slug}"
        view = playground_view(page, site)
        for tab in TABS:
            path = f"{folder}/{tab.folder}index.md"
            pages[path] = _rendered(environment, f"{tab.name}.md.j2", page=view)
        html = _rendered(environment, "boards.html.j2", page=view)
        boards.append(Fragment(f"{folder}/leaderboard/index.html", BOARDS, html))
    cards[0] = replace(cards[0], required=False)
    lately = _rendered(environment, "activity.html.j2", course=course)
    cards.append(Fragment("index.html", ACTIVITY, lately, required=False))
    return Rendered(
        {PurePosixPath(path): text.encode("utf-8") for path, text in pages.items()},
        (*cards, *boards),
        heads(site),
    )


def _rendered(environment: jinja2.Environment, template: str, **context: object) -> str:
    return environment.get_template(template).render(context)


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
