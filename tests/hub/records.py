"""What a Hub keeps: accounts, tokens, Spaces and their commits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RULES = b"*.onnx filter=lfs diff=lfs merge=lfs -text\n"
README = "---\ntitle: {name}\nsdk: {sdk}\n---\n\nCheck out the configuration reference.\n"
BUILDING = ("BUILDING", "APP_STARTING", "RUNNING")


@dataclass(frozen=True)
class Blob:
    """A file: its content in git, or a pointer to where it lies beside."""

    data: bytes
    sha256: str = ""
    """Of content that lies beside git."""

    beside: int = 0
    """How many bytes lie there."""

    @property
    def size(self) -> int:
        return self.beside if self.sha256 else len(self.data)

    @property
    def oid(self) -> str:
        """Give its name in git."""
        return hashlib.sha1(b"blob %d\0" % len(self.data) + self.data).hexdigest()

    @classmethod
    def pointer(cls, sha256: str, size: int) -> Blob:
        text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"
        return cls(text.encode(), sha256, size)


@dataclass(frozen=True)
class Commit:
    """A state of a Space."""

    oid: str
    files: Mapping[str, Blob]
    title: str
    author: str


@dataclass
class Account:
    """A user or an organization."""

    name: str
    plan: str = "free"


@dataclass
class Token:
    """What somebody proves with who they are.

    Attributes
    ----------
    spaces : set of str, optional
        The Spaces it may write to; None: all of its account.
    reads_only : bool
        Whether it may write nothing.
    by_workflow : bool
        Whether it is one of trusted publishing: it writes files, and sets nothing.
    """

    value: str
    account: str
    spaces: set[str] | None = None
    reads_only: bool = False
    by_workflow: bool = False


@dataclass(frozen=True)
class Publisher:
    """A workflow that may write to a Space without a stored token."""

    repository: str
    branch: str = "main"
    workflow: str = "deploy.yml"

    def matches(self, claims: Mapping[str, Any]) -> bool:
        path = str(claims.get("workflow_ref", "")).partition("@")[0]
        return (
            claims.get("repository") == self.repository
            and claims.get("ref") == f"refs/heads/{self.branch}"
            and path.rpartition("/")[2] == self.workflow
        )


@dataclass
class Space:
    """A Space and what runs in it.

    Attributes
    ----------
    stages : list of str
        What it is asked for tells, one after the other; the last stays.
    built : str
        The commit of which `stage` is told.
    """

    name: str
    sdk: str
    visibility: str = "public"
    hardware: str = "cpu-basic"
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    stages: list[str] = field(default_factory=lambda: ["NO_APP_FILE"])
    built: str = ""
    restarts: int = 0
    publishers: list[Publisher] = field(default_factory=list)
    elsewhere: str = ""
    """Where its app sends everybody who comes."""

    @property
    def head(self) -> Commit:
        return self.commits[-1]

    @property
    def files(self) -> dict[str, bytes]:
        """Give the content of all files, by path."""
        return {path: blob.data for path, blob in self.head.files.items()}

    def add(self, files: Mapping[str, Blob], title: str, author: str) -> Commit:
        """Put a commit on top."""
        told = "".join(f"{path} {blob.oid}\n" for path, blob in sorted(files.items()))
        parent = self.commits[-1].oid if self.commits else ""
        oid = hashlib.sha1(f"{parent} {title}\n{told}".encode()).hexdigest()
        self.commits.append(Commit(oid, dict(files), title, author))
        return self.head
