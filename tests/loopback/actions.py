"""GitHub Actions on loopback: what GitHub does around the jobs that `act` runs.

Events become runs by the filters of the workflow files; runs queue up and wait for each other;
each job gets its own token, the secrets of its own environment, and nothing else.
"""

from __future__ import annotations

import fnmatch
import io
import shutil
import subprocess
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from .act import Job, Order, run_job
from .github import Event, GitHub, Repository
from .runs import Run, changed_paths, in_order
from .triggers import crons, permissions, starts

ROOT = Path(__file__).resolve().parent.parent.parent
ACTION = "aims-gh/aims-gh"
"""The project's own repository, which stands for this checkout at every commit."""
_FOLDER = ".github/workflows"
_DISPATCHES = ("workflow_dispatch", "repository_dispatch")
_CHECKOUT = ("action", "aims_gh", "requirements", "site_templates", "pyproject.toml", "README.md")


class Actions:
    """Runs the workflows of a GitHub's repositories, when it is told to.

    >>> actions = Actions(github)
    >>> (run,) = actions.drain()
    >>> assert run.conclusion == "success", run.log

    Attributes
    ----------
    installed
        Where environments are kept that the Action has installed, for the jobs that follow. None:
        each job installs its own, as on GitHub.
    """

    def __init__(
        self, github: GitHub, *, seconds: float = 600, installed: Path | None = None
    ) -> None:
        self.github = github
        self.seconds = seconds
        self.installed = installed
        self.queue: list[Run] = []
        self.runs: list[Run] = []
        """What was run or cancelled, in order."""
        self.enabled: set[str] = set()
        """Forks whose owner has switched their workflows on."""
        self.environment: dict[str, str] = {}
        """What else stands in the environment of every job, as other addresses of services."""
        self.kill_before: tuple[str, str] | None = None
        """A job and a step before which the runner dies, once: the step as in `Step.name`."""
        self._lock = threading.RLock()
        self._running: Run | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="loopback-actions-"))
        self._secrets: dict[str, str] = {}
        github.on_event(self._happened)

    def close(self) -> None:
        """Remove what is on the disk."""
        shutil.rmtree(self._folder, ignore_errors=True)

    # What starts

    def _happened(self, event: Event) -> None:
        repository = event.repository
        if event.by_job_token and event.name not in _DISPATCHES:
            return
        if not self._on(repository):
            return
        names = [event.name]
        if event.name == "pull_request":
            names.append("pull_request_target")
        for name in names:
            for path, document, ref, sha in self._candidates(name, event):
                if self._starts(name, event, path, document):
                    self._enqueue(name, repository, path, document, ref, sha, event)

    def tick(self, full_name: str, workflow: str | None = None) -> None:
        """Let the hour come at which a repository's schedules start, or one workflow's."""
        repository = self.github.repository(full_name)
        if not self._on(repository):
            return
        sha = repository.head() or ""
        for path, document in self._workflows(repository, sha):
            if workflow not in (None, path.rpartition("/")[2]):
                continue
            for cron in crons(document) if self._active(repository, path) else ():
                event = Event("schedule", None, repository, {"schedule": cron}, "", False)
                ref = f"refs/heads/{repository.default_branch}"
                self._enqueue("schedule", repository, path, document, ref, sha, event)

    def _on(self, repository: Repository) -> bool:
        on = repository.actions_permissions.get("enabled", True)
        return on and (repository.parent is None or repository.full_name in self.enabled)

    def _active(self, repository: Repository, path: str) -> bool:
        return path not in repository.disabled_workflows

    def _candidates(
        self, name: str, event: Event
    ) -> Iterator[tuple[str, Mapping[Any, Any], str, str]]:
        """Read the workflows that count for an event: mostly those of the default branch."""
        repository, payload = event.repository, event.payload
        ref = f"refs/heads/{repository.default_branch}"
        if name in ("push", "workflow_dispatch"):
            ref = payload["ref"]
        sha = repository.git.commit_sha(ref)
        if name == "pull_request":
            ref, sha = (
                f"refs/pull/{payload['number']}/merge",
                payload["pull_request"]["head"]["sha"],
            )
        if sha is not None:
            for path, document in self._workflows(repository, sha):
                yield path, document, ref, sha

    def _workflows(
        self, repository: Repository, sha: str
    ) -> Iterator[tuple[str, Mapping[Any, Any]]]:
        if repository.git.sha_in(sha, _FOLDER) is None:
            return
        for entry in repository.git.tree(f"{sha}:{_FOLDER}"):
            if not entry.path.endswith((".yml", ".yaml")):
                continue
            path = f"{_FOLDER}/{entry.path}"
            try:
                document = yaml.safe_load(repository.git.read(sha, path) or b"")
            except yaml.YAMLError:
                continue  # GitHub shows a failed run, and runs nothing
            if isinstance(document, dict):
                yield path, document

    def _starts(self, name: str, event: Event, path: str, document: Mapping[Any, Any]) -> bool:
        repository, payload = event.repository, event.payload
        if not self._active(repository, path):
            return False
        if name == "workflow_dispatch" and payload.get("workflow") != path:
            return False
        branch = repository.default_branch
        if name == "push":
            branch = payload["ref"].removeprefix("refs/heads/")
            if payload["deleted"]:
                return False
        elif "pull_request" in payload:
            branch = payload["pull_request"]["base"]["ref"]
        return starts(
            document, name, action=event.action, branch=branch, paths=lambda: changed_paths(event)
        )

    def _enqueue(
        self,
        name: str,
        repository: Repository,
        path: str,
        document: Mapping[Any, Any],
        ref: str,
        sha: str,
        event: Event,
    ) -> None:
        head = event.payload.get("pull_request", {}).get("head", {})
        theirs = bool(head) and (head.get("repo") or {}).get("full_name") != repository.full_name
        record = repository.add_run(
            name=document.get("name", path),
            path=path,
            event=name,
            head_branch=head.get("ref") or ref.removeprefix("refs/heads/"),
            head_sha=sha,
            actor=event.actor or repository.owner,
        )
        file = path.rpartition("/")[2]
        run = Run(
            file,
            name,
            repository,
            document,
            ref,
            sha,
            record.actor,
            event.payload,
            name == "pull_request" and theirs,
            record,
        )
        with self._lock:
            self._make_room(run)
            self.queue.append(run)

    def _make_room(self, new: Run) -> None:
        """Keep one waiting run of each concurrency group: the newest."""
        rule = new.document.get("concurrency")
        if isinstance(rule, dict):
            running = self._running and self._running.group == new.group
            assert not (running and rule.get("cancel-in-progress")), "not modelled"
            assert rule.get("queue", "single") == "single", "not modelled"
        for waiting in list(self.queue):
            same = waiting.repository is new.repository and waiting.group == new.group
            if new.group is not None and same:
                self.queue.remove(waiting)
                self._done(waiting, "cancelled")

    # What runs

    def drain(self, limit: int = 20) -> list[Run]:
        """Run what is queued, and what that starts, until nothing waits; give what was run."""
        done = []
        while (run := self.step()) is not None:
            done.append(run)
            assert len(done) <= limit, f"more than {limit} runs: {[r.workflow for r in done]}"
        return done

    def step(self) -> Run | None:
        """Run the one that waits longest; None where none does."""
        with self._lock:
            if not self.queue:
                return None
            run = self.queue.pop(0)
            self._running = run
        run.record.status = "in_progress"
        begun = time.monotonic()
        artifacts = self._folder / f"artifacts-{run.record.id}"
        artifacts.mkdir()
        for name in in_order(run.document["jobs"]):
            run.jobs[name] = self._job(run, name, artifacts)
        files = (path for path in artifacts.rglob("*") if path.is_file())
        run.artifacts = {str(path.relative_to(artifacts)): path.read_bytes() for path in files}
        shutil.rmtree(artifacts)
        run.seconds = time.monotonic() - begun
        ends = {job.conclusion for job in run.jobs.values()}
        first = ("failure", "success", "skipped")
        self._running = None
        self._done(run, next(end for end in first if end in ends))
        return run

    def _done(self, run: Run, conclusion: str) -> None:
        run.conclusion = conclusion
        run.record.status, run.record.conclusion = "completed", conclusion
        run.record.updated = self.github.now()
        self.runs.append(run)

    def _job(self, run: Run, name: str, artifacts: Path) -> Job:
        given, repository = run.document["jobs"][name], run.repository
        assert "concurrency" not in given, "not modelled"
        default = repository.workflow_permissions["default_workflow_permissions"]
        held = permissions(run.document, given, default=default, reading=run.from_fork)
        job = Job(name, held)
        environment = given.get("environment")
        if isinstance(environment, dict):
            environment = environment["name"]
        if environment and not self._admits(repository, environment, run):
            job.conclusion = "failure"
            branch = run.ref.removeprefix("refs/heads/")
            job.log = (
                f'Branch "{branch}" is not allowed to deploy to {environment} '
                "due to environment protection rules.\n"
            )
            return job
        token = self.github.job_token(repository.full_name, held)
        secrets = {"GITHUB_TOKEN": token} | self._visible(run, environment)
        self._secrets |= {value: f"{repository.full_name} {n}" for n, value in secrets.items()}
        folder = self._folder / f"{run.record.id}-{name}"
        needs = given.get("needs", [])
        order = Order(
            event=run.event,
            payload=run.payload,
            actor=run.actor,
            document=run.document,
            job=name,
            needed={n: run.jobs[n] for n in ([needs] if isinstance(needs, str) else needs)},
            secrets=secrets,
            variables=repository.variables,
            environment=self._environment(run, held) | self.environment,
            repository=repository.path,
            sha=run.sha,
            artifacts=artifacts,
            actions=self._actions(run, name),
            itself=repository.full_name,
            kill_before=self._to_kill(name),
            seconds=min(self.seconds, 60 * float(given.get("timeout-minutes", 360))),
            installed=self.installed,
        )
        run_job(order, folder, job)
        self.github.revoke(token)
        self._deploy(run, artifacts, job)
        return job

    def _admits(self, repository: Repository, name: str, run: Run) -> bool:
        environment = repository.environments.get(name)
        policy = environment.branch_policy if environment else None
        if environment is None or not policy:
            return True
        branch = run.ref.removeprefix("refs/heads/")
        if policy.get("protected_branches"):
            return branch in repository.protection
        patterns = [pattern for pattern, _ in environment.policies.values()]
        return any(fnmatch.fnmatchcase(branch, pattern) for pattern in patterns)

    def _visible(self, run: Run, environment: str | None) -> dict[str, str]:
        if run.from_fork:
            return {}
        own = run.repository.environments.get(environment or "")
        return dict(run.repository.secrets) | dict(own.secrets if own else {})

    def _environment(self, run: Run, held: Mapping[str, str]) -> dict[str, str]:
        return {
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_SERVER_URL": self.github.server_url,
            "GITHUB_GRAPHQL_URL": self.github.graphql_url,
            "GITHUB_REPOSITORY": run.repository.full_name,
            "GITHUB_REF": run.ref,
            "GITHUB_RUN_ID": str(run.record.id),
            "LOOPBACK_PERMISSIONS": " ".join(["", *(f"{n}={v}" for n, v in held.items()), ""]),
            **(self._identity(run) if held.get("id-token") == "write" else {}),
        }

    def _identity(self, run: Run) -> dict[str, str]:
        """Say where a job gets a token that says which workflow it is of."""
        name = run.repository.full_name
        claims = {
            "sub": f"repo:{name}:ref:{run.ref}",
            "repository": name,
            "ref": run.ref,
            "sha": run.sha,
            "actor": run.actor,
            "event_name": run.event,
            "workflow_ref": f"{name}/{_FOLDER}/{run.workflow}@{run.ref}",
        }
        asking = self.github.identify(claims)
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.github.server_url}/identity?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": asking,
        }

    def _to_kill(self, job: str) -> str | None:
        if self.kill_before is None or self.kill_before[0] != job:
            return None
        step, self.kill_before = self.kill_before[1], None
        return f"{job} {step}"

    def _deploy(self, run: Run, artifacts: Path, job: Job) -> None:
        order = artifacts / ".deploy"
        if order.exists():
            site = artifacts / order.read_text().strip()
            order.unlink()
            if run.repository.pages is None:
                job.conclusion = "failure"
                job.log += "Failed to create deployment (status: 404). Ensure Pages is enabled.\n"
                return
            with self.github.world.lock:
                run.repository.deploy_pages(site, sha=run.sha)

    def _actions(self, run: Run, job: str) -> dict[str, Path]:
        found = {ACTION: self.checkout()}
        steps = run.document["jobs"][job]["steps"]
        if any(str(step.get("uses", "")).startswith("$/") for step in steps):
            found[run.repository.full_name] = self._unpacked(run.repository, run.sha)
        return found

    def _unpacked(self, repository: Repository, sha: str) -> Path:
        place = self._folder / f"unpacked-{sha}"
        if not place.exists():
            packed = repository.git.run("archive", "--format=tar", sha)
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(place, filter="data")
        return place

    def checkout(self) -> Path:
        """Copy what a commit of the project holds, as GitHub unpacks it for a job."""
        copy = self._folder / "checkout"
        if not copy.exists():
            listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
            names = subprocess.run(
                [*listed, *_CHECKOUT, "LICENSE"], cwd=ROOT, check=True, capture_output=True
            )
            for name in filter(None, names.stdout.decode().split("\0")):
                if (ROOT / name).is_file():
                    (copy / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / name, copy / name)
        return copy

    def secrets_in_logs(self) -> list[str]:
        """Name the secrets that stand in a log or a summary; there should be none."""
        texts = [job.log + job.summary for run in self.runs for job in run.jobs.values()]
        return sorted({n for value, n in self._secrets.items() if any(value in t for t in texts)})
