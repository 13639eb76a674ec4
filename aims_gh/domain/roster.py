"""A roster: who takes a course, and how they are called on the forge and at school."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, model_validator

from aims_gh.domain.names import Login, Pseudonym, ShortText, bare, words
from aims_gh.domain.record import Record


class Student(Record):
    """One student."""

    login: Login
    """On the forge."""

    name: ShortText = ""
    """As on the list of the school."""

    email: ShortText = ""
    """Some systems find a student by it, and look at upper and lower case."""

    id: ShortText = ""
    """What the school's systems know the student by."""

    section: ShortText = ""
    """Which part of the class; commands can show one alone."""

    @property
    def identities(self) -> tuple[str, ...]:
        """Give what tells who it is."""
        known = (self.login, self.name, self.email, self.id)
        return tuple(word for word in known if word)

    @property
    def words(self) -> frozenset[str]:
        """Give the words of what tells who it is; of an address, those before the @."""
        known = (self.login, self.name, self.email.partition("@")[0], self.id)
        return frozenset[str]().union(*map(words, known))


class ClassRoster(Record):
    """The file `roster.age` on the ledger, sealed to the owners."""

    schema_version: Literal[1] = 1
    students: tuple[Student, ...] = ()
    """In the order of the file they came from."""


class Admitted(Record):
    """The file `roster.json` on the ledger: what everybody may know of the roster."""

    schema_version: Literal[1] = 1
    participants: tuple[Login, ...] = ()
    """Logins of who may submit, beside those in `course.yml` and the owners."""

    pseudonyms: dict[Login, Pseudonym] = Field(default={})
    """What the website calls each of them, by login; empty: boards show logins."""

    @model_validator(mode="after")
    def _no_two_are_alike(self) -> Self:
        taken = {bare(login) for login in self.participants}
        problems = []
        for login, name in self.pseudonyms.items():
            if bare(name) in taken:
                problems.append(f"the pseudonym of {login}, {name}, is somebody else's, or a login")
            taken.add(bare(name))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def by_login(self, *, owners: Iterable[str]) -> dict[str, str]:
        """Give the pseudonyms by login in small letters: a forge does not tell cases apart.

        Owners have none, even if they had one before they became owners.
        """
        shown = {login.lower() for login in owners}
        found = {login.lower(): name for login, name in self.pseudonyms.items()}
        return {login: name for login, name in found.items() if login not in shown}
