"""`aims grades`: points for a class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aims_gh.cli.output import json_option, note, owner_option, print_json, print_table

if TYPE_CHECKING:
    from aims_gh.core.gradebook import Format
    from aims_gh.flows.grades import Graded
    from aims_gh.forge import Forge


@click.command()
@click.argument("course")
@click.option("--rule", help="The share of the points: an expression.  [default: grading.yml's]")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["canvas", "moodle", "gradescope", "csv"]),
    default="csv",
    show_default=True,
    help="Which system takes it.",
)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@click.option("--section", help="Only this one.")
@click.option(
    "--missing", type=click.Choice(["zero", "blank"]), help="What who submitted nothing gets."
)
@click.option("--seal", is_flag=True, help="Keep them in the course, sealed to its owners.")
@click.option("--check", is_flag=True, help="Only tell what changed since they were sealed.")
@click.option("--history", is_flag=True, help="Only tell what changed each time they were sealed.")
@owner_option
@json_option
def grades(
    course: str,
    rule: str | None,
    kind: Format,
    out: Path | None,
    section: str | None,
    missing: str | None,
    seal: bool,
    check: bool,
    history: bool,
    author: str | None,
    as_json: bool,
) -> None:
    """Work out the grades of COURSE, on a machine with an owner's key.

    A rule names score, the metrics, rank, ranked, percentile, baselines_beaten, baselines, on_time
    and submissions. With --check, the exit code is 1 where a grade changed.

    \b
    Example:
        aims grades alice/ml-2026 --rule "0.4 + 0.6 * percentile" --format canvas -o grades.csv
        aims grades alice/ml-2026 --seal
        aims grades alice/ml-2026 --check
        aims grades alice/ml-2026 --history
    """
    from aims_gh import settings
    from aims_gh.flows.grades import seal_grades, work_out

    if check and (seal or out):
        raise click.UsageError("--check only looks: leave out --seal and -o")
    if history and (seal or out or check):
        raise click.UsageError("--history only looks: leave out --seal, --check and -o")
    forge, find_key = settings.forge(course), settings.keys().find
    if history:
        _tell_history(forge, as_json=as_json)
        return
    graded = work_out(forge, find_key=find_key, rule=rule, missing=missing)
    for slug, told in graded.counting.items():
        note(f"{slug}: {told}")
    if graded.others:
        note(f"on a board, and not on the roster: {', '.join(graded.others)}")
    if check:
        _check(course, forge, graded, as_json=as_json)
        return
    if seal:
        by = settings.owner(forge, author)
        changed = seal_grades(forge, graded, by=by, now=settings.clock(), find_key=find_key)
        note(f"sealed to the owners: {changed} changed")
    if as_json:
        points = {slug: dict(column.got) for slug, column in graded.columns.items()}
        print_json({"grading": graded.grading, "points": points, "others": graded.others})
    elif out is not None:
        _write(out, graded.chosen(section, kind))
        note(f"{out}: plain grades, for your eyes only; keep them out of every repository")
    elif not seal:
        click.echo(graded.chosen(section, kind).decode(), nl=False)


def _check(course: str, forge: Forge, graded: Graded, *, as_json: bool) -> None:
    from aims_gh import settings
    from aims_gh.flows.grades import changes_since

    changes = changes_since(forge, graded, find_key=settings.keys().find)
    if as_json:
        print_json({"changes": changes})
    elif changes:
        rows = [(c.login, c.playground, c.before, c.after) for c in changes]
        print_table(("login", "playground", "sealed", "now"), rows)
        note(f"aims grades {course} --seal keeps the new ones")
    else:
        note("no grade changed since they were sealed")
    if changes:
        raise click.exceptions.Exit(1)


def _tell_history(forge: Forge, *, as_json: bool) -> None:
    from aims_gh import settings
    from aims_gh.flows.grades import regrades

    found = regrades(forge, find_key=settings.keys().find)
    if as_json:
        print_json({"changes": found})
    elif found:
        rows = [(f"{r.at:%Y-%m-%d %H:%M}", r.by, r.login, r.playground, r.before, r.after)
                for r in found]  # fmt: skip
        print_table(("at (UTC)", "by", "login", "playground", "before", "after"), rows)
    else:
        note("no grade changed since they were first sealed")


def _write(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, whoever could read what was there before."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)


COMMANDS = (grades,)
