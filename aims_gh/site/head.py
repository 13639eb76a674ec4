"""What stands in the head of our pages: feeds, and how a link to the page looks elsewhere."""

from __future__ import annotations

from html import escape
from pathlib import PurePosixPath

from aims_gh.core.inert import plain
from aims_gh.site.pages import CourseSite, PlaygroundPage
from aims_gh.site.tabs import TABS

COURSE_FEED = PurePosixPath("data/feed.xml")


def playground_feed(slug: str) -> PurePosixPath:
    """Name the feed of a playground."""
    return PurePosixPath("data", slug, "feed.xml")


def playground_picture(slug: str) -> PurePosixPath:
    """Name the picture of a playground."""
    return PurePosixPath("data", slug, "card.png")


def course_heads(site: CourseSite) -> dict[str, str]:
    """Give the lines for the course's own pages. They hold the owners' text alone."""
    title, about = site.course.title, site.course.description
    return {
        "index.html": _head(site, "", title, about),
        "playgrounds/index.html": _head(site, "../", title, about),
        "users/index.html": _head(site, "../", title, about),
    }


def playground_heads(site: CourseSite, page: PlaygroundPage) -> dict[str, str]:
    """Give the lines for the pages of a playground. They hold the owners' text alone."""
    names = [f"playgrounds/{page.slug}/{tab.folder}index.html" for tab in TABS]
    return {name: _playground_head(site, page, name) for name in names}


def _playground_head(site: CourseSite, page: PlaygroundPage, name: str) -> str:
    root = "../" * name.count("/")
    task = page.playground
    lines = [_head(site, root, f"{task.title} – {site.course.title}", task.description)]
    feed = playground_feed(page.slug)
    lines.append(_feed(f"{root}{feed}", f"{task.title}: new submissions"))
    if site.url:
        lines.append(_property("og:image", f"{site.url}{playground_picture(page.slug)}"))
        lines.append(_property("og:url", f"{site.url}{name.removesuffix('index.html')}"))
        lines.append('<meta name="twitter:card" content="summary_large_image">')
    return "".join(lines)


def _head(site: CourseSite, root: str, title: str, about: str) -> str:
    return "".join(
        (
            _feed(f"{root}{COURSE_FEED}", f"{site.course.title}: new submissions"),
            _property("og:type", "website"),
            _property("og:title", title),
            _property("og:description", about or title),
            _property("og:site_name", site.course.title),
        )
    )


def _feed(address: str, title: str) -> str:
    # Material fetches the sitemap of whatever is an "alternate" alone: another language, it thinks.
    return (
        f'<link rel="alternate feed" type="application/atom+xml" title="{_text(title)}" '
        f'href="{_text(address)}">'
    )


def _property(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{_text(content)}">'


def _text(written: str) -> str:
    return escape(plain(written))
