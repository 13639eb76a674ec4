"""`aims login`: whose token is used, and what it may not do."""

from __future__ import annotations

import sys

import click

from aims_gh.cli.output import json_option, note, print_json


@click.command()
@click.argument("course", required=False)
@click.option("--check", is_flag=True, help="Say what the token may not do, and what to do.")
@json_option
def login(course: str | None, check: bool, as_json: bool) -> None:
    """Say who is signed in to GitHub, and where the token was found. It is never kept or shown.

    Tokens are those of `gh auth login`, of GITHUB_TOKEN, or of git's credential helper. With
    COURSE (OWNER/NAME), --check looks at what may be done there; nothing is changed. Exit code 1
    says that something is missing for taking part.

    \b
    Example:
        aims login
        aims login alice/ml-2026 --check
    """
    from aims_gh import settings
    from aims_gh.flows.login import look_at_token

    repository = settings.on_github(course) if course else None
    if course and repository is None:
        raise click.UsageError(f"{course} is a folder: there is nothing to sign in to")
    admin = settings.administration(repository) if repository else settings.nowhere()
    place = settings.token_place(repository)
    found = look_at_token(admin, place, check=check)
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found.token.login}, by {place} ({found.token.kind} token)")
        if found.token.scopes:
            note(f"its scopes: {', '.join(found.token.scopes)}")
        if check and found.token.kind == "fine-grained" and course is None:
            note("what it may do depends on the course: aims login OWNER/NAME --check")
        elif check:
            mark = click.style("\N{BALLOT X}", fg="red")
            for what, lacks in (("taking part", found.to_take_part), ("owning", found.to_own)):
                click.echo(f"for {what}: {'something is' if lacks else 'nothing is'} missing")
                for lack in lacks:
                    click.echo(f"  {mark} {lack.what}")
                    click.echo(f"    {lack.fix}")
    if found.to_take_part:
        sys.exit(1)


COMMANDS = (login,)
