"""A term in small: the final boards are those that pandas makes of what was done."""

from __future__ import annotations

from pathlib import Path

import term


def test_a_term_ends_as_it_is_worked_out_from_what_people_did(tmp_path: Path) -> None:
    course = term.start(tmp_path / "course", students=12, seed=3)

    for _ in term.run(course, submissions=48):
        pass  # every invariant is held on the way
    boards = term.finish(course)

    for slug, (rows, expected) in boards.items():
        assert rows["version"].tolist() == expected["version"].tolist(), slug
        assert rows["rank"].tolist() == expected["rank"].tolist(), slug
    kinds = {handed.outcome.outcome for handed in course.handed if handed.outcome}
    assert kinds == {"scored", "refused"}
    assert course.out and course.extended and course.chosen
