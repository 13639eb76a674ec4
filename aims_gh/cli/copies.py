"""`aims course adopt` and `aims course update`: copies of courses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aims_gh.cli.course import (
    course,
    note_closed,
    note_empty_roster,
    note_waiting,
    set_up_on_github,
)
from aims_gh.cli.output import json_option, note, owner_option, print_diff, print_json

if TYPE_CHECKING:
    from aims_gh.flows.adopt import Adopted, Means, Wishes
    from aims_gh.flows.update import Update


@course.command("adopt")
@click.argument("course", metavar="COURSE")
@click.option("--title", help="Shown on top of the website.  [default: as it was]")
@click.option("--description", default="", help="A sentence or two.")
@click.option("--owner", "owners", multiple=True, help="Login of an owner; may be repeated.")
@click.option("--upstream", metavar="COURSE", help="What it is a copy of, where nothing tells.")
@click.option("--confirm", default="", metavar="COURSE", help="Its name again: results may go.")
@json_option
def course_adopt(
    course: str,
    title: str | None,
    description: str,
    owners: tuple[str, ...],
    upstream: str | None,
    confirm: str,
    as_json: bool,
) -> None:
    """Make a course of your own of a fork, of a copy of a template, or of a clone.

    It gets keys, an owner and an empty board; on GitHub environments, a website and all else that
    aims course new sees to. Answers that your own keys open are sealed again. For the others it
    says which playgrounds wait for labels. Nothing of the first course's results is kept, and
    nobody of its roster. Broken off anywhere, the same command goes on. Where there are results and
    COURSE may be no copy, but the course itself, nothing is done without --confirm.

    \b
    Example:
        aims course adopt bob/ml-2026
        aims course adopt ./ml-2026-copy --owner bob --title "Bob's machine learning"
    """
    from aims_gh import settings

    repository = settings.on_github(course)
    if repository is not None:
        from aims_gh.flows.hosted_course import Plan

        plan = Plan(title, description, owners, adopt=True, upstream=upstream, confirm=confirm)
        set_up_on_github(repository, plan, as_json=as_json)
        return
    from aims_gh.flows.adopt import adopt

    wishes, means = _asked(title, description, owners, upstream)
    again = str(Path(confirm).absolute()) if confirm else ""
    wishes = replace(wishes, confirm=again)
    _tell(adopt(Path(course), wishes, means), "course adopted", as_json=as_json)


@course.command("update")
@click.argument("course", metavar="COURSE")
@click.option("--apply", is_flag=True, help="Commit it to main at once.")
@click.option("--dry-run", is_flag=True, help="Only show it.")
@owner_option
@json_option
def course_update(
    course: str, apply: bool, dry_run: bool, author: str | None, as_json: bool
) -> None:
    """Take over what changed in the tasks of the course that COURSE was made of.

    Shows the difference and opens a proposal with it, for you to read and to merge. Texts, public
    data and code of the playgrounds are looked at, never results, keys, people, dates or answers.
    Where both courses changed a thing, yours stays, and theirs is shown beside it. New playgrounds
    arrive without labels.

    \b
    Example:
        aims course update bob/ml-2026
        aims course update ./ml-2026-copy --dry-run
    """
    if apply and dry_run:
        raise click.UsageError("--apply or --dry-run, not both")
    from aims_gh import settings
    from aims_gh.flows.update import apply_update, look_for_update, propose_update

    forge = settings.forge(course)
    by = None if dry_run else settings.owner(forge, author)
    found = look_for_update(forge, settings.forge)
    if found.changes and apply:
        found = replace(found, commit=apply_update(forge, found))
    elif found.changes and by:
        found = replace(found, proposal=propose_update(forge, found, author=by))
    if as_json:
        print_json(_as_dict(found))
        return
    _show(found, course, on_github=forge.login() is not None)


def _as_dict(found: Update) -> dict[str, object]:
    from aims_gh.flows.update import difference

    return {
        "upstream": found.upstream,
        "changes": [{"path": c.path, "diff": c.diff} for c in found.changes],
        "conflicts": [
            {"path": c.path, "theirs": difference(c.path, c.ours, c.theirs)}
            for c in found.conflicts
        ],
        "started": found.started,
        "gone": found.gone,
        "proposal": found.proposal,
        "commit": found.commit,
    }


def _show(found: Update, course: str, *, on_github: bool) -> None:
    from aims_gh.flows.update import difference

    for change in found.changes:
        print_diff(change.diff)
    for conflict in found.conflicts:
        note(f"both courses changed {conflict.path}; yours stays. Theirs would be:")
        print_diff(difference(conflict.path, conflict.ours, conflict.theirs))
    for slug in found.gone:
        note(f"{found.upstream.address} has no playground {slug} any more; yours stays")
    if any(change.path.endswith("/metrics.py") for change in found.changes):
        note("a metrics.py is code that is given your answers: read it first")
    note_waiting(course, found.started)
    if not found.changes:
        note(f"nothing new in {found.upstream.address}")
    elif found.commit:
        note(f"written to main: {found.commit[:10]}")
    elif found.proposal is None:
        note("nothing is written")
    elif on_github:
        note(f"pull request {found.proposal} waits for you to read it, and to merge it")
    else:
        ref = f"refs/pull/{found.proposal}/head"
        note(f"proposal {found.proposal}; in a checkout: git pull origin {ref}, then git push")


def new_from(
    path: Path,
    source: str,
    title: str | None,
    description: str,
    owners: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Make a course in a folder of another course, and tell what was done."""
    from aims_gh.flows.adopt import adopt_new

    wishes, means = _asked(title, description, owners, None)
    _tell(adopt_new(path, source, wishes, means), "course made", as_json=as_json)


def _asked(
    title: str | None, description: str, owners: tuple[str, ...], upstream: str | None
) -> tuple[Wishes, Means]:
    from aims_gh import settings
    from aims_gh.flows.adopt import Means, Wishes

    wishes = Wishes(owners or (settings.user(),), title, description, upstream)
    return wishes, Means(settings.keyring(), settings.clock, settings.forge)


def _tell(done: Adopted, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    click.echo(f"{what}: {done.course}")
    if done.upstream:
        note(f"made of {done.upstream.address} at {done.upstream.commit[:10]}")
    else:
        note("what it is a copy of nobody can tell; aims course update will not be able to ask")
    if done.resealed:
        note(f"answers sealed to its own keys: {', '.join(done.resealed)}")
    note_waiting(done.course, done.waiting)
    note_empty_roster(done.course)
    note_closed(done.course)
    note(f"its secret keys: {done.keys} (keep a copy; without them nothing can be scored)")


COMMANDS: tuple[click.Command, ...] = ()
"""They belong to `aims course`."""
