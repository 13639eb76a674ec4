"""A course with two small playgrounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from walk_classroom import Classroom, csv_of

from aims_gh import settings
from aims_gh.flows.course import new_course
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground


@pytest.fixture
def classroom(tmp_path: Path) -> Classroom:
    """A classification playground `animals` and a regression playground `prices`."""
    path = tmp_path / "course"
    forge = new_course(
        path,
        title="Class of tests",
        description="",
        owners=("teacher",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=settings.clock,
    )
    random = np.random.default_rng(7)
    animals = random.choice(["cat", "dog", "emu"], size=40).tolist()
    prices = [f"{p:.9f}" for p in random.normal(73519.1, 900, size=40)]
    for slug, task, labels, fraction in (
        ("animals", "classification", animals, 0.5),
        ("prices", "regression", prices, 0.4),
    ):
        rules = {
            "title": slug.capitalize(),
            "task_type": task,
            "input_type": "tabular",
            "competition": {"private_fraction": fraction},
        }
        draft = Draft(rules=rules, labels=Source("y.csv", csv_of("y", labels)))
        create_playground(forge, slug, draft, seed=3, templates=settings.templates())
    return Classroom(path, {"animals": animals, "prices": [float(p) for p in prices]})


@pytest.fixture
def guesses() -> Callable[[int], list[str]]:
    """Different predictions for each number."""
    return lambda seed: np.random.default_rng(seed).choice(["cat", "dog", "emu"], 40).tolist()
