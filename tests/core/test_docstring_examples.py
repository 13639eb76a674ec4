"""What the docstrings of core and domain show is what happens."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import aims_gh.core
import aims_gh.domain

MODULES = sorted(
    f"{package.__name__}.{module.name}"
    for package in (aims_gh.core, aims_gh.domain)
    for module in pkgutil.iter_modules(package.__path__)
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))

    assert results.failed == 0


def test_there_are_examples_to_check() -> None:
    attempted = [doctest.testmod(importlib.import_module(name)).attempted for name in MODULES]

    assert sum(attempted) >= 8
