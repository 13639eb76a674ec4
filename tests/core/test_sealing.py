"""Sealing: whoever has one of the keys opens it whole, nobody else anything."""

from __future__ import annotations

import dataclasses
import traceback

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aims_gh.core.seal import Key, open_sealed, seal
from aims_gh.errors import SealError

ADA, BOB, EVE = Key.new(), Key.new(), Key.new()
SECRETS = (ADA.secret, BOB.secret, EVE.secret)
MESSAGE = b"0,1,1,0 the labels"


def said(error: BaseException) -> str:
    shown = "".join(traceback.format_exception(error))
    hint = error.hint if isinstance(error, SealError) else ""
    return f"{shown}{hint}{error!r}{error.args}"


@pytest.mark.parametrize("armored", [False, True])
@pytest.mark.parametrize("key", [ADA, BOB])
def test_each_key_it_was_sealed_to_opens_it_alone(key: Key, armored: bool) -> None:
    sealed = seal(MESSAGE, [ADA.public, BOB.public], armored=armored)

    assert open_sealed(sealed, [key], name="labels.age") == MESSAGE
    assert open_sealed(sealed, [EVE, key], name="labels.age") == MESSAGE
    assert MESSAGE not in sealed


def test_armour_is_text_and_goes_into_a_record() -> None:
    sealed = seal(MESSAGE, [ADA.public], armored=True)

    assert sealed.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n")
    assert sealed.isascii()


@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=2_000), armored=st.booleans())
def test_any_bytes_come_back(data: bytes, armored: bool) -> None:
    sealed = seal(data, [ADA.public], armored=armored)

    assert open_sealed(sealed, [ADA], name="x") == data


def test_sealing_twice_gives_two_texts_that_do_not_look_alike() -> None:
    one, two = (seal(MESSAGE, [ADA.public]) for _ in range(2))

    assert one[-len(MESSAGE) :] != two[-len(MESSAGE) :]
    assert open_sealed(one, [ADA], name="x") == open_sealed(two, [ADA], name="x")


def test_a_key_given_twice_counts_once() -> None:
    sealed = seal(MESSAGE, [ADA.public, BOB.public, ADA.public])

    assert sealed.count(b"-> X25519 ") == 2


@pytest.mark.parametrize("keys", [[], [EVE], [EVE, BOB]])
def test_without_a_fitting_key_nothing_opens_and_the_name_is_said(keys: list[Key]) -> None:
    sealed = seal(MESSAGE, [ADA.public])

    with pytest.raises(SealError, match=f"none of the {len(keys)} keys at hand opens labels.age"):
        open_sealed(sealed, keys, name="labels.age")


def test_every_changed_byte_is_noticed() -> None:
    sealed = seal(MESSAGE, [ADA.public])

    for position in range(0, len(sealed), 5):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SealError):
            open_sealed(bytes(changed), [ADA], name="x")


@pytest.mark.parametrize("armored", [False, True])
def test_a_file_cut_short_or_made_longer_does_not_open(armored: bool) -> None:
    sealed = seal(MESSAGE, [ADA.public], armored=armored)

    damaged = [sealed[:end] for end in range(0, len(sealed) - 2, 9)]
    for data in [*damaged, sealed + b"x", b"x" + sealed]:
        with pytest.raises(SealError):
            open_sealed(data, [ADA], name="x")


def test_a_file_of_several_chunks_cut_between_them_does_not_open() -> None:
    sealed = seal(b"x" * 200_000, [ADA.public])

    with pytest.raises(SealError):
        open_sealed(sealed[: len(sealed) - 3_500], [ADA], name="x")


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"labels", b"age-encryption.org/v1\n", b"age-encryption.org/v1\n---\n",
     b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"-----BEGIN AGE ENCRYPTED FILE-----\n\xff",
     b"-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n",
     pyrage.passphrase.encrypt(b"x", "guess")],
    ids=range(9),
)  # fmt: skip
def test_what_was_never_sealed_to_a_key_does_not_open(data: bytes) -> None:
    with pytest.raises(SealError):
        open_sealed(data, [ADA], name="x")


@pytest.mark.parametrize(
    "public",
    ["", "age1", "rubbish", ADA.public[:-1], f"{ADA.public}\n", f"{ADA.public}\0", "age1é",
     "\ud800",
     "ssh-ed25519 AAAA", ADA.public.replace("age1", "age2")],
    ids=range(10),
)  # fmt: skip
def test_only_public_keys_are_sealed_to(public: str) -> None:
    with pytest.raises(SealError, match="a public key of the course is not an age key"):
        seal(MESSAGE, [BOB.public, public])


def test_a_secret_key_in_the_place_of_a_public_one_is_not_repeated() -> None:
    with pytest.raises(SealError) as caught:
        seal(MESSAGE, [ADA.secret])

    assert ADA.secret not in said(caught.value)


def test_sealing_to_nobody_is_refused_because_nobody_could_open_it() -> None:
    with pytest.raises(SealError, match="there is no public key to seal to"):
        seal(MESSAGE, [])


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{}\n",
        "  {}  \r\n",
        "# created: 2026\n# public key: age1\n{}\n",
        "\n\n# a\r\n{}\r\n# b\r\n\r\n",
        "#{}\n{}".replace("#{}", "# AGE-SECRET-KEY-1OLD"),
    ],
)
def test_a_key_file_may_have_comments_and_empty_lines(text: str) -> None:
    assert Key.from_secret(text.format(ADA.secret)) == ADA


@pytest.mark.parametrize(
    "text",
    ["", "\n", "# only a comment", "rubbish", "{public}", "{secret}\n{secret}", "{secret}\n{other}",
     "{secret}x", "x{secret}", "{cut}", "{secret} {other}", "{secret}\0", "\ud800", "{secret}é",
     "AGE-SECRET-KEY-1", "AGE-PLUGIN-YUBIKEY-1", "-----BEGIN OPENSSH PRIVATE KEY-----"],
)  # fmt: skip
def test_anything_else_is_no_key_and_is_never_repeated(text: str) -> None:
    given = text.format(secret=ADA.secret, other=BOB.secret, public=ADA.public, cut=ADA.secret[:-1])

    with pytest.raises(SealError, match="not one age key") as caught:
        Key.from_secret(given)

    shown = said(caught.value)
    assert not any(secret[:30] in shown for secret in SECRETS)
    assert "IdentityError" not in shown
    assert ADA.secret[16:40] not in str(caught.value.__context__)


def test_a_key_shows_its_public_half_alone() -> None:
    for shown in (repr(ADA), str(ADA), f"{ADA}", repr([ADA]), repr({"key": ADA})):
        assert ADA.public in shown
        assert ADA.secret[16:] not in shown


def test_a_key_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ADA.secret = BOB.secret  # type: ignore[misc]


def test_no_error_of_opening_shows_a_secret_or_what_was_sealed() -> None:
    sealed = seal(MESSAGE, [ADA.public])
    for data, keys in ((sealed, [EVE, BOB]), (sealed[:-3], [ADA]), (b"x", [ADA])):
        with pytest.raises(SealError) as caught:
            open_sealed(data, keys, name="labels.age")

        shown = said(caught.value)
        assert not any(secret in shown for secret in SECRETS)
        assert "the labels" not in shown


def test_fresh_keys_differ_and_fit() -> None:
    keys = [Key.new() for _ in range(5)]

    assert len({key.secret for key in keys}) == 5
    for key in keys:
        assert Key.from_secret(key.secret) == key
