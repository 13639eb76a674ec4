"""Records: values read from, or written to, files in git."""

from __future__ import annotations

import json
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

MAX_YAML_BYTES = 256 * 1024


class Problems(ValueError):
    """Everything that is wrong with one file, found in one pass.

    Attributes
    ----------
    problems : tuple of str
        One line each, ``key: what is wrong``.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


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
        return cls.from_value(_load_yaml(data), lines=_key_lines(data))

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read a JSON file; raise `Problems` with everything that is wrong."""
        try:
            value = json.loads(data, parse_constant=_refuse_constant)
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
        first = {"schema_version": value.pop("schema_version", 1)}
        text = yaml.safe_dump(first | value, sort_keys=False, allow_unicode=True, width=100)
        return text.encode("utf-8")


class _Loader(yaml.SafeLoader):
    """YAML without aliases (a few lines can unfold to gigabytes) and without double keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [k.value for k, _ in node.value]
        double = {k for k in keys if isinstance(k, str) and keys.count(k) > 1}
        if double:
            raise yaml.YAMLError(f"{', '.join(sorted(double))}: given more than once")
        return super().construct_mapping(node, deep)


def _load_yaml(data: bytes) -> Any:
    if len(data) > MAX_YAML_BYTES:
        raise Problems([f"{len(data)} bytes, more than the {MAX_YAML_BYTES} allowed"])
    try:
        return yaml.load(data.decode("utf-8"), Loader=_Loader)  # noqa: S506  a SafeLoader
    except UnicodeDecodeError:
        raise Problems(["not UTF-8 text"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise Problems([f"{where}not YAML: {getattr(error, 'problem', None) or error}"]) from None


def _key_lines(data: bytes) -> dict[str, int]:
    """Map each key of a YAML file, dotted, to its line."""
    lines: dict[str, int] = {}

    def visit(node: Any, path: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{path}{key.value}"
                lines[name] = key.start_mark.line + 1
                visit(value, f"{name}.")
        elif isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                lines[f"{path}{position}"] = item.start_mark.line + 1
                visit(item, f"{path}{position}.")

    visit(yaml.compose(data.decode("utf-8"), Loader=_Loader), "")
    return lines


def _problem(error: Any, lines: dict[str, int]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    at = f" (line {lines[key]})" if key in lines else ""
    what = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        what = "no such key"
    elif error["type"] == "missing":
        what = "missing"
    return f"{key}{at}: {what}" if key else what


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")
