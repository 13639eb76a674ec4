"""Check what surrounds a course on GitHub: rights, switches, environments, workflows, site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

from aims_gh.flows.check import Check, looking, right, unknown, wrong
from aims_gh.flows.course_keys import DEPLOYING, KEY_OF
from aims_gh.flows.upgrade import stale_workflows
from aims_gh.forge import MAIN
from aims_gh.forge.administration import Administration, Hosted, Run
from aims_gh.workspace import Tree

EVALUATE = "evaluate.yml"
ASLEEP = timedelta(hours=12)
"""Without a scheduled run: it is due each hour, and GitHub may leave some out."""


def check_token(administration: Administration) -> Iterator[Check]:
    """Check whose token is used, and what it may do."""

    def look() -> Iterator[Check]:
        token = administration.token()
        lacks = administration.lacks(owning=True)
        for lack in lacks:
            yield wrong("token", f"{token.login}'s lacks {lack.what}", lack.fix)
        if not lacks:
            yield right("token", f"{token.login}'s ({token.kind})")

    yield from looking("token", look, needed=True)


def check_hosting(
    administration: Administration, hosted: Hosted, *, now: datetime
) -> Iterator[Check]:
    """Check settings, environments, branches, website and workflows."""
    admin, page = administration, hosted.page
    again = f"aims course new {hosted.name}"
    if hosted.archived:
        yield wrong("repository", "is archived", f"unarchive it: {page}/settings")
    elif hosted.default_branch != MAIN:
        found = f"its default branch is {hosted.default_branch}"
        yield wrong("repository", found, f"{page}/settings/branches: make it main, or {again}")
    else:
        yield right("repository", "private" if hosted.private else "public")
    yield from looking("GitHub Actions", partial(_actions, admin, page, again))
    if not hosted.private:
        yield from looking("workflows of outsiders", partial(_outsiders, admin, page, again))
    for environment, secret in KEY_OF.values():
        what = f"environment {environment}"
        yield from looking(what, partial(_environment, admin, environment, secret, again))
    what = f"environment {DEPLOYING}"
    yield from looking(what, partial(_environment, admin, DEPLOYING, None, again))
    yield from looking("website", partial(_site, admin, hosted, again))
    yield from looking("protection of main", partial(_protection, admin, page, again))
    yield from looking("workflows", partial(_workflows, admin, page))
    yield from looking("schedule", partial(_schedule, admin, page, now))
    yield from looking("evaluation", partial(_last_run, admin))


def check_pins(main: Tree, workflows: Mapping[str, bytes], name: str) -> Iterator[Check]:
    """Check that a course's workflows are those of this version, where it knows them."""
    if not workflows:
        return
    stale = stale_workflows(main, workflows)
    for renewal in stale:
        found = "is missing" if renewal.before is None else "differs from what this version renders"
        yield wrong(renewal.path, found, f"aims course upgrade {name} --write")
    if not stale:
        yield right("workflow files", "as this version renders them")


def _actions(admin: Administration, page: str, again: str) -> Iterator[Check]:
    rules, settings = admin.actions(), f"{page}/settings/actions"
    if not rules.enabled:
        yield wrong("GitHub Actions", "are disabled", f"{settings}: allow them, or {again}")
    elif rules.allowed == "local_only":
        found = "may use nothing from other repositories, and the course's workflows do"
        yield wrong("GitHub Actions", found, f"{settings}: allow all, or {again}")
    elif rules.allowed == "selected":
        found = "may use selected actions: GitHub's own and aims-gh/aims-gh/* must be among them"
        yield unknown("GitHub Actions", found, settings)
    else:
        yield right("GitHub Actions", "enabled")
    if rules.default == "read":
        yield right("workflow permissions", "read, unless a workflow asks for more")
    else:
        found = "every workflow may write to the repository unasked"
        yield wrong("workflow permissions", found, f"{settings}: read by default, or {again}")


def _outsiders(admin: Administration, page: str, again: str) -> Iterator[Check]:
    wait, what = admin.outsiders_wait(), "workflows of outsiders"
    fix = f"{page}/settings/actions: approval for all external contributors, or {again}"
    if wait:
        yield right(what, "wait for approval")
    elif wait is None:
        yield unknown(what, "GitHub does not say whether they wait for approval", fix)
    else:
        yield wrong(what, "run unasked, and can keep the course's runners busy", fix)


def _environment(
    admin: Administration, name: str, secret: str | None, again: str
) -> Iterator[Check]:
    found, what = admin.environment(name), f"environment {name}"
    if found is None:
        yield wrong(what, "is missing", again)
        return
    if found.branches is None or set(found.branches) != {MAIN}:
        admitted = "any branch" if found.branches is None else ", ".join(found.branches) or "none"
        yield wrong(what, f"may be used by {admitted}, and only main should", again)
    else:
        yield right(what, "for main alone")
    if secret is None:
        return
    if secret in found.secrets:
        yield right(f"secret {secret}", "is there; its value nobody can read")
    else:
        yield wrong(f"secret {secret}", f"is missing from {name}", again)


def _site(admin: Administration, hosted: Hosted, again: str) -> Iterator[Check]:
    site = admin.site()
    if site is None and hosted.private:
        found = "GitHub Pages is off; for private repositories not every plan has it"
        yield unknown("website", found, f"where yours has: {again}")
    elif site is None:
        yield wrong("website", "GitHub Pages is off", again)
    elif not site.by_workflow:
        yield wrong("website", "GitHub Pages builds it from a branch, not by workflow", again)
    else:
        yield right("website", site.address)


def _protection(admin: Administration, page: str, again: str) -> Iterator[Check]:
    if admin.protected(MAIN):
        yield right("protection of main", "from force and deletion")
    else:
        fix = f"{again}; where there are rules of your own: {page}/settings/branches"
        yield wrong("protection of main", "its history can be rewritten or deleted", fix)


def _workflows(admin: Administration, page: str) -> Iterator[Check]:
    known = {w.path.rpartition("/")[2]: w for w in admin.workflows()}
    for name in ("wake.yml", EVALUATE, "publish.yml", "deploy.yml"):
        if name not in known:
            yield wrong(f"workflow {name}", "GitHub does not know it", f"see {page}/actions")
        elif known[name].state != "active":
            why = known[name].state.replace("_", " ")
            repository = page.rstrip("/").split("/", 3)[-1]
            fix = f"gh workflow enable {name} --repo {repository}; or {page}/actions"
            yield wrong(f"workflow {name}", why, fix)
        else:
            yield right(f"workflow {name}", "active")


def _schedule(admin: Administration, page: str, now: datetime) -> Iterator[Check]:
    runs = admin.runs(EVALUATE, event="schedule", limit=1)
    fix = f"{page}/actions/workflows/{EVALUATE}: enable it, or run it once"
    if not runs:
        yield unknown("schedule", "has not run yet; it is due within the hour", fix)
    elif now - runs[0].started > ASLEEP:
        yield wrong("schedule", f"last ran on {runs[0].started:%Y-%m-%d %H:%M} UTC", fix)
    else:
        yield right("schedule", f"last ran on {runs[0].started:%Y-%m-%d %H:%M} UTC")


def _last_run(admin: Administration) -> Iterator[Check]:
    ended = [run for run in admin.runs(EVALUATE, limit=5) if run.status == "completed"]
    # One that was cancelled made place for the next.
    counted: list[Run] = [run for run in ended if run.conclusion != "cancelled"]
    if not counted:
        yield unknown("evaluation", "has not run yet")
    elif counted[0].conclusion != "success":
        fix = f"its log says why: {counted[0].page}"
        yield wrong("evaluation", f"the last run ended in {counted[0].conclusion}", fix)
    else:
        yield right("evaluation", f"run {counted[0].number} succeeded")
