"""What grows with a playground, for the scripts of its pages: versions and attached code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from aims_gh.site.attached import attached_code
from aims_gh.site.pages import PlaygroundPage
from aims_gh.site.versions import shards, version_index


def records(page: PlaygroundPage) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give files below `data/`, one after the other: never all of them are in memory."""
    folder = PurePosixPath("data", page.slug)
    for place, content in shards(page.evaluations()):
        yield folder / "versions" / f"{place}.json", content
    carried = []
    for version, files in page.attached():
        content_of_code = attached_code(files)
        if content_of_code is not None:
            carried.append(version)
            yield folder / "code" / f"{version}.json", content_of_code
    index = version_index(page.leaderboard, page.playground, carried)
    yield folder / "versions" / "index.json", index
