"""A whole term, and how it ends: reveals, everything scored again, wrong answers, and grades."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from aims_gh import settings
from aims_gh.flows.decide import Move
from aims_gh.flows.grades import changes_since, regrades, seal_grades, work_out
from aims_gh.flows.owner_data import Source
from aims_gh.flows.rescore import apply, rescore
from aims_gh.flows.reseal import Answers, reseal
from aims_gh.flows.reveal import reveal
from aims_gh.forge import LEDGER
from aims_gh.forge.git import run as run_git
from aims_gh.workspace import Workspace
from term.expected import finals, grades
from term.hosts import OWNER, Host
from term.invariants import Watch, check_nobody_named, check_secrets, every_object
from term.simulation import DAY, LABELS, RULES, Term, csv_of, happen, start

WRONG_IN, WRONG = "plain", 6
"""Where answers turn out to have been wrong, and how many of either part."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A final board as it is, and as it was worked out."""

    board: pd.DataFrame
    expected: pd.DataFrame

    @property
    def agrees(self) -> bool:
        """Whether places, versions and scores are the same."""
        pairs = [("version", "version"), ("rank", "rank")]
        return len(self.board) == len(self.expected) and all(
            self.board[one].tolist() == self.expected[other].tolist() for one, other in pairs
        )


@dataclass(frozen=True, slots=True)
class Played:
    """A term that is over."""

    term: Term
    endings: dict[str, Ending]

    @property
    def agrees(self) -> bool:
        """Whether every final board is as it was worked out."""
        return all(ending.agrees for ending in self.endings.values())


def play(
    host: Host,
    *,
    students: int,
    submissions: int,
    every: int,
    alone: int = 0,
    total: int = 12,
    seed: int = 1,
    say: Callable[[Term, int], None] = lambda *_: None,
) -> Played:
    """Run a term from its roster to its grades, and hold every invariant on the way.

    Parameters
    ----------
    every : int
        Submissions from one evaluation to the next.
    alone : int
        How many of the students are in no team.
    total : int
        How many submissions of an entrant are scored in a playground.
    say : callable
        Is told after each evaluation how many have submitted.
    """
    term = start(host, students=students, alone=alone, total=total, seed=seed)
    watch = Watch(term)
    for number in happen(term, submissions=submissions, every=every):
        watch.look()
        say(term, number)
    return Played(term, finish(term, watch))


def finish(term: Term, watch: Watch) -> dict[str, Ending]:
    """Close everything; hold final boards and grades against what they must be."""
    objects = list(every_object(term))
    check_nobody_named(objects)
    for slug in RULES:
        if not term.is_revealed(slug):
            check_secrets(term, slug, objects)
    del objects
    term.host.wait_until(max(term.closes.values()) + 19 * DAY)
    term.evaluate()
    watch.look()
    for slug, rules in RULES.items():
        assert term.is_revealed(slug) == (rules.get("reveal") == "automatic")
        if rules.get("reveal") != "automatic":
            forge, now = term.host.forge(OWNER, whole=True), term.host.now()
            find_key = settings.keys().find
            reveal(forge, term.address(slug), find_key=find_key, by=OWNER, now=now)
        if slug != WRONG_IN:
            assert _again(term, slug) == [], f"{slug}: a rescore moved somebody"
    _grade(term)
    _correct(term, WRONG_IN)
    _again(term, WRONG_IN)
    _grade(term)
    watch.look()
    return {slug: Ending(_final(term, slug), finals(term, slug)) for slug in RULES}


def _final(term: Term, slug: str) -> pd.DataFrame:
    with term.host.forge(OWNER).tree(LEDGER) as ledger:
        board = Workspace(ledger).leaderboard(slug)
    assert board is not None
    return pd.DataFrame(board.boards["final"].rows())


def _again(term: Term, slug: str) -> list[Move]:
    """Score everything again, and let it count; tell who moved."""
    forge, find_key = term.host.forge(OWNER, whole=True), settings.keys().find
    found = rescore(
        forge,
        term.address(slug),
        only=None,
        shards=4,
        sandbox=settings.sandbox,
        find_key=find_key,
        clock=term.host.now,
    )
    assert (found.count, found.failed) == (len(term.scored(slug)), {})
    now, reason = term.host.now(), "everything again"
    moves = apply(
        forge, term.address(slug), found.number, by=OWNER, reason=reason, now=now,
        find_key=find_key,
    )  # fmt: skip
    assert moves == found.moves
    return moves


def _correct(term: Term, slug: str) -> None:
    """Find that some answers were wrong, and seal the right ones."""
    truth, private = term.truths[slug].copy(), term.private[slug]
    for part in (private, ~private):
        rows = part.nonzero()[0][:WRONG]
        truth[rows] = [LABELS[label == LABELS[0]] for label in truth[rows]]
    answers = Answers(Source("y.csv", csv_of("y", truth)))
    reseal(term.host.forge(OWNER), slug, answers, by=OWNER, seed=1, find_key=settings.keys().find)
    term.truths[slug] = truth


def _grade(term: Term) -> None:
    """Work out everybody's grades and seal them; they and what changed are as worked out."""
    forge, find_key = term.host.forge(OWNER), settings.keys().find
    graded = work_out(forge, find_key=find_key)
    expected = grades(term)
    got = pd.DataFrame({slug: dict(column.got) for slug, column in graded.columns.items()})
    apart = (got.loc[expected.index, expected.columns] - expected).abs().max().max()
    assert len(got) == len(term.students)
    assert apart <= 1e-9, f"grades are {apart} from what they must be"
    lines = list(csv.DictReader(io.StringIO(graded.chosen(None, "csv").decode())))
    sums = {line["login"]: float(line["total"]) for line in lines}
    assert (expected.sum(axis=1) - pd.Series(sums)).abs().max() <= 1e-9 * 100

    before = term.sealed
    changed = expected if before is None else expected[(expected - before).abs() > 1e-9]
    count = int(changed.notna().sum().sum())
    if before is not None:
        told = {
            (c.login, c.playground): c.after
            for c in changes_since(forge, graded, find_key=find_key)
        }
        assert told.keys() == set(changed.stack().dropna().index)
        assert count > 0
    assert seal_grades(forge, graded, by=OWNER, now=term.host.now(), find_key=find_key) == count
    said = run_git(["log", "-1", "--format=%s", LEDGER], repository=term.host.repository)
    line = f"Seal the grades of {len(term.students)} students: {count} changed (by {OWNER})"
    assert said.decode().strip() == line
    if before is not None:
        lines = {(r.login, r.playground): r for r in regrades(forge, find_key=find_key)}
        assert lines.keys() == told.keys()
        for (login, slug), line in lines.items():
            assert line.by == OWNER
            assert abs(line.before - before.loc[login, slug]) <= 1e-9
            assert abs(line.after - expected.loc[login, slug]) <= 1e-9
    term.sealed = expected
