"""What is published of a failed metric: enough to act on, and no answer in it."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.failure import Failure, without_answers

LABELS = ("cat", "Dog", "New York", 7, "Ä-1")


def published(message: str, *types: str, labels: tuple = LABELS) -> str:
    return Failure(message=message, types=types or ("ValueError",)).published(labels)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Input contains infinity or a value too large", "Input contains … or a value too large"),
        ("y_true and y_pred have different lengths", "y_true and y_pred have different lengths"),
        ("division by zero", "division by zero"),
        ("it can't be computed, it isn't defined", "it can't be computed, it isn't defined"),
    ],
)
def test_what_is_said_in_words_stays(message: str, told: str) -> None:
    assert published(message) == f"ValueError: {told}"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("unknown label 'bird' in row 7: 3.5", "unknown label … in row …"),
        ("class cat is missing", "class … is missing"),
        ("class Cat, CATS and a tomcat", "class … and a …"),
        ("DOG or dog's", "… or …"),
        ("from New York to york", "from … to …"),
        ("lives_in_new_york", ""),
        ("class ca… was cut, so was ork and yor", "class … was cut, so was … and …"),
        ("target=cat", ""),
        ("true labels: True, False, True", "… labels: …"),
        ("saw nan nan inf nan -inf None NaT", "saw …"),
        ("x is 1e-05, 0x1p3, ½, ³, Ⅷ, ٣ is text", "x is … is text"),
        ("y_true was [cat  'dog'\n x y z] of rows", "y_true was … of rows"),
        ("array([True, False]) never closes (a b", "array … never closes …"),
        ("dict {a: {b: c}} is odd", "dict … is odd"),
        ("it says \"b 'c' d\" here", "it says … here"),
        ("it says `b` and “c” and ‘d’ and «e» and 'f", "it says … and … and … and … and …"),
        ("b'cat' u'x' np.str_('y') <x y>", "b … u … np.str_ …"),
        ("caf\u0065\u0301 and A\u0308-1 stay", "café and … stay"),
        ("\x1b[31mred\u202e ::set-output", "…"),
        ("it's 'it's' it's", "it's … it's"),
        ("a|b a+b a\\x63t @cat 🐈", "…"),
        ("-- .. ,,", ""),
        ("", ""),
    ],
)
def test_what_may_be_an_answer_goes(message: str, told: str) -> None:
    expected = f"ValueError: {told}" if told.strip("…") else "ValueError"

    assert published(message) == expected


def test_how_many_answers_there_were_cannot_be_counted() -> None:
    some = published("rows 1 and 2, 3, 4 are wrong")
    more = published("rows 1 and 2, 3, 4, 5, 6, 7, 8 are wrong")

    assert some == more == "ValueError: rows … and … are wrong"


@pytest.mark.parametrize(
    ("types", "told"),
    [
        (("ValueError", "Exception"), "ValueError: so"),
        (("LinAlgError", "ValueError", "Exception"), "ValueError: so"),
        (("row_7_is_cat", "Exception", "BaseException", "object"), "Exception: so"),
        (("cat", "object"), "Exception: so"),
        (("print", "int", "__name__", ""), "Exception: so"),
        ((), "Exception: so"),
    ],
)
def test_a_class_is_named_by_the_nearest_one_that_everybody_has(types: tuple, told: str) -> None:
    assert Failure(message="so", types=types).published(LABELS) == told


def test_a_long_message_is_cut_in_words_and_letters() -> None:
    many = published(" ".join(["word"] * 1000))
    long = published(" ".join(["incomprehensibilities"] * 20))

    assert many.split() == ["ValueError:", *["word"] * 25, "…"]
    assert len(long) < 180
    assert published("x" * 31) == "ValueError"


def test_our_own_words_are_published_without_what_belongs_to_them() -> None:
    failure = Failure("returned no finite number", "nan")

    assert failure.published(LABELS) == "returned no finite number"
    assert failure.in_full() == "returned no finite number (nan)"


def test_the_owner_is_told_everything_but_not_by_accident() -> None:
    failure = Failure("", "row 7 is 'cat'\x1b[2J", ("PriceError", "ValueError"), 12)

    assert failure.in_full() == "PriceError: row 7 is 'cat'[2J (line 12)"
    assert "cat" not in repr(failure)
    assert "PriceError" not in repr(failure)


label_texts = st.text(
    st.characters(categories=("L", "N", "Zs", "Pd", "Po", "Sm")), min_size=1, max_size=12
)


@given(
    labels=st.lists(label_texts, min_size=2, max_size=5, unique=True),
    filler=st.lists(st.sampled_from(["unknown", "label", "in", "row", "is", "-", ":"]), max_size=4),
    glue=st.sampled_from([" ", "", ", ", "_", "='", "([", "/", "x"]),
    change=st.sampled_from([str, str.upper, str.title, str.casefold, repr, ascii, lambda s: s * 2]),
)
def test_no_label_gets_through_however_it_is_written(
    labels: list[str], filler: list[str], glue: str, change
) -> None:
    message = " ".join([*filler, glue.join(["value", change(labels[0]), change(labels[1])])])

    told = folded(without_answers(message, labels))

    harmless = folded(" ".join(["value", *filler]))
    for label in labels[:2]:
        for word in folded(label).split():
            assert word not in told.split() or word in harmless.split()


def folded(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c if c.isalnum() else " " for c in normal)


@given(
    st.lists(st.floats() | st.integers() | st.booleans(), min_size=1, max_size=9),
    st.sampled_from(
        [str, repr, lambda v: str(np.array(v)), lambda v: " ".join(map(str, v)),
         lambda v: "row " + ", row ".join(map(str, v)), lambda v: f"{v[0]:>10}|{v[-1]:e}"]
    ),
)  # fmt: skip
def test_no_number_gets_through_however_it_is_written(values: list, write) -> None:
    told = without_answers(f"got {write(values)} instead", ())

    assert not any(unicodedata.category(c)[0] == "N" for c in told)
    words = {word.strip(",") for word in told.split()}
    assert words <= {"got", "instead", "…", "row"}
