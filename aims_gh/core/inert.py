"""Participants' text, made inert: in a terminal, in Markdown and HTML, in a spreadsheet."""

from __future__ import annotations

import re
import unicodedata

_ACTIVE = "&<>\"'|*_`[]()!#~\\{}:@$^=+\n\r"  # means something to HTML, Markdown or GitHub
_SPACES = str.maketrans(dict.fromkeys("\n\r\t\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}", " "))
_INERT = str.maketrans({c: f"&#{ord(c)};" for c in _ACTIVE})
_FORMULA = ("=", "+", "-", "@", "\N{MINUS SIGN}")


def plain(text: object) -> str:
    r"""Drop what a terminal or a log would act on: control, format and bidi characters.

    GitHub's runner obeys a line that begins with ``::``, and ``##[`` anywhere in one; these get
    a space.

    Examples
    --------
    >>> plain("bob\x1b[31m\n::set-output name=x::1")
    'bob[31m ::set-output name=x::1'
    """
    written = str(text)
    if written.isascii() and written.isprintable() and "::" not in written and "##" not in written:
        return written  # most text is, and a board has a hundred thousand cells
    spaced = written.translate(_SPACES)
    shown = "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    return re.sub(r"^(\s*:)(?=:)|##(?=\[)", r"\g<0> ", shown)


def cell(text: object) -> str:
    """Make text inert in Markdown and HTML: it reads the same and does nothing.

    Examples
    --------
    >>> import html
    >>> html.unescape(cell("<b>O'Brien</b> [x](javascript:1)"))
    "<b>O'Brien</b> [x](javascript:1)"
    """
    # GitHub makes a link of what begins with "www.", without any markup.
    return re.sub(r"(?i)(www)\.", r"\1&#46;", plain(text).translate(_INERT))


def csv_cell(value: object) -> object:
    """Keep a spreadsheet from running text as a formula; numbers stay numbers.

    Examples
    --------
    >>> csv_cell("=HYPERLINK(1)"), csv_cell(-0.5)
    ("'=HYPERLINK(1)", -0.5)
    """
    if isinstance(value, str):
        text = plain(value)
        # Some spreadsheets skip spaces first, and read the wide forms of East Asian text.
        start = unicodedata.normalize("NFKC", text).lstrip()
        return f"'{text}" if start.startswith(_FORMULA) else text
    return value
