"""`aims course`: start a course, look at one."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aims_gh.cli.output import json_option, note, print_diff, print_json, print_table

if TYPE_CHECKING:
    from aims_gh.domain.address import Repository
    from aims_gh.flows.hosted_course import Plan, Step


@click.group()
def course() -> None:
    """Start a course, or look at one.

    \b
    Example:
        aims course new ./ml-2026 --title "Machine learning 2026"
    """


@course.command("new")
@click.argument("course")
@click.option("--title", help="Shown on top of the website.  [default: the course's name]")
@click.option("--description", default="", help="A sentence or two.")
@click.option("--owner", "owners", multiple=True, help="Login of an owner; may be repeated.")
@click.option("--private", is_flag=True, help="On GitHub: only who is invited sees it.")
@click.option(
    "--adopt",
    is_flag=True,
    help="On GitHub: what aims course adopt does.",
)
@click.option("--from", "source", metavar="COURSE", help="Make it of another course's tasks.")
@json_option
def course_new(
    course: str,
    title: str | None,
    description: str,
    owners: tuple[str, ...],
    private: bool,
    adopt: bool,
    source: str | None,
    as_json: bool,
) -> None:
    """Make a course: a repository on GitHub (OWNER/NAME), or a folder on this machine.

    On GitHub everything is set up: files and workflows, the ledger, two environments with their
    keys, the website. Broken off anywhere, the same command goes on. A folder gets a bare git
    repository. The secret keys lie outside of both.

    \b
    Example:
        aims course new ./ml-2026 --title "Machine learning 2026" --owner alice
        aims course new alice/ml-2026 --title "Machine learning 2026"
        aims course new bob/ml-2026 --from alice/ml-2026
    """
    from aims_gh import settings

    repository = settings.on_github(course)
    if repository is not None:
        from aims_gh.flows.hosted_course import Plan

        plan = Plan(title, description, owners, private, adopt, source=source)
        set_up_on_github(repository, plan, as_json=as_json)
        return
    if private or adopt:
        raise click.UsageError("--private and --adopt are for a course on GitHub: OWNER/NAME")
    if source is not None:
        from aims_gh.cli.copies import new_from

        new_from(Path(course), source, title, description, owners, as_json=as_json)
        return
    _in_a_folder(Path(course), title, description, owners, as_json=as_json)


def _in_a_folder(
    path: Path, title: str | None, description: str, owners: tuple[str, ...], *, as_json: bool
) -> None:
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
    _note_next(str(path), str(keyring.folder))


def set_up_on_github(repository: Repository, plan: Plan, *, as_json: bool) -> None:
    """Set a course up, or make one of a copy, and tell what was done."""
    from aims_gh import settings
    from aims_gh.core.inert import plain
    from aims_gh.flows.hosted_course import Tools, set_up_course

    tools = Tools(
        settings.keyring(),
        settings.templates(),
        settings.action(),
        settings.clock,
        settings.forge,
    )
    done = set_up_course(
        settings.github(repository),
        settings.administration(repository),
        plan,
        tools,
        tell=lambda step: note(line_of(step)),
    )
    if as_json:
        print_json(done)
        return
    click.echo(f"course set up: {done.page}")
    if done.site:
        note(f"its website, in a few minutes: {done.site}")
    if done.locked_out:
        names = plain(", ".join(done.locked_out))
        note(
            f"these playgrounds' answers are sealed to the keys of another course, which nobody "
            f"here has; nothing can be scored in them: {names}"
        )
        for slug in done.locked_out:
            where = shlex.quote(f"{done.course}/{slug}")
            note(f"bring their answers: aims playground reseal {where} --labels FILE")
    note_waiting(done.course, done.waiting)
    note_empty_roster(done.course)
    if plan.adopt or plan.source:
        note_closed(done.course)
    if not done.waiting:
        _note_next(done.course, done.keys)


def note_waiting(course: str, waiting: tuple[str, ...]) -> None:
    """Say which playgrounds need labels, and how they get them."""
    from aims_gh.core.inert import plain

    if waiting:
        note(f"these playgrounds wait for their labels, and take nothing: {', '.join(waiting)}")
        note("what their answers are, only you can say now; for each of them:")
    for slug in waiting:
        where = shlex.quote(f"{course}/{plain(slug)}")
        note(f"  aims playground reseal {where} --labels y_test.csv")


def note_empty_roster(course: str) -> None:
    """Say that nobody may submit, where only those on the roster may and nobody is on it."""
    from aims_gh import settings
    from aims_gh.forge import LEDGER
    from aims_gh.workspace import Workspace, course_with_roster

    forge = settings.forge(course)
    with forge.tree() as main, forge.tree(LEDGER) as ledger:
        roster = course_with_roster(Workspace(main), Workspace(ledger)).roster
    if roster.policy == "listed" and not roster.participants:
        note("only those on its roster may submit, and nobody is on it: the first course's did")
        note(f"not come along. aims roster set {shlex.quote(course)} students.csv says who is")


def note_closed(course: str, only: str | None = None) -> None:
    """Say which deadlines have passed: a copy has those of the first course."""
    from aims_gh import settings
    from aims_gh.core.rulings import Rulings
    from aims_gh.workspace import Workspace, playground_file

    with settings.forge(course).tree() as main:
        rules = Workspace(main)
        ends = {
            slug: Rulings().last_deadline(rules.playground(slug).competition)
            for slug in ([only] if only else rules.slugs())
        }
    for slug, end in ends.items():
        if end is not None and end <= settings.clock():
            note(
                f"{slug} is closed since {end:%Y-%m-%d %H:%M} UTC: set competition.closes in "
                f"{playground_file(slug)}"
            )


def line_of(step: Step) -> str:
    """Write a line about something that was seen to."""
    mark, color = {"done": ("+", "green"), "there": ("=", "cyan")}.get(
        step.outcome, ("!", "yellow")
    )
    detail = f"  {step.detail}" if step.detail else ""
    return f"{click.style(mark, fg=color)} {step.what}{detail}"


def _note_next(course: str, keys: str) -> None:
    note(f"its secret keys: {keys} (keep a copy; without them nothing can be scored)")
    note(
        f"next: aims playground create {shlex.quote(course)}/SLUG --task classification "
        "--labels y_test.csv"
    )


@course.command("upgrade")
@click.argument("course")
@click.option("--write", is_flag=True, help="Commit it to main; otherwise it is only shown.")
@json_option
def course_upgrade(course: str, write: bool, as_json: bool) -> None:
    """Show how this version's workflows differ from those of COURSE, and write them.

    \b
    Example:
        aims course upgrade alice/ml-2026
        aims course upgrade alice/ml-2026 --write
    """
    from aims_gh import settings
    from aims_gh.flows.upgrade import upgrade
    from aims_gh.flows.workflows import render_workflows

    workflows = render_workflows(settings.templates(), settings.action())
    done = upgrade(settings.forge(course), workflows, write=write)
    if as_json:
        shown = [{"path": r.path, "diff": r.diff} for r in done.renewals]
        print_json({"changes": shown, "commit": done.commit})
        return
    for renewal in done.renewals:
        print_diff(renewal.diff)
    if done.commit:
        note(f"written to main: {done.commit[:10]}")
    elif done.renewals:
        note(f"nothing is written yet: aims course upgrade {shlex.quote(course)} --write")
    else:
        note("the workflows are those of this version")


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
