"""`aims proposals`: what was submitted, and what it was told."""

from __future__ import annotations

import shlex

import click

from aims_gh.cli.output import json_option, note, print_json, print_table


@click.command()
@click.argument("course")
@click.argument("number", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Also those that are closed.")
@json_option
def proposals(course: str, number: int | None, everything: bool, as_json: bool) -> None:
    """List the open proposals of COURSE, or show what proposal NUMBER was told.

    \b
    Example:
        aims proposals aims-demo/course --all
        aims proposals aims-demo/course 4
    """
    from aims_gh import settings
    from aims_gh.errors import CourseError

    forge = settings.forge(course)
    found = forge.proposals(state="all" if everything or number is not None else "open")
    if number is not None:
        found = [proposal for proposal in found if proposal.number == number]
        if not found:
            raise CourseError(
                f"{course} has no proposal {number}",
                hint=f"aims proposals {shlex.quote(course)} --all",
            )
        found = [found[0].model_copy(update={"comments": forge.comments(number)})]
    if as_json:
        print_json([proposal.model_dump(mode="json") for proposal in found])
        return
    rows = [
        (p.number, p.author, p.title, f"{p.pushed:%Y-%m-%d %H:%M}", p.label or p.state)
        for p in found
    ]
    print_table(("proposal", "by", "title", "arrived (UTC)", "state"), rows)
    if number is not None:
        for comment in found[0].comments:
            click.echo(_for_a_terminal(comment.body))
    elif not rows:
        note("no open proposals (--all lists the closed ones)")


def _for_a_terminal(body: str) -> str:
    """Turn the entities of a comment, which keep text inert in a page, back into characters."""
    import html

    from aims_gh.core.inert import plain

    return "\n".join(plain(html.unescape(line)) for line in body.splitlines())


COMMANDS = (proposals,)
