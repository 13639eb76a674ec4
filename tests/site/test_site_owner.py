"""The owners' own pages, navigation and theme, beside ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from site_builders import page, site
from site_html import Element, parse

from aims_gh.errors import SiteError


def tabs(folder: Path, name: str = "index.html") -> list[str]:
    return [link.text for link in parse(folder / name).all("a", "md-tabs__link")]


def test_the_owners_pages_stay_and_are_in_the_navigation(built) -> None:
    owner = {"docs/syllabus.md": "# Syllabus\n\nWeek one.\n", "docs/img/a.png": b"png"}

    folder = built(site(page(), owner=owner))

    assert tabs(folder) == ["Home", "Playgrounds", "Participants", "Syllabus"]
    assert "Week one." in parse(folder / "syllabus/index.html").one("article").text
    assert (folder / "img/a.png").read_bytes() == b"png"


def test_the_owners_navigation_stays_in_its_order_and_ours_is_added(built) -> None:
    owner = {
        "mkdocs.yml": "nav:\n  - Rules: rules.md\n  - Plan: plan.md\n",
        "docs/plan.md": "# Plan\n",
        "docs/rules.md": "# Rules\n",
    }

    folder = built(site(page(), owner=owner))

    assert tabs(folder) == ["Home", "Rules", "Plan", "Playgrounds"]


def test_owners_may_place_the_playgrounds_themselves(built) -> None:
    nav = "nav:\n  - index.md\n  - Tasks:\n    - First: playgrounds/breast-cancer/index.md\n"

    folder = built(site(page(), owner={"mkdocs.yml": nav}))

    assert tabs(folder) == ["Home", "Tasks"] or tabs(folder)[1:] == ["Tasks"]


@pytest.mark.parametrize("name", ["docs/index.md", "docs/README.md"])
def test_the_owners_home_page_wins_and_the_playgrounds_stay_listed(name: str, built) -> None:
    folder = built(site(page(), owner={name: "# Welcome\n\nTo my course.\n"}))

    assert parse(folder / "index.html").one("h1").text.startswith("Welcome")
    cards = parse(folder / "playgrounds/index.html").all("li", "aims-card")
    assert [card.one("a").text for card in cards] == ["Breast cancer"]


def test_the_owners_home_page_may_have_the_cards_where_it_wants(built) -> None:
    home = '# Welcome\n\n<div data-aims="playgrounds"></div>\n\nGood luck.\n'

    folder = built(site(page(), owner={"docs/index.md": home}))

    root = parse(folder / "index.html")
    assert root.one("li", "aims-card").one("a").attributes["href"] == "playgrounds/breast-cancer/"
    assert "Good luck." in root.one("article").text


def test_theme_overrides_styles_and_options_of_the_owners_work(built) -> None:
    owner = {
        "mkdocs.yml": (
            "site_name: My own name\n"
            "theme:\n  custom_dir: docs/overrides\n  palette: {primary: teal}\n"
            "extra_css: [mine.css]\n"
            "extra: {motto: be kind}\n"
            "markdown_extensions: [abbr, {toc: {permalink: '#'}}]\n"
            "exclude_docs: overrides/\n"
        ),
        "docs/overrides/main.html": (
            "{% extends 'base.html' %}{% block announce %}{{ config.extra.motto }}{% endblock %}"
        ),
        "docs/mine.css": "p { color: red }\n",
        "docs/words.md": "# Words\n\n## One\n\nONNX\n\n*[ONNX]: Open Neural Network Exchange\n",
    }

    folder = built(site(page(), owner=owner))

    root = parse(folder / "playgrounds/breast-cancer/index.html")
    assert root.one("aside", "md-banner").text == "be kind"
    styles = [e.attributes["href"] for e in root.all("link") if "stylesheet" in str(e.attributes)]
    assert styles[-2:] == ["../../assets/aims/aims.css", "../../mine.css"]
    assert root.one("body").attributes["data-md-color-primary"] == "teal"
    words = parse(folder / "words/index.html")
    assert words.one("abbr").attributes["title"] == "Open Neural Network Exchange"
    assert words.one("h2").one("a").text == "#"
    assert words.one("title").text == "Words - My own name"


def test_icons_as_materials_documentation_writes_them_are_known(built) -> None:
    owner = {
        "mkdocs.yml": (
            "markdown_extensions:\n"
            "  - pymdownx.emoji:\n"
            "      emoji_index: !!python/name:material.extensions.emoji.twemoji\n"
            "      emoji_generator: !!python/name:material.extensions.emoji.to_svg\n"
        ),
        "docs/a.md": "# A\n\n:material-school:\n",
    }

    folder = built(site(page(), owner=owner))

    assert parse(folder / "a/index.html").one("span", "twemoji").one("svg")


CLASHES = [
    "docs/playgrounds/breast-cancer/index.md",
    "docs/playgrounds/index.md",
    "docs/data/Breast-Cancer/leaderboard.json",
    "docs/assets/aims/aims.css",
]


@pytest.mark.parametrize("name", CLASHES)
def test_a_page_of_the_owners_with_the_name_of_ours_is_an_error_not_a_loss(name: str, built):
    with pytest.raises(SiteError, match="also the name of a page that aims makes") as caught:
        built(site(page(), owner={name: "mine"}))

    assert "another name" in caught.value.hint


REFUSED = [
    ("hooks: [docs/hook.py]\n", "hooks, which would run code"),
    ("plugins: [search, blog]\n", "the plugin blog"),
    ("plugins: {material/social: {}}\n", "the plugin social"),
    ("theme: readthedocs\n", "the theme readthedocs"),
    ("theme: {custom_dir: ../outside}\n", "not a path inside the course"),
    ("theme: {custom_dir: /etc}\n", "not a path inside the course"),
    ("theme: [material]\n", "`theme` in mkdocs.yml is not keys and values"),
    ("extra_css: mine.css\n", "`extra_css` in mkdocs.yml is not a list"),
    ("docs_dir: ../../\n", "another docs_dir"),
    ("INHERIT: ../other.yml\n", "INHERIT"),
    ("site_name: !ENV HOME\n", "cannot be read"),
    ("a: !!python/name:os.system\n", "python/name:os.system is not allowed"),
    ("a: !!python/object/apply:os.getcwd []\n", "cannot be read"),
    ("a: [\n", "cannot be read"),
    ("just words\n", "has no keys"),
    ("markdown_extensions: [nosuch.extension]\n", "nosuch"),
    ("nav: 7\n", "nav"),
]


@pytest.mark.parametrize(("settings", "said"), REFUSED, ids=[s.strip() for s, _ in REFUSED])
def test_settings_that_run_code_or_make_no_sense_are_refused(settings: str, said: str, built):
    owner = {"mkdocs.yml": settings, "docs/hook.py": "raise SystemExit('hook ran')\n"}

    with pytest.raises(SiteError) as caught:
        built(site(page(), owner=owner))

    assert said in caught.value.message
    assert caught.value.hint


def test_an_override_that_is_no_template_is_an_error_with_its_cause(built) -> None:
    owner = {
        "mkdocs.yml": "theme: {custom_dir: docs/overrides}\n",
        "docs/overrides/main.html": "{% extends 'base.html' %}{% block content %}{{ 1 / 0 }}",
    }

    with pytest.raises(SiteError, match="could not be built"):
        built(site(page(), owner=owner))


@pytest.mark.parametrize("name", ["../evil.md", "/etc/evil.md", "docs/..\\evil.md"])
def test_a_file_that_would_lie_outside_the_course_is_refused(name: str, built) -> None:
    with pytest.raises(SiteError, match="not a path inside the course"):
        built(site(page(), owner={name: "x"}))


TITLE = """Is 1 < 2 & "so" what's `x` {{ 7*7 }} <b>bold</b>?"""


def heads(root: Element) -> list[str]:
    return [root.one("h1").text, root.one("title").text]


def test_titles_with_signs_of_html_read_as_they_were_written(built) -> None:
    from site_builders import playground

    value = site(
        page(task=playground(title=TITLE, description=TITLE)), title=TITLE, description=TITLE
    )

    folder = built(value)

    assert heads(parse(folder / "index.html")) == [TITLE, TITLE]
    root = parse(folder / "playgrounds/breast-cancer/index.html")
    assert heads(root) == [TITLE, f"{TITLE} - {TITLE}"]
    description = next(m for m in root.all("meta") if m.attributes.get("name") == "description")
    assert description.attributes["content"] == TITLE
    assert root.all("b") == []
