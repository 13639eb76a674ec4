"""What surrounds a course's files on GitHub, as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aims_gh.forge.administration import (
    ActionsRules,
    Allowance,
    Environment,
    Hosted,
    NotOnThisPlan,
    Run,
    Site,
    Workflow,
)
from aims_gh.forge.github.session import Session, in_path, instant
from aims_gh.forge.github.writing import RestWriter

EVERYBODY = "all_external_contributors"
"""Whose workflows wait for approval; GitHub's default is those who never contributed before."""


class Inspection:
    """Looks at `owner/name`, and changes nothing."""

    __slots__ = ()
    session: Session
    name: str

    @property
    def _path(self) -> str:
        return f"/repos/{self.name}"

    @property
    def _approval(self) -> str:
        return f"{self._path}/actions/permissions/fork-pr-contributor-approval"

    def repository(self) -> Hosted | None:
        """Describe the repository; None where there is none that may be seen."""
        found = self.session.get(self._path, absent=True) if self.name else None
        if found is None:
            return None
        parent = found.get("parent") or found.get("template_repository")
        return Hosted(
            name=str(found["full_name"]),
            page=str(found["html_url"]),
            private=bool(found["private"]),
            archived=bool(found["archived"]),
            default_branch=str(found["default_branch"]),
            administered=bool((found.get("permissions") or {}).get("admin")),
            parent=str(parent["full_name"]) if parent else None,
            topics=tuple(found.get("topics") or ()),
            homepage=found.get("homepage") or "",
        )

    def has_branch(self, name: str) -> bool:
        """Tell whether there is a branch."""
        return RestWriter(self.session, self.name).tip(name) is not None

    def actions(self) -> ActionsRules:
        """Tell what Actions may do."""
        path = f"{self._path}/actions/permissions"
        rules, rights = self.session.get(path), self.session.get(f"{path}/workflow")
        return ActionsRules(
            enabled=bool(rules["enabled"]),
            allowed=str(rules.get("allowed_actions") or "all"),
            default=str(rights["default_workflow_permissions"]),
        )

    def outsiders_wait(self) -> bool | None:
        """Tell whether workflows that outsiders propose wait for approval; None: not told."""
        found = self.session.send("GET", self._approval, accept=(403, 404, 422))
        return found.data["approval_policy"] == EVERYBODY if found.status == 200 else None

    def environment(self, name: str) -> Environment | None:
        """Describe an environment."""
        path = f"{self._path}/environments/{in_path(name)}"
        found = self.session.get(path, absent=True)
        if found is None:
            return None
        branches: tuple[str, ...] | None = None
        policy = found.get("deployment_branch_policy")
        if policy and policy["custom_branch_policies"]:
            branches = tuple(str(each["name"]) for each in self._policies(name))
        elif policy:
            branches = ("every protected branch",)
        secrets = self.session.pages(f"{path}/secrets", of="secrets")
        return Environment(name, branches, tuple(str(each["name"]) for each in secrets))

    def site(self) -> Site | None:
        """Describe the website; None where there is none."""
        found = self.session.get(f"{self._path}/pages", absent=True)
        if found is None:
            return None
        return Site(found.get("build_type") == "workflow", str(found.get("html_url") or ""))

    def workflows(self) -> tuple[Workflow, ...]:
        """List the workflows."""
        listed = self.session.pages(f"{self._path}/actions/workflows", of="workflows")
        return tuple(Workflow(str(w["path"]), str(w["name"]), str(w["state"])) for w in listed)

    def runs(self, workflow: str, *, event: str | None = None, limit: int) -> tuple[Run, ...]:
        """List the last runs of a workflow's file, newest first."""
        query: dict[str, Any] = {"per_page": limit} | ({"event": event} if event else {})
        path = f"{self._path}/actions/workflows/{in_path(workflow)}/runs"
        found = self.session.get(path, absent=True, **query)
        return tuple(
            Run(
                workflow=workflow,
                number=int(run["run_number"]),
                event=str(run["event"]),
                status=str(run["status"]),
                conclusion=run["conclusion"],
                started=instant(run["created_at"]),
                page=str(run["html_url"]),
            )
            for run in (found["workflow_runs"] if found else ())
        )

    def protected(self, branch: str) -> bool:
        """Tell whether a branch is protected from force and deletion."""
        path = f"{self._path}/branches/{in_path(branch)}/protection"
        reply = self.session.send("GET", path, accept=(403, 404))
        if reply.status == 403 and "upgrade" in reply.said.lower():
            raise NotOnThisPlan(
                f"the plan of {self.name}'s owner protects no branches of private repositories",
                hint="make the repository public, or use a plan that does",
            )
        if reply.status != 200:
            return False
        switches = ("allow_force_pushes", "allow_deletions")
        return not any((reply.data.get(name) or {}).get("enabled") for name in switches)

    def allowance(self) -> Allowance:
        """Tell how many requests are left; asking costs none."""
        core = self.session.get("/rate_limit")["resources"]["core"]
        resets = datetime.fromtimestamp(core["reset"], UTC)
        return Allowance(int(core["limit"]), int(core["remaining"]), resets)

    def _policies(self, environment: str) -> list[Any]:
        path = f"{self._path}/environments/{in_path(environment)}/deployment-branch-policies"
        return list(self.session.pages(path, of="branch_policies"))

    def _by_name(self, environment: str) -> bool:
        """Tell whether an environment admits branches by their names."""
        found = self.session.get(f"{self._path}/environments/{in_path(environment)}")
        policy = found.get("deployment_branch_policy")
        return bool(policy and policy["custom_branch_policies"])
