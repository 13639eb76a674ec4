"""`aims keys`: where the secret keys lie."""

from __future__ import annotations

import click

from aims_gh.cli.output import json_option, note, print_json, print_table


@click.command()
@click.option(
    "--create", type=click.Choice(["owner", "score", "run"]), help="Make one more key first."
)
@json_option
def keys(create: str | None, as_json: bool) -> None:
    """Show which keys are on this machine and where. The secrets themselves are never printed.

    A course's keys are made with the course. One more owner key is for a second owner, who
    sends you its public half; add it to keys.owners in course.yml.

    \b
    Example:
        aims keys
        aims keys --create owner
    """
    from aims_gh import settings

    keyring = settings.keyring()
    if create:
        keyring.new(create, course="(none yet)", now=settings.clock())  # type: ignore[arg-type]
    files = keyring.files()
    if as_json:
        print_json({"folder": str(keyring.folder), "keys": files})
        return
    print_table(
        ("role", "course", "public key", "created", "file"),
        [(k.role, k.course, k.public, k.created, k.path.name) for k in files],
        title=str(keyring.folder),
    )
    note("keep a copy of this folder where nobody else can read it")


COMMANDS = (keys,)
