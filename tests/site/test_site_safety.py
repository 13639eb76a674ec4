"""Participants' text is text: in pages, in search, in spreadsheets.

The boards here hold what a ledger would never let through (a login with `<`, say), so that the
site stands by itself.
"""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from site_builders import board, page, playground, site
from site_html import Element, parse, table

from aims_gh.core.inert import plain
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.site.text import stamp

HOSTILE = [
    "<script>window.__pwned = 1</script>",
    "</td></tr></table></div></section><script>window.__pwned = 1</script>",
    "<img src=x onerror='window.__pwned = 1'>",
    "<svg onload=window.__pwned=1><animate onbegin=window.__pwned=1 attributeName=x dur=1s></svg>",
    "<iframe srcdoc='<script>parent.__pwned = 1</script>'></iframe>",
    "<a href='javascript:window.__pwned=1'>me</a>",
    "\" onmouseover=\"window.__pwned=1\" x=\"",
    "' autofocus onfocus='window.__pwned=1' x='",
    "<!-- <![CDATA[ <style>*{display:none}</style> ]]> -->",
    "[me](javascript:window.__pwned=1) ![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example mail@evil.example <https://evil.example>",
    "**bold** _it_ `code` ~~gone~~ ==mark== ^up^ # head | cell | $x^2$ \\(y\\) :smile:",
    '--8<-- "/etc/passwd"',
    "{{ 7*7 }} {% raw %} {# c #} ${7*7} #{7*7} {: .red onclick=window.__pwned=1 }",
    "&lt;b&gt; &amp; &#60;b&#62; &notanentity; &",
    "O'Brien & Söhne, 東京, עברית, Ελλάδα, 🎉",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200bzero\ufeff",
    "Z̷̢̛͙a̸l̵g̶o",
    "\x1b[31mred\x07 \x00 line\nbreak\ttab\rend",
    "=HYPERLINK(\"https://evil.example\",\"me\")",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "]]>&--><div data-aims=\"boards\"></div>",
    "x" * 200,
]  # fmt: skip
TEXT_COLUMNS = ("username", "ml_framework", "model_type", "optimizer", "loss")


def board_of(text: str | None) -> Leaderboard:
    """A board of ten rows; with a text, each place for a participant's text holds it."""
    columns = board(playground(), 10).boards["experiment"].columns
    if text is not None:
        columns = columns | {name: [text] * 10 for name in TEXT_COLUMNS}
    spoken = text if text is not None else "quiet"
    columns = columns | {
        "tags": [[spoken, "b"]] * 10,
        "metadata": [{"team": spoken, spoken[:40]: 1}] * 10,
        "marks": [[spoken]] * 10,
    }
    if text is None:
        columns = columns | {name: ["quiet"] * 10 for name in TEXT_COLUMNS}
    value: dict[str, Any] = {
        "metric": "accuracy",
        "direction": "maximize",
        "metrics": ["accuracy", "f1_score", "precision", "recall"],
        "columns": columns,
    }
    return Leaderboard.model_validate(
        {"playground": "hostile", "boards": {"experiment": value, "competition": value}}
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course where each playground's board is full of one hostile text."""
    from site_builders import TEMPLATES

    from aims_gh.site.build import build

    out = tmp_path_factory.mktemp("hostile") / "site"
    every_extension = (
        "markdown_extensions: [abbr, smarty, sane_lists, pymdownx.magiclink, pymdownx.emoji, "
        "pymdownx.arithmatex, pymdownx.mark, pymdownx.caret, pymdownx.keys, "
        "pymdownx.betterem, pymdownx.critic, pymdownx.smartsymbols, pymdownx.tabbed, "
        "pymdownx.inlinehilite, pymdownx.blocks.admonition]\n"
    )
    pages = [page("quiet", leaderboard=board_of(None))]
    pages += [page(f"hostile-{n}", leaderboard=board_of(text)) for n, text in enumerate(HOSTILE)]
    value = site(*pages, owner={"mkdocs.yml": every_extension})
    build(value, out, strict=True, templates=TEMPLATES)
    return out


def skeleton(folder: Path, slug: str) -> list[str]:
    """Every element of a playground's page with its attributes, without the texts."""
    root = parse(folder / "playgrounds" / slug / "leaderboard/index.html").one("article")
    words = [f"{e.tag} {e.attributes}" for e in root.walk()]
    words = [re.sub(rf"(data/|'data-slug': '){slug}\b", r"\1x", text) for text in words]
    # A name in an address is quoted: nothing but these characters is left of it.
    return [re.sub(r"\?u=[\w.~%-]*'}", "?u='}", text, flags=re.ASCII) for text in words]


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=[repr(t)[:40] for t in HOSTILE])
def test_a_hostile_text_makes_the_same_page_as_a_harmless_one(number: int, hostile: Path) -> None:
    quiet = skeleton(hostile, "quiet")

    loud = skeleton(hostile, f"hostile-{number}")

    assert len(quiet) > 500
    assert loud == quiet


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=[repr(t)[:40] for t in HOSTILE])
def test_a_hostile_text_reads_as_it_was_written(number: int, hostile: Path) -> None:
    text = " ".join(plain(HOSTILE[number]).split())
    root = parse(hostile / "playgrounds" / f"hostile-{number}" / "leaderboard/index.html")

    for name in ("experiment", "competition"):
        for row in table(root, name):
            for column in TEXT_COLUMNS:
                assert row[column] == text
            assert row["marks"] == text
            assert row["tags"] == f"{text}, b"
            assert f"team: {text}" in row["metadata"]


def test_the_cards_show_a_hostile_name_as_text(hostile: Path) -> None:
    for name in ("index.html", "playgrounds/index.html"):
        cards = parse(hostile / name).all("li", "aims-card")

        names = [" ".join(c.one("bdi").text.split()) for c in cards[1:]]
        assert names == [" ".join(plain(text).split()) for text in HOSTILE]
        assert len({str(sorted(map(str, card_shape(c)))) for c in cards}) == 1


def card_shape(card: Element) -> list[tuple[str, tuple[str, ...]]]:
    return [(e.tag, tuple(e.attributes)) for e in card.walk()]


def test_no_page_holds_a_foreign_script_frame_picture_or_handler(hostile: Path) -> None:
    allowed = {"__md_scope", "__md_get", "target", "palette", "__config", "aims.js", "bundle"}
    for path in hostile.rglob("*.html"):
        root = parse(path)
        for element in root.walk():
            assert element.tag not in ("img", "iframe", "object", "embed", "base", "form") or (
                element.attributes.get("class", "").startswith("md-")
            ), f"{path}: {element}"
            assert not [a for a in element.attributes if a.startswith("on")], f"{path}: {element}"
            assert "javascript:" not in str(element.attributes).lower().replace("javascripts/", "")
        for script in root.all("script"):
            said = script.raw() + str(script.attributes)
            assert any(name in said for name in allowed), f"{path}: {script}"
            assert "__pwned" not in said


def test_bidirectional_and_control_characters_are_gone(hostile: Path) -> None:
    for path in hostile.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not {"\u202e", "\u202c", "\u2066", "\u200b", "\x1b", "\x00"} & set(text), path


def test_participants_are_not_in_the_search(hostile: Path) -> None:
    index = (hostile / "search/search_index.json").read_text("utf-8")

    assert "__pwned" not in json.dumps(json.loads(index), ensure_ascii=False)
    assert "evil.example" not in index


def test_no_cell_of_a_csv_is_a_formula_or_another_column(hostile: Path) -> None:
    for number, text in enumerate(HOSTILE):
        content = (hostile / f"data/hostile-{number}/experiment.csv").read_text("utf-8")
        rows = list(csv.DictReader(io.StringIO(content)))

        assert len(rows) == 10
        for row in rows:
            assert None not in row
            assert row["username"] in (plain(text), f"'{plain(text)}")
            for value in row.values():
                assert not value.startswith(("=", "+", "@", "\t")), value
                assert not value.startswith("-") or float(value) <= 0


def test_a_wrong_kind_of_value_is_shown_as_text() -> None:
    from aims_gh.site.board import board_view

    columns = {
        "rank": ["<b>"], "version": [[1]], "username": [7], "timestamp": ["2026-11-23T<b>"],
        "accuracy": ["<i>"], "num_params": [{}], "memory_size": ["many"], "tags": [5],
        "metadata": ["x"], "latency_ms_per_1000": [True], "reproduced": ["maybe"],
    }  # fmt: skip
    value = board(playground(), 1).boards["experiment"].model_copy(update={"columns": columns})

    (row,) = board_view("experiment", value, note="").rows

    shown = {cell.text for cell in row}
    assert {"<b>", "[1]", "7", "2026-11-23T<b>", "<i>", "many", "5", "x", "✘"} <= shown
    assert all("<" not in cell.title + cell.word + cell.iso + cell.css for cell in row)


@pytest.mark.parametrize("iso", ["2026-11-23T18:00:09Z<b>", "x", "2026-11-23T18:00:09Z\n", ""])
def test_only_a_whole_instant_is_taken_for_one(iso: str) -> None:
    assert stamp(iso) == iso
