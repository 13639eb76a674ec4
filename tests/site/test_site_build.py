"""A build: complete or not at all, quiet, and at home on any static host."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from site_builders import TEMPLATES, board, page, playground, site
from site_html import fetched, parse

from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.errors import SiteError
from aims_gh.site.build import build


def pages_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


@pytest.mark.parametrize("rows", [None, 0, 3])
def test_a_strict_build_has_nothing_to_complain_about(rows, built, caplog, capfd) -> None:
    folder = built(site(page(rows=rows)), strict=True)

    assert (folder / "index.html").is_file()
    assert (folder / "playgrounds/breast-cancer/index.html").is_file()
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_course_without_playgrounds_says_so(built) -> None:
    folder = built(site())

    assert parse(folder / "index.html").one(css="aims-empty-title").text == "No playground yet"


def test_twenty_playgrounds_and_a_crowd_build_too(built, crowd: Leaderboard) -> None:
    small = board(playground(), 150)
    others = [page(f"task-{n}", leaderboard=small) for n in range(19)]

    folder = built(site(page("crowded", leaderboard=crowd), *others))

    assert len(parse(folder / "index.html").all("li", "aims-card")) == 20


def test_a_page_does_not_grow_with_its_submissions(built, crowd: Leaderboard) -> None:
    hundred = board(playground(), 100)
    folder = built(site(page("few", leaderboard=hundred), page("many", leaderboard=crowd)))

    few, many = (
        (folder / "playgrounds" / name / "index.html").stat().st_size for name in ("few", "many")
    )

    assert many < 1.1 * few


def test_opening_a_page_reaches_no_other_host(demo: Path) -> None:
    for path in pages_of(demo):
        for address in fetched(parse(path)):
            assert not urlsplit(address).scheme.startswith("http"), f"{path}: {address}"
            assert not address.startswith("//"), f"{path}: {address}"
    for style in demo.rglob("*.css"):
        text = style.read_text("utf-8")
        assert "@import" not in text
        assert "url(http" not in text
        assert "url(//" not in text


def test_every_link_inside_the_site_is_relative_and_leads_somewhere(demo: Path) -> None:
    checked = 0
    for path in pages_of(demo):
        if path.name == "404.html":  # found at any depth, so its links start at the root
            continue
        root = parse(path)
        links = [e.attributes["href"] for e in root.all("a") if "href" in e.attributes]
        boards = [s.attributes for s in root.all("section", "aims-board")]
        links += [f"{b['data-source']}-0.json" for b in boards if "data-source" in b]
        for link in [*links, *fetched(root)]:
            assert not link.startswith("/"), f"{path}: {link}"
            if urlsplit(link).scheme:
                continue
            here = path.relative_to(demo).as_posix()
            there = unquote(urlsplit(urljoin(f"http://x/course/{here}", link)).path)
            assert there.startswith("/course/"), f"{path}: {link}"
            target = demo / there.removeprefix("/course/")
            assert (target / "index.html").is_file() or target.is_file(), f"{path}: {link}"
            checked += 1
    assert checked > 50


def test_the_page_for_a_missing_address_knows_its_folder_where_the_site_is_known(built) -> None:
    folder = built(site(page(), url="https://ada.github.io/course/"))

    styles = [a for a in fetched(parse(folder / "404.html")) if a.endswith("aims.css")]

    assert styles == ["/course/assets/aims/aims.css"]


def test_the_json_is_the_ledgers_own_bytes(built, crowd: Leaderboard) -> None:
    folder = built(site(page("crowded", leaderboard=crowd)))

    assert (folder / "data/crowded/leaderboard.json").read_bytes() == crowd.to_json()


def test_a_playground_without_a_board_has_the_same_files_empty(built) -> None:
    folder = built(site(page(rows=None)))

    empty = Leaderboard.from_json((folder / "data/breast-cancer/leaderboard.json").read_bytes())
    assert empty.boards == {}
    assert (folder / "data/breast-cancer/experiment.csv").is_file()


def test_the_index_lists_the_playgrounds_for_programs(demo: Path) -> None:
    index = json.loads((demo / "data/course.json").read_bytes())

    assert [p["slug"] for p in index["playgrounds"]] == ["crowded", "small", "houses", "empty"]
    for playground_ in index["playgrounds"]:
        assert (demo / playground_["leaderboard"]).is_file()
        assert (demo / playground_["page"] / "index.html").is_file()


def test_links_and_pictures_of_a_readme_lead_to_the_playgrounds_files(built) -> None:
    readme = "# T\n\n[train](data/train.csv) ![plot](img/plot.png)\n"
    files = {"data/train.csv": b"a\n1\n", "img/plot.png": b"png"}

    folder = built(site(page(readme=readme, files=files)))

    here = folder / "playgrounds/breast-cancer"
    root = parse(here / "index.html").one(css="aims-readme")
    assert (here / root.one("a").attributes["href"]).read_bytes() == b"a\n1\n"
    assert (here / root.one("img").attributes["src"]).read_bytes() == b"png"


BROKEN = {"docs/syllabus.md": "# Syllabus\n\n[gone](nowhere.md)\n"}


def test_a_broken_link_fails_a_strict_build_and_is_named(built) -> None:
    with pytest.raises(SiteError, match=r"syllabus\.md.*nowhere\.md") as caught:
        built(site(page(), owner=BROKEN), strict=True)

    assert "untouched" in caught.value.hint
    assert "/tmp" not in caught.value.message


def test_a_broken_link_is_a_warning_otherwise(built, caplog, capfd) -> None:
    folder = built(site(page(), owner=BROKEN), strict=False)

    assert (folder / "syllabus/index.html").is_file()
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("aims_gh.site.build", logging.WARNING)
    assert "nowhere.md" in record.getMessage()
    assert capfd.readouterr() == ("", "")


def test_a_failed_build_keeps_the_old_site_and_leaves_no_rest(built, tmp_path: Path) -> None:
    folder = built(site(page()))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    with pytest.raises(SiteError):
        built(site(page("other"), owner=BROKEN), strict=True)

    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_first_build_that_fails_leaves_nothing(built, tmp_path: Path) -> None:
    with pytest.raises(SiteError):
        built(site(page(), owner=BROKEN), strict=True)

    assert list(tmp_path.iterdir()) == []


def test_a_new_build_takes_the_place_of_the_old_one(built) -> None:
    built(site(page("old")))

    folder = built(site(page("new")))

    assert [p.name for p in (folder / "data").iterdir() if p.is_dir()] == ["new"]


def test_a_folder_that_is_somebodys_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")

    with pytest.raises(SiteError, match="not a site made by aims"):
        build(site(page()), tmp_path, templates=TEMPLATES)

    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_other_users_of_the_machine_may_read_the_site(built) -> None:
    folder = built(site(page()))

    usual = folder.parent / "usual"
    usual.mkdir()
    assert folder.stat().st_mode == usual.stat().st_mode


def test_a_readme_that_hides_the_board_is_named(built) -> None:
    override = "{% extends 'base.html' %}{% block content %}nothing{% endblock %}"
    owner = {
        "mkdocs.yml": "theme: {custom_dir: docs/overrides}\n",
        "docs/overrides/main.html": override,
    }

    with pytest.raises(SiteError, match="without its place") as caught:
        built(site(page(), owner=owner))

    assert "page.content" in caught.value.hint


@pytest.mark.parametrize("missing", ["mkdocs", "material", "jinja2"])
def test_without_mkdocs_the_error_says_what_to_install(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from pathlib import Path\n"
        "from aims_gh.errors import MissingExtra\n"
        "from aims_gh.site.build import build\n"
        "try: build(None, Path('x'), templates=Path('y'))\n"
        "except MissingExtra as error: print(error.hint)\n"
    )

    said = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert said == "pip install 'aims-gh[site]'\n"


def test_nobody_is_told_that_the_theme_reaches_its_end_of_life(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.argv[0] = '/usr/bin/mkdocs'\n"
        "from pathlib import Path\n"
        "from site_builders import *\n"
        "from aims_gh.site.build import build\n"
        "build(site(page()), Path(sys.argv[2]), strict=True, templates=TEMPLATES)\n"
    )
    here = str(Path(__file__).parent)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, here, str(tmp_path / "site")],
        text=True, capture_output=True, env={},
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
