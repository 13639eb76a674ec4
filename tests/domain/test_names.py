"""The small words of the records: what fits them, and what only looks as if it did."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from record_examples import COMMIT, KEY, SHA

from aims_gh.core.seal import Key
from aims_gh.domain.names import (
    CommitId,
    Instant,
    Label,
    Login,
    PublicKey,
    Sha256,
    ShortText,
    Slug,
    SubmissionId,
    Text,
    Version,
    slug_from,
)

KINDS = {
    "slug": TypeAdapter(Slug),
    "login": TypeAdapter(Login),
    "sha256": TypeAdapter(Sha256),
    "commit": TypeAdapter(CommitId),
    "submission": TypeAdapter(SubmissionId),
    "instant": TypeAdapter(Instant),
    "key": TypeAdapter(PublicKey),
    "text": TypeAdapter(Text),
    "short text": TypeAdapter(ShortText),
    "label": TypeAdapter(Label),
    "version": TypeAdapter(Version),
}
GOOD = {
    "slug": ["a", "0", "breast-cancer", "a--b", "x" * 64],
    "login": ["a", "Ada", "0x", "octo-cat", "A" * 39, "a-"],
    "sha256": [SHA],
    "commit": [COMMIT, "0" * 40, "0" * 64],
    "submission": ["a", "forest-2", "0-", "x" * 64],
    "key": [KEY],
    "text": ["", "x" * 2000],
    "short text": ["", "x" * 200],
    "label": ["", "yes", "1", 1, -5],
    "version": [1, 10**18],
}
BAD = {
    "slug": ["", "-a", "a-", "A", "a_b", "a b", "a.b", "x" * 65, "a/b", "..", ".", "ä", "а"],
    "login": ["", "-a", "A" * 40, "a_b", "a b", "a.b", "a/b", "..", "bot[bot]", "é", "а", "ａ"],
    "sha256": ["", SHA[:-1], SHA + "0", SHA.upper(), "g" * 64, "٠" * 64],
    "commit": ["", "HEAD", "0" * 39, "0" * 41, "0" * 63, "A" * 40, "refs/heads/main"],
    "submission": ["", "-a", "A", "x" * 65, "a/b", "..", "a.b", "a_b", "ſ"],
    "key": ["", "age1", KEY[:-1], KEY + "q", KEY.upper(), "AGE-SECRET-KEY-1" + "Q" * 58],
    "text": ["x" * 2001, None, 1],
    "short text": ["x" * 201],
    "label": [None, 1.5, [], {}],
    "version": [0, -1, 1.5, "one", None],
}


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, vs in GOOD.items() for v in vs])
def test_what_fits_is_taken_as_it_is(kind: str, value: Any) -> None:
    taken = KINDS[kind].validate_python(value)

    assert (type(taken), taken) == (type(value), value)


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, vs in BAD.items() for v in vs])
def test_what_does_not_fit_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        KINDS[kind].validate_python(value)


@pytest.mark.parametrize("kind", ["slug", "login", "sha256", "commit", "submission", "key"])
@pytest.mark.parametrize("around", ["{}\n", "\n{}", "{}\0", " {}", "{} ", "{}\r", "{}\u2028"])
def test_nothing_may_stand_around_a_name_not_even_a_line_break(kind: str, around: str) -> None:
    with pytest.raises(ValidationError):
        KINDS[kind].validate_python(around.format(GOOD[kind][0]))


def test_a_fresh_public_key_is_a_public_key_and_its_secret_is_not() -> None:
    key = Key.new()

    assert KINDS["key"].validate_python(key.public) == key.public
    with pytest.raises(ValidationError) as caught:
        KINDS["key"].validate_python(key.secret)
    assert key.secret not in str([error["msg"] for error in caught.value.errors()])


@pytest.mark.parametrize("label", ["1", 1])
def test_a_label_keeps_its_type(label: str | int) -> None:
    assert type(KINDS["label"].validate_python(label)) is type(label)


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 1),
        date(2026, 1, 1),
        "2026-01-01T00:00:00",
        "2026-01-01",
        1767225600,
        1767225600.0,
        "1767225600",
        True,
        None,
        "",
        "soon",
        "２０２６-01-01T00:00:00Z",
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=1))),
    ],
)
def test_an_instant_has_a_date_a_time_and_a_zone_and_lies_in_the_calendar(value: Any) -> None:
    with pytest.raises(ValidationError):
        KINDS["instant"].validate_python(value)


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(2026, 1, 1, tzinfo=UTC),
        "2026-01-01T00:00:00Z",
        "2025-12-31T10:00:00-14:00",
        "2026-01-01 00:00:00+00:00",
    ],
)
def test_an_instant_is_kept_in_utc_whatever_its_zone(value: Any) -> None:
    instant = KINDS["instant"].validate_python(value)

    assert instant == datetime(2026, 1, 1, tzinfo=UTC)
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Breast Cancer (2026)", "breast-cancer-2026"),
        ("  --a--  ", "a"),
        ("a/../../b", "a-b"),
        ("x" * 100, "x" * 64),
        ("x" * 63 + " y", "x" * 63),
        ("Café №1", "caf-1"),
        ("Кошки", ""),
        ("", ""),
    ],
)
def test_a_name_becomes_a_slug(name: str, slug: str) -> None:
    assert slug_from(name) == slug


@given(st.text())
def test_whatever_the_name_the_slug_is_one_or_nothing(name: str) -> None:
    slug = slug_from(name)

    if slug:
        assert KINDS["slug"].validate_python(slug) == slug
    assert slug_from(slug) == slug
