"""An expression: arithmetic that an owner writes down, for a penalty or a grade.

Not Python, though every expression reads the same there: numbers, the names that a rule offers,
and a handful of functions. Nothing in it can reach anything else.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from aims_gh.errors import CourseError

LONGEST = 200
"""Characters of an expression."""

DEEPEST = 60
"""Parts within parts."""

LARGEST = 1e15
"""Of a number, on the way or in the end: beyond, something is wrong with the rule."""

LARGEST_EXPONENT = 100

_Reckon = Callable[..., float]
_OPERATORS: Mapping[type, _Reckon] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.Pow: operator.pow,
        ast.UAdd: operator.pos,
        ast.USub: operator.neg,
        ast.Not: operator.not_,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
    }
)
_FUNCTIONS: Mapping[str, _Reckon] = MappingProxyType(
    {
        "min": lambda *numbers: min(numbers),
        "max": lambda *numbers: max(numbers),
        "abs": abs,
        "floor": math.floor,
        "ceil": math.ceil,
    }
)
_OF_ONE = ("abs", "floor", "ceil")


@dataclass(frozen=True, slots=True)
class Expression:
    """Arithmetic over names, checked when it is read.

    Numbers; ``+ - * / **`` and parentheses; ``min max abs floor ceil``; comparisons, ``and``,
    ``or``, ``not``, which are 1 where true and 0 where not; and ``a if condition else b``.

    Attributes
    ----------
    text : str
        As it was written.
    names : frozenset of str
        Those that the rule offers; `value` wants a number for each.
    """

    text: str
    names: frozenset[str]
    _tree: ast.expr = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, *, names: Iterable[str]) -> Self:
        """Read an expression.

        Parameters
        ----------
        text : str
            Up to 200 characters.
        names : iterable of str
            What may stand for a number.

        Raises
        ------
        ValueError
            If it is none: what is wrong, and in which column.

        Examples
        --------
        >>> penalty = Expression.parse("score - 0.1 * ceil(days)", names={"score", "days"})
        >>> round(penalty.value(score=0.9, days=1.5), 6)
        0.7
        >>> Expression.parse("score - day", names={"score", "days"})
        Traceback (most recent call last):
        ValueError: day in column 9 is not known here; there are days, score
        """
        known, text = frozenset(names), text.strip()
        tree = _read(text)
        _check(tree, known, depth=1)
        return cls(text, known, tree)

    def value(self, **values: float) -> float:
        """Work it out.

        Parameters
        ----------
        **values : float
            A finite number for each of `names`; true counts 1, false 0.

        Returns
        -------
        float
            Finite, and at most 1e15 to either side.

        Raises
        ------
        CourseError
            If it cannot be worked out for these values: what is wrong, and in which column.
        TypeError
            If a name has no value, or a value no name: a mistake in the calling code.
        """
        if values.keys() != self.names:
            raise TypeError(f"values for {sorted(values)}, names are {sorted(self.names)}")
        try:
            return _work_out(self._tree, {name: float(value) for name, value in values.items()})
        except _Unsound as unsound:
            raise CourseError(
                f"the expression {self.text!r} has no value here: {unsound}",
                hint="guard it, for example with max(…, 0) or … if … else …",
            ) from None


class _Unsound(Exception):
    """What is wrong with a number, and where it comes up."""


def _read(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ValueError(f"an expression has up to {LONGEST} characters, this one {len(text)}")
    for column, character in enumerate(text, start=1):
        # Python takes letters of other alphabets for the ones they look like.
        if not " " <= character <= "~":
            raise ValueError(f"column {column}: only letters, digits and signs of ASCII")
    if not text:
        raise ValueError("an expression is needed, there is nothing")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as Python's advice on "1 is 1"
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"column {error.offset or 1}: this is no arithmetic") from None
    except (ValueError, MemoryError, RecursionError):  # how Python gives up, by version
        raise ValueError("this is no arithmetic, or too many parentheses") from None


def _check(node: ast.expr, names: frozenset[str], depth: int) -> None:
    place = f"in column {node.col_offset + 1}"
    if depth > DEEPEST:
        raise ValueError(f"too many parts within parts, {place}; {DEEPEST} are allowed")
    match node:
        case ast.Constant(value=bool()):
            raise ValueError(f"write 1 for True and 0 for False, {place}")
        case ast.Constant(value=int() | float() as number):
            if not abs(number) <= LARGEST:
                raise ValueError(f"the number {place} is beyond {LARGEST:g}")
        case ast.Name(id=name):
            if name not in names:
                known = ", ".join(sorted(names)) or "none"
                raise ValueError(f"{name} {place} is not known here; there are {known}")
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            if name not in _FUNCTIONS:
                raise ValueError(f"there is no function {name}, {place}; {', '.join(_FUNCTIONS)}")
            wanted = "one number" if name in _OF_ONE else "numbers"
            if keywords or not arguments or (name in _OF_ONE and len(arguments) > 1):
                raise ValueError(f"{name} {place} takes {wanted}")
        case ast.BinOp(op=op) | ast.UnaryOp(op=op) if type(op) in _OPERATORS:
            pass
        case ast.Compare(ops=ops) if all(type(op) in _OPERATORS for op in ops):
            pass
        case ast.BoolOp() | ast.IfExp():
            pass
        case _:
            raise ValueError(f"what stands {place} is no arithmetic")
    for part in _parts(node):
        _check(part, names, depth + 1)


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        return node.args
    return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]


def _work_out(node: ast.expr, values: Mapping[str, float]) -> float:
    found = _raw(node, values)
    if not abs(found) <= LARGEST:
        raise _Unsound(
            f"what begins in column {node.col_offset + 1} is no number up to {LARGEST:g}"
        )
    return found


def _raw(node: Any, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.IfExp(test=test, body=body, orelse=otherwise):
            return _work_out(body if _work_out(test, values) else otherwise, values)
        case ast.BoolOp(op=ast.And(), values=parts):
            return float(all(_work_out(part, values) for part in parts))
        case ast.BoolOp(values=parts):
            return float(any(_work_out(part, values) for part in parts))
        case ast.Compare(left=left, ops=ops, comparators=others):
            numbers = [_work_out(part, values) for part in (left, *others)]
            pairs = zip(ops, numbers, numbers[1:], strict=False)
            return float(all(_OPERATORS[type(op)](one, two) for op, one, two in pairs))
        case ast.UnaryOp(op=op, operand=operand):
            return float(_OPERATORS[type(op)](_work_out(operand, values)))
        case ast.Call(func=ast.Name(id=name), args=parts):
            return float(_FUNCTIONS[name](*(_work_out(part, values) for part in parts)))
        case _:
            return _reckoned(node, values)


def _reckoned(node: ast.BinOp, values: Mapping[str, float]) -> float:
    one, two = _work_out(node.left, values), _work_out(node.right, values)
    place = f"in column {node.right.col_offset + 1}"
    if isinstance(node.op, ast.Pow) and abs(two) > LARGEST_EXPONENT:
        raise _Unsound(f"the exponent {place} is beyond {LARGEST_EXPONENT}")
    try:
        found = _OPERATORS[type(node.op)](one, two)
    except ZeroDivisionError:
        raise _Unsound(f"it divides by zero, {place}") from None
    except OverflowError:
        return math.inf
    if isinstance(found, complex):
        raise _Unsound(f"a number below zero has no root, {place}")
    return float(found)
