"""Locks: git's own, outlasted, and removed where the process that took one was killed."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from aims_gh.errors import ForgeError
from aims_gh.forge import git
from aims_gh.forge.patience import Patience

if sys.platform != "win32":
    import fcntl

_logger = logging.getLogger(__name__)
_LOCKED = re.compile(r"nable to create (?:file )?'?(.+\.(?:lock|new))'?: File exists")


def run_unlocked(
    args: Sequence[str], *, repository: Path, patience: Patience, input: bytes = b""
) -> None:
    """Run a git command that takes locks, again and again while others hold them.

    Raises
    ------
    ForgeError
        If git refuses for another reason, or the locks never come free.
    """
    for _ in patience.tries():
        try:
            git.run(args, repository=repository, input=input)
        except git.GitFailed as failed:
            match = _LOCKED.search(failed.stderr)
            if match is None:
                raise
            _outlast(repository, repository / match[1], patience.stale)
        else:
            return
    raise ForgeError(
        f"others keep {repository} locked", hint="wait until they are done, then try again"
    )


def _outlast(repository: Path, lock: Path, seconds: float) -> None:
    # Git cannot take its lock along when it is killed, and would refuse for ever after.
    # Only time in which we watched counts: after a laptop slept, an old date means nothing.
    seen = _identity(lock)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if seen is None or _identity(lock) != seen:
            return
        time.sleep(0.05)
    if sys.platform == "win32":
        raise ForgeError(
            f"{lock} was left by a process that was killed",
            hint="delete it when no other aims or git works on this course",
        )
    # Two who watched must not both remove: the second would remove a living process's lock.
    with (repository / "aims.guard").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if _identity(lock) == seen:
            _logger.warning("removing %s, left by a process that was killed", lock)
            lock.unlink(missing_ok=True)


def _identity(lock: Path) -> tuple[int, int] | None:
    try:
        found = lock.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
