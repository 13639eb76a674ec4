"""The scripts and style sheets of the pages, with what they need from npm bundled into them.

Nothing third-party is part of this project: exact versions, with digests, are in
`site_templates/assets/package-lock.json`, and npm fetches them once for each version of it. Where
npm is missing, or reaches no network, scripts that need nothing from it are used as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ENTRY = "aims.js"
STYLES = "aims.css"
_SECONDS = 300
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")
_NEEDED = re.compile(
    r"(?i)PATH|PATHEXT|COMSPEC|SYSTEMROOT|HOME|USERPROFILE|(LOCAL)?APPDATA|TMPDIR|TMP|TEMP|LANG"
    r"|LC_ALL|(HTTPS?|NO|ALL)_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|NPM_CONFIG_.*"
)
_NOT_SHIPPED = ("package.json", "package-lock.json", ".npmrc")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Assets:
    """What lies in `assets/aims/` of a site."""

    files: Mapping[str, bytes]
    """Content by file name."""

    modules: frozenset[str]
    """Names of the scripts that pages may ask for."""

    missing: str = ""
    """Why some are not there, and what to do; empty where all are."""


def assets(sources: Path, cache: Path | None, *, say: Say = lambda _: None) -> Assets:
    """Give the scripts and style sheets, bundled where npm can be had.

    Parameters
    ----------
    sources : Path
        The folder `site_templates/assets`.
    cache : Path or None
        Where packages and bundles are kept from one build to the next; None: do without npm.
    say : callable
        Told when something that takes long begins.
    """
    source = _read(sources)
    if cache is None:
        return _plain(source, "")
    npm = shutil.which("npm")
    if npm is None:
        return _plain(source, "npm is not installed: install Node.js 20 or newer")
    # This file says how bundles are made, so another one makes others.
    bundle = cache / f"bundle-{_digest(source | {'': Path(__file__).read_bytes()})}"
    if not bundle.is_dir():
        try:
            _make(bundle, source, _packages(npm, source, cache, say))
        except (subprocess.SubprocessError, OSError) as error:
            return _plain(source, f"npm could not fetch the packages: {_reason(error)}")
    files = {path.name: path.read_bytes() for path in sorted(bundle.iterdir())}
    return Assets(files, _modules(source))


def _read(sources: Path) -> dict[str, bytes]:
    paths = sorted(path for path in sources.rglob("*") if path.is_file())
    return {path.relative_to(sources).as_posix(): path.read_bytes() for path in paths}


def _digest(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, content in files.items():
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()[:24]


def _is_module(name: str) -> bool:
    return "/" not in name and name.endswith(".js")


def _modules(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.removesuffix(".js") for name in names if _is_module(name))


def _plain(source: Mapping[str, bytes], missing: str) -> Assets:
    """Use the sources as they are, without the modules that need packages."""
    scripts = {n: c.decode("utf-8") for n, c in source.items() if n.endswith((".js", ".mjs"))}
    usable = {name for name in scripts if not _needs_packages(name, scripts, set())}
    files = {name: source[name] for name in sorted(usable)} | _pictures(source)
    files[STYLES] = _styles(source)
    return Assets(files, _modules(usable), missing)


def _needs_packages(name: str, scripts: Mapping[str, str], seen: set[str]) -> bool:
    """Tell whether a script, or one that it imports, imports a package."""
    if name in seen:
        return False
    seen.add(name)
    for address in _IMPORT.findall(scripts.get(name, "")):
        if not address.startswith("."):
            return True
        beside = (Path(name).parent / address).as_posix()
        if _needs_packages(beside, scripts, seen):
            return True
    return False


def _pictures(source: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in source.items() if name.endswith(".svg")}


def _styles(files: Mapping[str, bytes]) -> bytes:
    """Join the style sheets, the common one first: one request in place of many."""
    names = [name for name in files if name.endswith(".css")]
    names.sort(key=lambda name: (name != STYLES, name))
    return b"\n".join(files[name] for name in names)


def _packages(npm: str, source: Mapping[str, bytes], cache: Path, say: Say) -> Path:
    """Give the folder with the packages, installed once for each lock file."""
    wanted = {name: source[name] for name in _NOT_SHIPPED}
    place = cache / f"packages-{_digest(wanted)}"
    if place.is_dir():
        return place
    say("fetching the browser's libraries with npm (once)")
    with _beside(place) as folder:
        for name, content in wanted.items():
            (folder / name).write_bytes(content)
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        _move(folder, place)
    return place


def _make(bundle: Path, source: Mapping[str, bytes], packages: Path) -> None:
    """Bundle the scripts: one file for each that pages ask for, shared parts apart."""
    with _beside(bundle) as folder, tempfile.TemporaryDirectory(dir=packages) as inside:
        for name, content in source.items():
            if name not in _NOT_SHIPPED:
                (Path(inside) / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(inside) / name).write_bytes(content)
        entries = [name for name in source if _is_module(name)]
        esbuild = packages / "node_modules" / ".bin" / "esbuild"
        _run(
            [
                str(esbuild), *entries, "--bundle", "--splitting", "--format=esm", "--minify",
                "--target=es2022", "--charset=utf8", "--legal-comments=eof", "--log-level=error",
                f"--outdir={folder}",
            ],
            Path(inside),
        )  # fmt: skip
        made = {path.name: path.read_bytes() for path in folder.glob("*.css")}
        for name in made:
            (folder / name).unlink()
        own = {name: content for name, content in source.items() if name.endswith(".css")}
        (folder / STYLES).write_bytes(_styles(own | {f"npm/{n}": c for n, c in made.items()}))
        for name, content in _pictures(source).items():
            (folder / name).write_bytes(content)
        copied = json.loads(source["package.json"]).get("aims", {}).get("copied", [])
        for name in copied:
            shutil.copy(packages / "node_modules" / name, folder)
        _move(folder, bundle)


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Give a folder to fill, on the same disk as its place; what is left of it goes away."""
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path, place: Path) -> None:
    """Put a whole folder in its place; another process that was faster made the same."""
    try:
        folder.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(
        command, cwd=folder, check=True, timeout=_SECONDS, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=_environment(),
    )  # fmt: skip


def _environment() -> Mapping[str, str]:
    """Give what npm needs of this process's variables: no token, as jobs that deploy have them."""
    return {name: value for name, value in os.environ.items() if _NEEDED.fullmatch(name)}


def _reason(error: Exception) -> str:
    """Give the line of npm's output that says most."""
    said = getattr(error, "output", None) or str(error).encode()
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines()]
    telling = [line for line in lines if "error" in line.lower()] or lines or [str(error)]
    return telling[0][:200]
