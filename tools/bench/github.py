"""A rush of proposals, and one workflow under `act`: on a GitHub on loopback, as the tests use it.

Nothing waits here for GitHub: no rate limit is on, nothing is far away. What is compared is the
work, and how often GitHub is asked.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]

from e2e_clients import COURSE, dispatch  # noqa: E402
from e2e_course import ANIMALS, csv_of  # noqa: E402
from e2e_owner import set_up  # noqa: E402
from github_forges import forge_of  # noqa: E402
from loopback.actions import Actions  # noqa: E402
from loopback.github import GitHub, Request  # noqa: E402

from aims_gh import settings  # noqa: E402
from aims_gh.flows.evaluate import run_open, score_and_record  # noqa: E402
from aims_gh.flows.handover import open_folders, seal_folders  # noqa: E402
from aims_gh.flows.hosted_course import Plan  # noqa: E402
from aims_gh.flows.owner_data import Source  # noqa: E402
from aims_gh.flows.playground import Draft, create_playground  # noqa: E402
from aims_gh.flows.submit import Parts, pack  # noqa: E402
from aims_gh.workspace import submission_folder  # noqa: E402
from tools.bench.measure import Row  # noqa: E402

PROPOSALS = 300
ALONE = 30
"""Proposals that are evaluated one by one, before and after the rush; 300 would take minutes."""

ROUNDS = 3
JOBS = {
    "run": {"contents": "read", "pull-requests": "read"},
    "score": {"contents": "write", "pull-requests": "write"},
}


@dataclass(frozen=True, slots=True)
class Spent:
    """What an evaluation took, in seconds, and how often it asked the API."""

    run: float
    score: float
    record: float
    requests: int
    install: float = 0.0
    whole: float = 0.0

    @property
    def seconds(self) -> float:
        return self.run + self.score + self.record


def rush(folder: Path) -> Iterator[Row]:
    """Many proposals at once, drained together, beside the same steps once for each."""
    with _course(folder / "together") as together, _course(folder / "apart") as apart:
        alone = list(_one_by_one(apart, range(ALONE // 2)))
        _propose(together, range(PROPOSALS))
        drain = _evaluate(together)
        alone += _one_by_one(apart, range(ALONE // 2, ALONE))
    what, other = f"rush of {PROPOSALS} proposals", f"a workflow each (measured: {ALONE})"
    mine, theirs = PROPOSALS / drain.seconds, ALONE / sum(one.seconds for one in alone)
    yield Row(what, "one drain", mine, other, theirs, unit="/s")
    mine, theirs = drain.requests / PROPOSALS, sum(one.requests for one in alone) / ALONE
    yield Row(f"{what}, API requests each", "one drain", mine, other, theirs, unit="")


def workflow(folder: Path) -> Iterator[Row]:
    """One proposal's `evaluate` under act, part by part, beside the same work in this process."""
    with _course(folder / "act") as github, closing(Actions(github)) as actions:
        pairs, pip = [], 0.0
        for number in range(ROUNDS + 1):
            _propose(github, [2 * number])
            under_act = _under_act(github, actions)
            _propose(github, [2 * number + 1])
            pairs.append((under_act, _evaluate(github)))
            pip = _with_pip(folder / f"pip-{number}") if number < 2 else pip
    pairs = pairs[1:]  # the first round fills caches

    def middle(part: str) -> tuple[float, float]:
        first, second = zip(*((getattr(a, part), getattr(b, part)) for a, b in pairs), strict=True)
        return median(first), median(second)

    what, ours, bare = "evaluate, one proposal", "under act", "in this process"
    yield Row(f"{what}: all", ours, middle("whole")[0], bare, middle("seconds")[1])
    yield Row(f"{what}: install, each job", ours, middle("install")[0] / 2, "pip", pip)
    for part in ("run", "score", "record"):
        yield Row(f"{what}: {part}", ours, middle(part)[0], bare, middle(part)[1])


@contextmanager
def _course(folder: Path) -> Iterator[GitHub]:
    with GitHub(folder / "github") as github:
        github.limits.primary = github.limits.secondary = False
        set_up(github, "owner", COURSE, Plan("Bench"))
        _create_playground(github)
        yield github
        assert github.violations == []
        assert {p.state for p in github.repository(COURSE).pulls.values()} == {"closed"}


def _create_playground(github: GitHub) -> None:
    rules = {"title": "Animals", "task_type": "classification", "input_type": "tabular"}
    draft = Draft(rules=rules, labels=Source("y.csv", csv_of("animal", ANIMALS)))
    owner = forge_of(github, github.user("owner").token, course=COURSE)
    create_playground(owner, "animals", draft, seed=3, templates=settings.templates())


def _propose(github: GitHub, numbers: Iterable[int]) -> None:
    for number in numbers:
        login = f"person-{number}"
        values = [*ANIMALS[number % 40 :], *ANIMALS[: number % 40]]
        packed = pack("animals", Parts(None, csv_of("animal", values)), now=settings.clock())
        place = submission_folder("animals", login, packed.submission.id)
        files = {f"{place}/{name}": content for name, content in packed.contents.items()}
        github.propose(login, COURSE, files, branch=packed.submission.id)


def _one_by_one(github: GitHub, numbers: Iterable[int]) -> Iterator[Spent]:
    for number in numbers:
        _propose(github, [number])
        yield _evaluate(github)


def _evaluate(github: GitHub) -> Spent:
    """Do what the two jobs do, each with a forge and a token of its own."""
    first = len(github.requests)
    with tempfile.TemporaryDirectory(prefix="aims-bench-") as name:
        sealed = Path(name) / "sealed"
        started = time.perf_counter()
        _run(github, sealed)
        ran = time.perf_counter()
        _score(github, sealed)
        ended = time.perf_counter()
    asked = github.requests[first:]
    record = _record_seconds(asked)
    return Spent(ran - started, ended - ran - record, record, sum(r.kind == "api" for r in asked))


def _run(github: GitHub, sealed: Path) -> None:
    forge = forge_of(github, github.job_token(COURSE, JOBS["run"]), course=COURSE, git=True)
    sandbox, find_key = settings.sandbox(), settings.keys().find
    go_on = lambda: True  # noqa: E731
    run_open(forge, sealed, sandbox=sandbox, find_key=find_key, may_go_on=go_on)
    seal_folders(forge, sealed)


def _score(github: GitHub, sealed: Path) -> None:
    forge = forge_of(github, github.job_token(COURSE, JOBS["score"]), course=COURSE, git=True)
    sandbox, find_key, clock = settings.sandbox(), settings.keys().find, settings.clock
    open_folders(forge, sealed, find_key=find_key)
    done = score_and_record(forge, sealed, sandbox=sandbox, find_key=find_key, clock=clock)
    assert {outcome.outcome for outcome in done} == {"scored"}


def _record_seconds(asked: list[Request]) -> float:
    """Tell how long pushing and answering took: from the look at the ledger before the push."""
    pushed = next(n for n, r in enumerate(asked) if "receive-pack" in r.operation)
    answered = [r for r in asked if r.operation.startswith("issues/")]
    return (answered[-1].when - asked[pushed - 1].when).total_seconds()


def _under_act(github: GitHub, actions: Actions) -> Spent:
    actions.queue.clear()
    dispatch(github, "evaluate.yml")
    first = len(github.requests)
    run = actions.step()
    assert run is not None
    assert run.conclusion == "success", run.log
    asked = github.requests[first:]
    took = {name: seconds for job in run.jobs.values() for name, seconds in job.seconds.items()}
    record = _record_seconds(asked)
    return Spent(
        run=took["run-composite-step"],
        score=took["score-composite-step"] - record,
        record=record,
        requests=sum(r.kind == "api" for r in asked),
        install=took["run-composite-0"] + took["score-composite-0"],
        whole=run.seconds,
    )


def _with_pip(folder: Path) -> float:
    """Install what a job installs, as most workflows do it."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    listed = ["--requirement", ROOT / "requirements" / "evaluate.txt"]
    subprocess.run(
        [folder / "bin" / "python", *install, *listed], check=True, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - started
