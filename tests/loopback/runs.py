"""A run of a workflow: what it is of, which place in the queue it has, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .act import Job
from .records import Event, Repository, WorkflowRun

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


@dataclass(slots=True)
class Run:
    """A run of a workflow: queued, and later done."""

    workflow: str
    event: str
    repository: Repository
    document: Mapping[Any, Any]
    ref: str
    sha: str
    actor: str
    payload: Mapping[str, Any]
    from_fork: bool
    record: WorkflowRun
    conclusion: str | None = None
    jobs: dict[str, Job] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    """What its jobs handed over, by artifact and path: anybody may download it."""

    seconds: float = 0.0

    @property
    def group(self) -> str | None:
        """Name the concurrency group it is in."""
        rule = self.document.get("concurrency")
        name = rule.get("group") if isinstance(rule, dict) else rule
        return None if name is None else self._filled(str(name)).lower()

    @property
    def log(self) -> str:
        """All that its jobs said."""
        return "".join(f"== {job.name}\n{job.log}" for job in self.jobs.values())

    def _filled(self, text: str) -> str:
        github = {
            "event": self.payload,
            "event_name": self.event,
            "ref": self.ref,
            "sha": self.sha,
            "workflow": self.document.get("name", self.workflow),
            "run_id": self.record.id,
        }

        def value(match: re.Match[str]) -> str:
            found: Any = {"github": github}
            for key in match[1].split("."):
                found = found.get(key, "") if isinstance(found, dict) else ""
            return str(found)

        return _EXPRESSION.sub(value, text)


def changed_paths(event: Event) -> list[str]:
    git, payload = event.repository.git, event.payload
    if "pull_request" in payload:
        base, head = payload["pull_request"]["base"]["sha"], payload["pull_request"]["head"]["sha"]
        base = git.merge_base(base, head) or base
    else:
        base, head = payload["before"], payload["after"]
        if payload["created"]:
            return [e.path for e in git.tree(head, recursive=True) if e.kind == "blob"]
    return [change.path for change in git.changes(base, head)]


def in_order(jobs: Mapping[str, Any]) -> list[str]:
    done: list[str] = []
    while len(done) < len(jobs):
        ready = [
            name
            for name, job in jobs.items()
            if name not in done and all(n in done for n in _names(job.get("needs", [])))
        ]
        assert ready, "jobs wait for each other"
        done += ready
    return done


def _names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
