"""An architecture: what is needed to build a model again, untrained."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from aims_gh.domain.names import ShortText
from aims_gh.domain.record import Record

Library = Literal["sklearn", "xgboost", "lightgbm", "catboost", "keras", "pytorch"]

MAX_ARCHITECTURE_BYTES = 4_000_000


class Architecture(Record):
    """The file `architecture.json` of a submission: names of classes and plain values."""

    schema_version: Literal[1] = 1

    library: Library
    """Whose classes these are."""

    versions: dict[ShortText, ShortText] = Field(default={}, max_length=20)
    """Of the libraries it was written with."""

    built: dict[str, Any]
    """The classes and their arguments, in the library's own form. Only classes on a list of ours
    are ever built from it."""
