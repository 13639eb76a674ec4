"""An app of the owners' own: check its folder, and put the model beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aims_gh.domain.record import Problems, load_yaml
from aims_gh.domain.submission import MODEL_FILE
from aims_gh.errors import CourseError
from aims_gh.flows.deploy import Deployable
from aims_gh.host import Files
from aims_gh.host.folder import APP_FILE

MOST_FILES = 500
MOST_BYTES = 50_000_000
_SDKS = ("gradio", "docker", "static")
_LEFT_OUT = (".git", "__pycache__", ".venv", ".ipynb_checkpoints", ".DS_Store", "node_modules")
_SECRET = re.compile(
    r"(?i)^(\.env(\..*)?|\.netrc|\.npmrc|\.pypirc|id_(rsa|dsa|ecdsa|ed25519)|.*\.(pem|key|p12|pfx)"
    r"|credentials(\.(json|txt|ini))?|secrets?\.(toml|ya?ml|json|txt))$"
)
_TOKEN = re.compile(
    rb"AGE-SECRET-KEY-1[0-9A-Z]{50}|\bhf_[A-Za-z0-9]{30,}|\bgh[pousr]_[A-Za-z0-9]{30,}"
    rb"|\bgithub_pat_\w{40,}|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


def own_app_folder(folder: Path, found: Deployable) -> Files:
    """Read an app of somebody's own, and add `model.onnx` and `app.json`.

    Parameters
    ----------
    folder : Path
        With a README.md whose front matter says how it is run, as Hugging Face reads it.

    Raises
    ------
    CourseError
        With everything that is wrong with the folder.
    """
    if not folder.is_dir():
        raise CourseError(f"there is no folder {folder}", hint="--app FOLDER names your app")
    files, problems = _read(folder)
    problems += _front_matter_problems(files)
    if problems:
        raise CourseError(
            f"{folder} cannot be deployed: {'; '.join(problems[:12])}",
            hint="the how-to page “Serve a model” says what an app of your own needs",
        )
    return files | {MODEL_FILE: found.model, APP_FILE: found.app.to_json()}


def _read(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    files: dict[str, bytes] = {}
    problems: list[str] = []
    size = 0
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if problem := _unfit(path, name):
            problems.append(problem)
            continue
        size += path.stat().st_size
        if len(files) >= MOST_FILES or size > MOST_BYTES:
            limit = f"{MOST_FILES} files and {MOST_BYTES // 1_000_000} MB"
            problems.append(f"it has more than {limit}, the model not counted")
            break
        files[name] = path.read_bytes()
        if _TOKEN.search(files[name]):
            problems.append(f"{name} holds what looks like a secret key or a token")
    return files, problems


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _LEFT_OUT:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        else:
            yield path


def _unfit(path: Path, name: str) -> str | None:
    if path.is_symlink() or not path.is_file():
        return f"{name} is no ordinary file"
    if _SECRET.match(path.name):
        return f"{name} looks like a secret: what is pushed can be read by others"
    if name in (MODEL_FILE, APP_FILE):
        return f"{name} is there already, and aims-gh writes that file"
    return None


def _front_matter_problems(files: Files) -> list[str]:
    """Tell what keeps Hugging Face from running it."""
    readme = files.get("README.md", b"").decode("utf-8", "replace")
    found = re.match(r"---\r?\n(.*?)\r?\n---\s*(?:\n|$)", readme, re.DOTALL)
    if found is None:
        return ["README.md has no front matter (--- sdk: gradio, app_file: app.py ---)"]
    try:
        front, _ = load_yaml(found[1].encode())
    except Problems as problems:
        return [f"the front matter of README.md is {problems}"]
    if not isinstance(front, dict) or front.get("sdk") not in _SDKS:
        return [f"sdk in README.md is none of {', '.join(_SDKS)}"]
    needed = _program(front)
    if needed not in files:
        return [f"{needed} is missing, which sdk: {front['sdk']} starts"]
    return []


def _program(front: dict[str, Any]) -> str:
    if front["sdk"] == "docker":
        return "Dockerfile"
    default = "app.py" if front["sdk"] == "gradio" else "index.html"
    return str(front.get("app_file", default))
