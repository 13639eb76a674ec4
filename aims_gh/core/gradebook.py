"""Gradebooks: points as the systems of schools take them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aims_gh.core.inert import csv_cell
from aims_gh.domain.roster import Student

Format = Literal["canvas", "moodle", "gradescope", "csv"]
FORMATS: tuple[Format, ...] = ("canvas", "moodle", "gradescope", "csv")


@dataclass(frozen=True, slots=True)
class Column:
    """One graded playground."""

    title: str
    points: float
    got: Mapping[str, float | None]
    """By login."""


def gradebook(students: Sequence[Student], columns: Sequence[Column], kind: Format) -> bytes:
    """Write points in the format of a school's system, with no cell that a spreadsheet runs.

    * canvas: what its gradebook exports, with the row of points possible; it finds students by
      SIS User ID, our `id`, or SIS Login ID, our `email`;
    * moodle: columns to map to ID number and Email address, whose case it looks at;
    * gradescope: as its own table of grades, with the points possible beside each column;
    * csv: everything, and the sum.
    """
    header, lines = _LAYOUTS[kind](students, columns)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for line in (header, *lines):
        writer.writerow([csv_cell(cell) for cell in line])
    return stream.getvalue().encode("utf-8")


_Layout = tuple[list[str], list[list[str]]]


def _canvas(students: Sequence[Student], columns: Sequence[Column]) -> _Layout:
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    possible = ["    Points Possible", "", "", "", "", *(_written(c.points) for c in columns)]
    lines = [
        [s.name or s.login, "", s.id, s.email or s.login, s.section, *_got(s, columns)]
        for s in students
    ]
    return [*header, *(c.title for c in columns)], [possible, *lines]


def _moodle(students: Sequence[Student], columns: Sequence[Column]) -> _Layout:
    header = ["ID number", "Email address", "Full name", *(c.title for c in columns)]
    return header, [[s.id, s.email, s.name or s.login, *_got(s, columns)] for s in students]


def _gradescope(students: Sequence[Student], columns: Sequence[Column]) -> _Layout:
    header = ["Name", "SID", "Email", "Sections"]
    for column in columns:
        header += [column.title, f"{column.title} - Max Points"]
    lines = []
    for student in students:
        line = [student.name or student.login, student.id, student.email, student.section]
        for got, column in zip(_got(student, columns), columns, strict=True):
            line += [got, _written(column.points)]
        lines.append(line)
    return header, lines


def _plain(students: Sequence[Student], columns: Sequence[Column]) -> _Layout:
    header = ["login", "name", "email", "id", "section", *(c.title for c in columns), "total"]
    lines = []
    for s in students:
        total = sum(column.got.get(s.login) or 0.0 for column in columns)
        line = [s.login, s.name, s.email, s.id, s.section]
        lines.append([*line, *_got(s, columns), _written(total)])
    return header, lines


_LAYOUTS = {"canvas": _canvas, "moodle": _moodle, "gradescope": _gradescope, "csv": _plain}


def _got(student: Student, columns: Sequence[Column]) -> list[str]:
    return [_written(column.got.get(student.login)) for column in columns]


def _written(points: float | None) -> str:
    return "" if points is None else format(round(points, 6), ".12g")
