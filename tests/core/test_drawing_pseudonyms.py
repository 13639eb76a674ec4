"""Pseudonyms: drawn, kept, chosen; never two alike, never one that tells who it is."""

from __future__ import annotations

import random
import re

import pytest

from aims_gh.core.disguise import disguise
from aims_gh.core.pseudonym_words import ADJECTIVES, ANIMALS
from aims_gh.core.pseudonyms import pseudonyms
from aims_gh.domain.names import bare, check_pseudonym
from aims_gh.domain.record import Problems
from aims_gh.domain.roster import Admitted
from aims_gh.errors import CourseError

NOBODY: dict[str, str] = {}
OWN: dict[str, set[str]] = {}


def named(
    logins: list[str],
    chosen: dict[str, str] = NOBODY,
    kept: dict[str, str] = NOBODY,
    taken: tuple[str, ...] = (),
    own: dict[str, set[str]] = OWN,
    seed: int = 1,
) -> dict[str, str]:
    draw = random.Random(seed).randrange
    return pseudonyms(logins, chosen=chosen, kept=kept, taken=taken, own=own, draw=draw)


@pytest.mark.parametrize("many", [2_000, 20_000])
def test_no_two_of_a_crowd_are_called_the_same_and_every_name_will_do(many: int) -> None:
    logins = [f"student-{n}" for n in range(many)]

    found = named(logins)

    assert list(found) == logins
    assert len({bare(name) for name in found.values()}) == many
    assert Admitted(participants=tuple(logins), pseudonyms=found).pseudonyms == found


def test_a_name_is_an_adjective_and_an_animal_and_follows_from_chance_alone() -> None:
    (first,), (other,), (again,) = (
        named([login], seed=seed).values() for login, seed in (("ann", 1), ("bob", 1), ("ann", 2))
    )

    assert re.fullmatch("[a-z]+ [a-z]+", first)
    assert first == other != again


def test_every_pair_of_words_is_short_and_allowed() -> None:
    assert len({*ADJECTIVES, *ANIMALS}) == len(ADJECTIVES) + len(ANIMALS)
    longest = f"{max(ADJECTIVES, key=len)} {max(ANIMALS, key=len)} 9999"
    assert check_pseudonym(longest) == longest
    assert len(longest) <= 30


def test_who_stays_keeps_a_name_in_any_case_and_owners_choose_another() -> None:
    kept = {"ann": "quiet heron", "bob": "merry otter", "eve": "calm lynx"}

    found = named(["Ann", "bob", "dan"], chosen={"bob": "The second"}, kept=kept)

    assert (found["Ann"], found["bob"]) == ("quiet heron", "The second")
    assert found["dan"] not in kept.values()


def test_two_may_swap_their_names() -> None:
    kept = {"ann": "quiet heron", "bob": "merry otter"}

    assert named(["ann", "bob"], chosen={"ann": "merry otter", "bob": "quiet heron"}, kept=kept)


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ({"ann": "Merry Otter"}, "ann and bob would both be merry otter"),
        ({"ann": "TEACHER"}, "ann would be TEACHER, which says who somebody is"),
        ({"ann": "Grey Smith"}, "ann would be Grey Smith, which says who somebody is"),
    ],
)
def test_a_choice_that_is_somebody_elses_is_refused(chosen: dict[str, str], why: str) -> None:
    with pytest.raises(CourseError, match=why):
        named(
            ["ann", "bob"],
            chosen=chosen,
            kept={"bob": "merry otter"},
            taken=("teacher",),
            own={"ann": {"ann", "smith"}},
        )


def test_a_name_that_is_somebodys_login_is_never_drawn() -> None:
    taken = tuple(f"{a}-{b}" for a in ADJECTIVES for b in ANIMALS if b != "heron")

    (name,) = named(["ann"], taken=taken).values()

    assert bare(name) not in {bare(word) for word in taken}


def test_who_became_an_owner_is_shown_by_the_login_from_then_on() -> None:
    admitted = Admitted(participants=("Ann", "bob"), pseudonyms={"Ann": "quiet heron", "bob": "x"})

    known = disguise("rents", admitted, ["ann"], None)

    assert known
    assert (known.name("Ann", 1), known.name("bob", 2)) == ("ann", "x")
    assert (known.hides("Ann"), known.hides("bob")) == (False, True)


def test_no_word_of_the_own_name_is_drawn() -> None:
    (name,) = named(["ann"], own={"ann": set(ANIMALS) - {"heron"}}).values()

    assert name.endswith(" heron")


@pytest.mark.parametrize("names", [{"ann": "x y", "bob": "X-Y"}, {"ann": "BOB"}, {"ann": "a<b"}])
def test_a_file_with_names_that_will_not_do_is_not_read(names: dict[str, str]) -> None:
    with pytest.raises(Problems):
        Admitted.from_value({"participants": ["ann", "bob"], "pseudonyms": names})
