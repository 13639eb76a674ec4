"""A competition with a clock that tests set, and everything else real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from walk_classroom import csv_of

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.domain.leaderboard import Board
from aims_gh.flows.course import new_course
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.read import read_board
from aims_gh.flows.record import Outcome
from aims_gh.flows.select import select
from aims_gh.flows.submit import Parts, pack, sealed_up, submit
from aims_gh.forge import LEDGER, MAIN, Change
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Tree, Workspace, playground_file

SLUG = "birds"
OPENS = datetime(2026, 12, 1, 12, tzinfo=UTC)
CLOSES = datetime(2026, 12, 8, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROWS = 200


@dataclass
class Contest:
    """A course with one competition."""

    forge: LocalForge
    truth: list[str]
    private: np.ndarray
    time: list[datetime]
    numbers: dict[int, int] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.time[0]

    @property
    def address(self) -> Address:
        return Address(self.forge.name, SLUG)

    def at(self, moment: datetime) -> Contest:
        self.time[0] = moment
        return self

    def guesses(self, right_public: int, right_private: int) -> list[str]:
        """Predictions that are right on so many rows of each part."""
        said = ["owl" if label == "jay" else "jay" for label in self.truth]
        for part, right in ((~self.private, right_public), (self.private, right_private)):
            for row in np.flatnonzero(part)[:right]:
                said[row] = self.truth[row]
        return said

    def submit(
        self, author: str, right: tuple[int, int], *, sealed: bool = False, **parts: Any
    ) -> int:
        values = parts.pop("values", None) or self.guesses(*right)
        content = csv_of("prediction", values)
        model = parts.pop("model", None)
        packed = pack(SLUG, Parts(model=model, predictions=content, **parts), now=self.now)
        if sealed:
            with self.forge.tree(MAIN) as main:
                packed = sealed_up(packed, Workspace(main).playground(SLUG), author=author)
        return submit(self.forge, self.address, packed, author=author).number

    def select(self, author: str, *versions: int) -> int:
        return select(self.forge, self.address, versions, author=author, now=self.now).number

    def evaluate(self) -> list[Outcome]:
        return list(
            evaluate(
                self.forge,
                sandbox=settings.sandbox(),
                find_key=settings.keys().find,
                clock=lambda: self.now,
            )
        )

    def scored(self, author: str, right: tuple[int, int], **more: Any) -> Outcome:
        """Submit and evaluate; give what came of it."""
        number = self.submit(author, right, **more)
        (outcome,) = [o for o in self.evaluate() if o.proposal == number]
        return outcome

    def board(self, name: Any = "competition") -> Board:
        return read_board(self.forge, self.address, name).board

    def standing(self, name: Any = "competition", *columns: str) -> list[tuple[Any, ...]]:
        names = columns or ("rank", "username")
        return [tuple(row[n] for n in names) for row in self.board(name).rows()]

    def write(self, name: str, value: object) -> None:
        """Change a file of the playground, as its owner does."""
        content = yaml.safe_dump(value, sort_keys=False).encode()
        path = playground_file(SLUG, name)
        self.forge.record(lambda _: Change(f"Write {name}", {path: content}), branch=MAIN)

    def rules(self, **competition: Any) -> None:
        """Change rules of the competition."""

        def edit(tree: Tree) -> Change:
            value = yaml.safe_load(tree.read(playground_file(SLUG)) or b"")
            value["competition"] |= competition
            text = yaml.safe_dump(value, sort_keys=False).encode()
            return Change("Change the rules", {playground_file(SLUG): text})

        self.forge.record(edit, branch=MAIN)

    def comment(self, number: int) -> str:
        return self.forge.comments(number)[-1].body

    def ledger(self) -> dict[str, bytes]:
        with self.forge.tree(LEDGER) as tree:
            return {path: tree.read(path) or b"" for path in tree.paths()}


def contest(
    folder: Path,
    *,
    limits: Mapping[str, int] | None = None,
    seed: int = 3,
    labels: Sequence[str] = ("jay", "owl"),
    features: Source | None = None,
    **rules: Any,
) -> Contest:
    """Start a course with one competition, on the day it opens."""
    time = [OPENS + HOUR]
    new_course(
        folder,
        title="Birds",
        description="",
        owners=("teacher",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=lambda: time[0],
    )
    forge = LocalForge.open(folder, clock=lambda: time[0])
    random = np.random.default_rng(5)
    truth = random.choice(["jay", "owl"], size=ROWS).tolist()
    competition = {"private_fraction": 0.5, "opens": OPENS, "closes": CLOSES, **rules}
    metrics: Sequence[str] = ("accuracy", "f1_score")
    draft = Draft(
        rules={
            "title": "Birds",
            "task_type": "classification",
            "input_type": "tabular",
            "labels": list(labels),
            "metrics": metrics,
            "limits": dict(limits or {}),
            "competition": competition,
        },
        labels=Source("y.csv", csv_of("y", truth)),
        features=features,
    )
    create_playground(forge, SLUG, draft, seed=seed, templates=settings.templates())
    return Contest(forge, truth, _private(forge), time)


def _private(forge: LocalForge) -> np.ndarray:
    from aims_gh.core.holdout import truth_from_bytes
    from aims_gh.core.seal import open_sealed
    from aims_gh.workspace import labels_file

    with forge.tree(MAIN) as main:
        workspace = Workspace(main)
        key = settings.keys().find(workspace.course().keys.score)
        assert key is not None
        sealed = workspace.file(labels_file(SLUG))
    return truth_from_bytes(open_sealed(sealed, [key], name="labels")).private
