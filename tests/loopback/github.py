"""A GitHub on loopback: git over HTTP, the REST API, and what happens by itself.

Everything it sends and is sent is held against GitHub's own OpenAPI description; what does not
fit is in `violations`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from .bodies import Bodies
from .faults import Fault
from .limits import Limits
from .records import BOT, Event, Pull, Repository, Request, Token, User
from .server import API, Server
from .world import World


class GitHub:
    """Serves from a folder until it is left.

    >>> with GitHub(folder) as github:
    ...     alice = github.user("alice")
    ...     course = github.add_repository("alice/course", {"README.md": b"hello"})
    ...     client = github.Github(base_url=github.api_url, ...)
    """

    def __init__(self, folder: Path) -> None:
        self.world = World(Path(folder))
        self._server = Server(self.world)
        self.world.bodies = Bodies(self.world, self.server_url, self.api_url)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def server_url(self) -> str:
        """Where git finds /owner/name.git."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def api_url(self) -> str:
        """Where the REST API is."""
        return f"{self.server_url}{API}"

    @property
    def graphql_url(self) -> str:
        """Where the GraphQL API would be; asking it anything is a violation."""
        return f"{self.server_url}/api/graphql"

    # Who

    def user(self, login: str) -> User:
        """Give a user, made on first use; `.token` is a classic one that may do everything."""
        with self.world.lock:
            return self.world.user(login)

    def organization(self, login: str, *members: str) -> User:
        """Make an organization whose members administer it."""
        for member in members:
            self.user(member)
        return self.world.organization(login, set(members))

    def token(
        self,
        login: str,
        *,
        scopes: Sequence[str] | None = None,
        permissions: Mapping[str, str] | None = None,
    ) -> str:
        """Make another token: a classic one with scopes, or a fine-grained one with permissions."""
        self.user(login)
        if permissions is None:
            scopes = tuple(scopes or ())
            return self.world.add_token(login, "classic", "ghp_", scopes=scopes).value
        held = _normal(permissions)
        return self.world.add_token(login, "fine-grained", "github_pat_", permissions=held).value

    def job_token(self, repository: str, permissions: Mapping[str, str]) -> str:
        """Make the GITHUB_TOKEN of a job: just these permissions, and just this repository."""
        what: dict[str, Any] = {"permissions": _normal(permissions), "repository": repository}
        return self.world.add_token(BOT, "job", "ghs_", **what).value

    def identify(self, claims: Mapping[str, str]) -> str:
        """Make what a job asks with for tokens that make these claims."""
        return self._server.identify(claims)

    @property
    def identity_key(self) -> bytes:
        """What its identity tokens are signed with; its `server_url` is their issuer."""
        return self._server.identity_key

    def revoke(self, token: str) -> None:
        """Make a token worthless, as a job's is when the job is over."""
        self.world.tokens.pop(token, None)

    # What

    def repository(self, full_name: str) -> Repository:
        """Give a repository; KeyError where there is none."""
        return self.world.repositories[full_name.lower()]

    def add_repository(
        self,
        full_name: str,
        files: Mapping[str, bytes | str] | None = None,
        *,
        private: bool = False,
    ) -> Repository:
        """Make a repository, with a first commit where there are files."""
        owner, name = full_name.split("/")
        self.user(owner)
        with self.world.lock:
            repo = self.world.create_repository(owner, name, private=private)
            if files:
                self.commit(repo, files, "Initial commit")
        return repo

    def commit(
        self,
        repository: Repository | str,
        files: Mapping[str, bytes | str],
        message: str = "Change",
        *,
        branch: str | None = None,
        by: str | None = None,
    ) -> str:
        """Put files on a branch, as a push by its owner, or by the holder of the token `by`."""
        repo = repository if isinstance(repository, Repository) else self.repository(repository)
        encoded = {p: d.encode() if isinstance(d, str) else d for p, d in files.items()}
        with self.world.lock:
            token = self.world.tokens[by] if by else self.world.owner_token(repo)
            where = branch or repo.default_branch
            return self.world.commit_files(repo, encoded, message, where, token)

    def propose(
        self,
        login: str,
        full_name: str,
        files: Mapping[str, bytes | str],
        *,
        branch: str,
        title: str = "Submit",
    ) -> Pull:
        """Open a pull request from somebody's fork without a request: many are made at once."""
        token = self.world.tokens[self.user(login).token]
        with self.world.lock:
            repo = self.repository(full_name)
            head = self.world.relative(repo, login) or self.world.fork(
                repo, login, repo.name, only_default=True
            )
            self.commit(head, files, title, branch=branch, by=token.value)
            what = {"title": title, "body": None}
            return self.world.open_pull(repo, head, branch, repo.default_branch, token, **what)

    def delete_repository(self, full_name: str) -> None:
        """Delete a repository; pull requests from it stay, without their head's repository."""
        with self.world.lock:
            self.world.delete_repository(self.repository(full_name))

    # When

    def now(self) -> datetime:
        """Read the server's clock."""
        return self.world.now()

    def advance(self, seconds: float) -> None:
        """Move the server's clock."""
        self.world.advance(seconds)

    # What happened, and what shall

    @property
    def requests(self) -> list[Request]:
        """All requests that were answered, in order."""
        return self._server.requests

    @property
    def violations(self) -> list[str]:
        """All that GitHub's own description refuses, and what is not implemented."""
        return self._server.violations

    @property
    def limits(self) -> Limits:
        """The rate limits; `limits.primary = False` switches a kind off."""
        return self._server.limits

    def fail(
        self,
        at: int | None = None,
        *,
        operation: str | None = None,
        status: int | None = 502,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        when: str = "before",
        times: int = 1,
        delay: float = 0,
        drop: bool = False,
    ) -> Fault:
        """Let something go wrong.

        Parameters
        ----------
        at : int, optional
            The index of the API request, counted from now.
        operation : str, optional
            GitHub's name for what is asked (`issues/create-comment`), or git's service
            (`git-receive-pack`). One of the two is needed.
        status, headers, body
            What is sent instead of the answer; None for a mere delay.
        when : str
            `before` the effect, or `after` it.
        times : int
            How many requests are struck.
        delay : float
            Seconds to wait first.
        drop : bool
            Whether the connection is cut instead of an answer.
        """
        assert when in ("before", "after")
        assert (at, operation) != (None, None)
        fault = Fault(
            at, operation, status, headers or {}, body, when == "after", times, delay, drop
        )
        with self.world.lock:
            return self._server.faults.add(fault)

    def lag(self, *, fork: int = 0, mergeable: int = 0) -> None:
        """Let the next reads of new forks give 404, and of new heads not know mergeability."""
        self.world.fork_lag, self.world.mergeable_lag = fork, mergeable

    def on_event(self, callback: Callable[[Event], object]) -> None:
        """Call this for each event, in the thread of the request and before its answer.

        The callback may look, and note; a request that it made itself would wait for ever.
        """
        self.world.listeners.append(callback)


def _normal(permissions: Mapping[str, str]) -> dict[str, str]:
    held = {name.replace("-", "_"): level for name, level in permissions.items()}
    return {"metadata": "read", **held}  # which nobody can take from a token


__all__ = ["Event", "GitHub", "Pull", "Repository", "Request", "Token", "User"]
