"""Decide: disqualify, take it back, and write boards as rules and decisions make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import isclose
from typing import Literal

from aims_gh.core.final import derived
from aims_gh.core.rulings import Rulings
from aims_gh.domain.address import Address
from aims_gh.domain.audit import Action, AuditEntry
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.playground import BoardName
from aims_gh.domain.record import Problems
from aims_gh.errors import CourseError
from aims_gh.flows.record import lines_of
from aims_gh.flows.rulings import read_rulings
from aims_gh.forge import MAIN, Change, Forge
from aims_gh.workspace import Tree, Workspace, audit_file, leaderboard_file


@dataclass(frozen=True, slots=True)
class Move:
    """How a version's rank or score changes on a board."""

    board: BoardName
    version: int
    username: str
    before: int | None
    """The rank; None where it has none."""

    after: int | None
    score_before: float | None
    """By the metric that ranks."""

    score_after: float | None

    @property
    def is_scored_otherwise(self) -> bool:
        """Whether the score is another one, and not the same up to rounding."""
        if self.score_before is None or self.score_after is None:
            return self.score_before is not self.score_after
        return not isclose(self.score_before, self.score_after, rel_tol=1e-12)


def decide(
    forge: Forge,
    address: Address,
    version: int,
    action: Literal["disqualified", "reinstated"],
    *,
    by: str,
    reason: str,
    now: datetime,
) -> list[Move]:
    """Take a version out of the ranking, or back; its evaluation stays, and everybody reads why.

    Raises
    ------
    CourseError
        If there is no such version, or it is so already.
    """
    entry = entry_of(action, by, now, reason, version=version)
    slug, moves = address.slug, list[Move]()
    with forge.tree(MAIN) as main:
        rules = Workspace(main)
        playground = rules.playground(slug)

        def edit(tree: Tree) -> Change:
            ledger = Workspace(tree)
            rulings = read_rulings(rules, ledger, slug)
            before = ledger.leaderboard(slug) or Leaderboard(playground=slug, boards={})
            _check(entry, rulings, before, slug)
            decided = replace(rulings, audit=(*rulings.audit, entry))
            after = derived(before, playground, [], decided)
            moves[:] = changed(before, after)
            files = {
                audit_file(slug): lines_of(decided.audit),
                leaderboard_file(slug): after.to_json(),
            }
            return Change(f"{entry.action.capitalize()} version {entry.version} of {slug}", files)

        forge.record(edit)
    return moves


def entry_of(action: Action, by: str, now: datetime, reason: str, **more: int) -> AuditEntry:
    """Make a line of the audit file.

    Raises
    ------
    CourseError
        If the reason is too long, or who decides has no login.
    """
    value = {"action": action, "by": by, "at": now, "reason": reason, **more}
    try:
        return AuditEntry.from_value(value)
    except Problems as problems:
        raise CourseError(
            f"this cannot be written down: {problems}",
            hint="a reason has up to 2,000 characters; --as names a login",
        ) from None


def _check(entry: AuditEntry, rulings: Rulings, board: Leaderboard, slug: str) -> None:
    known = {v for rows in board.boards.values() for v in rows.columns.get("version", ())}
    if entry.version not in known:
        raise CourseError(
            f"{slug} has no version {entry.version}",
            hint="aims leaderboard lists the versions there are",
        )
    out = entry.version in rulings.disqualified
    if out == (entry.action == "disqualified"):
        raise CourseError(
            f"version {entry.version} of {slug} is {'' if out else 'not '}disqualified",
            hint="aims audit shows what was decided, and why",
        )


def changed(before: Leaderboard, after: Leaderboard) -> list[Move]:
    """Tell whose rank or score is another now, board by board, in the new order."""
    moves = []
    for name, board in after.boards.items():
        old = _standing(before.boards.get(name))
        for version, (username, rank, score) in _standing(board).items():
            _, rank_before, score_before = old.get(version, (username, None, None))
            move = Move(name, version, username, rank_before, rank, score_before, score)
            if rank_before != rank or move.is_scored_otherwise:
                moves.append(move)
    return moves


def _standing(board: Board | None) -> Mapping[int, tuple[str, int | None, float | None]]:
    if board is None:
        return {}
    columns = (board.columns[name] for name in ("version", "username", "rank", board.metric))
    rows = zip(*columns, strict=True)
    return {version: (user, rank, score) for version, user, rank, score in rows}


def refresh(forge: Forge) -> list[str]:
    """Write each board as rules, extensions and decisions make it now; tell which changed.

    Nothing is scored again and no secret is needed: what is late, or counts, is worked out from
    the moments that the ledger has.
    """
    written: list[str] = []
    with forge.tree(MAIN) as main:
        rules = Workspace(main)

        def edit(tree: Tree) -> Change | None:
            files = dict(_stale(rules, Workspace(tree)))
            written[:] = sorted(path.partition("/")[0] for path in files)
            message = f"Derive the boards of {', '.join(written)} by the rules of now"
            return Change(message, files) if files else None

        forge.record(edit)
    return written


def is_stale(rules: Workspace, ledger: Workspace) -> bool:
    """Tell whether a board is not what rules and decisions make it now."""
    return bool(_stale(rules, ledger))


def _stale(rules: Workspace, ledger: Workspace) -> dict[str, bytes | None]:
    files: dict[str, bytes | None] = {}
    for slug in rules.slugs():
        try:
            stored, playground = ledger.leaderboard(slug), rules.playground(slug)
            if stored is None:
                continue
            rulings = read_rulings(rules, ledger, slug)
            metrics = tuple(metric.name for metric in playground.metrics)
            if any(board.metrics != metrics for board in stored.boards.values()):
                # Its rows lack a metric that came, or came back: evaluations have it.
                empty = Leaderboard(playground=slug, boards={})
                now = derived(empty, playground, ledger.evaluations(slug), rulings)
            else:
                now = derived(stored, playground, [], rulings)
        except CourseError:
            continue  # aims check names what is wrong with it
        if now != stored:
            files[leaderboard_file(slug)] = now.to_json()
    return files
