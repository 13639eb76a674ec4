"""Which operations there are, and what a token and its user need for each.

A line here and a function in `loopback.routes` is all that a new operation takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEVELS = {"none": 0, "read": 1, "write": 2, "admin": 3}
ROLES = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}


@dataclass(frozen=True, slots=True)
class Need:
    """What an operation asks of a token (any of `permissions`) and of its user (`role`)."""

    permissions: tuple[str, ...]
    level: str
    role: str
    public: bool
    """Whether everybody may do it where the repository is public."""

    @property
    def header(self) -> str:
        """The value of X-Accepted-GitHub-Permissions."""
        if self is USER:
            return "allows_permissionless_access=true"
        return "; ".join(f"{name}={self.level}" for name in self.permissions)

    def granted_by(self, permissions: Mapping[str, str]) -> bool:
        """Tell whether a token with these permissions may."""
        held = max(LEVELS[permissions.get(name, "none")] for name in self.permissions)
        return held >= LEVELS[self.level]


def _need(text: str, role: str | None = None, public: bool = True) -> Need:
    names, level = text.split(":")
    default = {"read": "read", "write": "write"}[level]
    return Need(tuple(names.split("|")), level, role or default, public and level == "read")


_SEES = _need("metadata:read")
_READS = _need("contents:read")
_WRITES = _need("contents:write")
_ADMINISTERS = _need("administration:write", role="admin")
_INSPECTS = _need("administration:read", role="admin", public=False)
_PULLS = _need("pull_requests:read")
_TALK = _need("issues|pull_requests:read")
_TALKS = _need("issues|pull_requests:write", role="read")
_LABELS = _need("issues|pull_requests:write", role="triage")
_ENVIRONMENT = _need("environments:read", role="write", public=False)
_ENVIRONMENTS = _need("environments:write", role="admin")
_RUNS = _need("actions:read")

USER = _need("user:read")
"""Operations about no repository: any user's token may."""

NEEDS: Mapping[str, Need] = {
    "meta/root": USER,
    "rate-limit/get": USER,
    "users/get-authenticated": USER,
    "users/get-by-username": USER,
    "orgs/get": USER,
    "repos/create-for-authenticated-user": _need("administration:write"),
    "repos/create-in-org": _need("administration:write"),
    "repos/get": _SEES,
    "repos/update": _ADMINISTERS,
    "repos/delete": _ADMINISTERS,
    "repos/get-all-topics": _SEES,
    "repos/replace-all-topics": _ADMINISTERS,
    "repos/create-fork": _need("administration:write", role="read"),
    "repos/list-forks": _SEES,
    "repos/merge-upstream": _WRITES,
    "repos/check-collaborator": _SEES,
    "repos/get-collaborator-permission-level": _SEES,
    "repos/add-collaborator": _ADMINISTERS,
    "git/get-ref": _READS,
    "git/list-matching-refs": _READS,
    "git/create-ref": _WRITES,
    "git/update-ref": _WRITES,
    "git/delete-ref": _WRITES,
    "git/create-blob": _WRITES,
    "git/get-blob": _READS,
    "git/create-tree": _WRITES,
    "git/get-tree": _READS,
    "git/create-commit": _WRITES,
    "git/get-commit": _READS,
    "repos/get-content": _READS,
    "repos/create-or-update-file-contents": _WRITES,
    "repos/list-commits": _READS,
    "repos/get-commit": _READS,
    "repos/compare-commits-with-basehead": _READS,
    "repos/list-activities": _READS,
    "repos/list-branches": _READS,
    "repos/get-branch": _READS,
    "repos/get-branch-protection": _INSPECTS,
    "repos/update-branch-protection": _ADMINISTERS,
    "repos/delete-branch-protection": _ADMINISTERS,
    "pulls/list": _PULLS,
    "pulls/create": _need("pull_requests:write", role="read"),
    "pulls/get": _PULLS,
    "pulls/update": _need("pull_requests:write", role="read"),
    "pulls/list-files": _PULLS,
    "pulls/list-commits": _PULLS,
    "issues/get": _TALK,
    "issues/list-events": _TALK,
    "issues/update": _TALKS,
    "issues/list-comments": _TALK,
    "issues/get-comment": _TALK,
    "issues/create-comment": _TALKS,
    "issues/update-comment": _TALKS,
    "issues/delete-comment": _TALKS,
    "issues/list-labels-for-repo": _TALK,
    "issues/create-label": _LABELS,
    "issues/get-label": _TALK,
    "issues/list-labels-on-issue": _TALK,
    "issues/add-labels": _LABELS,
    "issues/set-labels": _LABELS,
    "issues/remove-label": _LABELS,
    "issues/remove-all-labels": _LABELS,
    "repos/get-all-environments": _RUNS,
    "repos/get-environment": _RUNS,
    "repos/create-or-update-environment": _ADMINISTERS,
    "repos/delete-an-environment": _ADMINISTERS,
    "repos/list-deployment-branch-policies": _RUNS,
    "repos/create-deployment-branch-policy": _ADMINISTERS,
    "repos/delete-deployment-branch-policy": _ADMINISTERS,
    "actions/list-environment-secrets": _ENVIRONMENT,
    "actions/get-environment-public-key": _ENVIRONMENT,
    "actions/get-environment-secret": _ENVIRONMENT,
    "actions/create-or-update-environment-secret": _ENVIRONMENTS,
    "actions/delete-environment-secret": _ENVIRONMENTS,
    "actions/list-repo-secrets": _need("secrets:read", role="write", public=False),
    "actions/get-repo-public-key": _need("secrets:read", role="write", public=False),
    "actions/get-repo-secret": _need("secrets:read", role="write", public=False),
    "actions/create-or-update-repo-secret": _need("secrets:write"),
    "actions/delete-repo-secret": _need("secrets:write"),
    "actions/list-repo-variables": _need("variables:read", role="write", public=False),
    "actions/get-repo-variable": _need("variables:read", role="write", public=False),
    "actions/create-repo-variable": _need("variables:write"),
    "actions/update-repo-variable": _need("variables:write"),
    "actions/delete-repo-variable": _need("variables:write"),
    "actions/get-github-actions-permissions-repository": _INSPECTS,
    "actions/set-github-actions-permissions-repository": _ADMINISTERS,
    "actions/get-github-actions-default-workflow-permissions-repository": _INSPECTS,
    "actions/set-github-actions-default-workflow-permissions-repository": _ADMINISTERS,
    "actions/get-fork-pr-contributor-approval-permissions-repository": _INSPECTS,
    "actions/set-fork-pr-contributor-approval-permissions-repository": _ADMINISTERS,
    "actions/list-repo-workflows": _RUNS,
    "actions/get-workflow": _RUNS,
    "actions/enable-workflow": _need("actions:write"),
    "actions/disable-workflow": _need("actions:write"),
    "actions/create-workflow-dispatch": _need("actions:write"),
    "repos/create-dispatch-event": _WRITES,
    "actions/list-workflow-runs-for-repo": _RUNS,
    "actions/list-workflow-runs": _RUNS,
    "actions/get-workflow-run": _RUNS,
    "repos/get-pages": _need("pages:read", role="write", public=False),
    "repos/create-pages-site": _need("administration|pages:write", role="maintain"),
    "repos/update-information-about-pages-site": _need(
        "administration|pages:write", role="maintain"
    ),
    "repos/list-deployments": _need("deployments:read"),
    "repos/list-deployment-statuses": _need("deployments:read"),
}
