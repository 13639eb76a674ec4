"""The end of a competition: the reveal, and scoring everything again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import numpy as np

from aims_gh import settings
from aims_gh.core.seal import open_sealed
from aims_gh.domain.address import Address
from aims_gh.flows.course import new_course
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.rescore import rescore
from aims_gh.flows.reveal import reveal
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.forge import LEDGER, Change
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Tree, Workspace, evaluation_file
from tools.bench.measure import Row

SUBMISSIONS, RUN_AGAIN, ROWS = 2_000, 100, 1_000
CLOSES = datetime(2030, 1, 1, tzinfo=UTC)


def competitions(folder: Path) -> Iterator[Row]:
    """Reveal two thousand submissions beside opening what they sealed; score some again."""
    forge = _course(folder / "contest")
    address = Address(forge.name, "birds")
    yield _again(forge, address)
    _multiply(forge)
    yield _reveal(forge, address)


def _course(path: Path) -> LocalForge:
    moment = [datetime(2029, 12, 1, tzinfo=UTC)]
    forge = new_course(
        path,
        title="Contest",
        description="",
        owners=("teacher",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=lambda: moment[0],
    )
    forge = LocalForge.open(path, clock=lambda: moment[0])
    random = np.random.default_rng(1)
    truth = random.choice(["jay", "owl"], ROWS)
    rules = {
        "title": "Birds",
        "task_type": "classification",
        "input_type": "tabular",
        "competition": {"closes": CLOSES},
    }
    draft = Draft(rules=rules, labels=Source("y.csv", _csv(truth)))
    create_playground(forge, "birds", draft, seed=1, templates=settings.templates())
    for number in range(RUN_AGAIN):
        moment[0] += timedelta(minutes=1)
        said = np.where(random.random(ROWS) < 0.7, truth, "jay")
        packed = pack("birds", Parts(None, _csv(said)), now=moment[0])
        submit(forge, Address(forge.name, "birds"), packed, author=f"student{number}")
    list(
        evaluate(
            forge,
            sandbox=settings.sandbox(),
            find_key=settings.keys().find,
            clock=lambda: moment[0],
        )
    )
    return forge


def _csv(values: np.ndarray) -> bytes:
    return "\n".join(["prediction", *values.tolist(), ""]).encode()


def _again(forge: LocalForge, address: Address) -> Row:
    """Score again beside starting as many processes, which a sandbox cannot do without."""

    def once() -> float:
        start = time.perf_counter()
        rescore(
            forge,
            address,
            only=None,
            shards=2,
            sandbox=settings.sandbox,
            find_key=settings.keys().find,
            clock=lambda: CLOSES,
        )
        return (time.perf_counter() - start) / RUN_AGAIN

    def floor() -> float:
        start = time.perf_counter()
        for _ in range(10):
            subprocess.run([sys.executable, "-c", "import numpy"], check=True)
        return (time.perf_counter() - start) / 10

    mine, other = [], []
    for _ in range(3):
        mine.append(once())
        other.append(floor())
    return Row(
        f"score {RUN_AGAIN} submissions again", "2 shards, each", median(mine),
        "a process that loads NumPy", median(other),
    )  # fmt: skip


def _multiply(forge: LocalForge) -> None:
    """Write the same evaluations again under other numbers, until there are two thousand."""

    def edit(tree: Tree) -> Change:
        found = Workspace(tree).evaluations("birds")
        files: dict[str, bytes | None] = {}
        for version in range(len(found) + 1, SUBMISSIONS + 1):
            copy = found[version % len(found)].model_copy(
                update={"version": version, "username": f"student{version % 500}"}
            )
            files[evaluation_file("birds", version)] = copy.to_json()
        return Change("Multiply", files)

    forge.record(edit, branch=LEDGER)


def _reveal(forge: LocalForge, address: Address) -> Row:
    """Reveal beside opening what is sealed, one after the other."""
    with forge.tree() as main, forge.tree(LEDGER) as ledger:
        key = settings.keys().find(Workspace(main).course().keys.score)
        assert key is not None
        sealed = [(e.private or "").encode() for e in Workspace(ledger).evaluations("birds")]
    start = time.perf_counter()
    for content in sealed:
        open_sealed(content, [key], name="scores")
    floor = time.perf_counter() - start
    start = time.perf_counter()
    after = CLOSES + timedelta(days=1)
    reveal(forge, address, find_key=settings.keys().find, by="teacher", now=after)
    whole = time.perf_counter() - start
    return Row(
        f"reveal {SUBMISSIONS:,} submissions", "with final board", whole,
        "opening what is sealed", floor,
    )  # fmt: skip
