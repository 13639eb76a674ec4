"""The jobs of `evaluate.yml` without a runner: the same steps, keys and permissions, in here.

What `act` proves once, that each job gets just this, is taken for granted, so that what a job
does can be tried hundreds of times.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from e2e_clients import COURSE
from github_forges import forge_of
from loopback.github import GitHub, Repository

from aims_gh import settings
from aims_gh.core.seal import Key
from aims_gh.flows.evaluate import Ran, is_unsettled, run_open, score_and_record, settle
from aims_gh.flows.handover import open_folders, seal_folders
from aims_gh.flows.record import Outcome
from aims_gh.flows.run import Progress, no_progress
from aims_gh.forge import LEDGER
from aims_gh.forge.github.forge import GitHubForge

_WORKFLOW = settings.templates() / "course/.github/workflows/evaluate.yml"
PERMISSIONS: dict[str, dict[str, str]] = {
    name: job["permissions"] for name, job in yaml.safe_load(_WORKFLOW.read_text())["jobs"].items()
}
"""What `evaluate.yml` grants each of its jobs."""


@dataclass
class Jobs:
    """Evaluates a course as its Action does; an artifact is a folder here.

    Attributes
    ----------
    sleep : callable
        What waiting is: by default the server's clock moves.
    """

    github: GitHub
    folder: Path
    course: str = COURSE
    sleep: Callable[[float], None] | None = None
    session: Mapping[str, Any] = field(default_factory=dict)

    @property
    def repository(self) -> Repository:
        return self.github.repository(self.course)

    def evaluate(self) -> list[Outcome]:
        """Do what one run of the workflow does."""
        artifact, forge, now = self.artifact(), self.forge("run"), self.github.now
        taken = self.run(artifact, forge=forge).taken
        if not taken and not is_unsettled(forge, now()):
            return []
        forge, find_key = self.forge("score"), self.key("score")
        outcomes = self.score(artifact, forge=forge) if taken else []
        settle(forge, find_key=find_key, now=now())
        return outcomes

    def artifact(self) -> Path:
        """Give an empty folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="artifact-", dir=self.folder))

    def run(
        self,
        artifact: Path,
        *,
        progress: Progress = no_progress,
        forge: GitHubForge | None = None,
    ) -> Ran:
        """Do the job *run*, and leave what it hands over."""
        forge = forge or self.forge("run")
        ran = run_open(
            forge,
            artifact,
            sandbox=settings.sandbox(),
            find_key=self.key("run"),
            may_go_on=lambda: True,
            progress=progress,
        )
        seal_folders(forge, artifact)
        return ran

    def score(
        self,
        artifact: Path,
        *,
        before_record: Callable[[], object] = lambda: None,
        forge: GitHubForge | None = None,
    ) -> list[Outcome]:
        """Do the job *score* on what was handed over."""
        forge, find_key = forge or self.forge("score"), self.key("score")
        open_folders(forge, artifact, find_key=find_key)

        def clock() -> datetime:  # it is asked when scores are about to be recorded
            before_record()
            return self.github.now()

        return list(
            score_and_record(
                forge, artifact, sandbox=settings.sandbox(), find_key=find_key, clock=clock
            )
        )

    def forge(self, job: str) -> GitHubForge:
        """Give the course as a job sees it."""
        token = self.github.job_token(self.course, PERMISSIONS[job])
        sleep = self.sleep or self.github.advance
        return forge_of(
            self.github, token, course=self.course, git=True, sleep=sleep, **self.session
        )

    def key(self, job: str) -> Callable[[str], Key | None]:
        """Give the key that a job's environment holds, and no other."""
        secrets = self.repository.environments[f"aims-{job}"].secrets
        key = Key.from_secret(secrets[f"AIMS_{job.upper()}_KEY"])
        return lambda public: key if key.public == public else None


def state(repository: Repository) -> dict[str, Any]:
    """Tell all that an evaluation leaves, but for what a clock or a stopwatch wrote."""
    pulls = {
        number: (p.state, p.title, list(p.labels), [_timeless(c.body) for c in p.comments])
        for number, p in repository.pulls.items()
    }
    return {"pulls": pulls, "ledger": ledger(repository)}


def ledger(repository: Repository) -> dict[str, Any]:
    """Read the ledger's files, but for moments, ids of commits, and what is sealed."""
    paths = [e.path for e in repository.git.tree(LEDGER, recursive=True) if e.kind == "blob"]
    return {path: _plain(repository.read(path, LEDGER) or b"") for path in paths}


def evaluations(repository: Repository, slug: str = "animals") -> list[dict[str, Any]]:
    """Read what stands on the ledger, in order."""
    found = [
        json.loads(repository.read(e.path, LEDGER) or b"")
        for e in repository.git.tree(LEDGER, recursive=True)
        if e.path.startswith(f"{slug}/evaluations/")
    ]
    return sorted(found, key=lambda evaluation: int(evaluation["version"]))


def _plain(content: bytes) -> Any:
    try:
        return _without(json.loads(content))
    except ValueError:
        return content


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        varies = ("evaluated", "timestamp", "head", "cost", "private", "submission")
        return {k: _without(v) for k, v in value.items() if k not in varies}
    return [_without(v) for v in value] if isinstance(value, list) else value


def _timeless(text: str) -> str:
    return re.sub(r"(?m)^- [\d.e+-]+ ms per.*$", "- (cost)", text)
