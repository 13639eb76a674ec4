"""Files of students, as schools' systems, spreadsheets and jokers write them."""

from __future__ import annotations

import codecs

import pytest

from aims_gh.core.roster_file import ReadRoster, read_roster_file
from aims_gh.errors import CourseError

PLAIN = (
    "login,name,email,id,section\nann,Ann Bö,ann@uni.example,s1,A\nbob,Bob,bob@uni.example,s2,B\n"
)


def read(content: str | bytes) -> ReadRoster:
    data = content.encode() if isinstance(content, str) else content
    return read_roster_file(data, "students.csv")


def refusal(content: str | bytes) -> str:
    with pytest.raises(CourseError) as refused:
        read(content)
    return refused.value.message


def test_every_column_is_read() -> None:
    (ann, bob) = read(PLAIN).roster.students

    assert (ann.login, ann.name, ann.email, ann.id) == ("ann", "Ann Bö", "ann@uni.example", "s1")
    assert (ann.section, bob.section) == ("A", "B")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (codecs.BOM_UTF8 + PLAIN.encode(), "utf-8-sig"),
        (PLAIN.encode("cp1252"), "cp1252"),
        (PLAIN.encode("utf-16"), "utf-16"),
        (PLAIN.replace(",", ";").encode("cp1252"), "cp1252"),
        (PLAIN.replace(",", "\t").encode("utf-16"), "utf-16"),
        (PLAIN.replace("\n", "\r\n").encode(), "utf-8-sig"),
    ],
    ids=["bom", "latin", "utf-16", "semicolons", "tabs", "windows"],
)
def test_what_spreadsheets_save_reads_the_same(content: bytes, encoding: str) -> None:
    found = read(content)

    assert found.encoding == encoding
    assert found.roster == read(PLAIN).roster


def test_login_alone_is_enough_and_other_columns_are_not_kept() -> None:
    found = read("GitHub username,Grade,Phone\n@ann,1.0,555\nhttps://github.com/bob/,2.0,556\n")

    assert [student.login for student in found.roster.students] == ["ann", "bob"]
    assert found.ignored == ("Grade", "Phone")
    assert b"555" not in found.roster.to_json()


def test_the_roster_of_github_classroom_is_read_as_it_is() -> None:
    (ann,) = read(
        "identifier,github_username,github_id,name\ns1,ann,583231,Ann Bö\n"
    ).roster.students

    assert (ann.login, ann.id, ann.name) == ("ann", "s1", "Ann Bö")
    assert "has no column login" in refusal("github_id,name\n583231,Ann\n")


def test_the_gradebook_of_canvas_is_read_with_a_column_of_logins_added() -> None:
    found = read(
        "Student,ID,SIS User ID,SIS Login ID,Section,Quiz,login\n"
        "    Points Possible,,,,,40,\n"
        "Ann Bö,9001,s1,ann@uni.example,A,31,ann\n"
    )

    (ann,) = found.roster.students
    assert (ann.login, ann.name, ann.id, ann.section) == ("ann", "Ann Bö", "s1", "A")
    assert found.ignored == ("ID", "SIS Login ID", "Quiz")
    assert "the header has id 2 times" in refusal("login,SID,Student ID\nann,1,2\n")


def test_every_bad_line_is_told_at_once_as_a_spreadsheet_numbers_it() -> None:
    said = refusal(
        "login,name,email\nann,Ann,a@x\n\n,Nobody,n@x\nbob smith,Bob,b@x\nANN,Twin,t@x\neve,Eve\n"
        "dan,Dan,A@x\n"
    )

    assert "line 4: there is no login" in said
    assert "line 5: login: a login is 1 to 39 letters" in said
    assert "line 6: the login is that of line 2 too" in said
    assert "line 7 has 2 cells, the header has 3" in said
    assert "line 8: the email is that of line 2 too" in said


@pytest.mark.parametrize(
    "cell",
    ["=HYPERLINK(1)", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "＝1", "\N{MINUS SIGN}1"],
)
@pytest.mark.parametrize("column", ["name", "email", "id", "section"])
def test_no_cell_that_a_spreadsheet_would_run_is_taken(column: str, cell: str) -> None:
    quoted = cell.replace('"', '""')

    assert f"{column} begins as a formula" in refusal(f'login,{column}\nann,"{quoted}"\n')


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is empty"),
        ("login\n", "no student is in it"),
        ("name,email\nAnn,a@x\n", "the header has no column login"),
        ("login,github\na,b\n", "the header has login 2 times"),
        ('login,name\nann,"Ann\n', "it is not CSV"),
        ("login,name\nann,A\x1b[31m\n", "a character that cannot be seen"),
        ("login,name\nann,A\u202enn\n", "a character that cannot be seen"),
        (b"login,name\nann,\x81\n", "it is no text that can be read"),
        (b"login\n" + b"x" * 5_000_001, "more than 5,000,000"),
        ("login,name\nann," + "x" * 201 + "\n", "line 2: name"),
        ("login\n" + "".join(f"-{n}\n" for n in range(99)), "and 49 more"),
    ],
)
def test_what_is_no_roster_is_refused_with_the_reason(content: str | bytes, why: str) -> None:
    assert why in refusal(content)


def test_owners_choose_pseudonyms_and_students_without_one_are_none_the_worse() -> None:
    found = read("login,pseudonym\nann,\nBob,Stiller Reiher\n")

    assert found.pseudonyms == {"bob": "Stiller Reiher"}
    assert found.roster == read("login\nann\nBob\n").roster


@pytest.mark.parametrize(
    "cell", ["=A1", "@bob", "<b>x</b>", "a,b", "-x", "x" * 41, "Unnamed 3", "teachеr", "αlpha"]
)
def test_no_pseudonym_is_taken_that_would_do_something_or_mean_somebody_else(cell: str) -> None:
    assert "line 2: pseudonym" in refusal(f'login,pseudonym\nann,"{cell}"\n')


@pytest.mark.parametrize("cell", ["Тихая цапля", "Ήσυχος ερωδιός", "静かな サギ", "조용한 왜가리"])
def test_a_pseudonym_may_be_of_any_script(cell: str) -> None:
    assert read(f"login,pseudonym\nann,{cell}\n").pseudonyms == {"ann": cell}


@pytest.mark.parametrize("cell", ["Smith", "grey-smith", "ann", "A Smith", "Bö", "bo", "Ngo"])
def test_a_word_of_a_name_is_no_pseudonym(cell: str) -> None:
    said = refusal(
        f"login,name,email,pseudonym\nann,Ann Bö Smith,a.smith@x.example,{cell}\nbob,Bob Ngo,,\n"
    )

    assert "line 2: the pseudonym " in said


def test_a_word_of_another_name_may_be_part_of_a_pseudonym() -> None:
    assert read("login,name,pseudonym\nann,,Grey Owl\nbob,Bob Grey,\n").pseudonyms


def test_pseudonyms_that_are_alike_or_tell_who_it_is_are_refused() -> None:
    said = refusal(
        "login,name,email,id,pseudonym\n"
        "ann,Ann Bö,ann@uni.example,s1,Quiet Heron\n"
        "bob,,,,quiet-heron\n"
        "eve,,,,ANN\n"
        "dan,,,,ann-bö\n"
        "fay,,,,s1\n"
    )

    assert "line 3: the pseudonym is that of line 2 too" in said
    assert [n for n in (4, 5, 6) if f"line {n}: the pseudonym is the login, name" in said] == [
        4, 5, 6,
    ]  # fmt: skip
