"""What a GitHub keeps: users, tokens, repositories and what belongs to them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from nacl.public import PrivateKey

from .git import Git

BOT = "github-actions[bot]"
_ids = count(1001)


def new_id() -> int:
    """Give a number that nothing else has."""
    return next(_ids)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as a workflow could be started by it."""

    name: str
    action: str | None
    repository: Repository
    payload: Mapping[str, Any]
    actor: str
    by_job_token: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was answered; `operation` is GitHub's name for it, or git's service."""

    method: str
    path: str
    operation: str
    login: str | None
    status: int
    when: datetime
    kind: str = "api"


@dataclass(frozen=True, slots=True)
class Token:
    """What somebody shows to be somebody; `kind` is classic, fine-grained or job."""

    value: str
    login: str
    kind: str
    scopes: tuple[str, ...] = ()
    permissions: Mapping[str, str] = field(default_factory=dict)
    repository: str | None = None

    @property
    def may_write_workflows(self) -> bool:
        """Whether files below .github/workflows may be changed with it."""
        if self.kind == "classic":
            return "workflow" in self.scopes
        return self.permissions.get("workflows") == "write"


@dataclass(slots=True, eq=False)
class User:
    """A person, or an organization with its members."""

    login: str
    token: str
    id: int = field(default_factory=new_id)
    kind: str = "User"
    members: set[str] = field(default_factory=set)

    @property
    def email(self) -> str:
        """The address that commits made through the API carry."""
        return f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(slots=True, eq=False)
class Comment:
    """A comment on a pull request."""

    author: str
    body: str
    created: datetime
    updated: datetime
    number: int
    id: int = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class IssueEvent:
    """Something that happened to a pull request, as its page tells it."""

    name: str
    actor: str
    when: datetime
    id: int = field(default_factory=new_id)


@dataclass(slots=True, eq=False)
class Label:
    """A label of a repository."""

    name: str
    color: str = "ededed"
    description: str | None = None
    id: int = field(default_factory=new_id)


@dataclass(slots=True, eq=False)
class Pull:
    """A pull request; `head_repository` is None when it was deleted."""

    number: int
    title: str
    body: str | None
    author: str
    base: str
    base_sha: str
    head_repository: Repository | None
    head_owner: str
    head_branch: str
    head_sha: str
    created: datetime
    updated: datetime
    draft: bool = False
    state: str = "open"
    closed: datetime | None = None
    closed_by: str | None = None
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    events: list[IssueEvent] = field(default_factory=list)
    unknown_mergeable: int = 0
    id: int = field(default_factory=new_id)

    @property
    def ref(self) -> str:
        """Where its head is kept for ever."""
        return f"refs/pull/{self.number}/head"


@dataclass(frozen=True, slots=True)
class Activity:
    """A move of a branch, by the server's clock."""

    ref: str
    before: str
    after: str
    kind: str
    actor: str
    when: datetime
    id: int = field(default_factory=new_id)


@dataclass(slots=True, eq=False)
class Secret:
    """A secret or a variable."""

    name: str
    value: str
    created: datetime
    updated: datetime


@dataclass(slots=True, eq=False)
class Vault:
    """Secrets by name, and the key to which they are sealed on their way here."""

    secrets: dict[str, Secret] = field(default_factory=dict)
    key: PrivateKey = field(default_factory=PrivateKey.generate)
    key_id: str = field(default_factory=lambda: str(new_id()))

    def __iter__(self) -> Iterator[str]:
        return iter(self.secrets)

    def __getitem__(self, name: str) -> str:
        return self.secrets[name].value

    def as_dict(self) -> dict[str, str]:
        """Map names to opened values."""
        return {name: secret.value for name, secret in self.secrets.items()}


@dataclass(slots=True, eq=False)
class Environment:
    """A deployment environment: its secrets, and which branches may use it."""

    name: str
    created: datetime
    updated: datetime
    branch_policy: dict[str, bool] | None = None
    policies: dict[int, tuple[str, str]] = field(default_factory=dict)
    wait_timer: int = 0
    vault: Vault = field(default_factory=Vault)
    id: int = field(default_factory=new_id)

    @property
    def secrets(self) -> dict[str, str]:
        """Map names of secrets to opened values."""
        return self.vault.as_dict()


@dataclass(slots=True, eq=False)
class WorkflowRun:
    """A run of a workflow, as the API lists it."""

    name: str
    path: str
    event: str
    head_branch: str
    head_sha: str
    actor: str
    created: datetime
    updated: datetime
    run_number: int
    status: str = "queued"
    conclusion: str | None = None
    display_title: str = ""
    id: int = field(default_factory=new_id)


@dataclass(slots=True, eq=False)
class Deployment:
    """A deployment to an environment, and how it went."""

    environment: str
    sha: str
    ref: str
    creator: str
    created: datetime
    state: str = "success"
    id: int = field(default_factory=new_id)


@dataclass(slots=True, eq=False)
class Pages:
    """The site of a repository; `root` holds what was deployed last."""

    root: Path
    build_type: str = "legacy"
    source: dict[str, str] | None = None
    status: str | None = None
    deployments: list[Deployment] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Repository:
    """A repository, its bare git repository, and everything GitHub keeps beside it."""

    owner: str
    name: str
    git: Git
    created: datetime
    now: Callable[[], datetime]
    private: bool = False
    description: str | None = None
    homepage: str | None = None
    default_branch: str = "main"
    parent: Repository | None = None
    archived: bool = False
    has_issues: bool = True
    topics: list[str] = field(default_factory=list)
    collaborators: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    label_set: dict[str, Label] = field(default_factory=dict)
    activity: list[Activity] = field(default_factory=list)
    protection: dict[str, dict[str, Any]] = field(default_factory=dict)
    vault: Vault = field(default_factory=Vault)
    variable_set: dict[str, Secret] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    actions_permissions: dict[str, Any] = field(
        default_factory=lambda: {"enabled": True, "allowed_actions": "all"}
    )
    approval_policy: str = "first_time_contributors"
    workflow_permissions: dict[str, Any] = field(
        default_factory=lambda: {
            "default_workflow_permissions": "read",
            "can_approve_pull_request_reviews": False,
        }
    )
    disabled_workflows: set[str] = field(default_factory=set)
    workflow_runs: list[WorkflowRun] = field(default_factory=list)
    dispatches: list[Event] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    pages: Pages | None = None
    pushed: datetime | None = None
    hidden_reads: int = 0
    id: int = field(default_factory=new_id)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def path(self) -> Path:
        """The bare git repository."""
        return self.git.path

    @property
    def secrets(self) -> dict[str, str]:
        """Map names of the repository's own secrets to opened values."""
        return self.vault.as_dict()

    @property
    def variables(self) -> dict[str, str]:
        """Map names of variables to values."""
        return {name: variable.value for name, variable in self.variable_set.items()}

    def comments(self, number: int) -> list[str]:
        """List the bodies of a pull request's comments."""
        return [comment.body for comment in self.pulls[number].comments]

    def labels(self, number: int) -> list[str]:
        """List a pull request's labels."""
        return list(self.pulls[number].labels)

    def head(self, branch: str | None = None) -> str | None:
        """Give the commit of a branch; of the default branch where none is named."""
        return self.git.sha(f"refs/heads/{branch or self.default_branch}")

    def read(self, path: str, ref: str | None = None) -> bytes | None:
        """Give the bytes of a file; None where there is none."""
        return self.git.read(ref or f"refs/heads/{self.default_branch}", path)

    def add_run(self, **values: Any) -> WorkflowRun:
        """Note a run of a workflow, to be changed as it goes on."""
        now = self.now()
        number = 1 + sum(run.path == values["path"] for run in self.workflow_runs)
        run = WorkflowRun(created=now, updated=now, run_number=number, **values)
        self.workflow_runs.append(run)
        return run

    def deploy_pages(self, artifact: Path, *, sha: str, actor: str = BOT) -> Deployment:
        """Put an unpacked artifact in the place of the site."""
        assert self.pages is not None, "Pages is not switched on"
        shutil.rmtree(self.pages.root, ignore_errors=True)
        shutil.copytree(artifact, self.pages.root)
        self.pages.status = "built"
        deployment = Deployment("github-pages", sha, self.default_branch, actor, self.now())
        self.pages.deployments.append(deployment)
        self.deployments.append(deployment)
        return deployment
