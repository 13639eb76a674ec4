"""A submission: one participant's model and predictions."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

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

Scalar = bool | int | float | Annotated[str, StringConstraints(max_length=200)] | None
PREDICTION_FILES = ("predictions.csv", "predictions.parquet", "predictions.npy")
MODEL_FILE = "model.onnx"
MANIFEST_FILE = "submission.yml"
EXTRA_FILES = ("preprocessor.py", "code.ipynb")
RESERVED_KEYS = frozenset(
    [
        "rank",
        "version",
        "username",
        "timestamp",
        "proposal",
        "head",
        "board",
        "marks",
        "accuracy",
        "f1_score",
        "precision",
        "recall",
        "balanced_accuracy",
        "matthews_corrcoef",
        "log_loss",
        "roc_auc",
        "mse",
        "rmse",
        "mae",
        "r2",
        "median_absolute_error",
        "mape",
        "ml_framework",
        "model_type",
        "transfer_learning",
        "deep_learning",
        "depth",
        "num_params",
        "optimizer",
        "loss",
        "epochs",
        "memory_size",
        "model_config",
        "reproduced",
        "latency_ms_per_1000",
        "peak_memory_bytes",
        "description",
        "tags",
        "based_on",
        "metadata",
        "submission",
    ]
)
"""Names that a participant's own metadata may not take: they are columns of the board."""


def _check_key(key: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", key):
        raise ValueError("a key is 1 to 40 letters, digits and underscores, a letter first")
    return key


MetadataKey = Annotated[str, AfterValidator(_check_key)]
"""The name of a participant's own column."""


class SubmittedFile(Record):
    """A file of a submission, with the digest that a score is about."""

    path: ShortText
    sha256: Sha256
    bytes: int = Field(ge=0)


class Claims(Record):
    """What the participant says about the model. Nobody has checked it."""

    ml_framework: ShortText | None = None
    model_type: ShortText | None = None
    transfer_learning: bool | None = None
    deep_learning: bool | None = None
    depth: int | None = Field(default=None, ge=0)
    optimizer: ShortText | None = None
    loss: ShortText | None = None
    epochs: int | None = Field(default=None, ge=0)

    parameters: dict[ShortText, Scalar] = Field(default={}, max_length=2000)
    """Hyper-parameters by name, `step__parameter` in a pipeline."""

    libraries: dict[ShortText, ShortText] = Field(default={}, max_length=50)
    """Versions of what trained it."""

    metadata: dict[MetadataKey, Scalar] = Field(default={}, max_length=20)
    """Whatever else the participant wants on the board."""

    @field_validator("metadata")
    @classmethod
    def _takes_no_column(cls, metadata: dict[str, Any]) -> dict[str, Any]:
        taken = sorted(RESERVED_KEYS & set(metadata))
        if taken:
            raise ValueError(f"{', '.join(taken)}: the board's own column, choose another name")
        return metadata


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
    files: tuple[SubmittedFile, ...] = ()
    """Files that are kept and never executed by the evaluator."""

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
        if self.model is None and self.predictions is None:
            problems.append("neither a model nor predictions")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def contents(self) -> tuple[SubmittedFile, ...]:
        """Every file beside the manifest."""
        return tuple(f for f in (self.model, self.predictions, *self.files) if f)
