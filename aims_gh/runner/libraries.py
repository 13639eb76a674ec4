"""Where Python's packages lie: all that an owner's code may read, so that it can import them."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_PACKAGES = ("site-packages", "dist-packages")
_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store",
    "/etc/ld.so.cache", "/usr/share/zoneinfo",
)  # fmt: skip
_OWN_MAP = "/proc/self/maps"
"""Which libraries this very process has loaded; scikit-learn looks there for its threads."""


def library_paths(hidden: Iterable[Path]) -> tuple[str, ...]:
    """List the files and folders that have to be readable for Python to import.

    Installed packages, Python's own library, and the system's. Not every entry of `sys.path`:
    a checkout, or a folder named by `PYTHONPATH`, may hold anything.

    Parameters
    ----------
    hidden : iterable of Path
        Folders that stay closed even if they lie below one of these: those of secret keys.
    """
    closed = [folder.resolve() for folder in hidden]
    wanted = dict.fromkeys(path.resolve() for path in _candidates() if _exists(path))
    found = dict.fromkeys(str(p) for path in wanted for p in _without(path, closed))
    return (*found, *([_OWN_MAP] if _exists(Path(_OWN_MAP)) else []))


def _candidates() -> Iterator[Path]:
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_path(name))
    for prefix in (sys.base_prefix, sys.base_exec_prefix):
        yield from (Path(prefix) / "lib", Path(prefix) / "lib64")
    yield from (Path(entry) for entry in sys.path if Path(entry).name in _PACKAGES)
    if sys.platform != "win32":
        yield from map(Path, _SYSTEM)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # it lies in a folder that we may not enter
        return False


def _without(path: Path, closed: list[Path]) -> Iterator[Path]:
    """Give a path; where a closed folder lies below it, what else lies there."""
    if not any(folder.is_relative_to(path) for folder in closed):
        yield path
    elif path not in closed:
        # A right to a folder is one to all that is below: there are no exceptions from it.
        with suppress(PermissionError):
            for inner in sorted(path.iterdir()):
                if not inner.is_symlink():
                    yield from _without(inner, closed)
