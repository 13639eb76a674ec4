"""A term in small: boards and grades are those that pandas makes of what was done."""

from __future__ import annotations

from pathlib import Path

from term.ending import play
from term.hosts import LocalHost


def test_a_term_ends_as_it_is_worked_out_from_what_people_did(tmp_path: Path) -> None:
    host = LocalHost(tmp_path / "course")

    played = play(host, students=12, alone=4, submissions=48, every=8, seed=3)

    assert played.agrees, played.endings
    term = played.term
    kinds = {handed.outcome.outcome for handed in term.handed if handed.outcome}
    assert kinds == {"scored", "refused"}
    assert term.out and term.extended and term.chosen
    assert any(handed.at > term.deadline(handed) for handed in term.handed)
