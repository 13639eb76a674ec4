"""The order in which files of tests begin, each with the next free worker.

What takes minutes begins first and what takes moments comes last, so that no core waits at the end
for a file that another began late.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
DEAREST = (
    "e2e/test_github_pages.py",
    "walk/test_every_way.py",
    "docs/test_notebook.py",
    "e2e/test_course_walk.py",
    "e2e/test_real_model.py",
    "frameworks/test_networks_convert.py",
    "frameworks/test_network_walks.py",
    "docs/test_examples.py",
    "e2e/test_stumbling_github.py",
    "e2e/test_deadline_rush.py",
    "e2e/test_killed_jobs.py",
    "site/test_every_page.py",
    "site/test_predict.py",
    "walk/test_own_metrics.py",
    "walk/test_crash.py",
)
CHEAPEST = ("core", "domain")
"""Folders whose tests ask for nothing but numpy."""


def place(item: pytest.Item) -> int:
    """Say where a test's file stands; those with the same number stay as they were found."""
    file = item.path.relative_to(HERE)
    if file.as_posix() in DEAREST:
        return DEAREST.index(file.as_posix())
    return len(DEAREST) + (file.parts[0] in CHEAPEST)
