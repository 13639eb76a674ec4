"""Rules of grades, until the arithmetic of `core` is here: names, numbers, + - * / and brackets."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection
from dataclasses import dataclass

_SIGNS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A rule that was read; nothing but arithmetic is in it."""

    tree: ast.expr

    @classmethod
    def parse(cls, text: str, *, names: Collection[str]) -> Expression:
        """Read a rule; ValueError where it is none."""
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError("it cannot be read") from None
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id not in names:
                raise ValueError(f"there is no {node.id}, only {', '.join(sorted(names))}")
            known = (ast.BinOp, ast.UnaryOp, ast.USub, ast.Constant, ast.Name, ast.Load, *_SIGNS)
            if not isinstance(node, known):
                raise ValueError("it may have names, numbers, + - * / and brackets")
            if isinstance(node, ast.Constant) and type(node.value) not in (int, float):
                raise ValueError("it may have names, numbers, + - * / and brackets")
        return cls(tree)

    def value(self, **values: float) -> float:
        """Compute it; ValueError where that gives no number."""
        try:
            return self._value(self.tree, values)
        except (ZeroDivisionError, OverflowError):
            raise ValueError("it divides by zero, or gets too large") from None

    def _value(self, node: ast.expr, values: dict[str, float]) -> float:
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.UnaryOp):
            return -self._value(node.operand, values)
        if isinstance(node, ast.BinOp):
            sides = self._value(node.left, values), self._value(node.right, values)
            return _SIGNS[type(node.op)](*sides)
        assert isinstance(node, ast.Constant)
        assert isinstance(node.value, int | float)
        return float(node.value)
