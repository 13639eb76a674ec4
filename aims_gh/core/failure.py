"""Why an owner's metric gave no number: what may be published of it, and what the owner sees."""

from __future__ import annotations

import builtins
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from aims_gh.core.inert import plain
from aims_gh.domain.names import Label

ELLIPSIS = "…"
_MAX_READ, _MAX_WORDS, _MAX_WORD, _MAX_TOLD = 500, 25, 30, 160
_OPENING = {"(": ")", "[": "]", "{": "}", "<": ">", "“": "”", "„": "“", "‘": "’", "«": "»"}
_QUOTES = "\"'`"
_CONTRACTION = re.compile(r"[^\W\d_]'(?:s|t|re|ve|ll|d|m)\b")
_VALUES = frozenset(("nan", "nat", "na", "inf", "infinity", "true", "false", "none", "null"))
"""How numbers and truth values are written that have no digits."""

_ARGUMENTS = frozenset(("y_true", "y_pred", "y_prob", "y_score"))
"""What messages are often about."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no score.

    Attributes
    ----------
    what : str
        In our words; never held-out data. Empty where the code raised an exception.
    message : str
        What the code said, and `types` the names of its exception's class and of those above,
        the nearest first. They may be made of held-out data: `repr` does not show them.
    line : int or None
        Of `metrics.py`.
    """

    what: str = ""
    message: str = field(default="", repr=False)
    types: tuple[str, ...] = field(default=(), repr=False)
    line: int | None = None

    def in_full(self) -> str:
        """Say everything: for the owner alone, who has the answers."""
        if self.what:
            return f"{self.what} ({plain(self.message)})" if self.message else self.what
        raised = ": ".join(plain(text) for text in (*self.types[:1], self.message) if text)
        return f"{raised} (line {self.line})" if self.line else raised

    def published(self, labels: Sequence[Label]) -> str:
        """Say what everybody may read: no word of it can be held-out data.

        Examples
        --------
        >>> said = "row 7 is 'cat', cats have no price of 3.5 or more"
        >>> Failure(message=said, types=("PriceError", "ValueError")).published(["cat", "dog"])
        'ValueError: row … is … have no price of … or more'
        """
        if self.what:
            return self.what
        name = next((name for name in self.types if _is_builtin(name)), "Exception")
        words = without_answers(self.message, labels)
        return f"{name}: {words}" if words.strip(ELLIPSIS + " ") else name


def _is_builtin(name: str) -> bool:
    """Tell whether a class is one that everybody has: a class made at run time has any name."""
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def without_answers(text: str, labels: Sequence[Label]) -> str:
    """Replace by an ellipsis all that can be an answer, or made of one.

    Whatever stands in brackets or quotes; every word with a digit, with anything but letters and
    plain punctuation, with a label in it or cut out of one; and the words for values that have no
    digits. Several in a row give one ellipsis, so that nothing can be counted.
    """
    # Before letters are made of them: ⅷ would be viii.
    numbers = "".join("0" if unicodedata.category(c)[0] == "N" else c for c in text[:_MAX_READ])
    told = unicodedata.normalize("NFKC", plain(numbers))
    taken = _label_words(labels)
    words: list[str] = []
    for word in _without_enclosed(told).split():
        kept = word if _is_harmless(word, taken) else ELLIPSIS
        if kept != ELLIPSIS or words[-1:] != [ELLIPSIS]:
            words.append(kept)
    if len(words) > _MAX_WORDS:
        words = [*words[:_MAX_WORDS], ELLIPSIS]
    short = " ".join(words)
    return f"{short[:_MAX_TOLD].rstrip(ELLIPSIS)}{ELLIPSIS}" if len(short) > _MAX_TOLD else short


def _label_words(labels: Sequence[Label]) -> frozenset[str]:
    words = (w for label in labels for w in _bare(str(label)).split())
    return frozenset(words)


def _bare(text: str) -> str:
    """Fold case, and leave letters and digits alone: how a label is recognized."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c if c.isalnum() else " " for c in folded)


def _is_harmless(word: str, taken: frozenset[str]) -> bool:
    if len(word) > _MAX_WORD or not all(c.isalpha() or c in ".,:;!?-_/='" for c in word):
        return False
    if "'" in _CONTRACTION.sub("", word):
        return False
    if word.strip(".,:;") in _ARGUMENTS - taken:
        return True
    pieces = _bare(word).split()
    return bool(pieces) and not any(_may_be_answer(piece, taken) for piece in pieces)


def _may_be_answer(piece: str, taken: frozenset[str]) -> bool:
    if piece in _VALUES:
        return True
    return any(
        label in piece or label.startswith(piece) or (len(piece) > 2 and piece in label)
        for label in taken
    )


def _without_enclosed(text: str) -> str:
    """Cut out brackets and quotes with all that is in them, closed or not."""
    kept: list[str] = []
    place = 0
    while place < len(text):
        end = _end_of_enclosed(text, place)
        if end is None:
            kept.append(text[place])
            place += 1
        else:
            kept.append(f" {ELLIPSIS} ")
            place = end
    return "".join(kept)


def _end_of_enclosed(text: str, start: int) -> int | None:
    """Find where what begins here ends; None where nothing begins."""
    if text[start] in _OPENING:
        return _end_of_bracket(text, start)
    if text[start] not in _QUOTES or _CONTRACTION.match(text, max(start - 1, 0)):
        return None
    end = text.find(text[start], start + 1)
    while end != -1 and _CONTRACTION.match(text, end - 1):
        end = text.find(text[start], end + 1)
    return len(text) if end == -1 else end + 1


def _end_of_bracket(text: str, start: int) -> int:
    waiting = [_OPENING[text[start]]]
    for place in range(start + 1, len(text)):
        if text[place] == waiting[-1]:
            waiting.pop()
            if not waiting:
                return place + 1
        elif text[place] in _OPENING:
            waiting.append(_OPENING[text[place]])
    return len(text)
