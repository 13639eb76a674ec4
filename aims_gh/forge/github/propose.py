"""Propose on GitHub without git: fork, branch, pull request, each looked for before it is made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from aims_gh.errors import ForgeError
from aims_gh.forge import MAIN, Change
from aims_gh.forge.github.reading import RestStore
from aims_gh.forge.github.session import Refused, Session, Uncertain
from aims_gh.forge.github.writing import RestWriter
from aims_gh.forge.patience import Patience
from aims_gh.forge.tree import Commit, GitTree
from aims_gh.forge.write import check_path


@dataclass(frozen=True, slots=True)
class Proposing:
    """Opens pull requests in a course.

    Attributes
    ----------
    wait : Patience
        For how long a new fork may not be there yet.
    """

    session: Session
    repository: str
    store: RestStore
    wait: Patience

    def open(self, change: Change, *, author: str, title: str) -> Any:
        """Open a pull request, or find the one that an earlier try opened.

        Returns
        -------
        dict
            GitHub's description of it.
        """
        for path in change.files:
            check_path(path)
        course = self.store.check_there()
        base = self.store.commit(MAIN)
        branch = branch_for(change)
        home = self._home(course, author)
        writer = RestWriter(self.session, home)
        if writer.tip(branch) is None:
            if home != self.repository:
                self._bring_up_to_date(home, base)
            there = GitTree(self.store, base).paths()
            writer.start(branch, writer.commit(change, base, there=there))
        return self._pull(home, branch, title, once=_submission(change) is not None)

    def _home(self, course: Any, author: str) -> str:
        """Find where the branch goes: the course, for who may write there, or the fork."""
        if (course.get("permissions") or {}).get("push"):
            return self.repository
        name = self.repository.partition("/")[2]
        found = self.session.get(f"/repos/{author}/{name}", absent=True)
        if found is None or not self._is_fork(found):
            found = self._fork()
        home = str(found["full_name"])
        for _ in self.wait.tries():
            if RestWriter(self.session, home).tip(MAIN) is not None:
                return home
        raise ForgeError(
            f"the fork {home} is still not there",
            hint="GitHub makes forks when it finds the time: try again in a few minutes",
        )

    def _is_fork(self, found: Any) -> bool:
        origins = (found.get("source"), found.get("parent"))
        names = {origin["full_name"].lower() for origin in origins if origin}
        return bool(found["fork"]) and self.repository.lower() in names

    def _fork(self) -> Any:
        # Asked twice, GitHub gives the fork that is there.
        try:
            reply = self.session.send(
                "POST",
                f"/repos/{self.repository}/forks",
                body={"default_branch_only": True},
                again=True,
            )
        except Refused as refused:
            if refused.status not in (403, 404):
                raise
            raise ForgeError(
                f"{self.repository} cannot be forked: {refused.said}",
                hint="the token needs to make repositories (a classic one: the scope public_repo; "
                "a fine-grained one: all repositories, Administration and Contents: write); "
                f"or fork it by hand: {self.session.server.web}/{self.repository}/fork",
            ) from None
        return reply.data

    def _bring_up_to_date(self, home: str, base: Commit) -> None:
        """Let the fork have the course's newest commit, to build on."""
        if RestWriter(self.session, home).tip(MAIN) == base.oid:
            return
        # Where its owner wrote to the fork's main, or the token may not touch workflows, GitHub
        # refuses; forks share their objects, so that a branch can start there all the same.
        path = f"/repos/{home}/merge-upstream"
        try:
            self.session.send("POST", path, body={"branch": MAIN}, again=True)
        except Refused as refused:
            if refused.status not in (409, 422):
                raise

    def _pull(self, home: str, branch: str, title: str, *, once: bool) -> Any:
        """Open a pull request, where none is open; `once`: where there never was one."""
        owner = home.partition("/")[0]
        body = {"title": title, "head": f"{owner}:{branch}", "base": MAIN}
        if home != self.repository:
            body["maintainer_can_modify"] = False  # type: ignore[assignment]
        for _ in range(3):
            for found in self.session.get(
                f"/repos/{self.repository}/pulls", head=body["head"], base=MAIN, state="all"
            ):
                # Who chooses what was chosen before, and not since, wants it to count anew.
                if once or found["state"] == "open" or found["merged_at"]:
                    return found
            try:
                return self.session.send("POST", f"/repos/{self.repository}/pulls", body=body).data
            except Uncertain:
                continue
            except Refused as refused:
                if refused.status != 422 or "already exists" not in refused.said:
                    raise
        raise ForgeError(
            f"GitHub does not open a pull request in {self.repository}",
            hint="try again: githubstatus.com",
        )


def branch_for(change: Change) -> str:
    """Name the branch of a submission by its playground and id; of others, by what they say."""
    folder = _submission(change)
    if folder is not None:
        return f"aims/{folder[1]}/{folder[3]}"
    digest = hashlib.sha256()
    for path, content in sorted(change.files.items()):
        part = b"" if content is None else hashlib.sha256(content).digest()
        digest.update(path.encode(errors="replace") + b"\0" + part)
    return f"aims/{digest.hexdigest()[:16]}"


def _submission(change: Change) -> tuple[str, ...] | None:
    """Give the parts of a submission's folder; None where something else is proposed."""
    folders = {tuple(path.split("/")[:-1])[:4] for path in change.files}  # a choice lies higher up
    folder = folders.pop() if len(folders) == 1 else ()
    return folder if len(folder) == 4 and folder[0] == "submissions" else None
