"""What grows with a playground, for the scripts of its pages: versions and attached code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from aims_gh.domain.app import RuntimeModel
from aims_gh.site.attached import attached_code
from aims_gh.site.pages import PlaygroundPage
from aims_gh.site.versions import shards, standing, version_index


def records(page: PlaygroundPage) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Give files below `data/`, one after the other: never all of them are in memory."""
    folder = PurePosixPath("data", page.slug)
    carried = []
    for version, files in page.attached():
        content_of_code = attached_code(files)
        if content_of_code is not None:
            carried.append(version)
            yield folder / "code" / f"{version}.json", content_of_code
    model = (runtime.version, runtime.path) if (runtime := _carried_model(page)) else None
    known = standing(page, code=carried, model=model)
    for place, content in shards(page.evaluations(), known):
        yield folder / "versions" / f"{place}.json", content
    yield folder / "versions" / "index.json", version_index(known)


def _carried_model(page: PlaygroundPage) -> RuntimeModel | None:
    return page.app.model if page.app is not None and page.model is not None else None
