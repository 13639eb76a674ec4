"""What a finished page may load: its Content-Security-Policy.

The policy allows what the page held before participants' text was put into it: our own files, the
theme's inline scripts by their digest, and the hosts that the owners themselves have named in
`mkdocs.yml` or in a page. Whatever comes later can add nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
from html.parser import HTMLParser
from urllib.parse import urlsplit

_LINKED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
_DIRECTIVE = {
    "script": "script-src",
    "link": "style-src",
    "img": "img-src",
    "iframe": "frame-src",
    "source": "media-src",
}

_OF_SCRIPTS = ("script-src", "style-src", "font-src", "connect-src", "img-src")


def content_policy(page: str) -> str:
    """Give the policy of a page, as the content of its meta tag."""
    found = _Found()
    found.feed(page)
    found.close()
    allowed = {
        "default-src": ["'none'"],
        # A model runs as WebAssembly, which is compiled in the page; no script is.
        "script-src": ["'self'", "'wasm-unsafe-eval'", *found.digests["script"]],
        "style-src": ["'self'", *found.digests["style"]],
        "style-src-attr": ["'unsafe-inline'"],  # Markdown aligns the cells of tables by it
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "media-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "frame-src": [],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
    }
    for directive, host in sorted(found.hosts):
        # What a script of the owners' needs, such as fonts, comes from where it does.
        needed = _OF_SCRIPTS if directive == "script-src" else (directive,)
        for name in needed:
            allowed[name].append(host)
    parts = [
        f"{name} {' '.join(values) or chr(39) + 'none' + chr(39)}"
        for name, values in allowed.items()
    ]
    return "; ".join(parts)


def with_head(page: str, lines: str, policy: str) -> str:
    """Put lines into the head of a page, and its policy before anything that it is about."""
    tag = f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">'
    return page.replace("<head>", f"<head>{tag}", 1).replace("</head>", f"{lines}</head>", 1)


class _Found(HTMLParser):
    """Collects inline scripts and styles, and the hosts that a page names."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.digests: dict[str, list[str]] = {"script": [], "style": []}
        self.hosts: set[tuple[str, str]] = set()
        self._inside: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self._inside, self._text = tag, []
        if tag == "link" and given.get("rel") != "stylesheet":
            return
        address = given.get(_LINKED.get(tag, ""))
        if address and (host := _host(address)):
            self.hosts.add((_DIRECTIVE[tag], host))

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            digest = hashlib.sha256("".join(self._text).encode("utf-8")).digest()
            text = f"'sha256-{base64.b64encode(digest).decode()}'"
            if text not in self.digests[tag]:
                self.digests[tag].append(text)
            self._inside = None


def _host(address: str) -> str:
    """Give the origin of an address on another host; empty for the site's own files."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("", "http", "https") or not parts.hostname:
        return ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme or 'https'}://{parts.hostname}{port}"
