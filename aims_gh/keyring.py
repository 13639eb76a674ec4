"""The keyring: a folder of secret keys, outside every repository."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from aims_gh.core.inert import plain
from aims_gh.core.seal import Key
from aims_gh.errors import SealError

Role = Literal["score", "run", "owner"]


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What may be shown of a key: everything but the secret."""

    role: str
    course: str
    public: str
    created: str
    path: Path


@dataclass(frozen=True, slots=True)
class Keyring:
    """Secret keys, one file each, readable by their owner alone."""

    folder: Path

    def new(self, role: Role, *, course: str, now: datetime) -> Key:
        """Make a key and keep it."""
        key = Key.new()
        self.keep(key, role, course=course, now=now)
        return key

    def keep(self, key: Key, role: Role, *, course: str, now: datetime) -> None:
        """Write a key's file, which is complete or not there at all."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        # A folder of secrets that ends up inside a checkout must not be committed.
        (self.folder / ".gitignore").write_text("*\n")
        name = f"{Path(course).name or 'course'}-{role}-{key.public[-8:]}.txt"
        lines = (
            f"# {role} key of an aims course: keep it secret, keep a copy",
            f"# role: {role}",
            f"# course: {plain(course)}",
            f"# created: {now.isoformat(timespec='seconds')}",
            f"# public key: {key.public}",
            key.secret,
        )
        path = self.folder / name
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def files(self) -> list[KeyFile]:
        """List the keys without their secrets."""
        found = []
        for path in sorted(self.folder.glob("*.txt")):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            notes = dict(
                line[2:].split(": ", 1) for line in lines if line.startswith("# ") and ": " in line
            )
            if "public key" in notes:
                found.append(
                    KeyFile(
                        notes.get("role", "?"),
                        notes.get("course", "?"),
                        notes["public key"],
                        notes.get("created", "?"),
                        path,
                    )
                )
        return found

    def open_to_others(self) -> list[Path]:
        """List the key files that not their owner alone can read: none of them is used."""
        return [file.path for file in self.files() if _open_to_others(file.path)]

    def remove(self, *, course: str) -> None:
        """Delete the keys that were made for a course: nothing sealed to them opens again."""
        for file in self.files():
            if file.course == course:
                file.path.unlink()

    def find(self, public: str) -> Key | None:
        """Give the key whose public half this is; None where it is not here."""
        for file in self.files():
            if file.public == public:
                _check_private(file.path)
                key = Key.from_secret(file.path.read_text(encoding="utf-8", errors="replace"))
                if key.public != public:
                    raise SealError(
                        f"the key file {file.path} says it holds {public}, and holds another key",
                        hint="restore it from your copy",
                    )
                return key
        return None


@dataclass(frozen=True, slots=True)
class Keys:
    """Where secret keys are looked for: the environment first, then the keyring."""

    given: tuple[Key, ...]
    keyring: Keyring

    def find(self, public: str) -> Key | None:
        """Give the key whose public half this is, if it is at hand."""
        for key in self.given:
            if key.public == public:
                return key
        return self.keyring.find(public)


def _check_private(path: Path) -> None:
    if _open_to_others(path):
        raise SealError(
            f"the key file {path} can be read by others", hint=f"chmod 600 '{path}' first"
        )


def _open_to_others(path: Path) -> bool:
    # Windows has no such bits; its profile folder is the owner's alone.
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
