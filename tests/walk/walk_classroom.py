"""A course on disk, the people who submit to it, and the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.domain.leaderboard import Board
from aims_gh.flows.read import read_board
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.forge.local import LocalForge


def csv_of(header: str, values: object) -> bytes:
    return "\n".join([header, *(str(v) for v in values), ""]).encode()  # type: ignore[attr-defined]


@dataclass
class Classroom:
    """A course on disk and what only its owner knows."""

    path: Path
    truth: dict[str, list[object]] = field(default_factory=dict)

    @property
    def forge(self) -> LocalForge:
        return LocalForge.open(self.path)

    def address(self, slug: str) -> Address:
        return Address(str(self.path), slug)

    def submit(self, slug: str, author: str, values: object, **parts: object) -> int:
        packed = pack(
            slug,
            Parts(model=None, predictions=csv_of("prediction", values), **parts),  # type: ignore[arg-type]
            now=settings.clock(),
        )
        return submit(self.forge, self.address(slug), packed, author=author).number

    def board(self, slug: str, name: str = "experiment") -> Board:
        return read_board(self.forge, self.address(slug), name).board  # type: ignore[arg-type]

    def git(self, *arguments: str) -> bytes:
        return subprocess.run(
            ["git", "-C", str(self.path), *arguments], check=True, capture_output=True
        ).stdout


def aims(
    *arguments: object, check: bool = True, **options: object
) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    command = [sys.executable, "-m", "aims_gh", *(str(a) for a in arguments)]
    return subprocess.run(command, text=True, capture_output=True, check=check, **options)  # type: ignore[call-overload,no-any-return]


def start_aims(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "aims_gh", *(str(a) for a in arguments)]
    return subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    )
