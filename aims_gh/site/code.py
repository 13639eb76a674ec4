"""The owners' code: starter notebooks and scripts, as Markdown."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from aims_gh.core.inert import plain
from aims_gh.site import text

_FENCES = {".py": "python", ".R": "r", ".r": "r", ".js": "javascript", ".sh": "sh", ".yml": "yaml"}
_MAX_SHOWN = 400_000
_TEXT_OUTPUTS = ("text/plain",)


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file of a playground's folder `code/`."""

    name: str
    anchor: str
    address: str
    """From the page of the code to the file."""

    size: str
    markdown: str
    """The owners' Markdown, trusted."""

    repository: str = ""
    """The file on GitHub, where it is there."""

    colab: str = ""


def code_files(files: dict[str, bytes], slug: str, repository: str) -> tuple[CodeFile, ...]:
    """Prepare what lies in `code/`, notebooks first.

    Parameters
    ----------
    files : dict of str to bytes
        Content by path below the playground's folder, ``code/starter.ipynb``.
    repository : str
        The course's address on GitHub, ``https://github.com/OWNER/NAME``, or empty.
    """
    names = sorted(files, key=lambda path: (not path.endswith(".ipynb"), path))
    return tuple(_code_file(path, files[path], slug, repository) for path in names)


def _code_file(path: str, content: bytes, slug: str, repository: str) -> CodeFile:
    name = path.removeprefix("code/")
    there = f"/blob/main/playgrounds/{slug}/{quote(path)}"
    on_github = f"{repository}{there}" if repository else ""
    colab = ""
    if name.endswith(".ipynb") and repository.startswith("https://github.com/"):
        owner_and_name = repository.removeprefix("https://github.com/")
        colab = f"https://colab.research.google.com/github/{owner_and_name}{there}"
    return CodeFile(
        name=plain(name),
        anchor=f"file-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}",
        address=f"{quote(name)}",
        size=text.size(len(content)),
        markdown=_markdown(name, content),
        repository=on_github,
        colab=colab,
    )


def _markdown(name: str, content: bytes) -> str:
    if len(content) > _MAX_SHOWN:
        return "It is too large to be shown here."
    try:
        written = content.decode("utf-8")
    except UnicodeDecodeError:
        return "It is no text."
    if name.endswith(".ipynb"):
        return notebook(written)
    if name.endswith(".md"):
        return written
    return fenced(written, _FENCES.get(PurePosixPath(name).suffix, "text"))


def notebook(written: str) -> str:
    r"""Turn a notebook into Markdown: its text, its code, and what its code printed.

    Pictures among the outputs are left out; the notebook itself has them.

    Examples
    --------
    >>> print(notebook('{"cells": [{"cell_type": "code", "source": ["1 + 1"], "outputs": []}]}'))
    ```python
    1 + 1
    ```
    """
    try:
        cells = json.loads(written)["cells"]
        return "\n\n".join(part for cell in cells for part in _cell(cell))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "It is no notebook that can be read."


def _cell(cell: dict[str, Any]) -> list[str]:
    source = _joined(cell.get("source", ""))
    if cell.get("cell_type") == "markdown":
        return [re.sub(r"^(#{1,4}) ", r"\1## ", source, flags=re.MULTILINE)]
    if cell.get("cell_type") != "code" or not source.strip():
        return []
    said = [_output(output) for output in cell.get("outputs", ())]
    return [fenced(source, "python"), *(fenced(one, "text") for one in said if one.strip())]


def _output(output: dict[str, Any]) -> str:
    if output.get("output_type") == "stream":
        return plain_lines(_joined(output.get("text", "")))
    data = output.get("data", {})
    return plain_lines("\n".join(_joined(data[kind]) for kind in _TEXT_OUTPUTS if kind in data))


def _joined(source: Any) -> str:
    return "".join(source) if isinstance(source, list) else str(source)


def plain_lines(written: str) -> str:
    """Drop from each line what a terminal would act on."""
    return "\n".join(plain(line) for line in written.splitlines())


def fenced(written: str, language: str) -> str:
    """Put text into a fence that nothing in it can end.

    Examples
    --------
    >>> print(fenced("a = 1", "python"))
    ```python
    a = 1
    ```
    """
    longest = max((len(run) for run in re.findall("`+", written)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{written.rstrip()}\n{fence}"
