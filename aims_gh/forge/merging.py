"""Merge a text of which two people have changed copies, as git does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aims_gh.forge import git


def merge_text(ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
    """Join the changes that two sides made to a text; None where they made them at one place.

    Only text can be merged: bytes with a zero among them, or that are not UTF-8, give None.
    """
    if not all(map(_is_text, (ours, base, theirs))):
        return None
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for path, content in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(content)
        try:
            return git.run(["merge-file", "--stdout", "--quiet", *map(str, paths)])
        except git.GitFailed as failed:
            if failed.stderr.strip():
                raise
            return None  # its exit code was the number of conflicts


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
