"""A roster: who takes a course, and how they are called on the forge and at school."""

from __future__ import annotations

from typing import Literal

from aims_gh.domain.names import Login, ShortText
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
