"""Values as text for people: scores, sizes, moments.

`site_templates/assets/board.js` has the same rules for the rows that it draws;
a test in a browser holds the two together.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

NOTHING = "–"
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)(?:\.\d+)?(?:Z|\+00:00)", re.ASCII)
_FOUR_DECIMALS = Decimal("0.0001")


def score(value: float) -> str:
    """Write a score with four decimals, or with an exponent where these would hide it.

    Examples
    --------
    >>> score(0.97368421), score(0.03125), score(0.0000123)
    ('0.9737', '0.0313', '1.230e-5')
    """
    if value == 0:
        return "0.0000"
    if not 1e-4 <= abs(value) < 1e7:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    # Half up on the exact value, as a browser rounds; Python's own format is half to even.
    return str(Decimal(value).quantize(_FOUR_DECIMALS, ROUND_HALF_UP))


def size(count: float) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size(950), size(25_000_000)
    ('950 B', '25 MB')
    """
    thousands = 0
    while count >= 1000 and thousands < 3:
        count, thousands = count / 1000, thousands + 1
    return f"{decimal(count).removesuffix('.0')} {('B', 'kB', 'MB', 'GB')[thousands]}"


def decimal(value: float) -> str:
    """Write a number with one decimal.

    Examples
    --------
    >>> decimal(12.25)
    '12.3'
    """
    return str(Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP))


def number(value: float) -> str:
    """Write a number with as few digits as it has.

    Examples
    --------
    >>> number(60.0), number(1234567), number(0.5)
    ('60', '1,234,567', '0.5')
    """
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def moment(instant: datetime) -> str:
    """Write a moment in UTC, and say so.

    Examples
    --------
    >>> moment(datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
    '23 November 2026, 18:00 UTC'
    """
    return f"{day(instant)}, {instant.astimezone(UTC):%H:%M} UTC"


def day(instant: datetime) -> str:
    """Write the day of a moment, in UTC.

    Examples
    --------
    >>> day(datetime(2026, 11, 3, 18, 0, tzinfo=UTC))
    '3 November 2026'
    """
    utc = instant.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y}"


def stamp(iso: str, *, seconds: bool = False) -> str:
    """Shorten a board's timestamp; text that is none stays as it is.

    Examples
    --------
    >>> stamp("2026-11-23T18:00:09.5Z"), stamp("2026-11-23T18:00:09Z", seconds=True)
    ('2026-11-23 18:00', '2026-11-23 18:00:09 UTC')
    """
    match = _ISO.fullmatch(iso)
    if match is None:
        return iso
    day, minute, second = match.groups()
    return f"{day} {minute}{second} UTC" if seconds else f"{day} {minute}"


def count(many: int, word: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> count(1, "submission"), count(12_000, "submission")
    ('1 submission', '12,000 submissions')
    """
    return f"{many:,} {word}" if many == 1 else f"{many:,} {word}s"


def percent(share: float) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.5), percent(0.125)
    ('50 %', '12.5 %')
    """
    return f"{share * 100:.4g} %"
