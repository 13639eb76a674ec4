"""A term in small on GitHub, where everybody acts as themselves and jobs evaluate."""

from __future__ import annotations

from pathlib import Path

from e2e_clients import COURSE
from loopback.github import GitHub
from term.ending import play
from term.github_host import GitHubHost


def test_a_term_on_github_ends_as_it_is_worked_out_from_what_people_did(
    github: GitHub, tmp_path: Path
) -> None:
    host = GitHubHost(github, tmp_path / "jobs")

    played = play(host, students=12, submissions=36, every=9, seed=3)

    assert played.agrees, played.endings
    term = played.term
    kinds = {handed.outcome.outcome for handed in term.handed if handed.outcome}
    assert kinds == {"scored", "refused"}
    assert term.out and term.extended and term.chosen
    pulls = github.repository(COURSE).pulls.values()
    assert {tuple(pull.labels) for pull in pulls} == {("scored",), ("refused",), ("chosen",)}
    assert {pull.state for pull in pulls} == {"closed"}
    spent = host.spent()
    assert spent.writes <= 2 * len(pulls)
