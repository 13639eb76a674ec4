"""Pseudonyms: names by which the public knows participants, drawn by chance."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Set

from aims_gh.core.pseudonym_words import ADJECTIVES, ANIMALS
from aims_gh.domain.names import bare, words
from aims_gh.errors import CourseError

_TRIES = 20
"""After so many pairs that others have, a number is added."""

Draw = Callable[[int], int]
"""Gives a number from 0 to below the one that it is given, which nobody can foretell."""


def pseudonyms(
    logins: Iterable[str],
    *,
    chosen: Mapping[str, str],
    kept: Mapping[str, str],
    taken: Iterable[str],
    own: Mapping[str, Set[str]],
    draw: Draw,
) -> dict[str, str]:
    """Give each login a pseudonym: the owners' choice, else the one it has, else a drawn one.

    Nothing of a drawn one follows from the login.

    Parameters
    ----------
    chosen, kept : mapping of str to str
        Pseudonyms by login in small letters.
    taken : iterable of str
        What nobody may be called: logins, names, whatever tells who somebody is.
    own : mapping of str to set of str
        By login in small letters, the words of somebody's own login and name: none of them may
        be in the pseudonym.

    Raises
    ------
    CourseError
        If two would be called the same, or somebody by what is taken.

    Examples
    --------
    >>> pseudonyms(["Ann"], chosen={"ann": "quiet heron"}, kept={}, taken=[], own={},
    ...            draw=lambda n: 0)
    {'Ann': 'quiet heron'}
    """
    everybody = list(logins)
    names = {
        login: name
        for login in everybody
        if (name := chosen.get(login.lower()) or kept.get(login.lower()))
    }
    used = {bare(word) for word in taken}
    _refuse(names, used, own)
    used |= {bare(name) for name in names.values()}
    for login in everybody:
        if login not in names:
            names[login] = _drawn(used, own.get(login.lower(), frozenset()), draw)
            used.add(bare(names[login]))
    return {login: names[login] for login in everybody}


def _drawn(used: set[str], own: Set[str], draw: Draw) -> str:
    for tries in itertools.count(1):
        name = f"{ADJECTIVES[draw(len(ADJECTIVES))]} {ANIMALS[draw(len(ANIMALS))]}"
        if tries > _TRIES:
            name += f" {2 + draw(9998)}"
        if bare(name) not in used and not words(name) & own:
            break
    return name


def _refuse(names: Mapping[str, str], taken: set[str], own: Mapping[str, Set[str]]) -> None:
    whose: dict[str, str] = {}
    problems = []
    for login, name in names.items():
        other = whose.setdefault(bare(name), login)
        if other != login:
            problems.append(f"{other} and {login} would both be {name}")
        if bare(name) in taken or words(name) & own.get(login.lower(), frozenset()):
            problems.append(f"{login} would be {name}, which says who somebody is")
    if problems:
        raise CourseError(
            f"these pseudonyms will not do: {'; '.join(problems)}",
            hint="give one of them another in the column pseudonym of the roster's file",
        )
