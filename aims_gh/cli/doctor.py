"""`aims doctor` and `aims status`: what is wrong with a course, and how it is doing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from aims_gh.cli.output import json_option, note, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aims_gh.flows.check import Check

MARKS = {
    "right": ("\N{CHECK MARK}", "green"),
    "wrong": ("\N{BALLOT X}", "red"),
    "unknown": ("?", "yellow"),
}


@click.command()
@click.argument("course", required=False)
@click.option("--repair", is_flag=True, help="Write leaderboards that are wrong again.")
@json_option
def doctor(course: str | None, repair: bool, as_json: bool) -> None:
    """Look at everything that COURSE needs: a tick, or what is wrong and what to do.

    On GitHub: the token, Actions and their permissions, the environments and their secrets, the
    website, the schedule, the workflows. Anywhere: the rules, the keys on this machine, and the
    ledger, whose leaderboards must be what its evaluations make. Without COURSE, this machine
    alone. Exit code 1 says that something is wrong.

    \b
    Example:
        aims doctor
        aims doctor alice/ml-2026
        aims doctor ./ml-2026 --json
    """
    from aims_gh.flows.check_files import rewrite_boards

    if repair:
        if course is None:
            raise click.UsageError("--repair needs a COURSE")
        from aims_gh import settings

        for slug in rewrite_boards(settings.forge(course)):
            note(f"written again: the leaderboard of {slug}")
    checks = []
    for check in _checks(course):
        checks.append(check)
        if not as_json:
            _show(check)
    bad = sum(check.state == "wrong" for check in checks)
    if as_json:
        print_json({"course": course, "wrong": bad, "checks": checks})
    else:
        unsure = sum(check.state == "unknown" for check in checks)
        said = f"{bad} of {len(checks)} wrong" if bad else "nothing is wrong"
        note(said + (f"; {unsure} could not be told" if unsure else ""))
    if bad:
        sys.exit(1)


def _checks(course: str | None) -> Iterator[Check]:
    from aims_gh import settings
    from aims_gh.errors import AimsError
    from aims_gh.flows.check import unknown
    from aims_gh.flows.doctor import examine_hosted, examine_local, examine_machine
    from aims_gh.flows.workflows import render_workflows

    keyring = settings.keyring()
    yield from examine_machine(keyring)
    if course is None:
        return
    workflows = {}
    try:
        workflows = render_workflows(settings.templates(), settings.action())
    except AimsError as error:
        yield unknown("workflow files", error.message, error.hint)
    forge, repository = settings.forge(course, whole=True), settings.on_github(course)
    if repository is None:
        yield from examine_local(forge, keyring, workflows, now=settings.clock())
        return
    admin = settings.administration(repository)
    yield from examine_hosted(forge, admin, keyring, workflows, now=settings.clock())


def _show(check: Check) -> None:
    from aims_gh.core.inert import plain

    mark, color = MARKS[check.state]
    found = f"  {plain(check.found)}" if check.found else ""
    click.echo(f"{click.style(mark, fg=color)} {plain(check.what)}{found}")
    if check.fix:
        click.echo(f"    {click.style(plain(check.fix), fg='cyan')}")


@click.command()
@click.argument("course")
@json_option
def status(course: str, as_json: bool) -> None:
    """Show how COURSE is doing: what is open, what was run, how much room the limits leave.

    \b
    Example:
        aims status alice/ml-2026
        aims status ./ml-2026 --json
    """
    from aims_gh import settings
    from aims_gh.flows.status import status as look

    repository = settings.on_github(course)
    admin = settings.administration(repository) if repository else None
    found = look(settings.forge(course), admin, now=settings.clock())
    if as_json:
        print_json(found)
        return
    print_table(
        ("proposal", "by", "title", "arrived (UTC)", "state"),
        [(p.number, p.author, p.title, _moment(p.arrived), p.state) for p in found.proposals],
        title=f"{len(found.proposals)} open, {found.queued} of them for the next run",
    )
    if admin is not None:
        print_table(
            ("run", "started (UTC)", "by", "state"),
            [(r.number, _moment(r.started), r.event, r.conclusion or r.status) for r in found.runs],
            title="last runs of evaluate.yml",
        )
    if found.headroom is not None:
        room = found.headroom
        note(f"{room.answered} evaluations in the last hour; GitHub takes {room.content_left} more")
        note(
            f"comments and closings in it. Your token has {room.requests.left} of "
            f"{room.requests.limit} requests left until {_moment(room.requests.resets)} UTC"
        )


def _moment(moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


COMMANDS = (doctor, status)
