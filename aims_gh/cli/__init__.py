"""The command `aims`."""

from __future__ import annotations

import io
import sys

from aims_gh.cli import (
    baseline,
    competition,
    copies,
    course,
    demo,
    deploying,
    doctor,
    evaluate,
    grades,
    keys,
    login,
    playground,
    proposals,
    read,
    roster,
    serving,
    site,
    submit,
    versions,
)
from aims_gh.cli.root import aims

__all__ = ["aims", "main"]

MODULES = (
    *(
        course,
        copies,
        playground,
        roster,
        grades,
        baseline,
        keys,
        login,
        submit,
        proposals,
        evaluate,
    ),
    *(read, versions, competition, serving, deploying, site, doctor, demo),
)
for module in MODULES:
    for command in module.COMMANDS:
        aims.add_command(command)


def main() -> None:
    """Run `aims`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal cannot show is shown as its number: no text of anybody's stops us.
            stream.reconfigure(errors="backslashreplace")
    aims(prog_name="aims")
