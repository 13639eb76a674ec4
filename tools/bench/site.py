"""The website: how long a build takes, what a page weighs, how fast it answers in Chromium."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "site")]

from site_builders import evaluation, playground  # noqa: E402

from aims_gh import settings  # noqa: E402
from aims_gh.core.rank import leaderboard  # noqa: E402
from aims_gh.flows.course import new_course  # noqa: E402
from aims_gh.flows.owner_data import Source  # noqa: E402
from aims_gh.flows.playground import Draft, create_playground  # noqa: E402
from aims_gh.forge import Change  # noqa: E402
from aims_gh.forge.local import LocalForge  # noqa: E402
from tools.bench.measure import Row  # noqa: E402

SIZES = (10, 1_000, 100_000)
PLAYGROUNDS = 20

_BUILD = """
import re, sys, time
from pathlib import Path
from aims_gh import settings
from aims_gh.flows.site import build_site
forge = settings.forge(sys.argv[1])
tools = settings.site_tools(sys.argv[1])
started = time.perf_counter()
build_site(forge, sys.argv[1], Path(sys.argv[2]), tools, strict=True)
took = time.perf_counter() - started
# Not ru_maxrss, which on Linux begins with the size of the process that started this one.
print(took, int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024)
"""


def course_of(folder: Path, evaluations: int, playgrounds: int) -> LocalForge:
    """Make a course whose ledger holds so many evaluations, spread over its playgrounds."""
    forge = new_course(
        folder,
        title="Bench",
        description="",
        owners=("owner",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=settings.clock,
    )
    rules: dict[str, Any] = {
        "title": "Task",
        "task_type": "classification",
        "input_type": "tabular",
        "labels": ["malignant", "benign"],
    }
    labels = Source("y.csv", b"y\n" + b"malignant\nbenign\n" * 40)
    each = evaluations // playgrounds
    task = playground()
    files: dict[str, bytes] = {}
    for number in range(playgrounds):
        slug = f"task-{number}"
        draft = Draft(rules=rules, labels=labels)
        create_playground(forge, slug, draft, seed=1, templates=settings.templates())
        made = [evaluation(version, task) for version in range(1, each + 1)]
        for one in made:
            files[f"{slug}/evaluations/{one.version}.json"] = one.to_json()
        files[f"{slug}/leaderboard.json"] = leaderboard(slug, task, made).to_json()
    forge.record(lambda _: Change("Bench", files))
    return forge


def built(course: Path, out: Path) -> tuple[float, float]:
    """Build a site in a process of its own: seconds, and the most bytes it had in memory."""
    command = [sys.executable, "-c", _BUILD, str(course), str(out)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    seconds, memory = said.split()
    return float(seconds), float(memory)


def growth(folder: Path) -> Iterator[Row]:
    """A build against the number of evaluations, and against the number of playgrounds."""
    many = [(n, PLAYGROUNDS) for n in SIZES] + [(PLAYGROUNDS * 10, n) for n in (1, 5)]
    took: dict[tuple[int, int], tuple[float, float]] = {}
    for evaluations, playgrounds in many:
        course = folder / f"course-{evaluations}-{playgrounds}"
        course_of(course, evaluations, playgrounds)
        took[evaluations, playgrounds] = built(course, folder / "site")
    seconds, memory = took[SIZES[0], PLAYGROUNDS]
    for size in SIZES[1:]:
        mine, peak = took[size, PLAYGROUNDS]
        what = f"site of {size:,} evaluations"
        yield Row(f"{what}, {PLAYGROUNDS} playgrounds", "aims site build", mine, "of 10", seconds)
        yield Row(f"{what}, peak memory", "aims site build", peak, "of 10", memory, unit="kB")
    least, _ = took[PLAYGROUNDS * 10, 1]
    most, _ = took[PLAYGROUNDS * 10, 5]
    yield Row("site of 5 playgrounds, 200 evaluations", "aims site build", most, "of 1", least)
