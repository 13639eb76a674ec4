"""No label, key or private score in any file of the repository, site, log or comment."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from walk_classroom import Classroom, aims

from aims_gh import settings
from aims_gh.core.seal import open_sealed
from aims_gh.domain.reveal import PrivateScores
from aims_gh.workspace import Workspace


def everything_in(classroom: Classroom, *folders: Path) -> Iterator[tuple[str, bytes]]:
    """Give every git object ever written, reachable or not, and every file."""
    written = io.BytesIO(classroom.git("cat-file", "--batch-all-objects", "--batch"))
    while line := written.readline():
        name, _, size = line.decode().split()
        yield f"object {name}", written.read(int(size))
        written.read(1)  # a line feed follows each
    for folder in (classroom.path, *folders):
        for path in folder.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()


def sealed_scores(classroom: Classroom, slug: str) -> list[float]:
    with classroom.forge.tree() as main, classroom.forge.tree("ledger") as ledger:
        key = settings.keys().find(Workspace(main).course().keys.score)
        evaluations = Workspace(ledger).evaluations(slug)
    assert key is not None
    found: list[float] = []
    for evaluation in evaluations:
        assert evaluation.private is not None
        opened = open_sealed(evaluation.private.encode(), [key], name="scores")
        scores = PrivateScores.from_json(opened)
        found += [*scores.private.values(), *scores.whole.values()]
    return found


@pytest.fixture
def spoken(classroom: Classroom, tmp_path: Path) -> bytes:
    """Everything that commands say during a walk with good, bad and late submissions."""
    truth = np.array(classroom.truth["prices"])
    noise = np.random.default_rng(1).normal(0, 250, 40)
    classroom.submit("prices", "alice", np.round(truth + noise, 3))
    classroom.submit("prices", "bob", np.round(truth - 2 * noise, 3)[:-1])
    classroom.submit("prices", "carol", [*np.round(truth + 3 * noise, 3)[:-1], "nan"])
    address = f"{classroom.path}/prices"
    site = tmp_path / "site"
    runs = [
        aims("--verbose", "evaluate", classroom.path),
        aims("leaderboard", address, "--json"),
        aims("leaderboard", address, "--board", "competition", "--csv"),
        aims("show", address, 1),
        aims("show", address, 1, "--json"),
        aims("keys"),
        aims("course", "show", classroom.path),
        aims("site", "build", classroom.path, "-o", site),
        aims("show", address, 99, check=False),
    ]
    return "".join(run.stdout + run.stderr for run in runs).encode()


def test_nothing_held_out_can_be_found_anywhere(
    classroom: Classroom, spoken: bytes, tmp_path: Path
) -> None:
    labels = [f"{value:.9f}".encode() for value in classroom.truth["prices"]]
    scores = [repr(score).encode() for score in sealed_scores(classroom, "prices")]
    keys = [
        line.encode()
        for file in settings.keyring().files()
        for line in file.path.read_text().splitlines()
        if line.startswith("AGE-SECRET-KEY-1")
    ]
    assert len(keys) == 3
    assert len(scores) == 8
    places = {"commands": spoken, **dict(everything_in(classroom, tmp_path / "site"))}

    found = [
        (place, what)
        for place, content in places.items()
        for what, secrets in (("label", labels), ("score", scores), ("key", keys))
        if any(secret in content for secret in secrets)
    ]

    assert found == []
    assert len(places) > 40
    public = repr(classroom.board("prices").columns["rmse"][0]).encode()
    holding = [place for place, content in places.items() if public in content]
    assert any(place.startswith("object ") for place in holding), "the search finds what is there"
    assert any(place.startswith(str(tmp_path / "site")) for place in holding)
    assert re.search(rb"rmse", spoken)


def test_the_sealed_file_tells_nothing_but_its_length(classroom: Classroom) -> None:
    sealed = classroom.git("cat-file", "blob", "main:playgrounds/animals/holdout/labels.age")

    assert sealed.startswith(b"age-encryption.org/v1")
    assert b"cat" not in sealed.split(b"---")[0]
