"""Upgrade: render a course's workflows again, as this version of the program has them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from aims_gh.forge import MAIN, Change, Forge
from aims_gh.version import __version__
from aims_gh.workspace import Tree


@dataclass(frozen=True, slots=True)
class Renewal:
    """A workflow that differs from what this version renders."""

    path: str
    before: str | None
    after: str

    @property
    def diff(self) -> list[str]:
        """Give the difference, line by line, as `diff -u` does."""
        old = f"a/{self.path}" if self.before is not None else "/dev/null"
        before, after = (self.before or "").splitlines(), self.after.splitlines()
        return list(difflib.unified_diff(before, after, old, f"b/{self.path}", lineterm=""))


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What is different, and the commit that made it the same, where one was asked for."""

    renewals: tuple[Renewal, ...]
    commit: str | None


def stale_workflows(main: Tree, workflows: Mapping[str, bytes]) -> tuple[Renewal, ...]:
    """Compare a course's workflows with what they would be; others of its own are left out."""
    found = []
    for path, content in workflows.items():
        there = main.read(path)
        if there != content:
            before = None if there is None else there.decode(errors="replace")
            found.append(Renewal(path, before, content.decode()))
    return tuple(found)


def upgrade(forge: Forge, workflows: Mapping[str, bytes], *, write: bool) -> Upgrade:
    """Tell what an upgrade of a course's workflows changes; with `write`, commit it."""
    if not write:
        with forge.tree(MAIN) as main:
            return Upgrade(stale_workflows(main, workflows), None)
    renewals: tuple[Renewal, ...] = ()

    def edit(tree: Tree) -> Change | None:
        nonlocal renewals
        renewals = stale_workflows(tree, workflows)
        files: dict[str, bytes | None] = {r.path: workflows[r.path] for r in renewals}
        return Change(f"Upgrade the workflows to aims-gh {__version__}", files) if files else None

    commit = forge.record(edit, branch=MAIN)
    return Upgrade(renewals, commit if renewals else None)
