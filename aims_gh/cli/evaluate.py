"""`aims evaluate`, and its four steps for a job each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aims_gh.cli.output import json_option, note, print_json_line, running, shown

if TYPE_CHECKING:
    from aims_gh.flows.record import Outcome
    from aims_gh.forge import Forge

WORK = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("course")
@json_option
def evaluate(course: str, as_json: bool) -> None:
    """Score every open proposal of COURSE that has no evaluation.

    Run it as often as you like, or twice at once, or again after it was killed: every
    submission is scored once. A refused submission is told why; that is no failure here.

    \b
    Example:
        aims evaluate aims-demo/course
    """
    from aims_gh import settings
    from aims_gh.flows.trouble import INTERNAL

    count, bugs = 0, 0
    for outcome in drain(settings.forge(course)):
        count += 1
        bugs += (outcome.reason or "").startswith(INTERNAL)
        print_json_line(outcome) if as_json else say(outcome)
    if not as_json:
        note(f"{count} proposal{'s'[: count != 1]} done" if count else "no open proposals")
    if bugs:
        raise click.exceptions.Exit(1)


def drain(forge: Forge) -> Iterator[Outcome]:
    """Evaluate with the keys and the sandbox of this machine."""
    from aims_gh import settings
    from aims_gh.flows.evaluate import evaluate as flow

    if not settings.strict():
        note("warning: nothing locks models or metrics.py in here; evaluate only what you trust")
    with running() as tell:
        yield from flow(
            forge,
            sandbox=settings.sandbox(),
            find_key=settings.keys().find,
            clock=settings.clock,
            progress=tell,
        )


def say(outcome: Outcome) -> None:
    """Print what became of a proposal, on one line."""
    from aims_gh.core.inert import plain

    colour = {"scored": "green", "chosen": "green", "refused": "red", "waiting": "yellow"}[
        outcome.outcome
    ]
    where = outcome.playground or "–"
    head = f"proposal {outcome.proposal:<4} {outcome.author:<14} {where:<18} "
    if outcome.outcome == "scored":
        scores = "  ".join(f"{name} {shown(v)}" for name, v in (outcome.scores or {}).items())
        failed = "".join(f"  {n} failed: {why}" for n, why in (outcome.failures or {}).items())
        mark = "  does NOT reproduce its predictions" if outcome.reproduced is False else ""
        tail = f"version {outcome.version}  {scores}{failed}{mark}"
    elif outcome.outcome == "chosen":
        tail = "what shall count in the end is noted"
    else:
        tail = f"{outcome.reason} ({outcome.hint})"
    click.echo(f"{head}{click.style(outcome.outcome, fg=colour)}  {plain(tail)}")


@click.command()
@click.argument("course")
@click.option("--out", type=WORK, required=True, help="Folder to write to.")
def intake(course: str, out: Path) -> None:
    """Step 1: read open proposals and check them as data. Needs no secret.

    \b
    Example:
        aims intake COURSE --out work/intake
    """
    from aims_gh import settings
    from aims_gh.core.inert import plain
    from aims_gh.flows.intake import intake as flow

    taken = flow(settings.forge(course), out)
    for waiting in taken.waiting:
        reason = waiting.reason
        said = plain(f"{reason.message} ({reason.hint})")
        note(f"proposal {waiting.proposal.number} waits: {said}")
    click.echo(f"{len(taken.intakes)} taken")


@click.command()
@click.argument("course")
@click.option("--in", "source", type=WORK, required=True, help="Folder that intake wrote.")
@click.option("--out", type=WORK, required=True, help="Folder to write to.")
@click.option("--seal", is_flag=True, help="Seal what is left for score to the score key.")
def run(course: str, source: Path, out: Path, seal: bool) -> None:
    """Step 2: read predictions and run models, in the sandbox. May hold the run key.

    \b
    Example:
        aims run COURSE --in work/intake --out work/run
    """
    from aims_gh import settings
    from aims_gh.flows.handover import seal_folders
    from aims_gh.flows.run import run as flow

    forge = settings.forge(course)
    with running() as tell:
        done = flow(
            forge,
            source,
            out,
            sandbox=settings.sandbox(),
            find_key=settings.keys().find,
            progress=tell,
        )
    if seal:
        seal_folders(forge, out)
    click.echo(f"{len(done)} run")


@click.command()
@click.argument("course")
@click.option("--in", "source", type=WORK, required=True, help="Folder that run wrote.")
@click.option("--out", type=WORK, required=True, help="Folder to write to.")
def score(course: str, source: Path, out: Path) -> None:
    """Step 3: compare predictions with the sealed labels. Holds the score key, sees no model.

    What run sealed is opened first. Metrics of the owner's own run in the sandbox, without the
    key.

    \b
    Example:
        aims score COURSE --in work/run --out work/score
    """
    from aims_gh import settings
    from aims_gh.flows.handover import open_folders
    from aims_gh.flows.score import score as flow

    forge, find_key = settings.forge(course), settings.keys().find
    open_folders(forge, source, find_key=find_key)
    done = flow(forge, source, out, find_key=find_key, sandbox=settings.sandbox())
    click.echo(f"{len(done)} scored or refused")


@click.command()
@click.argument("course")
@click.option("--in", "source", type=WORK, required=True, help="Folder that score wrote.")
@json_option
def record(course: str, source: Path, as_json: bool) -> None:
    """Step 4: commit evaluations and leaderboards, answer the proposals.

    \b
    Example:
        aims record COURSE --in work/score
    """
    from aims_gh import settings
    from aims_gh.flows.record import record as flow

    for outcome in flow(settings.forge(course), source, now=settings.clock()):
        print_json_line(outcome) if as_json else say(outcome)


COMMANDS = (evaluate, intake, run, score, record)
