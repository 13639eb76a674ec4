"""The public files of a playground as its page lists them."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from dataclasses import dataclass
from urllib.parse import quote

from aims_gh.domain.playground import DataFile
from aims_gh.site import text
from aims_gh.site.pages import PlaygroundPage


@dataclass(frozen=True, slots=True)
class Download:
    """A public data file."""

    path: str
    what: str
    rows: str
    size: str
    sha256: str
    address: str
    """From the page of the data to the file; empty where the site does not carry it."""

    preview: tuple[tuple[str, ...], ...] = ()
    """The first rows, the names of the columns before them."""


def downloads(page: PlaygroundPage) -> tuple[Download, ...]:
    """List the files, those to learn from first."""
    data = page.playground.data
    named = (
        ("to learn from", data.train),
        ("to predict on", data.features),
        ("a few example rows", data.example),
        *(("shared by the owner", file) for file in data.shared),
    )
    found = [_download(page, what, file) for what, file in named if file]
    code = page.files.get("metrics.py")
    if code is not None:
        what, digest = "computes the owners' own metrics", hashlib.sha256(code).hexdigest()
        found.append(
            Download("metrics.py", what, "", text.size(len(code)), digest, "../metrics.py")
        )
    return tuple(found)


def _download(page: PlaygroundPage, what: str, file: DataFile) -> Download:
    path = file.path if file.path.startswith("data/") else f"data/{file.path}"
    return Download(
        path=path,
        what=what,
        rows="" if file.rows is None else f"{file.rows:,}",
        size=text.size(file.bytes),
        sha256=file.sha256,
        address=quote(path.removeprefix("data/")) if path in page.files else "",
        preview=preview(page.files[path]) if path in page.files and path.endswith(".csv") else (),
    )


_PREVIEW_ROWS, _PREVIEW_COLUMNS = 5, 40


def preview(content: bytes) -> tuple[tuple[str, ...], ...]:
    r"""Give the names of the columns of a CSV file, and its first rows.

    Examples
    --------
    >>> preview(b"a,b\n1,x\n2,y\n")
    (('a', 'b'), ('1', 'x'), ('2', 'y'))
    """
    head = content[:200_000].decode("utf-8-sig", "replace")
    rows = csv.reader(io.StringIO(head))
    try:
        first = list(itertools.islice(rows, _PREVIEW_ROWS + 1))
    except csv.Error:
        return ()
    return tuple(tuple(cell[:80] for cell in row[:_PREVIEW_COLUMNS]) for row in first)
