"""Proposals that no `aims submit` makes: entries of any kind, in any place, under any name."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from e2e_clients import COURSE
from e2e_course import packed
from loopback.github import GitHub

from aims_gh.flows.submit import Packed

FILE, LINK, SUBMODULE = "100644", "120000", "160000"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\u202e"
"""Names a terminal's window, clears it, turns red, and writes from right to left."""

CONTROL = {c for c in ESCAPES if not c.isprintable()}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it stands in a commit; of a submodule, the commit's id is the content."""

    path: str
    content: bytes
    mode: str = FILE


def propose_entries(
    github: GitHub, login: str, entries: Iterable[Entry], *, title: str = "Submit"
) -> int:
    """Open a pull request with these on top of the course's `main`."""
    world, course = github.world, github.repository(COURSE)
    token = world.tokens[github.user(login).token]
    with world.lock:
        fork = world.relative(course, login) or world.fork(
            course, login, course.name, only_default=True
        )
        blobs: dict[bytes, str] = {}
        for entry in entries:
            if entry.mode != SUBMODULE and entry.content not in blobs:
                blobs[entry.content] = fork.git.write_blob(entry.content)
        listed = [
            (e.mode, e.content.decode() if e.mode == SUBMODULE else blobs[e.content], e.path)
            for e in entries
        ]
        start = course.head()
        assert start is not None
        tree = fork.git.write_tree(start, listed)
        commit = fork.git.write_commit(tree, [start], title, world.signature(login))
        branch = f"change-{len(course.pulls)}"
        world.move(fork, f"refs/heads/{branch}", commit, token)
        what = {"title": title, "body": title}
        return world.open_pull(course, fork, branch, "main", token, **what).number


def files_of(login: str, content: Packed, *, slug: str = "animals", name: str = "") -> list[Entry]:
    """List a submission's files where they belong, or in a folder of another name."""
    folder = f"submissions/{slug}/{login}/{name or content.submission.id}"
    return [Entry(f"{folder}/{file}", data) for file, data in content.contents.items()]


class Payload:
    """What leaves a file behind, whoever is so careless as to execute it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark
        self.shell = f"touch {mark}"
        self.python = f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n".encode()
        self.yaml = f"!!python/object/apply:os.system ['touch {mark}']\n".encode()
        self.notebook = b'{"cells": [{"cell_type": "code", "source": "!%b"}]}' % (
            self.shell.encode()
        )
        self.workflow = yaml.safe_dump(
            {
                # Not pull_request: that GitHub runs for a fork, which gets no secret by it.
                "on": ["pull_request_target", "push", "workflow_dispatch", "workflow_run"],
                "permissions": "write-all",
                "jobs": {"x": {"runs-on": "ubuntu-24.04", "steps": [{"run": self.shell}]}},
            }
        ).encode()

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, (self.shell,)

    @property
    def pickle(self) -> bytes:
        """Give what pickle executes when it reads it."""
        return pickle.dumps(self)

    @property
    def npy(self) -> bytes:
        """Give what NumPy executes where it is allowed to unpickle."""
        header = b"{'descr': '|O', 'fortran_order': False, 'shape': (40,), }"
        header += b" " * (-(len(header) + 11) % 64) + b"\n"
        return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + self.pickle


def with_files(values: list[str], **files: bytes) -> Packed:
    """Pack predictions with further files: `preprocessor_py=b"…"` is preprocessor.py."""
    named = {name.replace("_", "."): content for name, content in files.items()}
    return packed(values, files=named)
