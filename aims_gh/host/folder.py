"""The folder of an app: self-contained, readable, and the same description for every target.

What people wrote is never put into a program: programs read `app.json`. In a README it is inert.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Literal

from aims_gh.core.example_row import example_row, shell_text
from aims_gh.core.inert import cell, plain
from aims_gh.domain.app import App
from aims_gh.domain.record import dump_yaml
from aims_gh.domain.submission import MODEL_FILE

Target = Literal["browser", "gradio", "container"]

APP_FILE = "app.json"
_PACKAGE = "aims_app"
_PARTS = (
    "__init__.py", "errors.py",
    "core/__init__.py", "core/inert.py", "core/pixels.py", "core/predictions.py", "core/table.py",
    "runner/__init__.py", "runner/feeds.py", "runner/inference.py",
)  # fmt: skip
"""The modules that say what a row and an answer mean; they need NumPy and onnxruntime alone."""

_DOCSTRING = '"""Parts of aims-gh, as they stand there: what a row and an answer mean."""\n'
_ENTRIES = ("aims.js", "app.js", "predict.js")
_STATIC = ("aims.css", "favicon.svg")
_NAMED = re.compile(r"""["']\./([\w.-]+)["']""")
_LONGEST = 2_000
_SHORT = 60
_ZERO_GPU = "spaces\n"
_MEDIA = "requirements-media.txt"
"""What an app needs beside, if its model takes recordings or videos."""

_SPACES: dict[Target, dict[str, Any]] = {
    "browser": {"sdk": "static", "app_file": "index.html"},
    "gradio": {"sdk": "gradio", "app_file": "app.py", "python_version": "3.12"},
    "container": {"sdk": "docker", "app_port": 7860},
}


def app_address(content: bytes) -> str | None:
    """Read of an `app.json` which playground it is of; None where another program wrote it.

    Examples
    --------
    >>> app_address(b'{"expo": {"name": "theirs"}}') is None
    True
    """
    try:
        told = json.loads(content)
    except ValueError:
        return None
    if not isinstance(told, dict) or not {"schema_version", "slug", "model"} <= told.keys():
        return None
    return str(told.get("address", ""))


def gradio_folder(
    app: App, model: bytes, templates: Path, *, target: Target = "gradio", zero_gpu: bool = False
) -> dict[str, bytes]:
    """Make the folder of a Gradio app.

    Parameters
    ----------
    templates : Path
        The folder `site_templates`.
    target : {"gradio", "container"}
        The container has a Dockerfile beside the same app.
    zero_gpu : bool
        For Hugging Face's ZeroGPU, which starts no app without its package.
    """
    space = templates / "space"
    files = _texts(space / "gradio")
    if target == "container":
        files |= _texts(space / "container")
    media = files.pop(_MEDIA)
    if app.sound or app.video:
        files["requirements.txt"] += media
    requirements = files["requirements.txt"].decode()
    if zero_gpu:
        files["requirements.txt"] = f"{requirements}{_ZERO_GPU}".encode()
    front = dict(_SPACES[target])
    if target == "gradio":
        front["sdk_version"] = _version(requirements, "gradio")
        if zero_gpu:
            front |= {"python_version": "3.12.12", "suggested_hardware": "zero-a10g"}
    files["README.md"] = _readme(files["README.md"].decode(), app, front)
    return files | _parts() | _data(app, model)


def browser_folder(
    app: App, model: bytes, templates: Path, scripts: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Make a folder that any static host serves, and that needs no other.

    Parameters
    ----------
    scripts : mapping of str to bytes
        What a site has in `assets/aims/`, bundled with npm's packages.
    """
    files = _texts(templates / "space" / "browser")
    files["README.md"] = _readme(files["README.md"].decode(), app, dict(_SPACES["browser"]))
    needed = {f"aims/{name}": scripts[name] for name in sorted(_needed(scripts))}
    return files | needed | _data(app, model)


def _data(app: App, model: bytes) -> dict[str, bytes]:
    return {APP_FILE: app.to_json(), MODEL_FILE: model}


def _texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def _parts() -> dict[str, bytes]:
    """Copy modules of this program, under a name that none installed has."""
    here = Path(__file__).resolve().parent.parent
    files = {name: (here / name).read_text(encoding="utf-8") for name in _PARTS}
    files["__init__.py"] = _DOCSTRING
    renamed = {
        name: re.sub(r"^(\s*from )aims_gh\.", rf"\1{_PACKAGE}.", text, flags=re.MULTILINE)
        for name, text in files.items()
    }
    return {f"{_PACKAGE}/{name}": text.encode() for name, text in renamed.items()}


def _needed(scripts: Mapping[str, bytes]) -> set[str]:
    """Name the scripts that the page needs: those it starts with, and what they name."""
    found: set[str] = {*_STATIC}
    waiting = list(_ENTRIES)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name.endswith(".js"):
            text = scripts[name].decode("utf-8")
            waiting += [each for each in _NAMED.findall(text) if each in scripts]
    return found


def _version(requirements: str, package: str) -> str:
    pins = dict(line.split("==") for line in requirements.split())
    return pins[package]


def _readme(text: str, app: App, front: Mapping[str, Any]) -> bytes:
    """Fill in a README: front matter as Hugging Face reads it, and inert text."""
    assert app.model is not None
    matter = {
        "title": plain(app.title),
        "colorFrom": "indigo",
        "colorTo": "gray",
        **front,
        "pinned": False,
        "short_description": textwrap.shorten(plain(app.description), _SHORT, placeholder=" …"),
    }
    body = Template(text).substitute(
        title=cell(app.title),
        description=cell(app.description),
        version=app.model.version,
        address=cell(app.address),
        username=cell(app.model.username),
        **_questions(app),
    )
    yaml = dump_yaml({key: value for key, value in matter.items() if value != ""})
    return f"---\n{yaml}---\n\n{body}".encode()


_ROWS = """\
python -c 'import json; print(json.dumps({"data": [json.load(open("app.json"))["examples"]]}))' \\
  > rows.json
"""

_FILE = """

`predict` takes a $what. Send the file; ask with the PATH that comes back.

```
curl -s -F files=@FILE http://127.0.0.1:7860/gradio_api/upload
curl -s -X POST http://127.0.0.1:7860/gradio_api/call/predict -H 'Content-Type: application/json' \\
  -d '{"data": [{"path": "PATH", "meta": {"_type": "gradio.FileData"}}]}'
curl -s http://127.0.0.1:7860/gradio_api/call/predict/EVENT_ID
```"""


def _questions(app: App) -> dict[str, str]:
    """Write how programs ask: example rows as a shell's quotes take them, or out of their file."""
    body = shell_text(json.dumps({"data": [[example_row(app)]]}))
    long = len(body) > _LONGEST and bool(app.examples)
    kinds = {"picture": app.picture, "recording": app.sound, "video": app.video}
    what = next((name for name, form in kinds.items() if form), None)
    return {
        "rows": _ROWS if long else "",
        "body": "@rows.json" if long else f"'{body}'",
        "file": Template(_FILE).substitute(what=what) if what else "",
    }
