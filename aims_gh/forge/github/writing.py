"""Commits on GitHub, made over REST: objects first, then the branch, never by force."""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aims_gh.errors import ForgeError
from aims_gh.forge import Change
from aims_gh.forge.github.session import Refused, Session, Uncertain, in_path
from aims_gh.forge.tree import Commit
from aims_gh.forge.write import check_path

_WORKFLOWS = ".github/workflows/"
_INLINE = 64 * 1024
_INLINE_TOTAL = 1024 * 1024
"""Bytes of text that go along with the folder they are in, and save a request each."""


@dataclass(frozen=True, slots=True)
class RestWriter:
    """Writes to a repository; objects that no branch names yet may be written twice."""

    session: Session
    repository: str

    def commit(self, change: Change, parent: Commit | None, *, there: Collection[str]) -> str:
        """Write a commit that no branch names yet; return its id.

        Parameters
        ----------
        there : collection of str
            The paths that the parent has: GitHub refuses to remove others.
        """
        for path in change.files:
            check_path(path)
        tree: dict[str, Any] = {"tree": self._entries(change, there)}
        if parent is not None:
            tree["base_tree"] = parent.root
        root = parent.root if parent and not tree["tree"] else self._tree(tree, change)
        body = {
            "message": change.message.replace("\0", ""),
            "tree": root,
            "parents": [parent.oid] if parent else [],
        }
        return self._make("commits", body)

    def advance(self, branch: str, commit: str) -> bool:
        """Move a branch on; False where somebody else moved it first."""
        path = f"/repos/{self.repository}/git/refs/heads/{in_path(branch)}"
        body = {"sha": commit, "force": False}
        try:
            self.session.send("PATCH", path, body=body)
        except Refused as refused:
            if refused.status == 409 or "fast forward" in refused.said.lower():
                return False
            raise
        return True

    def start(self, branch: str, commit: str) -> bool:
        """Make a branch; False where there is one already that is elsewhere."""
        body = {"ref": f"refs/heads/{branch}", "sha": commit}
        for _ in range(3):
            try:
                self.session.send("POST", f"/repos/{self.repository}/git/refs", body=body)
            except Uncertain:
                pass
            except Refused as refused:
                if refused.status != 422 or "exists" not in refused.said.lower():
                    raise
            else:
                return True
            found = self.tip(branch)
            if found is not None:
                return found == commit
        raise ForgeError(
            f"GitHub does not make the branch {branch} in {self.repository}",
            hint="try again: githubstatus.com",
        )

    def tip(self, branch: str) -> str | None:
        """Tell where a branch is; None where there is none."""
        path = f"/repos/{self.repository}/git/ref/heads/{in_path(branch)}"
        # 409: a repository without a commit, as a fork is at first
        reply = self.session.send("GET", path, accept=(404, 409))
        return None if reply.status in (404, 409) else str(reply.data["object"]["sha"])

    def _entries(self, change: Change, there: Collection[str]) -> list[dict[str, Any]]:
        entries, room = [], _INLINE_TOTAL
        for path, content in change.files.items():
            if content is None and path not in there:
                continue
            entry: dict[str, Any] = {"path": path, "mode": "100644", "type": "blob"}
            text = _text(content) if content and len(content) <= min(_INLINE, room) else None
            if content is None:
                entry["sha"] = None
            elif text is not None:
                entry["content"] = text
                room -= len(content)
            else:
                encoded = base64.b64encode(content).decode("ascii")
                entry["sha"] = self._make("blobs", {"content": encoded, "encoding": "base64"})
            entries.append(entry)
        return entries

    def _tree(self, tree: Any, change: Change) -> str:
        try:
            return self._make("trees", tree)
        except Refused as refused:
            if refused.status == 409 or not any(p.startswith(_WORKFLOWS) for p in change.files):
                raise
            raise ForgeError(
                f"GitHub refused to write workflows into {self.repository}: {refused.said}",
                hint="the token needs the scope workflow (gh auth refresh --scopes workflow), or, "
                "where it is a fine-grained one, the permissions Contents and Workflows: write",
            ) from None

    def _make(self, kind: str, body: Any) -> str:
        path = f"/repos/{self.repository}/git/{kind}"
        made = self.session.send("POST", path, body=body, again=True)
        return str(made.data["sha"])


def _text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
