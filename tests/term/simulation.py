"""What happens in a term, and what everybody who takes part knows of it."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import yaml

from aims_gh import settings
from aims_gh.core.holdout import truth_from_bytes
from aims_gh.core.roster_file import read_roster_file
from aims_gh.core.seal import open_sealed
from aims_gh.domain.address import Address
from aims_gh.flows.decide import decide
from aims_gh.flows.extend import extend
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.record import Outcome
from aims_gh.flows.roster import Naming, set_roster
from aims_gh.flows.select import select
from aims_gh.flows.submit import Parts, pack, sealed_up
from aims_gh.forge import LEDGER, MAIN, Change
from aims_gh.workspace import Workspace, labels_file, reveal_file, teams_file
from term.hosts import OWNER, Cost, Host

DAY = timedelta(days=1)
ROWS, PRIVATE = {"plain": 127, "strict": 131, "secret": 137}, 0.4
"""No part of one shares a long fraction with a part of another: a score says whose it is."""

RULES: dict[str, dict[str, Any]] = {
    "plain": {"late": "refuse", "grace_minutes": 30},
    "strict": {"late": "penalty", "penalty": "score - 0.1 * ceil(days)", "release": "ladder"},
    "secret": {"late": "mark", "sealed": True, "release": "rounded", "reveal": "automatic"},
}
PER_DAY, TEAM_SIZE = 3, 4
LABELS = ("jay", "owl")
STRANGER = "mallory"
SURNAME, MATRICULATION = "Nightingale", "matric"
"""Of everybody on the roster; nothing public may have them."""

GRADING = """\
rule: 0.2 + 0.5 * percentile + 0.2 * score + 0.1 * on_time
decimals: 6
playgrounds:
  plain: {points: 40, board: final}
  strict: {points: 30}
  secret: {points: 30, board: final}
"""


@dataclass
class Handed:
    """One submission, as who made it knows it."""

    slug: str
    author: str
    at: datetime
    said: np.ndarray
    sealed: bool
    proposal: int
    digest: str
    outcome: Outcome | None = None
    put_off: bool = False
    """Whether the answer came later than the score."""

    @property
    def version(self) -> int:
        assert self.outcome is not None and self.outcome.version is not None
        return self.outcome.version

    @property
    def is_scored(self) -> bool:
        return self.outcome is not None and self.outcome.outcome == "scored"


@dataclass
class Term:
    """A course, where it is, and everything that was done in it."""

    host: Host
    dice: random.Random
    students: list[str]
    teams: dict[str, list[str]]
    total: int
    """How many submissions of an entrant are scored in a playground."""

    truths: dict[str, np.ndarray] = field(default_factory=dict)
    private: dict[str, np.ndarray] = field(default_factory=dict)
    closes: dict[str, datetime] = field(default_factory=dict)
    handed: list[Handed] = field(default_factory=list)
    extended: dict[tuple[str, str], datetime] = field(default_factory=dict)
    out: set[tuple[str, int]] = field(default_factory=set)
    chosen: dict[tuple[str, str], int] = field(default_factory=dict)
    costs: list[Cost] = field(default_factory=list)
    sealed: pd.DataFrame | None = None
    """Grades as they were last sealed."""

    def address(self, slug: str) -> Address:
        return Address(self.host.name, slug)

    def entrant(self, author: str) -> str:
        return next((t for t, people in self.teams.items() if author in people), author)

    def scored(self, slug: str) -> list[Handed]:
        return [h for h in self.handed if h.slug == slug and h.is_scored]

    def deadline(self, handed: Handed) -> datetime:
        """Tell the last moment at which a submission is on time."""
        grace = timedelta(minutes=RULES[handed.slug].get("grace_minutes", 0))
        mine = (handed.author, self.entrant(handed.author))
        granted = (self.extended.get((handed.slug, who)) for who in mine)
        return max([self.closes[handed.slug] + grace, *(g for g in granted if g)])

    def is_revealed(self, slug: str) -> bool:
        with self.host.forge(OWNER).tree(LEDGER) as ledger:
            return ledger.read(reveal_file(slug)) is not None

    # What people do.

    def submit(self, slug: str, author: str) -> None:
        """Hand in something that is right on a third of the rows, or more."""
        truth, wrong = self.truths[slug], np.array(LABELS[::-1])[self._codes(slug)]
        said = wrong.copy()
        for part in (~self.private[slug], self.private[slug]):
            rows = np.flatnonzero(part).tolist()
            right = self.dice.sample(rows, self.dice.randint(len(rows) // 3, len(rows)))
            said[right] = truth[right]
        packed = pack(slug, Parts(None, csv_of("prediction", said)), now=self.host.now())
        assert packed.submission.predictions is not None
        digest = packed.submission.predictions.sha256
        sealed = bool(RULES[slug].get("sealed")) and self.dice.random() < 0.5
        if sealed:
            with self.host.forge(author).tree(MAIN) as main:
                packed = sealed_up(packed, Workspace(main).playground(slug), author=author)
        arrived = self.host.submit(slug, packed, author)
        self.handed.append(Handed(slug, author, arrived.at, said, sealed, arrived.number, digest))

    def _codes(self, slug: str) -> np.ndarray:
        return (self.truths[slug] == LABELS[1]).astype(int)

    def evaluate(self) -> list[Outcome]:
        """Let everything be evaluated that is open, and note what became of it."""
        before, began, worked = self.host.spent(), time.monotonic(), _worked()
        outcomes = self.host.evaluate()
        after = self.host.spent()
        self.costs.append(
            Cost(
                len({outcome.proposal for outcome in outcomes}),
                time.monotonic() - began,
                _worked() - worked,
                after.requests - before.requests,
                after.writes - before.writes,
            )
        )
        waiting = {h.proposal: h for h in self.handed if h.outcome is None}
        for outcome in outcomes:
            handed = waiting.get(outcome.proposal)
            if handed is None:
                continue
            if outcome.outcome == "waiting":
                handed.put_off = True
            else:
                handed.outcome = outcome
        return outcomes

    def choose(self, slug: str, author: str) -> dict[int, tuple[str, str, int]]:
        """Choose what shall count, as its author; give what that is, by the proposal."""
        now = self.host.now()
        own = [
            h for h in self.scored(slug)
            if self.entrant(h.author) == self.entrant(author) and now <= self.closes[slug]
        ]  # fmt: skip
        if not own:
            return {}
        version = self.dice.choice(own).version
        made = select(
            self.host.forge(author), self.address(slug), [version], author=author, now=now
        )
        return {made.number: (slug, self.entrant(author), version)}

    def count(self, choices: dict[int, tuple[str, str, int]]) -> None:
        """Evaluate choices, which all count then."""
        outcomes = {o.proposal: o.outcome for o in self.evaluate()}
        assert {outcomes.get(number) for number in choices} <= {"chosen"}, outcomes
        for slug, entrant, version in choices.values():
            self.chosen[slug, entrant] = version

    def grant(self, slug: str, who: str, until: datetime) -> None:
        """Give more time, as an owner."""
        extend(self.host.forge(OWNER), self.address(slug), who, until, by=OWNER)
        self.extended[slug, who] = until

    def judge(self, slug: str) -> None:
        """Disqualify somebody now and then, as an owner."""
        scored = self.scored(slug)
        if scored and self.dice.random() < 0.5:
            version, now = self.dice.choice(scored).version, self.host.now()
            if (slug, version) not in self.out:
                where, why = self.address(slug), {"by": OWNER, "reason": "copied", "now": now}
                decide(self.host.forge(OWNER), where, version, "disqualified", **why)
                self.out.add((slug, version))


def _worked() -> float:
    return sum(os.times()[:4])


def csv_of(header: str, values: Sequence[object]) -> bytes:
    return "\n".join([header, *map(str, values), ""]).encode()


def start(host: Host, *, students: int, alone: int = 0, total: int = 12, seed: int = 1) -> Term:
    """Admit a class, and start three playgrounds with teams of four.

    Parameters
    ----------
    alone : int
        How many of the students are in no team.
    """
    people = [f"student{number}" for number in range(1, students + 1)]
    teams = {
        f"team{place // TEAM_SIZE + 1}": people[place : place + TEAM_SIZE]
        for place in range(0, students - alone, TEAM_SIZE)
    }
    term = Term(host, random.Random(seed), people, teams, total)
    lines = ["login,name,email,id,section"]
    for number, login in enumerate(people):
        name = f"Ada {SURNAME} {number}"
        lines.append(f"{login},{name},{login}@{MATRICULATION}.example,{MATRICULATION}-{number:04},"
                     f"{'AB'[number % 2]}")  # fmt: skip
    roster = read_roster_file("\n".join(lines).encode(), "class.csv").roster
    set_roster(host.forge(OWNER), roster, by=OWNER, naming=Naming(settings.draw))
    grading = Change("Say how grades are made", {"grading.yml": GRADING.encode()})
    host.forge(OWNER).record(lambda _: grading, branch=MAIN)
    begins = host.now()
    for week, (slug, rules) in enumerate(RULES.items(), start=1):
        term.closes[slug] = begins + 7 * week * DAY
        _playground(term, slug, rules, seed + week)
    return term


def _playground(term: Term, slug: str, rules: dict[str, Any], seed: int) -> None:
    truth = np.random.default_rng(seed).choice(LABELS, size=ROWS[slug])
    competition = {"private_fraction": PRIVATE, "team_size": TEAM_SIZE} | rules
    draft = Draft(
        rules={
            "title": slug.capitalize(),
            "task_type": "classification",
            "input_type": "tabular",
            "labels": list(LABELS),
            "metrics": ["accuracy"],
            "limits": {"per_day": PER_DAY, "total": term.total},
            "competition": competition | {"closes": term.closes[slug]},
        },
        labels=Source("y.csv", csv_of("y", truth)),
    )
    owner = term.host.forge(OWNER)
    create_playground(owner, slug, draft, seed=seed, templates=settings.templates())
    text = yaml.safe_dump({"teams": term.teams}).encode()
    owner.record(lambda _: Change("Teams", {teams_file(slug): text}), branch=MAIN)
    with owner.tree(MAIN) as main:
        workspace = Workspace(main)
        key = settings.keys().find(workspace.course().keys.score)
        assert key is not None
        sealed = workspace.file(labels_file(slug))
    term.truths[slug] = truth
    term.private[slug] = truth_from_bytes(open_sealed(sealed, [key], name="labels")).private


def happen(term: Term, *, submissions: int, every: int) -> Iterator[int]:
    """Let the term happen; stop after each evaluation, and tell how much is submitted."""
    begins, last = term.host.now(), 7 * len(RULES) + 2
    moments = sorted(term.dice.uniform(0, last) for _ in range(submissions))
    for number, moment in enumerate(moments, start=1):
        term.host.wait_until(begins + moment * DAY)
        slug = term.dice.choice(list(RULES))
        author = STRANGER if term.dice.random() < 0.01 else term.dice.choice(term.students)
        term.submit(slug, author)
        if term.dice.random() < 0.03:
            until = term.closes[slug] + term.dice.uniform(0.2, 3) * DAY
            who = term.dice.choice([author, term.entrant(author)])
            if author != STRANGER and not term.is_revealed(slug):
                term.grant(slug, who, until)
        if number % every == 0 or number == submissions:
            term.evaluate()
            choices = {}
            for author in term.dice.sample(term.students, 2):
                choices |= term.choose(slug, author)
            term.judge(slug)
            if choices:
                term.count(choices)
            yield number
