"""Fetch a playground's public files: checked by their digests, going on where it broke off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aims_gh.domain.address import Address
from aims_gh.domain.playground import DataFile
from aims_gh.errors import CourseError
from aims_gh.forge import MAIN, Forge
from aims_gh.workspace import Workspace, data_file


@dataclass(frozen=True, slots=True)
class Downloaded:
    """One file.

    Attributes
    ----------
    fetched : bool
        False where the very file was there already.
    """

    path: Path
    file: DataFile
    fetched: bool


def public_files(forge: Forge, address: Address) -> tuple[DataFile, ...]:
    """List a playground's public files."""
    with forge.tree(MAIN) as main:
        playground = Workspace(main).playground(address.slug)
    data = playground.data
    features = None if playground.features == "hidden" else data.features
    return tuple(file for file in (data.train, features, data.example, *data.shared) if file)


def download(
    forge: Forge, address: Address, folder: Path, *, say: Callable[[str], None]
) -> list[Downloaded]:
    """Write a playground's public files into a folder.

    A file that is there and has the right digest stays; one is written under another name until
    it is complete, so that a download that breaks off leaves nothing half done.

    Raises
    ------
    CourseError
        If a file is missing in the course, or is not the one that `playground.yml` describes.
    """
    done = []
    for file in public_files(forge, address):
        target = folder / file.path
        there = target.is_file() and _digest(target) == file.sha256
        if not there:
            say(f"fetching {file.path}, {file.bytes:,} bytes")
            _fetch(forge, address, file, target)
        done.append(Downloaded(target, file, fetched=not there))
    return done


def _fetch(forge: Forge, address: Address, file: DataFile, target: Path) -> None:
    with forge.tree(MAIN) as main:
        content = Workspace(main).file(data_file(address.slug, file.path))
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise CourseError(
            f"{file.path} of {address.slug} is not the file that playground.yml describes",
            hint="restore it from the course's history",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content)
    part.replace(target)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
