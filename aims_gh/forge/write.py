"""Write to a repository without a work tree: objects first, then refs, all or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aims_gh.core.inert import plain
from aims_gh.errors import ForgeError
from aims_gh.forge import Change, git
from aims_gh.forge.locks import run_unlocked
from aims_gh.forge.patience import Patience

_MOVED = re.compile(
    r"but expected|already exists|unable to resolve reference|incorrect old value"
    r"|cannot lock references|data is locked|concurrently modified"  # reftable's words
)


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """A ref, what it becomes, and what it must be before; None: it must not exist yet."""

    name: str
    new: str
    old: str | None


def write_commit(
    repository: Path, change: Change, *, parent: str | None, author: str, time: datetime
) -> str:
    """Write a commit that no ref names yet; return its id.

    `fast-import` takes any number of files in one process, and needs no index, no work tree
    and no identity of the user's. The branch it insists on is reset before the end of its
    input, so that it never becomes a ref.
    """
    when = f"{int(time.timestamp())} +0000"
    message = change.message.replace("\0", "").encode(errors="replace")
    parts = [
        # Without it, input that stops where its writer was killed would count as complete.
        b"feature done\n",
        b"commit refs/aims/new\nmark :1\n",
        f"author {author} <{author}@localhost> {when}\n".encode(),
        f"committer aims <aims@localhost> {when}\n".encode(),
        b"data %d\n%s\n" % (len(message), message),
        b"from %s\n" % parent.encode() if parent else b"",
    ]
    for path, content in change.files.items():
        if content is None:
            parts.append(b"D %s\n" % _quoted(path))
        else:
            parts += [b"M 100644 inline %s\ndata %d\n" % (_quoted(path), len(content)), content]
            parts.append(b"\n")
    parts.append(b"get-mark :1\nreset refs/aims/new\n\ndone\n")
    said = git.run(["fast-import", "--quiet"], repository=repository, input=b"".join(parts))
    return said.decode("ascii").strip()


def write_blob(repository: Path, content: bytes) -> str:
    """Write a file that no tree names; return its id."""
    said = git.run(["hash-object", "-w", "--stdin"], repository=repository, input=content)
    return said.decode("ascii").strip()


def check_path(path: str) -> bytes:
    """Refuse what git refuses to check out on one system or another."""
    for name in path.split("/"):
        folded = name.rstrip(" .").lower()
        if folded in ("", ".git", "git~1") or "\0" in name:
            raise _no_such_path(path)
    try:
        return path.encode()
    except UnicodeEncodeError:
        raise _no_such_path(path) from None


def _quoted(path: str) -> bytes:
    data = check_path(path)
    safe = (chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\{b:03o}" for b in data)
    return b'"%s"' % "".join(safe).encode("ascii")


def _no_such_path(path: str) -> ForgeError:
    return ForgeError(
        f"git cannot keep a file named {plain(path)[:100]!r}",
        hint="name it by folders and a file with / in between, without .. or .git",
    )


def update_refs(repository: Path, updates: Sequence[RefUpdate], patience: Patience) -> bool:
    """Move refs, all or none; False where somebody else moved one of them first.

    Raises
    ------
    ForgeError
        If git refuses for another reason, or a lock never comes free.
    """
    lines = ["start"]
    for update in updates:
        if update.old is None:
            lines.append(f"create {update.name} {update.new}")
        else:
            lines.append(f"update {update.name} {update.new} {update.old}")
    lines += ["prepare", "commit", ""]
    try:
        run_unlocked(
            ["update-ref", "--stdin"],
            repository=repository,
            patience=patience,
            input="\n".join(lines).encode("ascii"),
        )
    except git.GitFailed as failed:
        if _MOVED.search(failed.stderr):
            return False
        raise
    return True


def pack_refs(repository: Path, patience: Patience) -> None:
    """Put all refs into one file: 10,000 proposals are then listed in a third of the time."""
    run_unlocked(["pack-refs", "--all"], repository=repository, patience=patience)
