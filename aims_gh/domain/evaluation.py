"""An evaluation: the fact that this exact submission scored so much."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.claims import Claims
from aims_gh.domain.model_facts import Cost, ModelFacts, Reproduction
from aims_gh.domain.names import (
    CommitId,
    Instant,
    Login,
    Sha256,
    ShortText,
    Slug,
    SubmissionId,
    Text,
    Version,
)
from aims_gh.domain.record import Record
from aims_gh.domain.summary import Summary

Mark = Literal["late", "baseline"]


class Digests(Record):
    """The exact bytes that a score is about."""

    model: Sha256 | None = None
    predictions: Sha256 | None = None
    """Of the submitted file."""

    scored: Sha256 | None = None
    """Of the predictions as they were scored. Null where features are hidden: a model can copy
    them into its predictions, and a digest lets one guess."""

    labels: Sha256
    """Of the sealed labels file."""

    playground: Sha256
    """Of `playground.yml`, which holds metrics and rules."""

    metrics: Sha256 | None = None
    """Of `metrics.py`; null where no metric is the owner's own."""


class PrivateScores(Record):
    """What is sealed until the reveal."""

    private: dict[str, float]
    """Scores on the private part."""

    whole: dict[str, float]
    """Scores on all rows."""

    failures: dict[str, ShortText] = Field(default={})
    """Metrics of the owner's own that could not be computed on one of them, and why."""


class Evaluation(Record):
    """The file `<slug>/evaluations/<version>.json` on the ledger, written once."""

    schema_version: Literal[1] = 1
    version: Version
    playground: Slug
    username: Login
    board: Literal["experiment", "competition", "all"]

    timestamp: Instant
    """When the submission reached the forge, by the forge's clock."""

    evaluated: Instant
    evaluator: ShortText
    """Program and version that scored it."""

    proposal: int = Field(ge=1)
    head: CommitId
    submission: SubmissionId
    digests: Digests

    scores: dict[str, float]
    """On the public part, or on all rows where nothing is private."""

    failures: dict[str, ShortText] = Field(default={})
    """Metrics of the owner's own that could not be computed there, and why. No number, no quotation
    and no label of the playground is in it."""

    rows: int = Field(ge=1)
    """How many rows `scores` covers."""

    summary: Summary | None = None
    """How the predictions are wrong, in sums over the same rows; null where they would tell more
    than the scores."""

    private: str | None = None
    """`PrivateScores`, sealed (age, ASCII armour)."""

    reproduction: Reproduction | None = None
    """Null where there is no model, no predictions, or nothing to run it on."""

    facts: ModelFacts | None = None
    cost: Cost | None = None
    claims: Claims = Claims()
    description: Text = ""
    tags: tuple[ShortText, ...] = ()
    based_on: Version | None = None
    marks: tuple[Mark, ...] = ()
