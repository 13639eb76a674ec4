"""Write what grows with a course beside its pages: file by file, never all of it in memory."""

from __future__ import annotations

from pathlib import Path

from aims_gh.site.attached import attached_code
from aims_gh.site.pages import CourseSite, PlaygroundPage
from aims_gh.site.users import users
from aims_gh.site.versions import shards, version_index


def write_records(site: CourseSite, out: Path) -> None:
    """Write versions, attached code and participants into a finished site's `data/`."""
    data = out / "data"
    for page in site.playgrounds:
        folder = data / page.slug
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        for place, content in shards(page.evaluations()):
            (folder / "versions" / f"{place}.json").write_bytes(content)
        code = _write_code(page, folder / "code")
        index = version_index(page.leaderboard, page.playground, code)
        (folder / "versions" / "index.json").write_bytes(index)
    data.mkdir(parents=True, exist_ok=True)
    (data / "users.json").write_bytes(users(site.playgrounds))


def _write_code(page: PlaygroundPage, folder: Path) -> list[int]:
    written = []
    for version, files in page.attached():
        content = attached_code(files)
        if content is not None:
            folder.mkdir(exist_ok=True)
            (folder / f"{version}.json").write_bytes(content)
            written.append(version)
    return written
