"""The operations, by area; importing this registers all of them."""

from . import (
    accounts,
    actions,
    branches,
    comparing,
    contents,
    environments,
    forks,
    git_data,
    issues,
    labels,
    pages,
    pulls,
    repositories,
    secrets,
)

__all__ = [
    "accounts",
    "actions",
    "branches",
    "comparing",
    "contents",
    "environments",
    "forks",
    "git_data",
    "issues",
    "labels",
    "pages",
    "pulls",
    "repositories",
    "secrets",
]
