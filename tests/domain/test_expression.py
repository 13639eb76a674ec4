"""Expressions: arithmetic that reads as in Python, and reaches nothing else."""

from __future__ import annotations

import math
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aims_gh.domain.expression import LARGEST, LONGEST, Expression
from aims_gh.domain.grading import GradedPlayground, Grading
from aims_gh.domain.record import Problems
from aims_gh.errors import CourseError

NAMES = {"score", "days"}


def worked_out(text: str, *, score: float = 0.8, days: float = 1.5) -> float:
    return Expression.parse(text, names=NAMES).value(score=score, days=days)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("score", 0.8),
        ("score - 0.1 * ceil(days)", 0.6),
        ("max(0, score - 0.05 * days)", 0.725),
        ("score * 0.9 ** floor(days)", 0.72),
        ("score if days <= 1 else score / 2", 0.4),
        ("0 if days > 7 else score * (1 - days / 7)", 0.8 * (1 - 1.5 / 7)),
        ("score * (days < 2)", 0.8),
        ("1 < days <= 2", 1),
        ("1 < days < score", 0),
        ("days > 1 and not score > 0.9", 1),
        ("days > 9 or score == 0.8", 1),
        ("0 and 1 / 0 or 2", 1),
        ("abs(-2.5) + -+2", 0.5),
        ("min(3, days, 2) != 1.5", 0),
        ("2 ** -1", 0.5),
        ("  1 + 1e2  ", 101),
        ("1_000 / 4", 250),
        ("days and 3", 1),
    ],
)
def test_an_expression_is_worked_out(text: str, expected: float) -> None:
    found = worked_out(text)

    assert found == pytest.approx(expected)
    assert type(found) is float


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an expression is needed"),
        ("   ", "an expression is needed"),
        ("().__class__", "column 1 is no arithmetic"),
        ("score.__class__.__mro__", "in column 1 is no arithmetic"),
        ("score + days.real", "in column 9 is no arithmetic"),
        ("__import__('os').system('id')", "in column 1 is no arithmetic"),
        ("__import__", "__import__ in column 1 is not known here; there are days, score"),
        ("eval(score)", "there is no function eval, in column 1"),
        ("min", "min in column 1 is not known here"),
        ("min()", "min in column 1 takes numbers"),
        ("abs(1, 2)", "abs in column 1 takes one number"),
        ("max(score, key=abs)", "max in column 1 takes numbers"),
        ("max(*score)", "in column 5 is no arithmetic"),
        ("max(score for score in days)", "in column 4 is no arithmetic"),
        ("(min)(1)(2)", "in column 1 is no arithmetic"),
        ("[1][0]", "in column 1 is no arithmetic"),
        ("score[0]", "in column 1 is no arithmetic"),
        ("lambda: 1", "in column 1 is no arithmetic"),
        ("(score := 2)", "in column 2 is no arithmetic"),
        ("'1' * 9", "in column 1 is no arithmetic"),
        ("b'1'", "in column 1 is no arithmetic"),
        ("f'{score}'", "in column 1 is no arithmetic"),
        ("1 + 2j", "in column 5 is no arithmetic"),
        ("...", "in column 1 is no arithmetic"),
        ("None", "in column 1 is no arithmetic"),
        ("1 + True", "write 1 for True and 0 for False, in column 5"),
        ("score // 2", "in column 1 is no arithmetic"),
        ("score % 2", "in column 1 is no arithmetic"),
        ("1 << 99", "in column 1 is no arithmetic"),
        ("~1", "in column 1 is no arithmetic"),
        ("score is 1", "in column 1 is no arithmetic"),
        ("1 in days", "in column 1 is no arithmetic"),
        ("1e16", "the number in column 1 is beyond 1e+15"),
        ("1 + 1e999", "the number in column 5 is beyond 1e+15"),
        ("9" * 200, "the number in column 1 is beyond 1e+15"),
        ("9" * 201, "up to 200 characters, this one 201"),
        ("nan", "nan in column 1 is not known here"),
        ("inf", "inf in column 1 is not known here"),
        ("ѕcore", "column 1: only letters"),  # a Cyrillic letter
        ("score − 1", "column 7: only letters"),  # a typographer's minus
        ("ｓcore", "column 1: only letters"),  # Python reads this as score
        ("1 +\n2", "column 4: only letters"),
        ("1\x00", "column 2: only letters"),
        ("score +", "this is no arithmetic"),
        ("score days", "this is no arithmetic"),
        ("1; 2", "this is no arithmetic"),
        ("score = 1", "this is no arithmetic"),
        ("-" * 150 + "1", "too many parts within parts"),
        ("(" * 199, "no arithmetic"),
        ("1" + "+1" * 99, "too many parts within parts"),
    ],
)
def test_what_is_no_arithmetic_is_refused_where_it_stands(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - said below
        Expression.parse(text, names=NAMES)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9**9**9", "the exponent in column 4 is beyond 100"),
        ("9**99", "what begins in column 1 is no number up to 1e+15"),
        ("1000000000 * 1000000000", "what begins in column 1 is no number up to 1e+15"),
        ("1e15 ** 100", "what begins in column 1 is no number up to 1e+15"),
        ("score / (days - 1.5)", "it divides by zero, in column 10"),
        ("0 ** -1", "it divides by zero, in column 6"),
        ("(-1) ** 0.5", "a number below zero has no root, in column 9"),
        ("max(1, 1 / 0)", "it divides by zero, in column 12"),
    ],
)
def test_what_has_no_value_is_told_where(text: str, said: str) -> None:
    expression = Expression.parse(text, names=NAMES)

    with pytest.raises(CourseError) as raised:
        expression.value(score=0.8, days=1.5)

    assert said in raised.value.message
    assert text in raised.value.message


@pytest.mark.parametrize("days", [math.nan, math.inf, -math.inf, 1e300])
def test_a_value_that_is_no_number_is_told(days: float) -> None:
    with pytest.raises(CourseError, match="column 9 is no number up to"):
        worked_out("score + days", days=days)


@pytest.mark.parametrize("values", [{}, {"score": 1.0}, {"score": 1, "days": 1, "more": 1}])
def test_values_of_other_names_are_a_mistake(values: dict[str, float]) -> None:
    expression = Expression.parse("score", names=NAMES)

    with pytest.raises(TypeError, match="names are"):
        expression.value(**values)


def test_a_rule_offers_its_own_names() -> None:
    rule = "50 * percentile + 10 * min(baselines_beaten, 3) + 20 * on_time"
    names = {"percentile", "baselines_beaten", "on_time"}

    grade = Expression.parse(rule, names=names)

    assert grade.value(percentile=0.5, baselines_beaten=4, on_time=True) == 75
    assert grade == Expression.parse(rule, names=names)
    assert len({grade, Expression.parse(rule, names=names)}) == 1


parts = st.recursive(
    st.one_of(st.sampled_from(["score", "days"]), st.integers(0, 9).map(str)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([*"+-*/", "**", "<", ">=", "=="]), inner).map(
            lambda found: "({} {} {})".format(*found)
        ),
        st.tuples(inner, inner, inner).map(lambda found: "({} if {} else {})".format(*found)),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda found: "{}({}, {})".format(*found)
        ),
        st.tuples(st.sampled_from(["abs", "floor", "-", "not "]), inner).map(
            lambda found: "({}({}))".format(*found)
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(text=parts, score=st.floats(0, 1), days=st.floats(0, 9))
def test_what_has_a_value_has_the_one_that_python_gives(
    text: str, score: float, days: float
) -> None:
    if len(text) > LONGEST:
        return
    expression = Expression.parse(text, names=NAMES)

    try:
        found = expression.value(score=score, days=days)
    except CourseError:
        return

    tools = {"__builtins__": {"min": min, "max": max, "abs": abs, "floor": math.floor}}
    expected = eval(text, tools, {"score": score, "days": days})  # made above, of known parts
    assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)
    assert abs(found) <= LARGEST


@settings(max_examples=200, deadline=None)
@given(st.text(string.printable + "́ѕ√∞", max_size=60))
def test_no_text_does_anything_but_be_refused_or_have_a_value(text: str) -> None:
    try:
        expression = Expression.parse(text, names=NAMES)
        found = expression.value(score=0.5, days=2)
    except (ValueError, CourseError):
        return
    assert math.isfinite(found)


def test_a_file_of_rules_takes_one_as_long_as_an_expression_may_be_and_none_that_is_longer() -> (
    None
):
    longest = f"1{'+ 1':>{LONGEST - 1}}"

    assert len(longest) == LONGEST
    for record in (Grading, GradedPlayground):
        Expression.parse(str(record(rule=longest).rule), names=())
        with pytest.raises(Problems, match="rule"):
            record.from_value({"rule": f" {longest}"})
