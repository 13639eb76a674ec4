"""A bare repository on the server's disk, asked and changed by git itself."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

NOTHING = "0" * 40
_ID = re.compile(r"[0-9a-f]{40}")
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsync": "none",
    "gc.auto": "0",
    "receive.autogc": "false",
    "init.defaultBranch": "main",
    "core.quotePath": "false",
}


def _ended_by(end: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read1(1 << 16):  # type: ignore[attr-defined]
        *lines, rest = (rest + chunk).split(end)
        yield from lines


class GitFailed(Exception):
    """Git refused; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a tree."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something to a commit, and when (ISO 8601)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as it stands in git."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs between two trees."""

    status: str
    path: str
    previous: str | None
    sha: str
    additions: int
    deletions: int


def environment(settings: Mapping[str, str] = SETTINGS) -> dict[str, str]:
    """Give git's environment: ours alone, whatever the caller's is."""
    config = {"GIT_CONFIG_COUNT": str(len(settings))}
    for index, (key, value) in enumerate(settings.items()):
        config |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    base = {"PATH": os.environ["PATH"], "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1"}
    return base | {"GIT_CONFIG_GLOBAL": os.devnull, "HOME": os.devnull} | config


class Git:
    """One bare repository."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> Git:
        """Make an empty one."""
        _run(["init", "--quiet", "--bare", str(path)])
        return cls(path)

    def fork(self, path: Path, branch: str, *, alone: bool) -> Git:
        """Copy its branches and tags, or one branch; all of a network share one store of objects.

        As on GitHub: what is in a fork can be read by its id through every repository.
        """
        (path / "refs").mkdir(parents=True)
        (path / "objects").symlink_to((self.path / "objects").resolve())
        (path / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        (path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        refs = self.refs(f"refs/heads/{branch}", *([] if alone else ["refs/heads", "refs/tags"]))
        lines = [f"{sha} {ref}\n" for ref, sha in sorted(refs.items())]
        (path / "packed-refs").write_text("".join(lines))
        return Git(path)

    def run(self, *args: str, input: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run one command here."""
        return _run([f"--git-dir={self.path}", *args], input, env)

    def text(self, *args: str, input: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run one command here; give its output without the end of the last line."""
        return self.run(*args, input=input, env=env).decode(errors="replace").rstrip("\n")

    def sha(self, name: str) -> str | None:
        """Give the id that a ref, a branch, a tag or an id stands for; None where nothing is."""
        if not name or name.startswith("-") or re.search(r"[\s~^:?*\[\\]", name):
            return None
        if _ID.fullmatch(name):
            return name  # as git says, whether it is there or not
        return self._loose(name) or self._parsed(name)

    def _loose(self, ref: str) -> str | None:
        """Read a ref that lies in a file of its own, as most do, without a process."""
        if not ref.startswith("refs/") or ".." in ref:
            return None
        try:
            found = (self.path / ref).read_text().strip()
        except OSError:
            return None
        return found if _ID.fullmatch(found) else None

    def sha_in(self, name: str, path: str = "") -> str | None:
        """Give the id of a path in a commit; of its whole tree where no path is named."""
        sha = self.sha(name)
        return self._parsed(f"{sha}:{path}" if path else f"{sha}^{{tree}}") if sha else None

    def _parsed(self, expression: str) -> str | None:
        try:
            return self.text("rev-parse", "--verify", "--quiet", "--end-of-options", expression)
        except GitFailed:
            return None

    def commit_sha(self, name: str) -> str | None:
        """Like `sha`, but of a commit that is really there."""
        sha = self.sha(name)
        return sha if sha and self.kind(sha) == "commit" else None

    def kind(self, sha: str) -> str | None:
        """Give the type of an object; None where there is none."""
        try:
            return self.text("cat-file", "-t", sha)
        except GitFailed:
            return None

    def size(self, sha: str) -> int:
        return int(self.text("cat-file", "-s", sha))

    def blob(self, sha: str) -> bytes:
        return self.run("cat-file", "blob", sha)

    def write_blob(self, content: bytes) -> str:
        return self.text("hash-object", "-w", "--stdin", input=content)

    def find(self, commit: str, path: str) -> Entry | None:
        """Give the entry at a path; the tree itself where the path is empty."""
        path = path.strip("/")
        if not path:
            return Entry("040000", "tree", self.text("rev-parse", f"{commit}^{{tree}}"), None, "")
        found = list(self.tree(commit, paths=[path]))
        return found[0] if found else None

    def read(self, name: str, path: str) -> bytes | None:
        """Give the bytes of a file at a ref; None where there is no such file."""
        entry = self.find(name, path) if self.sha(name) else None
        return self.blob(entry.sha) if entry and entry.kind == "blob" else None

    def tree(
        self, name: str, *, recursive: bool = False, paths: Sequence[str] = ()
    ) -> Iterator[Entry]:
        """List a tree."""
        options = ["-r", "-t"] if recursive else []
        literal = {"GIT_LITERAL_PATHSPECS": "1"}
        args = ["ls-tree", "-z", "-l", "--full-tree", *options, name, "--", *paths]
        # Line by line: folders that hold one another may unfold to billions of files.
        command = ["git", f"--git-dir={self.path}", *args]
        env = environment() | literal
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as process:
            assert process.stdout is not None
            for line in _ended_by(b"\0", process.stdout):
                head, path = line.decode(errors="replace").split("\t", 1)
                mode, kind, sha, size = head.split()
                yield Entry(mode, kind, sha, None if size == "-" else int(size), path)
            process.kill()

    def write_tree(
        self, base: str | None, entries: Iterable[tuple[str, str, str]], removed: Iterable[str] = ()
    ) -> str:
        """Write a tree: a base, with (mode, id, path) put in and paths taken out."""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": f"{folder}/index"}
            if base:
                self.run("read-tree", base, env=env)
            lines = [f"0 {NOTHING}\t{path}\0" for path in removed]
            lines += [f"{mode} {sha}\t{path}\0" for mode, sha, path in entries]
            self.run("update-index", "-z", "--index-info", input="".join(lines).encode(), env=env)
            return self.text("write-tree", "--missing-ok", env=env)

    def write_commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: Signature,
        committer: Signature | None = None,
    ) -> str:
        """Write a commit that no ref names yet."""
        committer = committer or author
        env = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": author.date,
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_COMMITTER_DATE": committer.date,
        }
        above = [part for parent in parents for part in ("-p", parent)]
        return self.text("commit-tree", tree, *above, input=message.encode(), env=env)

    def commits(self, *revisions: str, limit: int | None = None) -> list[Commit]:
        """List commits, newest first."""
        count = [f"--max-count={limit}"] if limit is not None else []
        fields = "%x00".join(("%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"))
        out = self.run("log", "-z", *count, f"--format=tformat:{fields}", *revisions, "--")
        parts = out.decode(errors="replace").split("\0")[:-1]
        return [_commit(parts[start : start + 10]) for start in range(0, len(parts), 10)]

    def commit(self, sha: str) -> Commit:
        return self.commits(sha, limit=1)[0]

    def refs(self, *prefixes: str) -> dict[str, str]:
        """Map the refs below prefixes to their ids."""
        out = self.text("for-each-ref", "--format=%(refname) %(objectname)", *prefixes)
        return dict(line.split(" ", 1) for line in out.splitlines())

    def update_ref(self, ref: str, new: str, old: str | None = None) -> None:
        """Point a ref somewhere; fails where it is no longer at `old`."""
        self.run("update-ref", ref, new, *([old] if old else []))

    def delete_ref(self, ref: str) -> None:
        self.run("update-ref", "-d", ref)

    def contains(self, descendant: str, ancestor: str) -> bool:
        """Tell whether one commit is the other, or comes before it."""
        try:
            self.run("merge-base", "--is-ancestor", ancestor, descendant)
        except GitFailed:
            return False
        return True

    def merge_base(self, one: str, other: str) -> str | None:
        try:
            return self.text("merge-base", one, other)
        except GitFailed:
            return None

    def merged_tree(self, one: str, other: str) -> str | None:
        """Give the tree of a merge; None where it has conflicts."""
        try:
            return self.text("merge-tree", "--write-tree", one, other).splitlines()[0]
        except GitFailed:
            return None

    def changes(self, old: str, new: str) -> list[Change]:
        """List the files that differ, as a pull request shows them."""
        out = self.run("diff-tree", "-r", "-z", "-M", "--raw", "--numstat", old, new)
        return list(_changes(out.decode(errors="replace").split("\0")[:-1]))


def _run(args: Sequence[str], input: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    done = subprocess.run(
        ["git", *args],
        input=input,
        capture_output=True,
        env=environment() | dict(env or {}),
        check=False,
    )
    if done.returncode != 0:
        raise GitFailed(done.stderr.decode(errors="replace").strip() or f"git {args[0]} failed")
    return done.stdout


def _commit(parts: list[str]) -> Commit:
    sha, tree, parents, *who, message = parts
    author, committer = Signature(*who[:3]), Signature(*who[3:])
    return Commit(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))


def _changes(fields: list[str]) -> Iterator[Change]:
    raw: dict[str, tuple[str, str, str | None]] = {}
    queue = iter(fields)
    for field in queue:
        if field.startswith(":"):
            _, _, _, sha, status = field.split(" ")
            first = next(queue)
            path = next(queue) if status[0] in "RC" else first
            raw[path] = (status[0], sha, first if path != first else None)
            continue
        added, deleted, path = field.split("\t", 2)
        if not path:
            next(queue)
            path = next(queue)
        status, sha, previous = raw[path]
        counts = (int(n) if n.isdigit() else 0 for n in (added, deleted))
        yield Change(_STATUS[status], path, previous, sha, *counts)


_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed"}
