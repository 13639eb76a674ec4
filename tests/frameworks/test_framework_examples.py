"""What the docstrings of the frameworks' modules show is what happens."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["sentences", "torch.tables"])
def test_the_examples_of_a_module_are_true(name: str) -> None:
    results = doctest.testmod(importlib.import_module(f"aims_gh.frameworks.{name}"))

    assert results.attempted > 0
    assert results.failed == 0
