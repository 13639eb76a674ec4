"""`aims roster`: who takes a course."""

from __future__ import annotations

from pathlib import Path

import click

from aims_gh.cli.output import json_option, note, owner_option, print_json, print_table

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
@click.option(
    "--pseudonyms/--no-pseudonyms",
    default=None,
    help="Whether the website shows pseudonyms in the place of logins.  [default: as it was]",
)
@owner_option
@json_option
def roster_set(
    course: str, students: Path, pseudonyms: bool | None, author: str | None, as_json: bool
) -> None:
    """Admit the students of a CSV file to COURSE, and nobody else but its owners.

    The file has a column login, and what you like of name, email, id and section. It is sealed
    to the owners. The logins alone are not: pull requests show them anyway.

    With --pseudonyms the website names nobody, and calls each student something like quiet
    heron. Who stays on the roster keeps the name. A column pseudonym sets names of your choice.

    \b
    Example:
        aims roster set alice/ml-2026 students.csv --pseudonyms
    """
    from aims_gh import settings
    from aims_gh.core.roster_file import read_roster_file
    from aims_gh.flows.roster import Naming, set_roster

    read = read_roster_file(students.read_bytes(), students.name)
    forge = settings.forge(course)
    naming = Naming(settings.draw, read.pseudonyms, pseudonyms)
    done = set_roster(forge, read.roster, by=settings.owner(forge, author), naming=naming)
    if done.pseudonyms:
        _tell_if_public(course)
    if as_json:
        print_json(done)
        return
    click.echo(
        f"roster set: {done.students} student{'s'[: done.students != 1]}, {len(done.added)} added, "
        f"{len(done.removed)} removed"
    )
    if read.encoding not in ("utf-8-sig", "utf-16"):
        note(f"{students.name} is not UTF-8; read as {read.encoding}: look at the names")
    if read.ignored:
        note(f"columns that are not kept: {', '.join(read.ignored)}")
    note("names, addresses and numbers are sealed to the owners; the logins are not")
    if done.pseudonyms:
        note("the website shows pseudonyms from its next build on: aims roster show lists them")


def _tell_if_public(course: str) -> None:
    """Say so where everybody can read the pull requests of a course."""
    from aims_gh import settings
    from aims_gh.errors import ForgeError

    repository = settings.on_github(course)
    try:
        hosted = settings.administration(repository).repository() if repository else None
    except ForgeError as error:
        note(f"whether the repository is public is not known: {error.message}; {error.hint}")
        return
    if hosted is not None and not hosted.private:
        note(
            "the repository is public, so its pull requests name everybody: make it private, "
            "under Settings; its website stays public with a paid plan, or one of GitHub Education"
        )


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
    from aims_gh.flows.roster import read_pseudonyms, read_roster

    forge = settings.forge(course)
    found, known = read_roster(forge, find_key=settings.keys().find), read_pseudonyms(forge)
    chosen = [s for s in found.students if section is None or s.section == section]
    names = [known.get(s.login.lower(), "") for s in chosen]
    if as_json:
        pairs = zip(chosen, names, strict=True)
        print_json({"students": [s.model_dump() | {"pseudonym": name} for s, name in pairs]})
        return
    header = ["login", "name", "email", "id", "section"]
    rows = [[s.login, s.name, s.email, s.id, s.section] for s in chosen]
    if any(names):
        header, rows = [*header, "pseudonym"], [[*r, n] for r, n in zip(rows, names, strict=True)]
    print_table(header, rows)


COMMANDS = (roster,)
