"""Put a folder in the place of another: complete, or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from aims_gh.errors import SiteError


@contextmanager
def staged(out: Path, sign: PurePosixPath) -> Iterator[Path]:
    """Give an empty folder to fill; at the end it takes the place of `out`.

    After an exception inside, `out` is as it was.

    Parameters
    ----------
    out : Path
        Replaced as a whole.
    sign : PurePosixPath
        A file by which a folder is known to be replaceable. A folder with content and
        without it is somebody's, and is left alone.
    """
    out = out.resolve()
    _check_replaceable(out, sign)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        # On the same disk as `out`, so that the swap is a rename. In a folder within,
        # because a temporary folder itself is closed to other users.
        beside = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    except OSError as error:
        raise SiteError(
            f"{out} cannot be written: {error.strerror}", hint="choose another folder"
        ) from error
    try:
        new = beside / "new"
        new.mkdir()
        yield new
        _swap(new, out, beside / "old")
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def merge(folder: Path, into: Path) -> None:
    """Move what is in a folder into another on the same disk; what is there already stays."""
    if not into.exists():
        folder.rename(into)
        return
    for path in sorted(folder.iterdir()):
        merge(path, into / path.name)


def _check_replaceable(out: Path, sign: PurePosixPath) -> None:
    if not out.exists():
        return
    if not out.is_dir() or (any(out.iterdir()) and not (out / sign).is_file()):
        raise SiteError(
            f"{out} holds something that is not a site made by aims",
            hint="choose an empty folder, or one that does not exist yet",
        )


def _swap(new: Path, out: Path, old: Path) -> None:
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
