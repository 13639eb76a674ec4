"""The reveal: what was sealed until a competition was over."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.claims import Claims
from aims_gh.domain.model_facts import Cost, ModelFacts, Reproduction
from aims_gh.domain.names import Instant, Login, Sha256, ShortText, Slug, Text, Version
from aims_gh.domain.record import Record

Interval = tuple[float, float]


class Contents(Record):
    """What was in a sealed submission, as far as a board shows it."""

    model: Sha256 | None = None
    """Digest of the model's file."""

    predictions: Sha256 | None = None
    """Digest of the predictions' file."""

    facts: ModelFacts | None = None
    cost: Cost | None = None
    reproduction: Reproduction | None = None
    claims: Claims = Claims()
    description: Text = ""
    tags: tuple[ShortText, ...] = ()
    based_on: Version | None = None


class PrivateScores(Record):
    """What is sealed until the reveal."""

    private: dict[str, float]
    """Scores on the private part."""

    whole: dict[str, float]
    """Scores on all rows."""

    public: dict[str, float] = Field(default={})
    """Exact scores on the public part, where others are shown."""

    failures: dict[str, ShortText] = Field(default={})
    """Metrics of the owner's own that could not be computed on one of them, and why."""

    intervals: dict[str, Interval] = Field(default={})
    """95 % confidence intervals of the scores on the private part."""

    replicates: str = ""
    """The ranking metric on resamples of the private part, the same ones for every submission:
    float32, base64."""

    ladder: str = ""
    """The losses of the entrant's best submission so far, row by row, base64; left out where it
    is an earlier one's."""

    ladder_metric: ShortText = ""
    """The metric that these are losses of."""

    contents: Contents | None = None
    """Of a sealed submission."""


class Opened(Record):
    """One version, opened."""

    private: dict[str, float]
    """Scores on the private part."""

    whole: dict[str, float]
    """Scores on all rows."""

    public: dict[str, float]
    """Exact scores on the public part."""

    failures: dict[str, ShortText] = Field(default={})
    """Metrics of the owner's own that could not be computed on one of them, and why."""

    intervals: dict[str, Interval] = Field(default={})
    """95 % confidence intervals of the scores on the private part."""

    group: int | None = Field(default=None, ge=1)
    """Those of a group cannot be told apart by the private part; 1 is the best."""

    contents: Contents | None = None
    """Of a sealed submission."""


class Reveal(Record):
    """The file `<slug>/reveal.json` on the ledger."""

    schema_version: Literal[1] = 1
    playground: Slug
    at: Instant
    by: Login

    envelope: str | None = None
    """The secret key that opens sealed submissions, for everybody to learn from them."""

    versions: dict[Version, Opened]
    """What was sealed, by version."""
