"""Fill in what the documentation takes from the code: `python tools/reference.py`.

A page asks for a part with a comment and leaves its content to this program:

    <!-- generated: record Competition -->
    ...
    <!-- end -->

Parts are `commands`, `record NAME`, `metrics`, `errors`, `environment`, `class NAME`,
`function NAME` and `columns`. With `--check` nothing is written, and the exit code says whether a
page is stale.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import yaml
from markdown.extensions.toc import slugify  # type: ignore[import-untyped]
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import aims_gh.domain
import aims_gh.errors
from aims_gh.domain.record import Record
from aims_gh.errors import AimsError

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
WORDS = yaml.safe_load((DOCS / "reference" / "words.yml").read_text(encoding="utf-8"))
"""What the code does not say: how types are called, and what a few fields mean."""

ENTRY = re.compile(r"^(\S.*)((?:\n+ .*)*)", re.MULTILINE)
PART = re.compile(r"(<!-- generated: ([a-z]+)(?: (\w+))? -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def records() -> dict[str, type[Record]]:
    """Find every record by its name."""
    found: dict[str, type[Record]] = {}
    for module in pkgutil.iter_modules(aims_gh.domain.__path__, "aims_gh.domain."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if inspect.isclass(value) and issubclass(value, Record) and value is not Record:
                found[name] = value
    return found


def fields(record: type[Record]) -> dict[str, tuple[str, str]]:
    """Read each field's type and docstring as they stand in the source."""
    (body,) = ast.parse(inspect.getsource(record)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for item, after in zip(body.body, [*body.body[1:], ast.Pass()], strict=True):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            said = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                said = inspect.cleandoc(str(after.value.value)).replace("\n", " ")
            found[item.target.id] = (_words(item.annotation), said)
    return found


def _words(node: ast.expr) -> str:
    """Say a type in words."""
    match node:
        case ast.Constant(value=None):
            return "null"
        case ast.Name(id=name):
            return _named(name)
        case ast.BinOp(left=left, right=right):
            return f"{_words(left)}, or {_words(right)}"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=part):
            chosen = part.elts if isinstance(part, ast.Tuple) else [part]
            return " or ".join(f"`{_yaml(ast.literal_eval(value))}`" for value in chosen)
        case ast.Subscript(value=ast.Name(id="tuple" | "list"), slice=part):
            inner = part.elts[0] if isinstance(part, ast.Tuple) else part
            return f"list of {_words(inner)}"
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[key, value])):
            return f"keys ({_words(key)}) and values ({_words(value)})"
    raise ValueError(f"no words for the type {ast.unparse(node)}")


def _named(name: str) -> str:
    if name in WORDS["types"]:
        return str(WORDS["types"][name])
    if name in records():
        return f"[{name}]({name})"
    # An alias such as BoardName: its value is in one of the modules of records.
    for module in pkgutil.iter_modules(aims_gh.domain.__path__, "aims_gh.domain."):
        source = inspect.getsource(importlib.import_module(module.name))
        for item in ast.parse(source).body:
            if isinstance(item, ast.Assign) and getattr(item.targets[0], "id", "") == name:
                return _words(item.value)
    raise ValueError(f"no words for the type {name}: add it to words.yml")


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value >= 10_000:
        return f"{value:_}"
    return "null" if value is None else str(value)


def meaning(record: type[Record], name: str, said: str) -> str:
    """Say what a field means: its docstring, or the words kept here for want of one."""
    kept = WORDS["fields"].get(record.__name__, {})
    return str(said or kept.get(name) or WORDS["fields"].get(name, ""))


def record_part(name: str) -> str:
    """Write one record's table."""
    record = records()[name]
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for key, (kind, said) in fields(record).items():
        info = record.model_fields[key]
        cells = (f"`{key}`", kind + _bounds(kind, info), _default(info), meaning(record, key, said))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _bounds(kind: str, info: FieldInfo) -> str:
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    if kind.startswith(("list", "keys")):
        words = {"min_length": "at least", "max_length": "at most"}
    told = [
        f"{words[key]} {value:,}"
        for item in info.metadata
        for key in words
        if (value := getattr(item, key, None)) is not None
    ]
    return f", {' '.join(told)}" if told else ""


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined:
        return "required"
    if isinstance(info.default, Record):
        return "its defaults"
    values = info.default if isinstance(info.default, tuple | dict) else (info.default,)
    return ", ".join(f"`{_yaml(value)}`" for value in values if value != "") or "empty"


def commands() -> Iterator[tuple[str, click.Command]]:
    """Give every command with what is typed to call it, in the order of `aims --help`."""
    from aims_gh.cli import aims

    def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        yield name, command
        if isinstance(command, click.Group):
            for child in command.list_commands(click.Context(command)):
                yield from walk(f"{name} {child}", command.commands[child])

    yield from walk("aims", aims)


def commands_part(_: str) -> str:
    """Write every command: what it does, its options, an example."""
    return "\n\n".join(_command(name, command) for name, command in commands())


def _command(name: str, command: click.Command) -> str:
    text = re.sub(r"(\\b|\x08)\n", "", inspect.cleandoc(command.help or ""))
    said, _, example = text.partition("Example:\n")
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    parts = [f"## {name}", said.strip(), f"```text\n{usage}\n```"]
    if isinstance(command, click.Group):
        listed = [f"- [`{name} {c}`](#{_slug(f'{name} {c}')})" for c in command.commands]
        parts.append("\n".join(listed))
    rows = [f"| {_code(forms)} | {said} |" for forms, said in option_words(command).items()]
    if rows:
        parts.append("\n".join(["| option | meaning |", "|---|---|", *rows]))
    if example.strip():
        parts.append(f"```sh\n{textwrap.dedent(example).strip()}\n```")
    return "\n\n".join(parts)


def option_words(command: click.Command) -> dict[str, str]:
    """Give every option but --help, as it is written, with what it means."""
    context = click.Context(command)
    found = {}
    for param in command.params:
        record = param.get_help_record(context)
        if isinstance(param, click.Option) and record:
            kept = "" if param.help else WORDS["options"].get(param.opts[-1], "")
            found[record[0]] = " ".join([kept, record[1].replace("  [", " \\[")]).strip()
    return found


def _code(text: str) -> str:
    # In a table, no way to write a pipe in backticks is read alike by MkDocs and by GitHub.
    return f"<code>{text.replace('|', '&#124;')}</code>" if "|" in text else f"`{text}`"


def metrics_part(_: str) -> str:
    """Write every metric: formula, direction, options, scikit-learn's call."""
    from aims_gh.core import metrics
    from aims_gh.domain.metric import CLASSIFICATION_METRICS, PROBABILITY_METRICS, MetricSpec

    parts = []
    for name in metrics.METRICS:
        doc = numpy_doc(getattr(metrics, name))
        spec = MetricSpec(name=name)
        takes_average = "average" in inspect.signature(getattr(metrics, name)).parameters
        facts = [
            "- **For:** "
            + ("classification" if name in CLASSIFICATION_METRICS else "regression")
            + (", from probabilities" if name in PROBABILITY_METRICS else ""),
            f"- **Better:** {'higher' if spec.greater_is_better else 'lower'}",
            f"- **Range:** {_flat(doc['Returns']).removeprefix('float ')}",
            "- **Options:** "
            + ("`average`, `pos_label`, `zero_division`" if takes_average else "none"),
        ]
        parts.append(
            f"## {name}\n\n{doc['']}\n\n" + "\n".join(facts) + f"\n\n{_markdown(doc['Notes'])}"
        )
    return "\n\n".join(parts)


def errors() -> list[type[AimsError]]:
    """Give every error class, by its exit code."""
    found = [
        c for c in vars(aims_gh.errors).values() if inspect.isclass(c) and issubclass(c, AimsError)
    ]
    return sorted(found, key=lambda error: error.exit_code)


def errors_part(_: str) -> str:
    """Write every error with its exit code."""
    rows = [
        f"| {error.exit_code} | `{error.__name__}` | {(error.__doc__ or '').splitlines()[0]} |"
        for error in errors()
    ]
    return "\n".join(["| exit code | class | when |", "|--:|---|---|", *rows])


def environment_part(_: str) -> str:
    """Write every environment variable."""
    from aims_gh.settings import ENVIRONMENT

    rows = [f"| `{name}` | {what} |" for name, what in ENVIRONMENT.items()]
    return "\n".join(["| variable | what for |", "|---|---|", *rows])


def columns_part(_: str) -> str:
    """Write every column of a leaderboard."""
    from aims_gh.domain.leaderboard import (
        LEADING_COLUMNS,
        MODEL_COLUMNS,
        STANDING_COLUMNS,
        TRAILING_COLUMNS,
    )

    first = (*LEADING_COLUMNS, *STANDING_COLUMNS)
    rows = [f"| `{name}` | {WORDS['columns'][name]} |" for name in first]
    rows.append(
        "| *each metric* | The score on the public part; on the final board, the private. |"
    )
    rows.append("| *metric*`_low`, *metric*`_high` | Its 95 % confidence interval, where told. |")
    rows += [f"| `{n}` | {WORDS['columns'][n]} |" for n in (*MODEL_COLUMNS, *TRAILING_COLUMNS)]
    return "\n".join(["| column | meaning |", "|---|---|", *rows])


def api_part(name: str) -> str:
    """Write a class or function of the Python API: methods, arguments and results."""
    import aims_gh

    item = getattr(aims_gh, name)
    known = {} if name == FULLY_DESCRIBED else public_methods(getattr(aims_gh, FULLY_DESCRIBED))
    parts = [] if inspect.isclass(item) else [f"### {name}"]
    parts += _described(name, item)
    above = [c.__name__ for c in getattr(item, "__mro__", ())[1:] if c.__name__ in aims_gh.__all__]
    if above:
        parts.append(f"Has the methods of [{above[0]}](#{above[0].lower()}).")
    methods = {} if above else public_methods(item)
    alike = [method for method, function in methods.items() if known.get(method) is function]
    for method in [name for name in methods if name not in alike]:
        parts += [f"### {method}", *_described(method, methods[method])]
    if alike:
        names = ", ".join(f"`{method}`" for method in alike)
        parts.append(f"Has {names}, as described under [{FULLY_DESCRIBED}](#modelplayground).")
    return "\n\n".join(part for part in parts if part)


def _described(name: str, function: Any) -> list[str]:
    told = numpy_doc(function)
    parts = [told[""]]
    if callable(function):
        parts.append(f"```text\n{name}{_signature(function)}\n```")
    parts.append(_arguments(told.get("Parameters", "")))
    for title in ("Returns", "Raises"):
        entries = ENTRY.findall(told.get(title, ""))
        said = " ".join(f"`{kind}`: {_markdown(_flat(body))}" for kind, body in entries)
        parts += [f"**{title}** {said}"] if said else []
    return parts


def public_methods(item: Any) -> dict[str, Any]:
    """Give the methods and properties of a class, inherited ones first; a function has none."""
    found = {}
    for owner in reversed(getattr(item, "__mro__", ())[:-1]):
        for name, value in vars(owner).items():
            if not name.startswith("_") and (callable(value) or isinstance(value, property)):
                found[name] = value
    return found


def _signature(function: Any) -> str:
    """Write a signature without types: the list below it has them."""
    shown: list[str] = []
    for item in inspect.signature(function).parameters.values():
        if item.kind == item.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        if item.name != "self":
            default = "" if item.default is item.empty else f"={item.default!r}"
            shown.append(f"{item.name}{default}")
    return f"({', '.join(shown)})"


def numpy_doc(item: Any) -> dict[str, str]:
    """Split a numpy docstring into its sections; the summary is called ''."""
    text = inspect.getdoc(item) or ""
    summary, *pieces = re.split(r"(?m)^(\w+)\n-{3,}\n", text)
    sections = zip(["", *pieces[::2]], [summary, *pieces[1::2]], strict=True)
    return {name: part.strip() for name, part in sections}


def _arguments(text: str) -> str:
    """Turn a section of parameters into a list."""
    lines = []
    for head, body in ENTRY.findall(text):
        name, _, kind = head.partition(" : ")
        told = f": {_markdown(_flat(body))}" if body.strip() else ""
        lines.append(f"- `{name}`{f' ({kind})' if kind else ''}{told}")
    return "\n".join(lines)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def aims_names() -> dict[str, dict[str, str]]:
    """Give the names of aimodelshare, with what is said of each."""
    found: dict[str, dict[str, str]] = yaml.safe_load(
        (DOCS / "reference" / "aimodelshare.yml").read_text(encoding="utf-8")
    )
    return found


def aims_part(_: str) -> str:
    """Write every name of aimodelshare: its arguments, and what it does here."""
    states = {"same": "as it was", "other": "another way", "replaced": "an error"}
    lines = ["| name | here | |", "|---|---|---|"]
    for name, told in aims_names().items():
        arguments = ", ".join(told["arguments"].split())
        words = told.get("words") or replacement(name)
        lines.append(f"| `{name}({arguments})` | {states[told['state']]} | {_flat(words)} |")
    return "\n".join(lines)


def replacement(name: str) -> str:
    """Call a name that is replaced, and give what its error says to use instead."""
    import aims_gh
    from aims_gh.errors import AimsError

    owner, _, method = name.rpartition(".")
    if owner:
        made = getattr(aims_gh, owner)("tabular", "classification", False)
        called = getattr(made, method)
    else:
        called = getattr(aims_gh, name)
    needed = [
        None
        for item in inspect.signature(called).parameters.values()
        if item.default is item.empty and item.kind == item.POSITIONAL_OR_KEYWORD
    ]
    try:
        called(*needed)
    except AimsError as error:
        why = error.message.partition(": ")[2]
        return f"{why[0].upper()}{why[1:]}. Instead: {error.hint}."
    raise ValueError(f"{name} is not replaced")


FULLY_DESCRIBED = "ModelPlayground"
PARTS: dict[str, Callable[[str], str]] = {
    "record": record_part,
    "commands": commands_part,
    "metrics": metrics_part,
    "errors": errors_part,
    "environment": environment_part,
    "columns": columns_part,
    "class": api_part,
    "function": api_part,
    "aims": aims_part,
}


def _slug(heading: str) -> str:
    return str(slugify(heading.replace("`", ""), "-"))


def places() -> dict[str, str]:
    """Find the page and heading under which each record is described."""
    found = {}
    for page in sorted(DOCS.rglob("*.md")):
        heading = ""
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                heading = line.lstrip("# ")
            elif match := re.fullmatch(r"<!-- generated: record (\w+) -->", line):
                found[match[1]] = f"{page.relative_to(DOCS).as_posix()}#{_slug(heading)}"
    return found


def filled(page: Path) -> str:
    """Give a page with its generated parts made anew."""
    where = places()
    here = page.relative_to(DOCS).as_posix()

    def link(match: re.Match[str]) -> str:
        target, _, anchor = where[match[2]].partition("#")
        target = "" if target == here else Path(target).name
        return f"[{match[1]}]({target}#{anchor})"

    def fill(match: re.Match[str]) -> str:
        text = PARTS[match[2]](match[3] or "")
        text = re.sub(r"\[(\w+)\]\(([A-Z]\w+)\)", link, text)
        return f"{match[1]}\n{text}\n\n{match[5]}"

    return PART.sub(fill, page.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """Write, or with --check only compare, every page."""
    stale = [p for p in sorted(DOCS.rglob("*.md")) if filled(p) != p.read_text(encoding="utf-8")]
    for page in stale:
        print(f"{'stale' if '--check' in arguments else 'written'}: {page.relative_to(ROOT)}")
        if "--check" not in arguments:
            page.write_text(filled(page), encoding="utf-8", newline="\n")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
