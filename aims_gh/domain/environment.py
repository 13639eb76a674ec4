"""An environment: what has to be the same for a result to come out the same."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.names import ShortText
from aims_gh.domain.record import Record


class Environment(Record):
    """The file `reproducibility.json`: data alone, nothing of it is ever executed."""

    schema_version: Literal[1] = 1

    seed: int = Field(ge=0, lt=2**32)
    """What random numbers start from, in Python, NumPy, PyTorch and TensorFlow."""

    deterministic: bool = False
    """Whether operations that give a slightly different result each time are to be avoided."""

    python: ShortText
    """The version of Python."""

    platform: ShortText
    """System and processor."""

    packages: dict[ShortText, ShortText] = Field(default={}, max_length=2000)
    """The version of each installed package."""
