"""Git: the only module that runs it; arguments as a list, and nothing of the caller's around it."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Literal, Self

from aims_gh.core.inert import plain
from aims_gh.errors import ForgeError

# From scratch, so that no GIT_DIR of a hook we run in, no askpass and no tracing of the
# caller's reaches git. It needs no PATH: its own programs lie where it was built to look.
_ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C",  # update_refs reads git's messages
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # an id means the bytes it was made of
    # A repository's own configuration must not make reading a missing object run a program.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    # What git 3 starts anew is not what GitHub, or git 2.34, reads.
    "GIT_DEFAULT_HASH": "sha1",
    "GIT_DEFAULT_REF_FORMAT": "files",
}

_AT_ONCE = 48  # that many ids are less than 4 kB, which any pipe holds: nobody waits for ever

# There is no safe.directory=* here because there is no need: git asks who owns a repository
# only where it had to look for one, and we always name it (--git-dir). That is safe because,
# with the settings here and above, no command of ours runs anything that a repository's
# configuration or hooks could name: no hook, filter, diff driver, pager, helper or fetch.
_SETTINGS = (
    f"core.hooksPath={os.devnull}",
    # A score that was announced must outlive a power cut: 4 ms for each commit on a solid disk.
    "core.fsync=loose-object,pack,pack-metadata,reference",
    "core.filesRefLockTimeout=1000",
    # What fast-import packs it mostly unpacks again at once: only that one deflates, and a
    # model of 10 MB is proposed in a third of a second instead of in eight tenths.
    "pack.compression=0",
    "gc.auto=0",
)

_MAX_WORDS = 100_000
_CUT_OFF = re.compile(r"File too large|over limit|[Oo]ut of memory")

_MOST_MEMORY = "1g"
"""At once, for what a server sends: git inflates commits and folders whole, however large."""

_OBJECT = re.compile(rb"([0-9a-f]{40,64}) ([a-z]+) ([0-9]+)\n")


class GitFailed(ForgeError):
    """Git ran and refused; `stderr` is all it said."""

    def __init__(
        self, command: str, stderr: str, repository: Path | None, *, hint: str | None = None
    ) -> None:
        # Where fast-import dies, the line that says why is not the last.
        lines = [line for line in stderr.splitlines() if line.strip()] or ["it gave no reason"]
        told = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
        reason = plain(told[-1]).removeprefix("fatal: ").removeprefix("error: ")[:300]
        where = repository or "this folder"
        super().__init__(
            f"git {command} failed: {reason}",
            hint=hint or f"see that {where} can be read and written, and that its disk is not full",
        )
        self.command, self.stderr = command, stderr


def run(args: Sequence[str], *, repository: Path | None = None, input: bytes = b"") -> bytes:
    """Run one git command to its end; return what it printed.

    Raises
    ------
    GitFailed
        With git's own words.
    ForgeError
        If there is no git.
    """
    done = subprocess.run(
        _command(args, repository), input=input, capture_output=True, env=_ENVIRONMENT, check=False
    )
    if done.returncode != 0:
        raise GitFailed(args[0], done.stderr.decode(errors="replace"), repository)
    return done.stdout


def _command(args: Sequence[str], repository: Path | None, more: Sequence[str] = ()) -> list[str]:
    git = shutil.which("git")
    if git is None:
        raise ForgeError("git is not installed", hint="install git 2.34 or newer: git-scm.com")
    settings = [part for setting in (*_SETTINGS, *more) for part in ("-c", setting)]
    place = [f"--git-dir={repository}"] if repository else []
    return [git, *settings, *place, *args]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a command that strangers feed may cost."""

    bytes: int
    """By which the repository may grow."""

    seconds: float


class OutOfBounds(ForgeError):
    """A command was stopped because it cost too much."""

    def __init__(self, what: str) -> None:
        super().__init__(f"git took {what}", hint="try again, or fetch less at a time")


@dataclass(frozen=True, slots=True)
class Access:
    """The one server that a command may speak to, and what it is told there."""

    scheme: str
    url: str
    token: str | None = field(repr=False)

    def environment(self) -> dict[str, str]:
        """Give what git is to find in its environment: its arguments are for all to see."""
        settings = {
            # Empty ones unset what a repository's configuration may say.
            "credential.helper": "",
            "core.askPass": "",
            "http.followRedirects": "false",
        }
        if self.token:
            basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode("ascii")
            settings[f"http.{self.url}.extraHeader"] = f"Authorization: Basic {basic}"
        numbered = {}
        for place, (key, value) in enumerate(settings.items()):
            numbered[f"GIT_CONFIG_KEY_{place}"] = key
            numbered[f"GIT_CONFIG_VALUE_{place}"] = value
        count = {"GIT_CONFIG_COUNT": str(len(settings)), "GIT_ALLOW_PROTOCOL": self.scheme}
        count["GIT_ALLOC_LIMIT"] = _MOST_MEMORY
        return {**_ENVIRONMENT, **count, **numbered}


def run_bounded(
    args: Sequence[str],
    *,
    repository: Path,
    bounds: Bounds,
    access: Access,
    settings: Sequence[str] = (),
) -> None:
    """Run a command that speaks to a server, and watch what it costs.

    Raises
    ------
    GitFailed
        With all that git said.
    OutOfBounds
        If it had to be stopped.
    """
    most = size(repository) + bounds.bytes
    until = time.monotonic() + bounds.seconds
    large = f"more than the {bounds.bytes:,} bytes allowed"
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            _limited(_command(args, repository, settings), bounds.bytes),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=access.environment(),
            start_new_session=True,  # so that what it started in turn is stopped with it
        )
        trouble = None
        while trouble is None:
            if _ended(process):
                break
            if size(repository) > most:
                trouble = large
            elif time.monotonic() > until:
                trouble = f"longer than the {bounds.seconds:g} seconds allowed"
        if trouble is not None:
            _stop(process)
            raise OutOfBounds(trouble)
        if process.returncode != 0:
            said.seek(0)
            words = said.read(_MAX_WORDS).decode(errors="replace")
            if _CUT_OFF.search(words):
                raise OutOfBounds(large)
            raise GitFailed(args[0], words, repository)


def _limited(command: list[str], size: int) -> list[str]:
    """Let no file that a command writes grow beyond a size; the watch above sees only later."""
    if sys.platform == "win32":
        return command
    # Told of a failed write git says so; the signal it would get instead kills it in silence.
    script = 'trap "" XFSZ; ulimit -f "$0" 2> /dev/null; exec "$@"'
    return ["sh", "-c", script, str(size // 512 + 1), *command]


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def size(repository: Path) -> int:
    """Tell how many bytes a repository's objects take on the disk."""
    total = 0
    for folder, _, names in os.walk(repository / "objects"):
        for name in names:
            with suppress(OSError):  # git renames what it has finished
                total += os.stat(os.path.join(folder, name)).st_size  # noqa: PTH116, PTH118
    return total


def credential(url: str, environment: Mapping[str, str]) -> str | None:
    """Ask the user's credential helper for a password, without a question to the user.

    Parameters
    ----------
    environment : mapping of str to str
        The user's own: it is there, and in the user's settings, that the helper is named.
    """
    git = shutil.which("git")
    if git is None:
        return None
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "GIT_ASKPASS": "true"}
    asked = f"url={url}\n\n".encode()
    try:
        done = subprocess.run(
            [git, "-c", "core.askPass=true", "credential", "fill"],
            input=asked,
            capture_output=True,
            env={**environment, **quiet},
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    for line in done.stdout.decode(errors="replace").splitlines():
        name, _, value = line.partition("=")
        if name == "password" and value:
            return value
    return None


@dataclass(frozen=True, slots=True)
class Header:
    """What git says of an object before its content."""

    oid: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a repository."""

    oid: str
    kind: str
    content: bytes


class TooLarge(Exception):
    """An object has more bytes than its reader will take; for the caller to say what it is."""

    def __init__(self, header: Header) -> None:
        super().__init__(f"{header.size:,} bytes")
        self.header = header


class Objects:
    """A repository's objects, asked of one long-lived git, and of one more where sizes matter.

    Names are ids and refs, never paths: `commit:path` would let a file's name with a newline
    in it ask for another object.

    Parameters
    ----------
    partial : bool
        Whether large files may be missing, left out when the repository was fetched.
    """

    def __init__(self, repository: Path, *, partial: bool = False) -> None:
        self._repository, self._partial = repository, partial
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for mode in list(self._running):
            self._end(mode)

    def find(self, name: str, *, limit: int | None = None) -> Object | None:
        """Read an object whole; None where there is no such id or ref.

        Raises
        ------
        TooLarge
            If it has more bytes than `limit`; they were not read then.
        """
        header = self._ask("--batch", name)
        if header is None:
            return None
        if limit is not None and header.size > limit:
            self._end("--batch")  # its content is on the way; the next question starts anew
            raise TooLarge(header)
        return Object(header.oid, header.kind, self._content(header))

    def read(self, oid: str, *, limit: int | None = None) -> bytes:
        """Read the content of an object that another one names."""
        found = self.find(oid, limit=limit)
        if found is None:
            raise self._lost(oid)
        return found.content

    def read_all(self, oids: Iterable[str]) -> Iterator[bytes]:
        """Read the content of many objects in their order, a few at a time.

        Waiting for git after each question takes most of the time of small ones.
        """
        todo = iter(oids)
        while some := list(islice(todo, _AT_ONCE)):
            self._say("--batch", some)
            found = []
            for oid in some:  # before any is given away: who takes it may ask for another
                header = self._header("--batch")
                if header is None:
                    self._end("--batch")
                    raise self._lost(oid)
                found.append(self._content(header))
            yield from found

    def size(self, oid: str) -> int | None:
        """Tell how many bytes an object has without reading it; None: it was left out."""
        header = self._ask("--batch-check", oid)
        if header is None and self._partial:
            return None
        if header is None:
            raise self._lost(oid)
        return header.size

    def _ask(self, mode: str, name: str) -> Header | None:
        self._say(mode, [name])
        return self._header(mode)

    def _say(self, mode: str, names: Sequence[str]) -> None:
        assert not any("\n" in name for name in names)
        if mode not in self._running:
            self._running[mode] = subprocess.Popen(
                _command(["cat-file", mode], self._repository),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_ENVIRONMENT,
            )
        try:
            # Past Python's buffer: what is stuck there would fail once more on closing.
            lines = "".join(f"{name}\n" for name in names)
            os.write(self._pipe(mode, "stdin").fileno(), lines.encode("ascii"))
        except BrokenPipeError:
            raise self._failed(mode) from None

    def _header(self, mode: str) -> Header | None:
        line = self._pipe(mode, "stdout").readline()
        if line.endswith(b" missing\n"):
            return None
        match = _OBJECT.fullmatch(line)
        if match is None:
            raise self._failed(mode)
        return Header(match[1].decode(), match[2].decode(), int(match[3]))

    def _content(self, header: Header) -> bytes:
        content = self._pipe("--batch", "stdout").read(header.size + 1)
        if len(content) != header.size + 1:
            raise self._failed("--batch")
        return content[:-1]

    def _pipe(self, mode: str, which: Literal["stdin", "stdout", "stderr"]) -> IO[bytes]:
        pipe: IO[bytes] | None = getattr(self._running[mode], which)
        assert pipe is not None
        return pipe

    def _lost(self, oid: str) -> ForgeError:
        return ForgeError(
            f"{self._repository} has lost the object {oid}",
            hint=f"git --git-dir='{self._repository}' fsck says what else: restore it from a copy",
        )

    def _end(self, mode: str) -> None:
        # It only reads, so there is nothing to wait for.
        with self._running.pop(mode) as process:
            process.kill()

    def _failed(self, mode: str) -> GitFailed:
        self._running[mode].kill()
        stderr = self._pipe(mode, "stderr").read().decode(errors="replace")
        return GitFailed(f"cat-file {mode}", stderr, self._repository)
