"""The source text of a plain function, made to stand in a file of its own."""

from __future__ import annotations

import ast
import builtins
import inspect
import symtable
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, NoReturn

from aims_gh.errors import AimsError

_FUTURE = "from __future__ import annotations\n"
"""Annotations are not evaluated, so what only they need is not imported."""

_OF_EVERY_MODULE = ("__name__", "__file__", "__doc__")
_MISSING: Any = object()


def function_source(function: Callable[..., Any]) -> str:
    """Write a file that defines a function, with the imports that it needs.

    Parameters
    ----------
    function : function
        Written with `def`, in a file or in a notebook. It may use modules, and what was imported
        from one by name; everything else has to be inside it.

    Returns
    -------
    str
        Python source; running it defines the function under its name.

    Raises
    ------
    AimsError
        If there is no source text, or the function needs something that cannot go along, by name.

    Examples
    --------
    >>> import colorsys
    >>> print(function_source(colorsys.rgb_to_yiq).splitlines()[3])
    def rgb_to_yiq(r, g, b):
    """
    plain = inspect.unwrap(function)
    if not isinstance(plain, FunctionType) or plain.__name__ == "<lambda>":
        _refuse(
            f"{getattr(function, '__name__', type(function).__name__)} is no plain function",
            "write it with def",
        )
    text = _text_of(plain)
    tree = _definition(text, plain.__name__)
    needs = _needs(plain, tree, text)
    if needs.lacking:
        _refuse(
            f"{tree.name} uses {', '.join(needs.lacking)}, defined outside of it",
            f"define it inside {tree.name}, or import it inside from an installed package",
        )
    imports = "".join(f"{line}\n" for line in needs.lines)
    return f"{_FUTURE}\n{imports}\n\n{text}" if imports else f"{_FUTURE}\n\n{text}"


def _text_of(plain: FunctionType) -> str:
    try:
        return textwrap.dedent(inspect.getsource(plain)).rstrip() + "\n"
    except (OSError, TypeError):
        _refuse(
            f"the source text of {plain.__name__} cannot be found",
            "define it in a file or in a notebook, not in a bare Python prompt",
        )


def _definition(text: str, name: str) -> ast.FunctionDef:
    try:
        body = ast.parse(text).body
    except SyntaxError:
        body = []
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef):
        _refuse(
            f"the source text of {name} is not that of one function alone",
            "define it with def, by itself and not inside something else",
        )
    return body[0]


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a function takes from outside: lines that import it, and names that no line can."""

    lines: list[str]
    lacking: list[str]


def _needs(plain: FunctionType, tree: ast.FunctionDef, text: str) -> _Needs:
    lines: set[str] = set()
    # Of a surrounding function; the function's own name among them means recursion.
    lacking = {name for name in plain.__code__.co_freevars if name != tree.name}
    for name in set(_free_names(symtable.symtable(_FUTURE + text, "", "exec"))) - lacking:
        value = plain.__globals__.get(name, _MISSING)
        if name == tree.name and (value is _MISSING or inspect.unwrap(value) is plain):
            continue
        if isinstance(value, ModuleType) and value.__name__ != "__main__":
            lines |= set(_module_lines(name, value, tree))
        elif (home := _home_of(value, plain)) is not None:
            own = value.__name__
            lines.add(f"from {home} import {own}" + (f" as {name}" if own != name else ""))
        elif value is not _MISSING or not (hasattr(builtins, name) or name in _OF_EVERY_MODULE):
            lacking.add(name)
    return _Needs(sorted(lines, key=lambda line: (line[:4] == "from", line)), sorted(lacking))


def _free_names(table: symtable.SymbolTable) -> Iterator[str]:
    """Find the names that a file takes from outside, in whatever depth they are used."""
    if "annotation" in str(table.get_type()):
        return
    outermost = table.get_type() == "module"
    defined = {s.get_name() for s in table.get_symbols() if outermost and s.is_assigned()}
    for symbol in table.get_symbols():
        used = symbol.is_global() or (outermost and symbol.is_referenced())
        if used and symbol.get_name() not in defined and symbol.get_name() != "annotations":
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _free_names(inner)


def _module_lines(name: str, module: ModuleType, tree: ast.FunctionDef) -> Iterator[str]:
    inner = sorted(set(_submodules(name, module, tree)))
    yield from (f"import {dotted}" for dotted in inner)
    if name != module.__name__:
        yield f"import {module.__name__} as {name}"
    elif not inner:
        yield f"import {name}"


def _submodules(name: str, module: ModuleType, tree: ast.FunctionDef) -> Iterator[str]:
    """Find the modules inside a module that the function reaches through it: `a.b.f` needs a.b."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        root, *attributes = ast.unparse(node).split(".")
        dotted = module.__name__
        for attribute in attributes if root == name else ():
            deeper = sys.modules.get(f"{dotted}.{attribute}")
            if deeper is None or getattr(sys.modules[dotted], attribute, None) is not deeper:
                break
            dotted = f"{dotted}.{attribute}"
            yield dotted


def _home_of(value: Any, plain: FunctionType) -> str | None:
    """Find the module that a function or class can be imported from, the shortest public one."""
    home, own = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(home, str) or not isinstance(own, str) or isinstance(value, ModuleType):
        return None
    if home in ("__main__", "builtins", plain.__module__):
        return None
    parts = home.split(".")
    for length in range(1, len(parts) + 1):
        candidate = ".".join(parts[:length])
        if getattr(sys.modules.get(candidate), own, None) is value:
            return candidate
    return None


def _refuse(message: str, hint: str) -> NoReturn:
    raise AimsError(message, hint=hint)
