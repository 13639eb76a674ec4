"""Commands of a competition: choose, extend, reveal, disqualify, rescore, verify."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

from aims_gh.cli.output import (
    json_option,
    note,
    owner_option,
    print_json,
    print_table,
    running,
)

if TYPE_CHECKING:
    from aims_gh.domain.address import Address
    from aims_gh.flows.decide import Move
    from aims_gh.forge import Forge

_SHOWN = 20
"""Rows of what changes; a class has hundreds."""

_REASON = click.option("--reason", required=True, help="Why; everybody can read it.")
_BY = click.option("--as", "author", help="Who you are.  [default: AIMS_USER, or your login]")


def _at(address: str, *, whole: bool = False) -> tuple[Address, Forge]:
    from aims_gh import settings
    from aims_gh.domain.address import Address

    where = Address.parse(address)
    return where, settings.forge(where.course, whole=whole)


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("versions", metavar="VERSION…", type=click.IntRange(min=1), nargs=-1)
@click.option("--none", "nothing", is_flag=True, help="Leave it to the public scores again.")
@_BY
@json_option
def select(
    address: str, versions: tuple[int, ...], nothing: bool, author: str | None, as_json: bool
) -> None:
    """Choose which of your VERSIONs count in the end.

    Without a choice, those count that are best in public. A later choice replaces this one.

    \b
    Example:
        aims select aims-demo/course/breast-cancer 3 5
    """
    from aims_gh import settings
    from aims_gh.flows.select import select as flow

    if bool(versions) == nothing:
        raise click.UsageError("name versions, or say --none")
    where, forge = _at(address)
    who = settings.author(forge, author)
    proposal = flow(forge, where, versions, author=who, now=settings.clock())
    if as_json:
        print_json({"proposal": proposal.number, "versions": versions})
        return
    click.echo(f"proposed: proposal {proposal.number} by {proposal.author}")
    note("it is noted when proposals are evaluated next, and a comment says so")


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("who", metavar="LOGIN_OR_TEAM")
@click.option("--until", help="Their deadline, as in 2026-12-01T18:00:00+01:00.")
@click.option("--remove", is_flag=True, help="Take the extension back.")
@click.option("--reason", default="", help="Why; everybody can read it.")
@owner_option
def extend(
    address: str, who: str, until: str | None, remove: bool, reason: str, author: str | None
) -> None:
    """Give one participant or team more time; boards are worked out again.

    \b
    Example:
        aims extend ./ml-2026/iris ada --until 2026-12-03T18:00:00+01:00
    """
    from pydantic import TypeAdapter, ValidationError

    from aims_gh import settings
    from aims_gh.domain.names import Instant
    from aims_gh.flows.extend import extend as flow

    if bool(until) == remove:
        raise click.UsageError("say --until MOMENT, or --remove")
    try:
        moment = TypeAdapter(Instant).validate_python(until) if until else None
    except ValidationError:
        raise click.UsageError(
            "--until needs date, time and zone, as in 2026-12-01T18:00:00+01:00"
        ) from None
    where, forge = _at(address)
    flow(forge, where, who, moment, by=settings.owner(forge, author), reason=reason)
    click.echo(f"{who} has until {moment:%Y-%m-%d %H:%M} UTC" if moment else f"{who}: taken back")


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.option("--reason", default="", help="What to say about it.")
@click.option("--leave", multiple=True, type=int, help="A proposal that nobody waits for.")
@owner_option
@json_option
def reveal(
    address: str, reason: str, leave: tuple[int, ...], author: str | None, as_json: bool
) -> None:
    """Open the private scores of a closed competition, and show the final board.

    Everybody can read them from then on. Sealed submissions are opened too.

    \b
    Example:
        aims reveal ./ml-2026/iris
    """
    from aims_gh import settings
    from aims_gh.flows.reveal import reveal as flow

    where, forge = _at(address, whole=True)
    board = flow(
        forge,
        where,
        find_key=settings.keys().find,
        by=settings.owner(forge, author),
        now=settings.clock(),
        reason=reason,
        leave=leave,
    )
    if as_json:
        print_json({"playground": where.slug, "board": "final", "rows": board.rows()})
        return
    names = [n for n in ("rank", "username", "team_name", "version", "public_rank", "shake_up",
                          "tied_group")
             if n in board.columns]  # fmt: skip
    print_table(
        (*names, *board.metrics),
        [[row[name] for name in (*names, *board.metrics)] for row in board.rows()],
        title=f"{where.slug}, final board, ranked by {board.metric} on the private part",
    )


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=click.IntRange(min=1))
@_REASON
@owner_option
@json_option
def disqualify(**given: Any) -> None:
    """Take VERSION out of the ranking; it stays readable, and so does the reason.

    \b
    Example:
        aims disqualify ./ml-2026/iris 7 --reason "trained on the test data"
    """
    _decide("disqualified", "is disqualified", **given)


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=click.IntRange(min=1))
@_REASON
@owner_option
@json_option
def reinstate(**given: Any) -> None:
    """Take the disqualification of VERSION back.

    \b
    Example:
        aims reinstate ./ml-2026/iris 7 --reason "the accusation was wrong"
    """
    _decide("reinstated", "counts again", **given)


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@json_option
def audit(address: str, as_json: bool) -> None:
    """Show what people did to results, and why.

    \b
    Example:
        aims audit ./ml-2026/iris
    """
    from aims_gh.forge import LEDGER
    from aims_gh.workspace import Workspace

    where, forge = _at(address)
    with forge.tree(LEDGER) as ledger:
        entries = Workspace(ledger).audit(where.slug)
    if as_json:
        print_json(list(entries))
        return
    rows = [(f"{e.at:%Y-%m-%d %H:%M}", e.action, e.version or e.rescore, e.by, e.reason)
            for e in entries]  # fmt: skip
    print_table(("when (UTC)", "what", "which", "who", "why"), rows, title=where.slug)


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.option("--only", help="These versions, as in 3,5-9.  [default: all]")
@click.option("--shards", type=click.IntRange(1, 64), default=1, help="Run so many at once.")
@click.option("--apply", "number", type=click.IntRange(min=1), help="Let this rescore count.")
@click.option("--reason", default="", help="With --apply: why; everybody can read it.")
@owner_option
@json_option
def rescore(
    address: str,
    only: str | None,
    shards: int,
    number: int | None,
    reason: str,
    author: str | None,
    as_json: bool,
) -> None:
    """Score what was scored once more, by the rules, labels and evaluator of now.

    It changes no board yet: the new scores are kept beside the old ones, and what they would
    change is shown. --apply lets them count; the old ones stay readable.

    \b
    Example:
        aims rescore ./ml-2026/iris
        aims rescore ./ml-2026/iris --apply 1 --reason "row 17 was mislabelled"
    """
    from aims_gh import settings
    from aims_gh.flows.rescore import apply, versions_of
    from aims_gh.flows.rescore import rescore as flow

    where, forge = _at(address, whole=True)
    if number is not None:
        moves = apply(
            forge,
            where,
            number,
            by=settings.owner(forge, author),
            reason=reason,
            now=settings.clock(),
            find_key=settings.keys().find,
        )
        _tell(f"rescore {number} counts now", moves, as_json)
        return
    with running() as tell:
        found = flow(
            forge,
            where,
            only=versions_of(only),
            shards=shards,
            sandbox=settings.sandbox,
            find_key=settings.keys().find,
            clock=settings.clock,
            progress=tell,
        )
    if as_json:
        print_json(found)
        return
    for version, why in found.failed.items():
        note(f"version {version} could not be scored again: {why}")
    click.echo(f"rescore {found.number}: {found.count} versions scored again")
    _moves(found.moves)
    note(f"nothing counts yet: aims rescore {where} --apply {found.number} --reason …")


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=click.IntRange(min=1))
@json_option
def verify(address: str, version: int, as_json: bool) -> None:
    """Follow VERSION from its files to its score, and name the link that does not hold.

    The model is run again. The score itself is computed again where the score key is at hand.

    \b
    Example:
        aims verify aims-demo/course/breast-cancer 2
    """
    from aims_gh import settings
    from aims_gh.flows.verify import verify as flow

    where, forge = _at(address)
    links = flow(forge, where, version, sandbox=settings.sandbox(), find_key=settings.keys().find)
    if as_json:
        print_json(links)
    else:
        rows = [(link.name, link.state, link.found) for link in links]
        print_table(("link", "holds", "found"), rows, marked=[x.state == "no" for x in links])
    if any(link.state == "no" for link in links):
        raise click.exceptions.Exit(1)


def _decide(
    action: Literal["disqualified", "reinstated"],
    said: str,
    *,
    address: str,
    version: int,
    reason: str,
    author: str | None,
    as_json: bool,
) -> None:
    from aims_gh import settings
    from aims_gh.flows.decide import decide

    where, forge = _at(address)
    by = settings.owner(forge, author)
    moves = decide(forge, where, version, action, by=by, reason=reason, now=settings.clock())
    _tell(f"version {version} {said}", moves, as_json)


def _tell(what: str, moves: list[Move], as_json: bool) -> None:
    if as_json:
        print_json(moves)
        return
    click.echo(what)
    _moves(moves)


def _moves(moves: Sequence[Move]) -> None:
    if not moves:
        note("no rank changes, and no score")
        return
    header = ["board", "version", "user", "rank before", "rank now"]
    rows: list[list[Any]] = [[m.board, m.version, m.username, m.before, m.after] for m in moves]
    if any(m.is_scored_otherwise for m in moves):
        header += ["score before", "score now"]
        rows = [[*row, m.score_before, m.score_after] for row, m in zip(rows, moves, strict=True)]
    print_table(header, rows[:_SHOWN])
    if len(rows) > _SHOWN:
        note(f"and {len(rows) - _SHOWN} more: --json has them all")


COMMANDS = (select, extend, reveal, disqualify, reinstate, audit, rescore, verify)
