"""A bundle: the files of a sealed submission as one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from aims_gh.errors import SubmissionError

AUTHOR_FILE = "author"
"""Who sealed it: nobody else can hand in a copy, which cannot be opened to change that."""

_MAX_FILES = 10
_WHEN = (1980, 1, 1, 0, 0, 0)
_BLOCK = 4096


def pack(files: Mapping[str, bytes]) -> bytes:
    """Put files together, stored as they are; the length tells their size to 4 KiB alone."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _WHEN), files[name])
        rest = -(stream.tell() + 200) % _BLOCK
        archive.comment = b" " * rest
    return stream.getvalue()


def unpack(bundle: bytes, *, limit: int) -> dict[str, bytes]:
    """Take files apart.

    Nothing is decompressed and no path is followed: names are names, and what is given is never
    more than the bundle has.

    Parameters
    ----------
    limit : int
        Bytes of all files together.

    Raises
    ------
    SubmissionError
        If it is no such bundle.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            members = archive.infolist()
            _check(members, limit)
            return {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError, NotImplementedError, EOFError):
        raise _damaged("is no archive as aims makes it") from None


def _check(members: list[zipfile.ZipInfo], limit: int) -> None:
    names = [member.filename for member in members]
    if len(names) > _MAX_FILES or len(set(names)) < len(names):
        raise _damaged("has too many files, or one twice")
    if any(
        m.compress_type != zipfile.ZIP_STORED or m.file_size != m.compress_size for m in members
    ):
        raise _damaged("is compressed")
    total = sum(member.file_size for member in members)
    if total > limit:
        raise _damaged(f"holds {total:,} bytes, the limit is {limit:,}")


def _damaged(why: str) -> SubmissionError:
    return SubmissionError(f"the sealed bundle {why}", hint="seal it again: aims submit --sealed")
