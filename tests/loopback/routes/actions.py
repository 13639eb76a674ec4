"""Workflows, their runs, and what Actions may do in a repository."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import yaml

from ..bodies import Body, instant
from ..call import Answer, Call, Refused, invalid, not_found, route
from ..records import Repository, WorkflowRun
from ..world import WORKFLOWS


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file on the default branch."""

    id: int
    path: str
    name: str
    triggers: dict[str, Any]
    active: bool


def workflows(repo: Repository) -> list[Workflow]:
    """Read the workflow files of the default branch."""
    head = repo.head()
    if head is None or repo.git.sha_in(head, WORKFLOWS) is None:
        return []
    entries = repo.git.tree(f"{head}:{WORKFLOWS}")
    paths = [f"{WORKFLOWS}/{e.path}" for e in entries if e.path.endswith((".yml", ".yaml"))]
    return [_workflow(repo, head, path) for path in paths]


def _workflow(repo: Repository, head: str, path: str) -> Workflow:
    content = yaml.safe_load(repo.git.read(head, path) or b"") or {}
    # YAML 1.1 takes the key `on` for a boolean.
    on = content.get("on", content.get(True)) or {}
    if isinstance(on, str):
        on = [on]
    triggers = dict.fromkeys(on) if isinstance(on, list) else on
    number = zlib.crc32(f"{repo.id}:{path}".encode())
    active = path not in repo.disabled_workflows
    return Workflow(number, path, content.get("name") or path, triggers, active)


def _named(call: Call) -> Workflow:
    wanted = call.args["workflow_id"]
    for found in workflows(call.repo):
        if wanted in (str(found.id), found.path, found.path.rsplit("/", 1)[-1]):
            return found
    not_found()


@route("actions/list-repo-workflows")
def listing(call: Call) -> Any:
    found = workflows(call.repo)
    return {"total_count": len(found), "workflows": [_shown(call, w) for w in call.page(found)]}


@route("actions/get-workflow")
def get(call: Call) -> Any:
    return _shown(call, _named(call))


@route("actions/enable-workflow")
def enable(call: Call) -> Any:
    call.repo.disabled_workflows.discard(_named(call).path)
    return Answer(204)


@route("actions/disable-workflow")
def disable(call: Call) -> Any:
    call.repo.disabled_workflows.add(_named(call).path)
    return Answer(204)


@route("actions/create-workflow-dispatch")
def dispatch(call: Call) -> Any:
    workflow, ref = _named(call), call.body["ref"]
    branch = ref.removeprefix("refs/heads/")
    if call.repo.head(branch) is None:
        invalid(f"No ref found for: {ref}")
    if "workflow_dispatch" not in workflow.triggers:
        invalid("Workflow does not have 'workflow_dispatch' trigger")
    if not workflow.active:
        raise Refused(403, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    declared = ((workflow.triggers["workflow_dispatch"] or {}).get("inputs")) or {}
    given = call.body.get("inputs") or {}
    if unexpected := [name for name in given if name not in declared]:
        invalid(f"Unexpected inputs provided: {unexpected}")
    for name, spec in declared.items():
        if spec and spec.get("required") and "default" not in spec and name not in given:
            invalid(f"Required input '{name}' not provided")
    payload = {"ref": f"refs/heads/{branch}", "inputs": given, "workflow": workflow.path}
    call.world.emit("workflow_dispatch", None, call.repo, payload, call.by)
    return Answer(204)


@route("repos/create-dispatch-event")
def repository_dispatch(call: Call) -> Any:
    payload = {"client_payload": call.body.get("client_payload", {})}
    payload["branch"] = call.repo.default_branch
    call.world.emit("repository_dispatch", call.body["event_type"], call.repo, payload, call.by)
    return Answer(204)


@route("actions/list-workflow-runs")
def runs_of_workflow(call: Call) -> Any:
    path = _named(call).path
    return _runs(call, [run for run in call.repo.workflow_runs if run.path == path])


@route("actions/list-workflow-runs-for-repo")
def runs(call: Call) -> Any:
    return _runs(call, call.repo.workflow_runs)


def _runs(call: Call, runs: list[WorkflowRun]) -> Body:
    query = call.query
    found = [
        run
        for run in reversed(runs)
        if query.get("event", run.event) == run.event
        and query.get("status", run.status) in (run.status, run.conclusion)
        and query.get("branch", run.head_branch) == run.head_branch
        and query.get("actor", run.actor) == run.actor
    ]
    return {"total_count": len(found), "workflow_runs": [_run(call, r) for r in call.page(found)]}


@route("actions/get-workflow-run")
def run(call: Call) -> Any:
    wanted = int(call.args["run_id"])
    for found in call.repo.workflow_runs:
        if found.id == wanted:
            return _run(call, found)
    not_found()


def _run(call: Call, run: WorkflowRun) -> Body:
    body = call.bodies.of("workflow-run", call.repo)
    url = f"{call.bodies.repo_url(call.repo)}/actions/runs/{run.id}"
    actor = call.bodies.user(run.actor)
    return body | {
        "id": run.id,
        "name": run.name,
        "path": run.path,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "run_number": run.run_number,
        "run_attempt": 1,
        "display_title": run.display_title or run.name,
        "workflow_id": zlib.crc32(f"{call.repo.id}:{run.path}".encode()),
        "url": url,
        "html_url": f"{call.bodies.web_url(call.repo)}/actions/runs/{run.id}",
        "created_at": instant(run.created),
        "updated_at": instant(run.updated),
        "run_started_at": instant(run.created),
        "actor": actor,
        "triggering_actor": actor,
        "pull_requests": [],
        "repository": call.bodies.repository(call.repo),
        "head_repository": call.bodies.repository(call.repo),
    }


def _shown(call: Call, workflow: Workflow) -> Body:
    url = f"{call.bodies.repo_url(call.repo)}/actions/workflows/{workflow.id}"
    page = f"{call.bodies.web_url(call.repo)}/blob/{call.repo.default_branch}/{workflow.path}"
    when = instant(call.repo.created)
    return {
        "id": workflow.id,
        "node_id": "W",
        "name": workflow.name,
        "path": workflow.path,
        "state": "active" if workflow.active else "disabled_manually",
        "created_at": when,
        "updated_at": when,
        "url": url,
        "html_url": page,
        "badge_url": f"{page}/badge.svg",
    }


# What Actions may do


@route("actions/get-github-actions-permissions-repository")
def permissions(call: Call) -> Any:
    return call.repo.actions_permissions


@route("actions/set-github-actions-permissions-repository")
def set_permissions(call: Call) -> Any:
    call.repo.actions_permissions.update(call.body)
    return Answer(204)


@route("actions/get-fork-pr-contributor-approval-permissions-repository")
def approval(call: Call) -> Any:
    return {"approval_policy": call.repo.approval_policy}


@route("actions/set-fork-pr-contributor-approval-permissions-repository")
def set_approval(call: Call) -> Any:
    if call.repo.private:
        invalid("Fork PR contributor approval is for public repositories")
    call.repo.approval_policy = call.body["approval_policy"]
    return Answer(204)


@route("actions/get-github-actions-default-workflow-permissions-repository")
def workflow_permissions(call: Call) -> Any:
    return call.repo.workflow_permissions


@route("actions/set-github-actions-default-workflow-permissions-repository")
def set_workflow_permissions(call: Call) -> Any:
    call.repo.workflow_permissions.update(call.body or {})
    return Answer(204)
