"""A term on the GitHub on loopback: real git over HTTP, the REST API and its rate limits."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from e2e_clients import COURSE
from e2e_owner import set_up
from e2e_steps import Jobs
from github_forges import forge_of
from loopback.github import GitHub

from aims_gh.domain.address import Address
from aims_gh.flows.hosted_course import Plan
from aims_gh.flows.record import Outcome
from aims_gh.flows.submit import Packed, submit
from aims_gh.forge.github.forge import GitHubForge
from aims_gh.workspace import submission_folder
from term.hosts import OWNER, Arrived, Cost

SHARE = 8
"""Every eighth submission is opened with the program, all the others by GitHub itself."""

MOST_RUNS = 20
HOUR = timedelta(hours=1)


class GitHubHost:
    """A course on GitHub; everybody acts with a token of their own, jobs with theirs."""

    name = COURSE

    def __init__(self, github: GitHub, folder: Path) -> None:
        self.github = github
        set_up(github, OWNER, COURSE, Plan("A term"))
        self._course = github.repository(COURSE)
        self.repository = self._course.git.path
        self.jobs = Jobs(github, folder)

    def now(self) -> datetime:
        return self.github.now()

    def wait_until(self, moment: datetime) -> None:
        self.github.advance(max(0.0, (moment - self.now()).total_seconds()))

    def forge(self, login: str, *, whole: bool = False) -> GitHubForge:
        token = self.github.user(login).token
        return forge_of(self.github, token, course=COURSE, git=whole, sleep=self.github.advance)

    def submit(self, slug: str, packed: Packed, author: str) -> Arrived:
        if len(self._course.pulls) % SHARE == 0:
            made = submit(self.forge(author), Address(COURSE, slug), packed, author=author)
            return Arrived(made.number, made.opened)
        name = packed.submission.id
        folder = submission_folder(slug, author, name)
        files = {f"{folder}/{path}": content for path, content in packed.contents.items()}
        pull = self.github.propose(author, COURSE, files, branch=f"aims/{slug}/{name}")
        return Arrived(pull.number, pull.created.replace(microsecond=0))  # as its page says

    def evaluate(self) -> list[Outcome]:
        found: list[Outcome] = []
        for _ in range(MOST_RUNS):
            found += self.jobs.evaluate()
            waiting = any(pull.state == "open" for pull in self._course.pulls.values())
            if not waiting:
                return found
            if found and found[-1].outcome == "waiting":
                self.github.advance(HOUR.total_seconds())  # the next run by the schedule
        raise AssertionError("proposals stay open")

    def comments(self, number: int) -> list[str]:
        return self._course.comments(number)

    def spent(self) -> Cost:
        asked = [
            r for r in self.github.requests if r.kind == "api" and r.login and "[bot]" in r.login
        ]
        writes = sum(r.method != "GET" for r in asked)
        return Cost(0, requests=len(asked), writes=writes)
