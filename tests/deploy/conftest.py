"""Models of every kind, and apps of them: each made and started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from app_cases import Apps, Case, case
from predict_playgrounds import EVERY

from aims_gh.host.local import LocalHost


@pytest.fixture(scope="session")
def cases() -> dict[str, Case]:
    return {one.slug: case(one) for one in (make() for make in EVERY)}


@pytest.fixture(scope="module")  # a server costs a little even when nobody asks: see them ended
def apps(cases: dict[str, Case]) -> Iterator[Apps]:
    """One server for each kind of input, and one of hostile names."""
    with LocalHost() as host:
        yield Apps(cases, host)
