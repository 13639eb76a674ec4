"""`aims check` and `aims submit`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aims_gh.cli.handing_in import parts_of
from aims_gh.cli.output import json_option, note, print_json, print_table

if TYPE_CHECKING:
    from aims_gh.flows.submit import Checked

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _submission_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.argument("model", type=FILE, required=False),
        click.option(
            "--to", "address", required=True, metavar="COURSE/SLUG", help="The playground."
        ),
        click.option("--predictions", type=FILE, help="CSV with a header, NumPy or Parquet."),
        click.option(
            "--board",
            type=click.Choice(["experiment", "competition", "all"]),
            default="all",
            show_default=True,
            help="Which board it goes on.",
        ),
        click.option("--meta", multiple=True, metavar="KEY=VALUE", help="A column of your own."),
        click.option("--model-type", help="What it is, e.g. RandomForestClassifier."),
        click.option("--framework", help="What it was made with, e.g. sklearn."),
        click.option("--description", default="", help="A sentence or two."),
        click.option("--tag", "tags", multiple=True, help="A word to find it by; may be repeated."),
        click.option("--based-on", type=int, help="The version that this one builds on."),
        click.option("--code", type=FILE, help="A notebook to show; never executed."),
        click.option(
            "--preprocessor",
            type=FILE,
            help="A Python file that makes of the features what MODEL takes; never executed.",
        ),
        click.option(
            "--quantize",
            type=click.Choice(["float16", "int8"]),
            help="Store MODEL's numbers in fewer bits, and say what that does to its answers.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_submission_options
@click.option("--as", "author", help="Who would submit.  [default: AIMS_USER, or your login]")
@json_option
def check(
    model: Path | None, address: str, author: str | None, as_json: bool, **options: Any
) -> None:
    """Check MODEL and predictions as the evaluator will, without sending anything.

    Runs everything that needs no secret: the same readers, the same sandbox, the same limits.
    Without --predictions, they are what MODEL says on the playground's public features.

    \b
    Example:
        aims check model.onnx --to aims-demo/course/diabetes --predictions p.csv
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.submit import check as flow
    from aims_gh.flows.submit import pack

    where = Address.parse(address)
    packed = pack(where.slug, parts_of(model, options, where), now=settings.clock())
    forge = settings.forge(where.course)
    checked = flow(
        forge,
        where,
        packed,
        sandbox=settings.sandbox(),
        author=settings.author(forge, author),
        now=settings.clock(),
    )
    if as_json:
        print_json({"ok": True, **checked.run.model_dump(mode="json")})
        return
    _show(checked)
    note("nothing was sent; aims submit with the same words sends it")


@click.command()
@_submission_options
@click.option("--as", "author", help="Who you are.  [default: AIMS_USER, or your login]")
@click.option("--sealed", is_flag=True, help="Let nobody see what is in it before the reveal.")
@click.option("--no-check", is_flag=True, help="Send without checking first.")
@click.option("--wait", is_flag=True, help="Score it now, where this machine has the score key.")
@json_option
def submit(
    model: Path | None,
    address: str,
    author: str | None,
    sealed: bool,
    no_check: bool,
    wait: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Submit MODEL and its predictions, or predictions alone, as a proposal.

    Without --predictions, they are what MODEL says on the playground's public features.

    \b
    Example:
        aims submit model.onnx --to aims-demo/course/diabetes --predictions p.csv --as alice
        aims submit --to aims-demo/course/diabetes --predictions p.csv --meta team=a
    """
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.errors import SubmissionError
    from aims_gh.flows.read import read_playground
    from aims_gh.flows.score import require_score_key
    from aims_gh.flows.submit import check as check_flow
    from aims_gh.flows.submit import pack, sealed_up
    from aims_gh.flows.submit import submit as flow

    where, forge = Address.parse(address), settings.forge(Address.parse(address).course)
    who = settings.author(forge, author)
    if wait:
        require_score_key(forge, settings.keys().find)
    packed = pack(where.slug, parts_of(model, options, where), now=settings.clock())
    if not no_check:
        checked = check_flow(
            forge,
            where,
            packed,
            sandbox=settings.sandbox(),
            author=who,
            now=settings.clock(),
        )
        if not as_json:
            _show(checked)
    if sealed:
        packed = sealed_up(packed, read_playground(forge, where), author=who)
    proposal = flow(forge, where, packed, author=who)
    result: dict[str, Any] = {"proposal": proposal.number, "submission": packed.submission.id}
    if not as_json:
        click.echo(f"submitted: proposal {proposal.number} by {proposal.author}")
        if author is None and forge.login() is None:
            note(f"not {who}? say who you are with --as")
    if wait:
        from aims_gh.cli.evaluate import drain, say

        outcomes = [o for o in drain(forge) if o.proposal == proposal.number]
        result["outcome"] = outcomes[0] if outcomes else None
        for outcome in outcomes if not as_json else ():
            say(outcome)
    elif forge.login() is not None and not as_json:
        note("the course's Action scores it and says so in a comment on the pull request")
    elif not as_json:
        note(f"it is scored when the owner runs: aims evaluate {shlex.quote(where.course)}")
    if as_json:
        print_json(result)
    if wait and result["outcome"] is not None and result["outcome"].outcome == "refused":
        raise click.exceptions.Exit(SubmissionError.exit_code)


def _show(checked: Checked) -> None:
    run = checked.run
    rows: list[tuple[str, object]] = [("rows", checked.rows)]
    if run.facts:
        rows += [("model bytes", run.facts.bytes), ("parameters", run.facts.num_params)]
    if run.cost:
        rows.append(("ms per 1,000 rows", run.cost.latency_ms_per_1000))
    seen = run.reproduction
    if seen:
        verdict = "yes" if seen.reproduced else f"NO: {seen.matching} of {seen.rows} rows agree"
        rows.append(("model gives these predictions", verdict))
        rows.append(("largest difference", seen.largest_difference))
    print_table(("check", "passed"), rows, marked=[str(v).startswith("NO") for _, v in rows])


COMMANDS = (check, submit)
