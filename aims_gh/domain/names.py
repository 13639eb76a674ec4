"""The small words that records are made of: slugs, logins, digests, instants."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints


def _check_login(login: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", login):
        raise ValueError("a login is 1 to 39 letters, digits and hyphens")
    return login


UNNAMED = "unnamed"
"""How the website begins to call somebody who has no pseudonym."""

_EAST_ASIAN = ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
"""Scripts that are written together."""


def check_pseudonym(name: str) -> str:
    """See that a name may stand in the place of a login; ValueError if not."""
    if not re.fullmatch(r"[^\W_](?:(?:[^\W_]|[ -]){0,38}[^\W_])?", name):
        raise ValueError("a pseudonym is 1 to 40 letters, digits, spaces and hyphens")
    if bare(name).startswith(UNNAMED):
        raise ValueError(f"a pseudonym does not begin with {UNNAMED}: so are those without called")
    scripts = _scripts(name)
    if len(scripts) > 1:
        raise ValueError(f"a pseudonym has letters of one script, not of {' and '.join(scripts)}")
    return name


def _scripts(name: str) -> list[str]:
    """Name the scripts of letters: one of another script can look like another letter."""
    letters = [c for c in unicodedata.normalize("NFKC", name) if c.isalpha()]
    found = {re.split("[ -]", unicodedata.name(letter, "unknown"))[0] for letter in letters}
    return sorted({"East Asian" if s in _EAST_ASIAN else s.title() for s in found})


def bare(name: str) -> str:
    """Give what is left of a name where case, accents, spaces and signs mean nothing.

    Examples
    --------
    >>> bare("Quiet Héron"), bare("quiet-heron")
    ('quietheron', 'quietheron')
    """
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKD", name)).casefold()


def words(name: str) -> frozenset[str]:
    """Give what is left of each word of a name.

    Examples
    --------
    >>> sorted(words("Zdeňka Nováková-Smith"))
    ['novakova', 'smith', 'zdenka']
    """
    parts = re.split(r"[\W_]+", unicodedata.normalize("NFKC", name))
    return frozenset(bare(part) for part in parts if part)


_INSTANT = "an instant needs its time zone, as in 2026-11-23T18:00:00+01:00"


def _written_out(value: Any) -> Any:
    # pydantic would take 20261123 for seconds since 1970.
    if isinstance(value, date) or (isinstance(value, str) and re.match(r"[0-9]{4}-", value)):
        return value
    raise ValueError(_INSTANT)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(_INSTANT)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies between the years 1 and 9999, in UTC") from None


Slug = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$", max_length=64)
]
"""The folder name of a playground: small letters, digits, hyphens."""

Login = Annotated[str, AfterValidator(_check_login)]
"""Who somebody is on the forge: a GitHub login, or a name in the same shape."""

Pseudonym = Annotated[str, AfterValidator(check_pseudonym)]
"""What the website calls somebody whose login it does not show."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""Digest of a file's bytes."""

CommitId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$")]
"""The id of a git commit."""

SubmissionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
"""A folder name under ``submissions/<slug>/<login>/``."""

FileName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}(?:\.[A-Za-z0-9]{1,10}){0,2}$")
]
"""The name of a file, without any folder."""

Instant = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(_utc)]
"""A moment with a time zone, kept in UTC."""

PublicKey = Annotated[str, StringConstraints(pattern=r"^age1[0-9a-z]{58}$")]
"""An age recipient (X25519)."""

Text = Annotated[str, StringConstraints(max_length=2000)]
"""A sentence or two somebody wrote."""

ShortText = Annotated[str, StringConstraints(max_length=200)]
"""A title, a name."""

Label = str | int
"""A class, as the owner wrote it."""

Version = Annotated[int, Field(ge=1)]
"""The small integer of an evaluation in its playground."""


def slug_from(name: str) -> str:
    """Make a slug of a name.

    Examples
    --------
    >>> slug_from("Breast Cancer (2026)")
    'breast-cancer-2026'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].strip("-")
