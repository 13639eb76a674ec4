"""A course on the loopback GitHub, and the forges of those who use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loopback.github import GitHub, Repository

from aims_gh.domain.proposal import Proposal
from aims_gh.forge import Change
from aims_gh.forge.github.cache import Cache
from aims_gh.forge.github.forge import GitHubForge
from aims_gh.forge.github.session import Server, Session
from aims_gh.forge.patience import Patience
from aims_gh.forge.remote import Remote

COURSE = "prof/course"
NO_CACHE = Cache(None)
QUICK = Patience(attempts=6, first=0.001, longest=0.01)


def forge_of(
    github: GitHub,
    token: str | None,
    *,
    course: str = COURSE,
    git: bool = False,
    cache: Cache = NO_CACHE,
    **session: Any,
) -> GitHubForge:
    """Give the forge as the holder of a token has it."""
    server = Server(github.api_url, github.server_url, github.graphql_url)
    remote = Remote(f"{github.server_url}/{course}.git", token) if git else None
    asking = Session(server, token, **{"patience": QUICK, **session})
    return GitHubForge(course, asking, remote=remote, cache=cache)


class Classroom:
    """The course as its owner sees it; who proposes does so from an account of their own."""

    def __init__(self, github: GitHub, files: Mapping[str, bytes], *, git: bool = False) -> None:
        self.github = github
        self.repository: Repository = github.add_repository(COURSE, files)
        github.commit(self.repository, {"README.md": b"# Ledger\n"}, branch="ledger")
        self.owner = forge_of(github, github.user("prof").token, git=git)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.owner, name)

    def of(self, login: str, **more: Any) -> GitHubForge:
        """Give somebody's forge."""
        return forge_of(self.github, self.github.user(login).token, **more)

    def job(self, *, git: bool = True, **more: Any) -> GitHubForge:
        """Give the forge as a job of the course's Action has it."""
        rights = {"contents": "write", "pull-requests": "write"}
        return forge_of(self.github, self.github.job_token(COURSE, rights), git=git, **more)

    def asked(self, start: int = 0) -> list[str]:
        """List the operations of the REST API that were asked for."""
        return [r.operation for r in self.github.requests[start:] if r.kind == "api"]

    def propose(self, change: Change, *, author: str, title: str) -> Proposal:
        """Propose as somebody; who has no account can only try it as the owner."""
        known = author.replace("-", "").isalnum()
        forge = self.of(author) if known else self.owner
        return forge.propose(change, author=author, title=title)

    def push(self, number: int, change: Change) -> Proposal:
        """Push a further commit to a proposal, as its author would."""
        pull = self.repository.pulls[number]
        files = {path: content for path, content in change.files.items() if content is not None}
        token = self.github.user(pull.author).token
        self.github.commit(pull.head_repository, files, branch=pull.head_branch, by=token)
        return next(p for p in self.owner.proposals() if p.number == number)
