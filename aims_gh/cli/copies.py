"""`aims course adopt` and `aims course update`: copies of courses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aims_gh.cli.course import course, note_waiting, set_up_on_github
from aims_gh.cli.output import json_option, note, print_json

if TYPE_CHECKING:
    from aims_gh.flows.adopt import Adopted, Means, Wishes


@course.command("adopt")
@click.argument("course", metavar="COURSE")
@click.option("--title", help="Shown on top of the website.  [default: as it was]")
@click.option("--description", default="", help="A sentence or two.")
@click.option("--owner", "owners", multiple=True, help="Login of an owner; may be repeated.")
@click.option("--upstream", metavar="COURSE", help="What it is a copy of, where nothing tells.")
@json_option
def course_adopt(
    course: str,
    title: str | None,
    description: str,
    owners: tuple[str, ...],
    upstream: str | None,
    as_json: bool,
) -> None:
    """Make a course of your own of a fork, of a copy of a template, or of a clone.

    It gets keys, an owner and an empty board; on GitHub environments, a website and all else that
    aims course new sees to. Answers that your own keys open are sealed again. For the others it
    says which playgrounds wait for labels. Nothing of the first course's results is kept, and
    nobody of its roster. Broken off anywhere, the same command goes on.

    \b
    Example:
        aims course adopt bob/ml-2026
        aims course adopt ./ml-2026-copy --owner bob --title "Bob's machine learning"
    """
    from aims_gh import settings

    repository = settings.on_github(course)
    if repository is not None:
        from aims_gh.flows.hosted_course import Plan

        plan = Plan(title, description, owners, adopt=True, upstream=upstream)
        set_up_on_github(repository, plan, as_json=as_json)
        return
    from aims_gh.flows.adopt import adopt

    wishes, means = _asked(title, description, owners, upstream)
    _tell(adopt(Path(course), wishes, means), "course adopted", as_json=as_json)


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
    note(f"its secret keys: {done.keys} (keep a copy; without them nothing can be scored)")


COMMANDS: tuple[click.Command, ...] = ()
"""They belong to `aims course`."""
