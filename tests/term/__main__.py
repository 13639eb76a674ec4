"""Run a term and say how long it took: `python tests/term --help`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pytest

HERE = Path(__file__).parent.parent
sys.path[:0] = [str(HERE), str(HERE / "e2e")]

from homes import move_to  # noqa: E402
from loopback.github import GitHub  # noqa: E402

from term.ending import play  # noqa: E402
from term.github_host import GitHubHost  # noqa: E402
from term.hosts import Cost, Host, LocalHost  # noqa: E402
from term.simulation import Term  # noqa: E402


@contextmanager
def host_in(folder: Path, *, on_github: bool) -> Iterator[Host]:
    """Give a place for a course."""
    if not on_github:
        yield LocalHost(folder / "course")
        return
    with GitHub(folder / "github") as github:
        yield GitHubHost(github, folder / "jobs")
        assert github.violations == [], github.violations[:5]


@click.command()
@click.option("--github", "on_github", is_flag=True, help="On the GitHub on loopback.")
@click.option("--students", default=120, show_default=True)
@click.option("--submissions", default=2000, show_default=True)
@click.option("--every", default=50, show_default=True, help="Submissions between evaluations.")
@click.option("--total", default=24, show_default=True, help="Scored ones of a team, each place.")
@click.option("--seed", default=1, show_default=True)
def main(
    on_github: bool, students: int, submissions: int, every: int, total: int, seed: int
) -> None:
    """Run a term of full size, and hold it against what it must be."""
    began = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"{time.monotonic() - began:7.1f} s  {line}")

    def told(term: Term, number: int) -> None:
        say(f"{number} submitted, {term.host.now():%d %B}: {_told(term.costs)}")
        term.costs.clear()

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        home = Path(folder) / "home"
        home.mkdir()
        move_to(home, monkeypatch)
        with host_in(Path(folder), on_github=on_github) as host:
            sizes = {"students": students, "submissions": submissions, "every": every}
            played = play(host, **sizes, total=total, seed=seed, say=told)
            spent = host.spent()
    for slug, ending in played.endings.items():
        count = len(played.term.scored(slug))
        say(f"{slug}: {count} scored, {len(ending.board)} finalists, as worked out: "
            f"{ending.agrees}")  # fmt: skip
    say(_summary(played.term))
    say(f"for each, {spent.requests / submissions:.2f} requests of jobs, of which "
        f"{spent.writes / submissions:.2f} write")  # fmt: skip
    sys.exit(not played.agrees)


def _summary(term: Term) -> str:
    kinds = [handed.outcome.outcome for handed in term.handed if handed.outcome]
    late = sum(handed.at > term.deadline(handed) for handed in term.handed)
    return (
        f"{len(term.students)} students in {len(term.teams)} teams: {kinds.count('scored')} "
        f"scored, {kinds.count('refused')} refused, {late} late, {len(term.extended)} extensions, "
        f"{len(term.out)} disqualified, {len(term.chosen)} chosen"
    )


def _told(costs: list[Cost]) -> str:
    return ", ".join(
        f"{c.taken} in {c.seconds:.1f} s ({c.processor:.1f} s of a processor, "
        f"{c.requests} requests, {c.writes} writes)"
        for c in costs
    )


if __name__ == "__main__":
    main()
