"""A term: a course full of people who submit, come late, team up and are found out.

What must come of it is worked out a second time here, with pandas and from what was done alone.
`python tests/walk/term.py --students 120 --submissions 2000` runs one of full size.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
import pandas as pd
import yaml

sys.path.insert(0, str(Path(__file__).parent))
from walk_classroom import csv_of

from aims_gh import settings
from aims_gh.core.final import derived
from aims_gh.core.holdout import truth_from_bytes
from aims_gh.core.seal import open_sealed
from aims_gh.domain.address import Address
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.flows.course import new_course
from aims_gh.flows.decide import decide
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.extend import extend
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.record import Outcome
from aims_gh.flows.rescore import apply, rescore
from aims_gh.flows.reveal import reveal
from aims_gh.flows.rulings import read_rulings
from aims_gh.flows.select import select
from aims_gh.flows.submit import Parts, pack, sealed_up, submit
from aims_gh.forge import LEDGER, MAIN, Change
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Workspace, labels_file, teams_file

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ROWS = 120
RULES: dict[str, dict[str, Any]] = {
    "plain": {"late": "refuse", "grace_minutes": 30},
    "strict": {"late": "penalty", "penalty": "score - 0.1 * ceil(days)", "release": "ladder"},
    "secret": {"late": "mark", "sealed": True, "release": "rounded", "reveal": "automatic"},
}
PER_DAY, TOTAL = 3, 12


@dataclass
class Handed:
    """One submission, as who made it knows it."""

    slug: str
    author: str
    at: datetime
    public: int
    private: int
    proposal: int
    outcome: Outcome | None = None

    @property
    def version(self) -> int:
        assert self.outcome is not None and self.outcome.version is not None
        return self.outcome.version


@dataclass
class Term:
    """A course, its clock, and everything that was done in it."""

    forge: LocalForge
    time: list[datetime]
    dice: random.Random
    teams: dict[str, list[str]]
    truths: dict[str, list[str]] = field(default_factory=dict)
    private: dict[str, np.ndarray] = field(default_factory=dict)
    closes: dict[str, datetime] = field(default_factory=dict)
    handed: list[Handed] = field(default_factory=list)
    extended: dict[tuple[str, str], datetime] = field(default_factory=dict)
    out: set[tuple[str, int]] = field(default_factory=set)
    chosen: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.time[0]

    def address(self, slug: str) -> Address:
        return Address(self.forge.name, slug)

    def entrant(self, author: str) -> str:
        return next((t for t, people in self.teams.items() if author in people), author)

    # What people do.

    def submit(self, slug: str, author: str) -> None:
        half = int((~self.private[slug]).sum())
        public, private = (self.dice.randint(half // 3, half) for _ in range(2))
        said = ["owl" if label == "jay" else "jay" for label in self.truths[slug]]
        for part, right in ((~self.private[slug], public), (self.private[slug], private)):
            for row in np.flatnonzero(part)[:right]:
                said[row] = self.truths[slug][row]
        packed = pack(slug, Parts(None, csv_of("prediction", said)), now=self.now)
        if RULES[slug].get("sealed") and self.dice.random() < 0.5:
            with self.forge.tree(MAIN) as main:
                packed = sealed_up(packed, Workspace(main).playground(slug), author=author)
        proposal = submit(self.forge, self.address(slug), packed, author=author)
        self.handed.append(Handed(slug, author, self.now, public, private, proposal.number))

    def evaluate(self) -> None:
        waiting = {h.proposal: h for h in self.handed if h.outcome is None}
        find_key, sandbox = settings.keys().find, settings.sandbox()
        for outcome in evaluate(
            self.forge, sandbox=sandbox, find_key=find_key, clock=lambda: self.now
        ):
            if outcome.proposal in waiting:
                waiting[outcome.proposal].outcome = outcome

    def choose(self, slug: str, author: str) -> None:
        own = [
            h for h in self.scored(slug)
            if self.entrant(h.author) == self.entrant(author) and self.now <= self.closes[slug]
        ]  # fmt: skip
        if own:
            version = self.dice.choice(own).version
            select(self.forge, self.address(slug), [version], author=author, now=self.now)
            self.chosen[slug, self.entrant(author)] = version

    def scored(self, slug: str) -> list[Handed]:
        return [
            h for h in self.handed
            if h.slug == slug and h.outcome is not None and h.outcome.outcome == "scored"
        ]  # fmt: skip

    # What must hold.

    def check(self) -> None:
        """Hold every invariant that can be seen from outside."""
        with self.forge.tree(MAIN) as main, self.forge.tree(LEDGER) as ledger:
            rules, results = Workspace(main), Workspace(ledger)
            for slug in RULES:
                stored = results.leaderboard(slug)
                if stored is None:
                    continue
                rulings = read_rulings(rules, results, slug)
                empty = Leaderboard(playground=slug, boards={})
                again = derived(empty, rules.playground(slug), results.evaluations(slug), rulings)
                assert again == stored, f"{slug}: the board is not what the facts make"
                if rulings.reveal is None:
                    self._check_nothing_private(ledger, slug)
                self._check_quotas(slug)

    def _check_quotas(self, slug: str) -> None:
        frame = pd.DataFrame(
            [(self.entrant(h.author), h.at) for h in self.scored(slug)], columns=["who", "at"]
        )
        for who, moments in frame.groupby("who")["at"]:
            assert len(moments) <= TOTAL, f"{who} has more than {TOTAL} in {slug}"
            for moment in moments:
                window = ((moments - moment).abs() < DAY).sum()
                near = moments[(moments >= moment) & (moments < moment + DAY)]
                assert len(near) <= PER_DAY, f"{who} has {window} within a day of {moment}"

    def _check_nothing_private(self, ledger: Any, slug: str) -> None:
        """Look for private scores and sealed contents in every public byte."""
        board = json.loads(ledger.read(f"{slug}/leaderboard.json"))
        assert "final" not in board["boards"]
        assert ledger.read(f"{slug}/reveal.json") is None
        half = float((~self.private[slug]).sum())
        right = {h.outcome.version: h for h in self.scored(slug) if h.outcome}
        columns = board["boards"]["competition"]["columns"]
        for version, score in zip(columns["version"], columns["accuracy"], strict=True):
            exact = right[version].public / half
            if "release" not in RULES[slug]:
                assert score == exact, f"{slug} {version} shows another score than its public one"
            elif RULES[slug]["release"] == "rounded":
                assert score == round(exact, 3)

    def finals(self, slug: str) -> pd.DataFrame:
        """Work out the final board a second time, from what was done."""
        half, rest = (int(part.sum()) for part in (~self.private[slug], self.private[slug]))
        rows = []
        for h in self.scored(slug):
            assert h.outcome is not None and h.outcome.version is not None
            last = self.closes[slug] + timedelta(minutes=RULES[slug].get("grace_minutes", 0))
            mine = (h.author, self.entrant(h.author))
            last = max([last, *(t for (s, who), t in self.extended.items() if (s, who) in
                                [(slug, name) for name in mine])])  # fmt: skip
            days = max(0.0, (h.at - last) / DAY)
            late = 0.1 * int(np.ceil(days)) if RULES[slug]["late"] == "penalty" else 0.0
            apart = days > 0 and RULES[slug]["late"] != "penalty"
            if apart or (slug, h.outcome.version) in self.out:
                continue
            rows.append(
                (self.entrant(h.author), h.outcome.version, h.at,
                 round(h.public / half - late, 12), round(h.private / rest - late, 12))
            )  # fmt: skip
        frame = pd.DataFrame(rows, columns=["who", "version", "at", "public", "private"])
        wanted = frame["who"].map(lambda who: self.chosen.get((slug, who), 0))
        frame["chosen"] = frame["version"] == wanted
        order = ["chosen", "public", "at", "version"]
        frame = frame.sort_values(order, ascending=[False, False, True, True])
        final = frame.groupby("who", as_index=False).first()
        final["rank"] = final["private"].round(9).rank(method="min", ascending=False).astype(int)
        return final.sort_values(["rank", "at", "version"]).reset_index(drop=True)


def start(folder: Path, *, students: int, team_size: int = 4, seed: int = 1) -> Term:
    """Start a course with three playgrounds and its teams."""
    clock = [START]
    new_course(
        folder,
        title="A term",
        description="",
        owners=("teacher",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=lambda: clock[0],
    )
    forge = LocalForge.open(folder, clock=lambda: clock[0])
    people = [f"student{number}" for number in range(1, students + 1)]
    teams = {
        f"team{place // team_size + 1}": people[place : place + team_size]
        for place in range(0, students * 3 // 4, team_size)
    }
    term = Term(forge, clock, random.Random(seed), teams)
    for week, (slug, rules) in enumerate(RULES.items(), start=1):
        term.closes[slug] = START + 7 * week * DAY
        _playground(term, slug, rules, seed + week)
    return term


def _playground(term: Term, slug: str, rules: dict[str, Any], seed: int) -> None:
    truth = np.random.default_rng(seed).choice(["jay", "owl"], size=ROWS).tolist()
    draft = Draft(
        rules={
            "title": slug.capitalize(),
            "task_type": "classification",
            "input_type": "tabular",
            "labels": ["jay", "owl"],
            "metrics": ["accuracy"],
            "limits": {"per_day": PER_DAY, "total": TOTAL},
            "competition": {"private_fraction": 0.5, "closes": term.closes[slug], **rules},
        },
        labels=Source("y.csv", csv_of("y", truth)),
    )
    create_playground(term.forge, slug, draft, seed=seed, templates=settings.templates())
    text = yaml.safe_dump({"teams": term.teams}).encode()
    term.forge.record(lambda _: Change("Teams", {teams_file(slug): text}), branch=MAIN)
    with term.forge.tree(MAIN) as main:
        workspace = Workspace(main)
        key = settings.keys().find(workspace.course().keys.score)
        assert key is not None
        sealed = workspace.file(labels_file(slug))
    term.truths[slug] = truth
    term.private[slug] = truth_from_bytes(open_sealed(sealed, [key], name="labels")).private


def run(term: Term, *, submissions: int) -> Iterator[str]:
    """Let the term happen, checking at every evaluation; say how far it is."""
    people = sorted({p for team in term.teams.values() for p in team})
    people += [f"student{n}" for n in range(len(people) + 1, len(people) * 4 // 3 + 1)]
    last = 7 * len(RULES) + 2
    moments = sorted(term.dice.uniform(0, last) for _ in range(submissions))
    every = max(1, submissions // 12)
    for number, moment in enumerate(moments, start=1):
        term.time[0] = max(term.now, START + moment * DAY)
        slug, author = term.dice.choice(list(RULES)), term.dice.choice(people)
        term.submit(slug, author)
        if term.dice.random() < 0.03:
            until = term.closes[slug] + term.dice.uniform(0.2, 3) * DAY
            who = term.dice.choice([author, term.entrant(author)])
            extend(term.forge, term.address(slug), who, until)
            term.extended[slug, who] = until
        if number % every == 0:
            term.evaluate()
            for choosing in term.dice.sample(people, 2):
                term.choose(slug, choosing)
            _judge(term, slug)
            term.evaluate()
            term.check()
            yield f"{number} of {submissions} submitted, {term.now:%d %B}"


def _judge(term: Term, slug: str) -> None:
    """Disqualify somebody now and then; nobody after the reveal of what is revealed by itself."""
    scored = term.scored(slug)
    if scored and term.dice.random() < 0.5:
        version = term.dice.choice(scored).version
        if (slug, version) not in term.out:
            where, why = term.address(slug), {"by": "teacher", "reason": "copied", "now": term.now}
            decide(term.forge, where, version, "disqualified", **why)
            term.out.add((slug, version))


def finish(term: Term) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Close, reveal and rescore; give each final board beside the one worked out here."""
    term.time[0] = START + 40 * DAY
    term.evaluate()
    find_key = settings.keys().find
    found = {}
    for slug, rules in RULES.items():
        if rules.get("reveal") != "automatic":
            reveal(term.forge, term.address(slug), find_key=find_key, by="t", now=term.now)
        again = rescore(
            term.forge,
            term.address(slug),
            only=None,
            shards=2,
            sandbox=settings.sandbox,
            find_key=find_key,
            clock=lambda: term.now,
        )
        assert (again.failed, again.moves) == ({}, []), f"{slug}: a rescore moved somebody"
        apply(
            term.forge, term.address(slug), again.number, by="t", reason="", now=term.now,
            find_key=find_key,
        )  # fmt: skip
        with term.forge.tree(LEDGER) as ledger:
            board = Workspace(ledger).leaderboard(slug)
        assert board is not None
        rows = pd.DataFrame(board.boards["final"].rows())
        found[slug] = rows, term.finals(slug)
    term.check()
    return found


@click.command()
@click.option("--students", default=120)
@click.option("--submissions", default=2000)
def main(students: int, submissions: int) -> None:
    """Run a term and say how long it took."""
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        term = start(Path(folder) / "course", students=students)
        for line in run(term, submissions=submissions):
            click.echo(f"{time.monotonic() - began:7.1f} s  {line}")
        boards = finish(term)
        for slug, (rows, expected) in boards.items():
            same = rows["version"].tolist() == expected["version"].tolist()
            scored = len(term.scored(slug))
            click.echo(f"{slug}: {scored} scored, {len(rows)} finalists, as worked out: {same}")
            if not same:
                both = zip(rows["version"], expected["version"], strict=False)
                click.echo(f"  first apart: {[pair for pair in both if pair[0] != pair[1]][:4]}")
        click.echo(f"{time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
