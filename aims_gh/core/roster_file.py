"""The file of students that a school's system gives out: CSV of many kinds, read strictly."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from aims_gh.core.inert import csv_cell, plain
from aims_gh.domain.names import bare, check_pseudonym, words
from aims_gh.domain.record import Problems
from aims_gh.domain.roster import ClassRoster, Student
from aims_gh.errors import CourseError

MAX_BYTES = 5_000_000
MAX_STUDENTS = 20_000
_SHOWN = 50
_COLUMNS = {
    "login": ("login", "github", "githublogin", "githubusername"),
    "name": ("name", "fullname", "student", "studentname"),
    "email": ("email", "emailaddress", "mail"),
    "id": ("id", "sid", "studentid", "idnumber", "identifier", "sisuserid"),
    "section": ("section", "sections", "group"),
    "pseudonym": ("pseudonym",),
}
"""What a column may be called, in small letters, without spaces and signs."""

_BETTER = {"sisuserid": "id"}
"""Where a file has both, the second is a number of the system's own, and means nothing outside."""

_NO_STUDENT = "points possible"
"""What Canvas calls the line below the header of its gradebook."""

_HINT = (
    "one line for each student, below login,name,email,id,section,pseudonym; login alone is needed"
)


@dataclass(frozen=True, slots=True)
class ReadRoster:
    """What a file says."""

    roster: ClassRoster
    encoding: str
    ignored: tuple[str, ...]
    """Columns that mean nothing here; they are not kept."""

    pseudonyms: dict[str, str] = field(default_factory=dict)
    """Those that the owners have chosen, by login in small letters."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is right by itself."""

    number: int
    student: Student
    pseudonym: str


def read_roster_file(data: bytes, name: str) -> ReadRoster:
    r"""Read a CSV file of students.

    Commas, semicolons and tabs are known, UTF-8, UTF-16 and the old encoding of Windows. A login
    may be written with an @, or as the address of a profile.

    Raises
    ------
    CourseError
        With every line that is wrong, as a spreadsheet numbers them.

    Examples
    --------
    >>> read_roster_file(b"Login;Name\n@bob;Bob B\xf6hm\n", "class.csv").roster.students[0].name
    'Bob Böhm'
    """
    text, encoding = _decoded(data, name)
    rows = _rows(text, name)
    header = [cell.strip() for cell in rows[0][1]]
    places, ignored = _places(header, name)
    problems: list[str] = []
    lines: list[_Line] = []
    for line, row in rows[1:]:
        if len(row) != len(header):
            problems.append(f"line {line} has {len(row)} cells, the header has {len(header)}")
            continue
        cells = {key: row[place].strip() for key, place in places.items()}
        if not cells["login"] and cells.get("name", "").lower() == _NO_STUDENT:
            continue
        found = list(_cell_problems(cells))
        if not found:
            cells["login"] = _login(cells["login"])
            pseudonym = cells.pop("pseudonym", "")
            try:
                lines.append(_Line(line, Student.from_value(cells), pseudonym))
            except Problems as wrong:
                found = list(wrong.problems)
        problems += [f"line {line}: {problem}" for problem in found]
    problems += [*_repeated(lines), *_telling(lines)]
    if len(lines) > MAX_STUDENTS:
        problems.append(f"{len(lines)} students, more than {MAX_STUDENTS}")
    if not lines and not problems:
        problems.append("no student is in it")
    if problems:
        raise _wrong(name, problems)
    roster = ClassRoster(students=tuple(line.student for line in lines))
    chosen = {line.student.login.lower(): line.pseudonym for line in lines if line.pseudonym}
    return ReadRoster(roster, encoding, tuple(ignored), chosen)


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    if len(data) > MAX_BYTES:
        raise _wrong(name, [f"{len(data):,} bytes, more than {MAX_BYTES:,}"])
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # what Excel calls Unicode text
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "cp1252"]:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise _wrong(name, ["it is no text that can be read"], hint="save it as CSV UTF-8")


def _rows(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Split into cells; give each row with its line as a spreadsheet numbers it."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows = [(line, row) for line, row in enumerate(reader, start=1) if any(map(str.strip, row))]
    except csv.Error as error:
        raise _wrong(name, [f"it is not CSV: {error}"]) from None
    if not rows:
        raise _wrong(name, ["it is empty"])
    return rows


def _places(header: list[str], name: str) -> tuple[dict[str, int], list[str]]:
    keys = [re.sub(r"[^a-z]", "", cell.lower()) for cell in header]
    places: dict[str, int] = {}
    problems, known = [], set()
    for column, called in _COLUMNS.items():
        worse = {_BETTER[key] for key in keys if key in _BETTER and key in called}
        found = [place for place, key in enumerate(keys) if key in called and key not in worse]
        known |= set(found)
        if len(found) > 1:
            problems.append(f"the header has {column} {len(found)} times")
        places |= {column: found[0]} if found else {}
    if "login" not in places:
        problems.append("the header has no column login")
    if problems:
        raise _wrong(name, problems)
    ignored = [plain(cell) for place, cell in enumerate(header) if place not in known and cell]
    return places, ignored


def _login(cell: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?github\.com/", "", cell).removeprefix("@").rstrip("/")


def _cell_problems(cells: dict[str, str]) -> Iterable[str]:
    """Name what no student is called, and what a spreadsheet would run."""
    if not cells["login"]:
        yield "there is no login"
    for column, cell in cells.items():
        if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co") for c in cell):
            yield f"{column} has a character that cannot be seen"
        elif column != "login" and csv_cell(cell) != cell:
            yield f"{column} begins as a formula does, which a spreadsheet would run"
        elif column == "pseudonym" and cell:
            try:
                check_pseudonym(cell)
            except ValueError as wrong:
                yield f"pseudonym: {wrong}"


def _repeated(lines: list[_Line]) -> Iterable[str]:
    """Name logins, addresses, numbers and pseudonyms that two students have."""
    for column in ("login", "email", "id"):
        values = [(line.number, getattr(line.student, column).lower()) for line in lines]
        yield from _twice(column, values)
    yield from _twice("pseudonym", [(line.number, bare(line.pseudonym)) for line in lines])


def _twice(column: str, values: list[tuple[int, str]]) -> Iterable[str]:
    count = Counter(value for _, value in values if value)
    first: dict[str, int] = {}
    for line, value in values:
        if count[value] > 1 and first.setdefault(value, line) != line:
            yield f"line {line}: the {column} is that of line {first[value]} too"


def _telling(lines: list[_Line]) -> Iterable[str]:
    """Name pseudonyms by which somebody on the list is known."""
    known = {bare(word) for line in lines for word in line.student.identities}
    known |= {word for line in lines for word in line.student.words}
    for line in lines:
        if line.pseudonym and bare(line.pseudonym) in known:
            yield (
                f"line {line.number}: the pseudonym is the login, name, email or id of somebody "
                "on the list, or a word of it"
            )
        elif words(line.pseudonym) & line.student.words:
            yield f"line {line.number}: the pseudonym has a word of the student's own name"


def _wrong(name: str, problems: list[str], *, hint: str = _HINT) -> CourseError:
    more = len(problems) - _SHOWN
    shown = [*problems[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return CourseError(f"{name} is no roster: {'; '.join(shown)}", hint=hint)
