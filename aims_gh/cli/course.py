"""`aims course`: start a course, look at one."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from aims_gh.cli.output import json_option, note, print_json, print_table


@click.group()
def course() -> None:
    """Start a course, or look at one.

    \b
    Example:
        aims course new ./ml-2026 --title "Machine learning 2026"
    """


@course.command("new")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--title", help="Shown on top of the website.  [default: the folder's name]")
@click.option("--description", default="", help="A sentence or two.")
@click.option("--owner", "owners", multiple=True, help="Login of an owner; may be repeated.")
@json_option
def course_new(
    path: Path, title: str | None, description: str, owners: tuple[str, ...], as_json: bool
) -> None:
    """Make a course at PATH: a bare git repository, with its keys outside it.

    \b
    Example:
        aims course new ./ml-2026 --title "Machine learning 2026" --owner alice
    """
    from aims_gh import settings
    from aims_gh.flows.course import new_course

    keyring = settings.keyring()
    made = new_course(
        path,
        title=title or path.resolve().name,
        description=description,
        owners=owners or (settings.user(),),
        keyring=keyring,
        templates=settings.templates(),
        clock=settings.clock,
    )
    if as_json:
        print_json({"course": made.name, "keys": str(keyring.folder)})
        return
    click.echo(f"course made: {path}")
    note(f"its secret keys: {keyring.folder} (keep a copy; without them nothing can be scored)")
    note(
        f"next: aims playground create {shlex.quote(str(path))}/SLUG --task classification "
        "--labels y_test.csv"
    )


@course.command("show")
@click.argument("path")
@json_option
def course_show(path: str, as_json: bool) -> None:
    """List the playgrounds of a course.

    \b
    Example:
        aims course show aims-demo/course
    """
    from aims_gh import settings
    from aims_gh.flows.read import course_summary

    summary = course_summary(settings.forge(path))
    if as_json:
        print_json(summary)
        return
    rows = [
        (p.slug, p.title, p.task_type, p.metric, p.submissions, p.participants, p.best)
        for p in summary.playgrounds
    ]
    header = ("playground", "title", "task", "metric", "versions", "people", "best")
    print_table(header, rows, title=f"{summary.title} – {summary.open_proposals} open proposals")


COMMANDS = (course,)
