"""What is said about files of tests is about files that are there."""

from __future__ import annotations

from order import CHEAPEST, DEAREST, HERE


def test_files_and_folders_with_a_place_of_their_own_are_there() -> None:
    missing = [name for name in (*DEAREST, *CHEAPEST) if not (HERE / name).exists()]

    assert missing == []
