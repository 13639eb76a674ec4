"""Leave a slice of GitHub's OpenAPI description where the loopback GitHub looks for it.

From npm, at one version and with its digest; only the operations that the loopback GitHub knows.
`python tools/openapi.py [FILE]`; FILE is `github-openapi.json.gz` in the virtual environment
unless said otherwise. Silent, and without network, where FILE has all of them already.
"""

from __future__ import annotations

import base64
import fcntl
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from loopback.permissions import NEEDS  # noqa: E402

PACKAGE = "@octokit/openapi@23.0.2"
INTEGRITY = (
    "sha512-"
    "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
)
MEMBER = "package/generated/api.github.com.json"
NAMED = ("properties", "schemas", "responses", "examples", "parameters", "headers")
SILENT = ("description", "externalDocs", "x-octokit", "x-github", "summary", "tags")


def fetch() -> dict[str, Any]:
    """Fetch the whole description."""
    with tempfile.TemporaryDirectory() as folder:
        pack = ["npm", "pack", "--silent", "--pack-destination", folder, PACKAGE]
        try:
            subprocess.run(pack, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        except FileNotFoundError:
            sys.exit("GitHub's description of its API comes from npm: install Node.js with npm")
        (archive,) = Path(folder).glob("*.tgz")
        content = archive.read_bytes()
        algorithm, expected = INTEGRITY.split("-", 1)
        if base64.b64encode(hashlib.new(algorithm, content).digest()).decode() != expected:
            sys.exit(f"{PACKAGE} is not what was pinned: its digest is another")
        with tarfile.open(archive) as members:
            member = members.extractfile(MEMBER)
            assert member is not None
            whole: dict[str, Any] = json.load(member)
            return whole


def cut(whole: dict[str, Any], operations: set[str]) -> dict[str, Any]:
    """Keep these operations and whatever they refer to."""
    paths: dict[str, Any] = {}
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and operation.get("operationId") in operations:
                paths.setdefault(path, {})[method] = operation
    components: dict[str, dict[str, Any]] = {}
    pending = list(_references(paths))
    while pending:
        kind, name = pending.pop()
        if name not in components.setdefault(kind, {}):
            components[kind][name] = whole["components"][kind][name]
            pending += _references(components[kind][name])
    return {"paths": paths, "components": components}


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            _, _, kind, name = node["$ref"].split("/")
            yield kind, name
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _references(child)


def modern(node: Any, *, names: bool = False) -> Any:
    """Say `nullable` as JSON Schema says it, and leave out what no program reads.

    With `names`, the keys of this very mapping are somebody's names, not keywords.
    """
    if isinstance(node, list):
        return [modern(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: modern(value) for key, value in node.items()}
    node = {
        # An example is data, not a schema.
        key: value
        if key in ("value", "example", "enum", "default")
        else modern(value, names=key in NAMED)
        for key, value in node.items()
        if key not in SILENT
    }
    if node.pop("nullable", False) is True:
        if "enum" in node and None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
        if isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]
        elif "type" not in node:
            return {"anyOf": [node, {"type": "null"}]}
    return node


def is_there(target: Path) -> bool:
    """Tell whether the file has all operations that are wanted."""
    if not target.exists():
        return False
    paths = json.loads(gzip.decompress(target.read_bytes()))["paths"]
    held = {
        operation["operationId"] for methods in paths.values() for operation in methods.values()
    }
    return held >= set(NEEDS)


def provide(target: Path) -> None:
    """Make the file, once, however many ask at the same time."""
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_there(target):
            return
        part = modern(cut(fetch(), set(NEEDS)))
        fresh = target.with_suffix(".new")
        fresh.write_bytes(gzip.compress(json.dumps(part, separators=(",", ":")).encode(), mtime=0))
        fresh.replace(target)


if __name__ == "__main__":
    provide(Path(sys.argv[1] if sys.argv[1:] else Path(sys.prefix) / "github-openapi.json.gz"))
