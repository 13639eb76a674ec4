"""`aims baseline`: models that everybody should beat."""

from __future__ import annotations

import shlex

import click

from aims_gh.cli.output import json_option, note, owner_option, print_json, showing


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.option("--only", help="Which ones, with commas between them.  [default: all that fit]")
@click.option("--label-column", help="Which column of the training data holds the answers.")
@owner_option
@json_option
def baseline(
    address: str,
    only: str | None,
    label_column: str | None,
    author: str | None,
    as_json: bool,
) -> None:
    """Train baselines on a playground's public data, and submit them as an owner.

    majority says the most frequent class and mean the mean, whatever the row; linear is a logistic
    or a ridge regression; trees is a random forest. They are marked on the board, and a rule of
    grades may count how many somebody beat. Text has the first and linear, other data the first.

    \b
    Example:
        aims baseline aims-demo/course/diabetes
        aims baseline alice/ml-2026/iris --only majority,linear
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.baseline import Means, submit_baselines
    from aims_gh.flows.convert import Tools
    from aims_gh.flows.run import bounds_of

    where = Address.parse(address)
    forge, sandbox = settings.forge(where.course), settings.sandbox()
    by = settings.owner(forge, author)
    with showing() as say:
        means = Means(
            sandbox, lambda found: Tools(sandbox, bounds_of(found), say=say), settings.clock, say
        )
        done = submit_baselines(
            forge,
            where,
            means,
            author=by,
            only=[name.strip() for name in only.split(",")] if only else (),
            label_column=label_column,
        )
    if as_json:
        print_json({"baselines": done})
        return
    for each in done:
        click.echo(f"baseline {each.kind}: {each.model}, proposal {each.proposal}")
    if forge.login() is None:
        note(f"they are scored as all others are: aims evaluate {shlex.quote(where.course)}")


COMMANDS = (baseline,)
