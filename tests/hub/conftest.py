"""A Hub for each test, and Ada's way to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from aims_gh.host.huggingface import HuggingFaceHost

from .apps import PLAYGROUND, host_of
from .hub import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as served:
        yield served
    assert served.broken == []


@pytest.fixture
def ada(hub: Hub) -> Callable[..., HuggingFaceHost]:
    """Give Hugging Face as Ada has it, who pays for a plan."""
    hub.account("ada", plan="pro")
    token = hub.token("ada")
    return lambda space="ada", **more: host_of(
        hub, space, **{"token": token, "address": PLAYGROUND, **more}
    )
