"""What one step of an evaluation hands to the next, as files between jobs."""

from __future__ import annotations

from pydantic import Field

from aims_gh.domain.model_facts import Cost, ModelFacts, Reproduction
from aims_gh.domain.names import CommitId, Instant, Login, Sha256, ShortText, Slug, Version
from aims_gh.domain.record import Record
from aims_gh.domain.reveal import Contents, Interval
from aims_gh.domain.selection import Choice
from aims_gh.domain.submission import Submission
from aims_gh.domain.summary import Summary


class Refusal(Record):
    """Why a submission gets no score, in words for the participant."""

    message: str
    hint: str


class Intake(Record):
    """The file `intake.json`: an open proposal, checked as far as reading can."""

    proposal: int = Field(ge=1)
    author: Login
    head: CommitId
    pushed: Instant
    refusal: Refusal | None = None
    playground: Slug | None = None
    submission: Submission | None = None

    choice: Choice | None = None
    """Set where it proposes what shall count in the end, and no submission."""

    main: CommitId
    """The commit of `main` whose rules and holdout apply."""

    recorded: Version | None = None
    """Set where this very commit has an evaluation already, and only the answer is missing."""


class Run(Record):
    """The file `run.json`: what came of reading the predictions and running the model."""

    refusal: Refusal | None = None
    waiting: Refusal | None = None
    """Set where it cannot be decided now, for a reason that is not the participant's."""

    scored: Sha256 | None = None
    """Digest of the predictions that are to be scored, which lie beside this file."""

    facts: ModelFacts | None = None
    cost: Cost | None = None
    reproduction: Reproduction | None = None

    contents: Contents | None = None
    """Of a sealed submission: what is not to be told before the reveal."""


class Score(Record):
    """The file `score.json`: scores, the private ones sealed."""

    refusal: Refusal | None = None
    waiting: Refusal | None = None
    """Set where it cannot be decided now, for a reason that is not the participant's."""

    scores: dict[str, float] = Field(default={})
    failures: dict[str, ShortText] = Field(default={})
    intervals: dict[str, Interval] = Field(default={})
    """95 % confidence intervals of the scores, where these are exact."""

    rows: int = 0
    summary: Summary | None = None
    private: str | None = None
    scored: Sha256 | None = None
    labels: Sha256 | None = None
    playground: Sha256 | None = None
    metrics: Sha256 | None = None
