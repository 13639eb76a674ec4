"""What starts a workflow, and with which permissions: what `act` leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

TYPES = {
    "pull_request": ("opened", "synchronize", "reopened"),
    "pull_request_target": ("opened", "synchronize", "reopened"),
}
"""Types of activity that start a workflow which names none."""
PERMISSIONS = (
    "actions", "attestations", "checks", "contents", "deployments", "discussions", "id-token",
    "issues", "models", "packages", "pages", "pull-requests", "repository-projects",
    "security-events", "statuses",
)  # fmt: skip
MAX_PATHS = 300
"""GitHub looks at no more changed files than these."""


def triggers(document: Mapping[Any, Any]) -> dict[str, dict[str, Any]]:
    """Give `on:` in its long form; YAML 1.1 reads the word as true."""
    on = document.get("on", document.get(True))
    if isinstance(on, str):
        return {on: {}}
    if isinstance(on, list):
        return {name: {} for name in on}
    return {name: value if isinstance(value, dict) else {} for name, value in (on or {}).items()}


def crons(document: Mapping[Any, Any]) -> list[str]:
    """List when a workflow starts by itself."""
    on = document.get("on", document.get(True))
    entries = on.get("schedule", []) if isinstance(on, dict) else []
    return [entry["cron"] for entry in entries]


def starts(
    document: Mapping[Any, Any],
    name: str,
    *,
    action: str | None,
    branch: str,
    paths: Callable[[], Sequence[str]],
) -> bool:
    """Tell whether an event starts a workflow.

    `branch` is the one that was pushed to, or the base of the pull request.
    """
    rule = triggers(document).get(name)
    if rule is None:
        return False
    types = _listed(rule.get("types")) or TYPES.get(name)
    if action and types and action not in types:
        return False
    named = {"branches", "branches-ignore"} & rule.keys()
    if {"tags", "tags-ignore"} & rule.keys() and not named:
        return False
    if not _wanted(rule, "branches", [branch]):
        return False
    if not {"paths", "paths-ignore"} & rule.keys():
        return True
    return _wanted(rule, "paths", paths()[:MAX_PATHS])


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _wanted(rule: Mapping[str, Any], kind: str, values: Sequence[str]) -> bool:
    if kind in rule and not any(matches(_listed(rule[kind]), value) for value in values):
        return False
    ignored = _listed(rule.get(f"{kind}-ignore"))
    return not ignored or not values or not all(matches(ignored, value) for value in values)


def matches(patterns: Iterable[str], value: str) -> bool:
    """Match as filters do: the last pattern that fits decides, `!` takes back."""
    found = False
    for pattern in patterns:
        if re.fullmatch(_regex(pattern.removeprefix("!")), value):
            found = not pattern.startswith("!")
    return found


def _regex(pattern: str) -> str:
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\+|\[[^]]*\])", pattern)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    return "".join(
        meaning.get(part) or (part if part.startswith("[") else re.escape(part)) for part in parts
    )


def permissions(
    document: Mapping[Any, Any], job: Mapping[str, Any], *, default: str, reading: bool
) -> dict[str, str]:
    """Tell what a job's token may do: the job's word, or the workflow's, or the repository's.

    `reading`: a pull request from a fork started it, so that nothing may be written.
    """
    given = job.get("permissions", document.get("permissions", f"default-{default}"))
    if isinstance(given, str):
        level = given.removesuffix("-all").removeprefix("default-")
        everything = {name: level for name in PERMISSIONS if name != "id-token"}
        small = {"contents": "read", "packages": "read"}
        given = small if given == "default-read" else everything
    held = {name: level for name, level in (given or {}).items() if level != "none"}
    if not reading:
        return held
    return {name: "read" for name in held if name != "id-token"}
