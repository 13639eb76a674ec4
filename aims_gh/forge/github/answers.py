"""Answers on GitHub: one comment found again by a hidden mark, one label, closed or left open."""

from __future__ import annotations

import time
from typing import Any

from aims_gh.domain.proposal import Comment
from aims_gh.errors import ForgeError
from aims_gh.forge import Answer
from aims_gh.forge.github.listing import LABELS, labels_of
from aims_gh.forge.github.session import Later, Refused, Session, Uncertain, instant

MARK = "<!-- aims -->"
_MAX_COMMENT = 65_536
_LONG = 5.0
"""Seconds after which a pull request may have another head than it had when it was read."""


class Answers:
    """Writes answers; two writes each at most, and none where they stand there already."""

    def __init__(self, session: Session, repository: str) -> None:
        self._session, self._repository = session, repository
        self._path = f"/repos/{repository}"
        self._not_before = 0.0

    def write(self, number: int, answer: Answer) -> None:
        """Answer a proposal.

        Raises
        ------
        Later
            If GitHub wants no more comments for now; what was asked for meanwhile costs nothing.
        """
        left = self._not_before - time.monotonic()
        if left > 0:
            raise Later("answers", left)
        try:
            self._write(number, answer)
        except Later as later:
            self._not_before = time.monotonic() + later.seconds
            raise

    def read(self, number: int) -> tuple[Comment, ...]:
        """Read all comments, without our mark."""
        try:
            found = list(self._session.pages(f"{self._path}/issues/{number}/comments"))
        except Refused as refused:
            raise self._missing(number) if refused.status == 404 else refused from None
        return tuple(
            Comment(
                author=(comment["user"] or {}).get("login", "ghost"),
                created=instant(comment["created_at"]),
                body=comment["body"].removesuffix(MARK).rstrip(),
            )
            for comment in found
        )

    def _missing(self, number: int) -> ForgeError:
        return ForgeError(
            f"{self._repository} has no proposal {number}",
            hint=f"aims proposals {self._repository} --all lists them",
        )

    def _write(self, number: int, answer: Answer) -> None:
        pull, read = self._pull(number), time.monotonic()
        self._comment(number, _body(answer), known=pull.get("comments", 1))
        if time.monotonic() - read > _LONG:  # a rate limit was waited for
            pull = self._pull(number)
        if answer.head not in (None, pull["head"]["sha"]):
            return
        self._settle(number, pull, answer)

    def _pull(self, number: int) -> Any:
        pull = self._session.get(f"{self._path}/pulls/{number}", absent=True)
        if pull is None:
            raise self._missing(number)
        return pull

    def _comment(self, number: int, body: str, *, known: int) -> None:
        """Write or edit our comment; where GitHub's answer was lost, look before a second try."""
        for _ in range(3):
            own = self._own(number) if known else None
            try:
                if own is None:
                    self._send("POST", f"{self._path}/issues/{number}/comments", {"body": body})
                elif own["body"] != body:
                    path = f"{self._path}/issues/comments/{own['id']}"
                    self._send("PATCH", path, {"body": body})
            except Uncertain:
                known = 1
            else:
                return
        raise ForgeError(
            f"GitHub does not take a comment on proposal {number}",
            hint="try again: githubstatus.com",
        )

    def _own(self, number: int) -> Any:
        """Find the comment with our mark; somebody else's with the same mark is not ours."""
        me = self._session.login()
        for comment in self._session.pages(f"{self._path}/issues/{number}/comments"):
            author = (comment["user"] or {}).get("login")
            if author == me and comment["body"].endswith(MARK):
                return comment
        return None

    def _settle(self, number: int, pull: Any, answer: Answer) -> None:
        labels = labels_of(pull)
        wanted = [name for name in labels if name not in LABELS] + [answer.label]
        change: dict[str, Any] = {}
        if sorted(wanted) != sorted(labels):
            change["labels"] = wanted
        if answer.close and pull["state"] != "closed":
            change["state"] = "closed"
        if change == {"state": "closed"}:
            self._close(number, answer.head)
        elif change:
            self._send("PATCH", f"{self._path}/issues/{number}", change)

    def _close(self, number: int, head: str | None) -> None:
        """Close it; GitHub says then which head it closed, and another one stays open."""
        path = f"{self._path}/pulls/{number}"
        closed = self._session.send("PATCH", path, body={"state": "closed"}).data
        if head not in (None, closed["head"]["sha"]):
            self._send("PATCH", path, {"state": "open"})

    def _send(self, method: str, path: str, body: Any) -> None:
        self._session.send(method, path, body=body)


def _body(answer: Answer) -> str:
    tail = f"\n\n{MARK}"
    return answer.comment[: _MAX_COMMENT - len(tail)].rstrip() + tail
