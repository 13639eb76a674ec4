"""An address names a course and a playground in it, however people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.domain.address import Address
from aims_gh.errors import CourseError


@pytest.mark.parametrize(
    ("text", "course", "slug"),
    [
        ("aims-demo/course/breast-cancer", "aims-demo/course", "breast-cancer"),
        ("./course/a", "./course", "a"),
        ("../a", "..", "a"),
        ("/srv/courses/ml 101/titanic", "/srv/courses/ml 101", "titanic"),
        ("course/titanic/", "course", "titanic"),
        ("course/titanic///", "course", "titanic"),
        (r"C:\Users\Ada\course\titanic", "C:/Users/Ada/course", "titanic"),
        (r"C:\course/titanic" + "\\", "C:/course", "titanic"),
        (r"\\server\share\course\titanic", "//server/share/course", "titanic"),
        ("курс/titanic", "курс", "titanic"),
        ("https://example.org/course/titanic", "https://example.org/course", "titanic"),
        ("c/" + "x" * 64, "c", "x" * 64),
        ("c/0", "c", "0"),
    ],
)
def test_the_last_part_is_the_playground_and_the_rest_the_course(
    text: str, course: str, slug: str
) -> None:
    assert Address.parse(text) == Address(course, slug)


@pytest.mark.parametrize(
    "text",
    ["", "/", "titanic", "/titanic", "course/", "course//", "course/Titanic", "course/ti_tanic",
     "course/..", "course/.", "course/a.yml", "course/-a", "course/a-", "course/ a", "course/a\n",
     "course/\x1b[31m", "course/ä", "course/а", "course/" + "x" * 65, "course/a\x00", "\\", "a\\"],
)  # fmt: skip
def test_what_has_no_course_or_no_proper_slug_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(CourseError, match="not a playground's address") as caught:
        Address.parse(text)

    assert "COURSE/SLUG" in caught.value.hint
    assert caught.value.message.isprintable()


@given(
    course=st.text(min_size=1).filter(lambda text: "\\" not in text),
    slug=st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True),
)
def test_an_address_is_read_back_as_it_was_shown(course: str, slug: str) -> None:
    address = Address(course, slug)

    assert Address.parse(str(address)) == address
