"""Records: values read from, or written to, files in git."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

MAX_YAML_BYTES = 256 * 1024
_MAX_DEPTH = 50
_MAX_KEY = 1000
_MAX_PROBLEM = 500
_MAX_SHOWN = 50


class Problems(ValueError):
    """Everything that is wrong with one file, found in one pass.

    The message of it names the first fifty: it may end up in somebody's log or comment.

    Attributes
    ----------
    problems : tuple of str
        One line each, ``key: what is wrong``; short and printable, though the file may not be.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(_printable(problem) for problem in problems)
        more = len(problems) - _MAX_SHOWN
        shown = (*self.problems[:_MAX_SHOWN], *([f"and {more} more"] if more > 0 else []))
        super().__init__("; ".join(shown))


class Record(BaseModel):
    """A value read from, or written to, a file in a course.

    Frozen, because the file in git is the truth. Unknown keys are refused,
    because a typo should fail where it is made. NaN and infinity are refused,
    because no reader of JSON has to know them.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=()
    )

    @classmethod
    def from_yaml(cls, data: bytes) -> Self:
        """Read a YAML file; raise `Problems` with everything that is wrong."""
        value, lines = load_yaml(data)
        return cls.from_value(value, lines=lines)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read a JSON file; raise `Problems` with everything that is wrong."""
        try:
            value = json.loads(data, parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError) as error:
            raise Problems([f"not JSON: {error}"]) from None
        return cls.from_value(value)

    @classmethod
    def from_value(cls, value: Any, *, lines: dict[str, int] | None = None) -> Self:
        """Check plain data; raise `Problems` with everything that is wrong."""
        if not isinstance(value, dict):
            raise Problems(["expected keys and values, one per line"])
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise Problems([_problem(e, lines or {}) for e in error.errors()]) from None

    def to_json(self) -> bytes:
        """Write byte-stable JSON: sorted keys, ASCII, one final newline."""
        value = self.model_dump(mode="json")
        text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
        return f"{text}\n".encode("ascii")

    def to_yaml(self) -> bytes:
        """Write YAML in the order of the fields, leaving out what is at its default."""
        value = self.model_dump(mode="json", exclude_defaults=True)
        if "schema_version" in type(self).model_fields:
            value = {"schema_version": value.pop("schema_version", 1)} | value
        return dump_yaml(value).encode("utf-8")


# What PyYAML raises on a value that does not fit its tag, as in `!!int ""`, or on `"\UFFFFFFFF"`.
_MISFITS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


def _at(mark: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


class _Dumper(yaml.SafeDumper):
    """YAML that is read back as it was written."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        # Between single quotes PyYAML reads these three line breaks as a space.
        style = '"' if any(c in data for c in "\x85\u2028\u2029") else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.represent_str)


class _Loader(yaml.SafeLoader):
    """YAML as records need it: no aliases, double keys, merges, deep nesting, endless keys."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            # A few lines of them can unfold to gigabytes.
            raise _at(mark, "aliases (*name) are not allowed")
        if self.depth >= _MAX_DEPTH:
            raise _at(mark, f"nested deeper than {_MAX_DEPTH} levels")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise _at(node.start_mark, "a value of another kind")
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or len(key.value) > _MAX_KEY:
                raise _at(key.start_mark, "a key is a word")
        keys = Counter(key.value for key, _ in node.value)
        for key, _ in node.value:
            if keys[key.value] > 1:
                raise _at(key.start_mark, f"{key.value}: given more than once")
        return super().construct_mapping(node, deep)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except _MISFITS as error:
            what = str(error) if isinstance(error, ValueError) else "a value of another kind"
            raise _at(node.start_mark, what) from None

    def construct_yaml_int(self, node: Any) -> int:
        # Longer ones could not be written as JSON again, and would stop whoever tries.
        value = int(super().construct_yaml_int(node))
        if not -(2**63) <= value < 2**63:
            raise _at(node.start_mark, "a whole number of more than 64 bits")
        return value


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def dump_yaml(value: Any) -> str:
    """Write plain data as YAML, in the order of its keys."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def load_yaml(data: bytes) -> tuple[Any, dict[str, int]]:
    """Read untrusted YAML: bounded, no aliases, no double keys.

    Returns
    -------
    (value, lines)
        Plain data, and the line of each key, dotted.

    Raises
    ------
    Problems
        Saying where it is wrong.
    """
    if len(data) > MAX_YAML_BYTES:
        raise Problems([f"{len(data)} bytes, more than the {MAX_YAML_BYTES} allowed"])
    try:
        loader = _Loader(data.decode("utf-8"))
        node = loader.get_single_node()
        value = None if node is None else loader.construct_document(node)
        return value, dict(_lines(node, ""))
    except UnicodeDecodeError:
        raise Problems(["not UTF-8 text"]) from None
    except (yaml.YAMLError, *_MISFITS) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise Problems([f"{where}not YAML: {getattr(error, 'problem', None) or error}"]) from None


def _lines(node: Any, path: str) -> Iterator[tuple[str, int]]:
    """Give each key, dotted, with its line."""
    if len(path) > _MAX_KEY:  # no record has such keys, and thousands below would repeat them
        return
    parts: list[tuple[object, Any, Any]] = []
    if isinstance(node, yaml.MappingNode):
        parts = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        parts = [(place, item, item) for place, item in enumerate(node.value)]
    for name, mark, inside in parts:
        yield f"{path}{name}", mark.start_mark.line + 1
        yield from _lines(inside, f"{path}{name}.")


def _problem(error: Any, lines: dict[str, int]) -> str:
    parts = [str(part) for part in error["loc"]]
    key = ".".join(parts)
    # A missing key has no line of its own, but what it is missing from has.
    around = (".".join(parts[:depth]) for depth in range(len(parts), 0, -1))
    line = next((lines[name] for name in around if name in lines), None)
    at = f" (line {line})" if line else ""
    what = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        what = "no such key"
    elif error["type"] == "missing":
        what = "missing"
    return f"{key}{at}: {what}" if key else what


def _printable(problem: str) -> str:
    words = " ".join(problem.split())
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)
    return f"{shown[:_MAX_PROBLEM]}…" if len(shown) > _MAX_PROBLEM else shown


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        _refuse(digits)
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")
