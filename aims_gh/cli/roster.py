"""`aims roster`: who takes a course."""

from __future__ import annotations

from pathlib import Path

import click

from aims_gh.cli.output import json_option, note, print_json, print_table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def roster() -> None:
    """Say who takes a course, and see it.

    \b
    Example:
        aims roster set ./ml-2026 students.csv
    """


@roster.command("set")
@click.argument("course")
@click.argument("students", type=FILE)
@json_option
def roster_set(course: str, students: Path, as_json: bool) -> None:
    """Admit the students of a CSV file to COURSE, and nobody else but its owners.

    The file has a column login, and what you like of name, email, id and section. It is sealed
    to the owners. The logins alone are public: pull requests show them anyway.

    \b
    Example:
        aims roster set alice/ml-2026 students.csv
    """
    from aims_gh import settings
    from aims_gh.core.roster_file import read_roster_file
    from aims_gh.flows.roster import set_roster

    read = read_roster_file(students.read_bytes(), students.name)
    forge = settings.forge(course)
    done = set_roster(forge, read.roster, by=forge.login() or settings.user())
    if as_json:
        print_json(done)
        return
    click.echo(
        f"roster set: {done.students} students, {len(done.added)} added, "
        f"{len(done.removed)} removed"
    )
    if read.encoding not in ("utf-8-sig", "utf-16"):
        note(f"{students.name} is not UTF-8; read as {read.encoding}: look at the names")
    if read.ignored:
        note(f"columns that are not kept: {', '.join(read.ignored)}")
    note("names, addresses and numbers are sealed to the owners; the logins are public")


@roster.command("show")
@click.argument("course")
@click.option("--section", help="Only this one.")
@json_option
def roster_show(course: str, section: str | None, as_json: bool) -> None:
    """Show who takes COURSE, on a machine with an owner's key.

    \b
    Example:
        aims roster show alice/ml-2026 --section A
    """
    from aims_gh import settings
    from aims_gh.flows.roster import read_roster

    found = read_roster(settings.forge(course), find_key=settings.keys().find)
    chosen = [s for s in found.students if section is None or s.section == section]
    if as_json:
        print_json({"students": chosen})
        return
    header = ("login", "name", "email", "id", "section")
    print_table(header, [(s.login, s.name, s.email, s.id, s.section) for s in chosen])


COMMANDS = (roster,)
