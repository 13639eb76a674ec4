"""Texts: which options of a vectorizer the file can have, and which would make it wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.sklearn.anatomy import parts_of

LETTERS = r"[\p{L}\p{N}_]"
r"""What Python's `\w` is to RE2, which knows it for ASCII alone."""


def check_texts(model: Any) -> None:
    """Refuse options that no ONNX operator has, before anything is converted wrongly.

    Raises
    ------
    SubmissionError
        Naming the step and the option, and what to try.
    """
    for name, part in parts_of(model):
        kinds = {kind.__name__ for kind in type(part).__mro__}
        if "HashingVectorizer" in kinds:
            _refuse(name, part, "hashes words", "use TfidfVectorizer or CountVectorizer instead")
        if hasattr(part, "build_analyzer"):
            for option, hint in _wrong_options(part):
                _refuse(name, part, f"has {option}", hint)


def token_expression(pattern: str) -> str | None:
    r"""Write a token pattern for RE2; None where it would match something else.

    Examples
    --------
    >>> print(token_expression(r"(?u)\b\w\w+\b"))
    [\p{L}\p{N}_]{2,}
    """
    text = pattern.removeprefix("(?u)")
    inner = text.removeprefix(r"\b").removesuffix(r"\b")
    words = re.fullmatch(r"((?:\\w)*)\\w([+*]|\{\d+,\})?", inner)
    if words:
        return _words(inner)
    if text != inner or re.search(r"\\[bBAZ1-9]|\((?!\?:)|\[[^\]]*\\[wWdDsS]", text):
        return None
    kept = text.replace(r"\w", LETTERS).replace(r"\d", r"\p{Nd}")
    return None if re.search(r"\\[WDsS]", kept) else kept


def _words(inner: str) -> str | None:
    """Write a run of word characters; the edges of words need no saying, a run is greedy."""
    single = inner.count(r"\w")
    if inner.endswith("+"):
        return f"{LETTERS}{{{single},}}"
    if inner.endswith("*"):
        return f"{LETTERS}{{{single - 1},}}" if single > 1 else None
    if inner.endswith("}"):
        least = int(inner[inner.rindex("{") + 1 : -2])
        return f"{LETTERS}{{{single - 1 + least},}}"
    return None


def _wrong_options(part: Any) -> Iterator[tuple[str, str]]:
    if part.strip_accents is not None:
        yield f"strip_accents={part.strip_accents!r}", "leave strip_accents out"
    if part.analyzer == "char_wb" or callable(part.analyzer):
        yield f"analyzer={_shown(part.analyzer)}", "use analyzer='word' or 'char'"
    for option in ("preprocessor", "tokenizer"):
        if getattr(part, option) is not None:
            yield f"a {option} of its own", f"leave {option} out, or clean the texts beforehand"
    if part.input != "content":
        yield f"input={part.input!r}", "give the texts themselves: input='content'"
    if part.stop_words is not None and part.ngram_range[1] > 1 and part.analyzer == "word":
        yield (
            "stop_words together with ngram_range",
            "leave one of the two out: in the file, stop words would still part the others",
        )
    if part.analyzer == "word" and token_expression(part.token_pattern) is None:
        yield (
            f"token_pattern={part.token_pattern!r}",
            r"use the default, or a pattern without \b, groups and lookaround, such as r'[a-z]+'",
        )


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else getattr(value, "__name__", "a function")


def _refuse(name: str, part: Any, what: str, hint: str) -> None:
    shown = f"{name} ({type(part).__name__})" if name else type(part).__name__
    raise SubmissionError(f"{shown} {what}, which ONNX cannot do", hint=hint)
