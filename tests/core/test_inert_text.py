"""Participants' text reads the same and does nothing: in a terminal, a page, a spreadsheet."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.inert import cell, csv_cell, plain

INVISIBLE = [
    "\x00", "\x07", "\x08", "\x1b", "\x7f", "\x80", "\x85", "\x9b", "\x9d", "\xad",
    "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
    "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff", "\ufff9", "\ud800",
    "\udfff", "\ue000", "\U000e0001", "\U000e0041", "\U000f0000",
]  # fmt: skip
HOSTILE = [
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    "\x9b2J", "a\rb", "a\nb", "a\r\n::error::x", "\u202egpj.exe", "a\u200bb", "a\u2028b\u2029c",
    "::set-output name=x::1", "  ::add-mask::a", "\x00::stop-commands::t", "##[error]x",
    "x##[group]y", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</td></table>",
    "&lt;b&gt;", "&#60;", "O'Brien \"Bob\"", "a|b", "| - |", "`code`", "```", "**bold**", "_it_",
    "~~no~~", "# h", "> q",
    "[x](javascript:alert(1))", "![x](http://evil/x.png)", "[x]: http://evil", "<http://evil>",
    "http://evil.example", "www.evil.example", "WWW.Evil.example", "a@b.example", "@everyone",
    "#1", "owner/repo#1", "GH-1", "$x^2$", "$$x$$", "{{ x }}", "{% x %}", "{: .class }", "++ins++",
    "==mark==", ":smile:", "\\*", "!!! note", "<!-- x -->", "--8<-- 'x'", "[^1]", "*[x]: y",
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u3000=1", "＝1",
    "＋1", "－1", "＠x", "−1", "﹦1", "\x00=1", "\u200b=1", "\ufeff@x", "=cmd|' /C calc'!A0", "'=1",
]  # fmt: skip

whatever = st.one_of(
    st.text(),
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
    st.text("\x1b\n\r\t :#[]=+-@<>&'\"|*_`w.W\u2028\u200b\ud800＝", max_size=20),
)


@pytest.mark.parametrize("character", INVISIBLE, ids=ascii)
def test_what_a_terminal_would_obey_or_nobody_would_see_is_dropped(character: str) -> None:
    assert plain(f"a{character}b") == "ab"


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\u2028", "\u2029"], ids=ascii)
def test_breaks_become_spaces_so_that_words_stay_apart(character: str) -> None:
    assert plain(f"a{character}b") == "a b"


@pytest.mark.parametrize(
    "text", ["", "Ada Lovelace", "ünïcödé", "日本語", "🦊", "a  b", "١٢٣", "x::y"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text
    assert html.unescape(cell(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::error::x", ": :error::x"),
        ("  ::error::x", "  : :error::x"),
        ("\n::error::x", " : :error::x"),
        ("\x1b::error::x", ": :error::x"),
        (":\u200b:error::x", ": :error::x"),
        (":::x", ": ::x"),
        ("std::vector", "std::vector"),
        ("onnx::Gemm_8", "onnx::Gemm_8"),
        (":-)", ":-)"),
        ("##[error]x", "## [error]x"),
        ("a ##[group]b##[c", "a ## [group]b## [c"),
        ("###[x", "### [x"),
        ("#\u200b#[x", "## [x"),
        ("## x", "## x"),
    ],
)
def test_github_s_runner_finds_no_command(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(whatever)
def test_plain_text_is_one_line_of_visible_characters_and_no_command(text: str) -> None:
    shown = plain(text)

    assert {unicodedata.category(c) for c in shown}.isdisjoint({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    assert len(shown.splitlines()) <= 1
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert plain(shown) == shown
    shown.encode("utf-8")


def test_anything_may_be_shown_and_not_text_alone() -> None:
    assert [plain(v) for v in (None, 1, 0.5, True, ["a\n"])] == [
        "None",
        "1",
        "0.5",
        "True",
        "['a\\n']",
    ]


@given(whatever)
def test_a_cell_reads_the_same_when_a_page_has_decoded_it(text: str) -> None:
    assert html.unescape(cell(text)) == plain(text)


@given(whatever)
def test_a_cell_has_no_sign_that_html_markdown_or_a_template_acts_on(text: str) -> None:
    written = cell(text)

    rest = re.sub(r"&#\d+;", "", written)
    assert not set(rest) & set("&<>\"'|*_`[]()!#~\\{}:@$^=+\n\r")
    assert "www." not in written.lower()


@pytest.mark.parametrize("text", ["&lt;", "&#60;", "&amp;", "&#38;#60;", "&copy"])
def test_entities_are_not_decoded_twice(text: str) -> None:
    assert html.unescape(cell(text)) == text
    assert cell(text).startswith("&#38;")


@pytest.mark.parametrize("text", ["www.evil.example", "WwW.evil.example", "see www.evil.example"])
def test_an_address_without_a_scheme_becomes_no_link(text: str) -> None:
    assert "www." not in cell(text).lower()


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  @x", "\u00a0=1", "\u3000=1",
     "\u2003+1", "＝1", "＋1", "－1", "＠x", "−1", "﹦1", "﹢1", "﹣1", "﹫x", "\x00=1", "\u200b=1",
     "\ufeff=1", "\x1b=1", "\u2028=1", "=cmd|' /C calc'!A0", "=", "-"],
    ids=ascii,
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert csv_cell(text) == f"'{plain(text)}"


@pytest.mark.parametrize(
    "text", ["", "a", "a=1", "1-1", "'=1", "(=1)", "forest-2", "0.5", " a", "x@y"]
)
def test_what_a_spreadsheet_leaves_alone_is_left_alone(text: str) -> None:
    assert csv_cell(text) == text


@pytest.mark.parametrize("value", [0, -1, 1.5, -0.5, True, None, -1e-300])
def test_numbers_stay_numbers(value: object) -> None:
    assert csv_cell(value) is value


@given(whatever)
def test_no_text_in_a_spreadsheet_begins_a_formula_or_a_line(text: str) -> None:
    written = str(csv_cell(text))

    folded = unicodedata.normalize("NFKC", written).strip()
    assert not folded.startswith(("=", "+", "-", "@", "−"))
    assert len(written.splitlines()) <= 1
    assert written.removeprefix("'") == plain(text).removeprefix("'")
