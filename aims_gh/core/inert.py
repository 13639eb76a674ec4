"""Participants' text, made inert: in a terminal, in Markdown and HTML, in a spreadsheet."""

from __future__ import annotations

import unicodedata

_ACTIVE = "&<>\"'|*_`[]()!#~\\{}:@$^=+\n\r"  # means something to HTML, Markdown or GitHub
_INERT = str.maketrans({c: f"&#{ord(c)};" for c in _ACTIVE})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(text: object) -> str:
    r"""Drop what a terminal or a log would act on: control, format and bidi characters.

    Examples
    --------
    >>> plain("bob\x1b[31m\n::set-output name=x::1")
    'bob[31m ::set-output name=x::1'
    """
    spaced = str(text).replace("\n", " ").replace("\r", " ").replace("\t", " ")
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))


def cell(text: object) -> str:
    """Make text inert in Markdown and HTML: it reads the same and does nothing.

    Examples
    --------
    >>> import html
    >>> html.unescape(cell("<b>O'Brien</b> [x](javascript:1)"))
    "<b>O'Brien</b> [x](javascript:1)"
    """
    return plain(text).translate(_INERT)


def csv_cell(value: object) -> object:
    """Keep a spreadsheet from running text as a formula; numbers stay numbers.

    Examples
    --------
    >>> csv_cell("=HYPERLINK(1)"), csv_cell(-0.5)
    ("'=HYPERLINK(1)", -0.5)
    """
    if isinstance(value, str):
        text = plain(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return value
