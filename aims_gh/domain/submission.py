"""A submission: one participant's model and predictions."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from aims_gh.domain.claims import Claims
from aims_gh.domain.names import (
    Instant,
    Sha256,
    ShortText,
    Slug,
    SubmissionId,
    Text,
    Version,
)
from aims_gh.domain.record import Record

PREDICTION_FILES = ("predictions.csv", "predictions.parquet", "predictions.npy")
MODEL_FILE = "model.onnx"
MANIFEST_FILE = "submission.yml"
PREPROCESSOR_FILE = "preprocessor.py"
CODE_FILE = "code.ipynb"
BUNDLE_FILE = "bundle.age"
ARCHITECTURE_FILE = "architecture.json"
WEIGHTS_FILES = ("weights.skops", "weights.keras", "weights.safetensors")
EXTRA_FILES = (PREPROCESSOR_FILE, CODE_FILE, ARCHITECTURE_FILE, *WEIGHTS_FILES)


class SubmittedFile(Record):
    """A file of a submission, with the digest that a score is about."""

    path: ShortText
    sha256: Sha256
    bytes: int = Field(ge=0)


class Submission(Record):
    """The manifest `submissions/<slug>/<login>/<id>/submission.yml`."""

    schema_version: Literal[1] = 1

    id: SubmissionId
    """Unique among the participant's submissions to the playground."""

    playground: Slug
    board: Literal["experiment", "competition", "all"] = "all"

    created: Instant
    """When the participant packed it, by the participant's clock."""

    model: SubmittedFile | None = None
    predictions: SubmittedFile | None = None
    bundle: SubmittedFile | None = None
    """All the others, sealed to the competition's envelope key, with a manifest of their own."""

    files: tuple[SubmittedFile, ...] = ()
    """Files that are kept, and neither read nor executed by the evaluator."""

    preprocessed: bool = False
    """Whether the model takes what `preprocessor.py` makes of the features. The evaluator, which
    executes no Python of participants, then reads the model and does not run it."""

    baseline: bool = False
    """Whether it is what others are measured by, as owners alone may say: `aims baseline`."""

    description: Text = ""
    tags: tuple[ShortText, ...] = Field(default=(), max_length=10)
    based_on: Version | None = None
    """The version that this one builds on."""

    claims: Claims = Claims()

    @model_validator(mode="after")
    def _names_are_the_known_ones(self) -> Self:
        problems = []
        if self.model and self.model.path != MODEL_FILE:
            problems.append(f"model.path is always {MODEL_FILE}")
        if self.predictions and self.predictions.path not in PREDICTION_FILES:
            problems.append(f"predictions.path is one of {', '.join(PREDICTION_FILES)}")
        if any(file.path not in EXTRA_FILES for file in self.files):
            problems.append(f"files may only be {', '.join(EXTRA_FILES)}")
        names = [file.path for file in self.files]
        if len(set(names)) < len(names):
            problems.append("a file is listed twice")
        if sum(name in WEIGHTS_FILES for name in names) > 1:
            problems.append("only one file of weights")
        if self.bundle and self.bundle.path != BUNDLE_FILE:
            problems.append(f"bundle.path is always {BUNDLE_FILE}")
        if self.bundle and (self.model or self.predictions or names or self.claims != Claims()):
            problems.append("a sealed submission tells nothing beside its bundle")
        if not (self.model or self.predictions or self.bundle):
            problems.append("neither a model nor predictions")
        if self.preprocessed and not (self.model and PREPROCESSOR_FILE in names):
            problems.append(f"preprocessed goes with a model and {PREPROCESSOR_FILE}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def contents(self) -> tuple[SubmittedFile, ...]:
        """Every file beside the manifest."""
        return tuple(f for f in (self.model, self.predictions, self.bundle, *self.files) if f)
