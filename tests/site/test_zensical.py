"""The same project built by Zensical, which follows Material for MkDocs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from site_builders import TEMPLATES, page, site
from site_html import parse, table

from aims_gh.site.build import finish, write_project
from aims_gh.site.bundle import assets


def test_zensical_builds_the_same_project(tmp_path: Path) -> None:
    owner = {"docs/rules.md": "# Rules\n\nBe kind.\n"}
    value = site(page(rows=5), page("empty", rows=0), owner=owner)
    project = tmp_path / "project"
    project.mkdir()
    scripts = assets(TEMPLATES / "assets", None)

    rendered = write_project(value, project, templates=TEMPLATES, scripts=scripts)
    subprocess.run(
        [Path(sys.executable).parent / "zensical", "build", "--strict"],
        cwd=project,
        check=True,
        timeout=120,
    )
    finish(project, project / "site", rendered)

    built = project / "site"
    board = parse(built / "playgrounds/breast-cancer/leaderboard/index.html")
    assert len(table(board)) == 5
    overview = parse(built / "playgrounds/breast-cancer/index.html")
    assert [h.text for h in overview.all("h1")] == ["Breast cancer"]
    assert "Thirty measurements" in overview.one(css="aims-readme").text
    scripts_named = [s.attributes.get("src", "") for s in overview.all("script")]
    assert "../../assets/aims/aims.js" in scripts_named
    assert "Be kind." in parse(built / "rules/index.html").one("article").text
    policies = [m for m in overview.all("meta") if m.attributes.get("http-equiv")]
    assert len(policies) == 1
    assert (built / "data/breast-cancer/leaderboard.json").is_file()
