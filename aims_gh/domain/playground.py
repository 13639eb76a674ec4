"""A playground: what `playground.yml` says about one task."""

from __future__ import annotations

import itertools
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from aims_gh.domain.competition import PENALTY_NAMES, Competition
from aims_gh.domain.expression import Expression
from aims_gh.domain.metric import (
    CLASSIFICATION_METRICS,
    DEFAULT_METRICS,
    PROBABILITY_METRICS,
    REGRESSION_METRICS,
    MetricSpec,
)
from aims_gh.domain.names import (
    FileName,
    Label,
    Login,
    PublicKey,
    Sha256,
    ShortText,
    Text,
)
from aims_gh.domain.record import Record
from aims_gh.errors import CourseError

InputType = Literal["tabular", "text", "image", "audio", "video", "timeseries"]
TaskType = Literal["classification", "regression"]
BoardName = Literal["experiment", "competition", "final"]


class Input(Record):
    """One column, or one array, of what the model is given."""

    name: ShortText
    dtype: Literal["float", "int", "string", "bool"] = "float"
    shape: tuple[int, ...] = ()
    """Of one row; empty for a single value."""

    example: float | int | str | bool | None = None
    """A value of the first example row."""

    minimum: float | int | None = None
    """The smallest number in the public data; of images and videos, the number for black."""

    maximum: float | int | None = None
    """The largest number in the public data; of images and videos, the number for white."""

    categories: tuple[ShortText, ...] = Field(default=(), max_length=100)
    """The texts that occur in the public data, where they are few."""

    sample_rate: int | None = Field(default=None, ge=100, le=384_000)
    """Of audio: samples per second. Data do not tell; 16,000 is taken where nothing is said."""


class DataFile(Record):
    """A public file of a playground, in its `data/` folder."""

    path: FileName
    sha256: Sha256
    bytes: int = Field(ge=0)
    rows: int | None = Field(default=None, ge=0)


class Data(Record):
    """The public data of a playground."""

    features: DataFile | None = None
    """What to predict on, row by row as in the holdout."""

    train: DataFile | None = None
    """What to learn from."""

    example: DataFile | None = None
    """A few rows that show what the input looks like."""

    shared: tuple[DataFile, ...] = ()
    """Further files that the owner shares."""


class Holdout(Record):
    """What the public may know about the sealed evaluation data."""

    rows: int = Field(ge=1)
    """How many rows are to be predicted."""

    labels_sha256: Sha256 | None = None
    """Digest of `holdout/labels.age`, the sealed file. Without it the playground waits for its
    labels, as in the copy of a course whose keys others have, and nothing can be submitted."""

    features_sha256: Sha256 | None = None
    """Digest of `holdout/features.age`, where features are hidden."""

    envelope: PublicKey | None = None
    """What sealed submissions are encrypted to; its secret half is `holdout/envelope.age`."""


class Limits(Record):
    """What one submission, and one participant, may use."""

    bytes: int = Field(default=25_000_000, ge=1_000, le=95_000_000)
    """Size of all files of a submission together."""

    seconds: float = Field(default=60, gt=0, le=3600)
    """Wall-clock time of the model on all rows."""

    memory_bytes: int = Field(default=2_000_000_000, ge=300_000_000, le=16_000_000_000)
    """Address space of the process that runs the model, and of each that runs a function of
    `metrics.py`."""

    metric_seconds: float = Field(default=30, gt=0, le=600)
    """Wall-clock time of one function of `metrics.py` on one submission."""

    per_day: int | None = Field(default=None, ge=1)
    """Scored submissions of one participant in 24 hours."""

    total: int | None = Field(default=None, ge=1)
    """Scored submissions of one participant in all."""


class Deploy(Record):
    """Wishes for the app that serves a model of this playground."""

    targets: tuple[Literal["browser", "gradio", "container"], ...] = ("browser",)
    title: ShortText = ""


class Playground(Record):
    """The file `playgrounds/<slug>/playground.yml`."""

    schema_version: Literal[1] = 1

    title: ShortText
    description: Text = ""
    """One or two sentences; the README says the rest."""

    license: ShortText = ""
    """Of the data."""

    tags: tuple[ShortText, ...] = ()

    input_type: InputType
    task_type: TaskType

    labels: tuple[Label, ...] = ()
    """The classes, in the owner's order; empty for regression."""

    inputs: tuple[Input, ...] = ()
    """What the model is given, column by column."""

    metrics: tuple[MetricSpec, ...] = ()
    """Columns of scores; the first ranks. Default: the four of the task type."""

    visibility: Literal["public", "private"] = "public"
    participants: tuple[Login, ...] = ()
    """Who may submit, where `visibility` is private."""

    evaluation: Literal["predictions", "model", "both"] = "predictions"
    """What is scored: the predictions as submitted (a model is welcome and checked against
    them), the model's own predictions, or the predictions with a model required."""

    features: Literal["public", "hidden"] = "public"

    data: Data = Data()
    holdout: Holdout
    limits: Limits = Limits()
    competition: Competition = Competition()
    deploy: Deploy = Deploy()

    @field_validator("labels", mode="before")
    @classmethod
    def _labels_are_text_or_whole_numbers(cls, labels: Any) -> Any:
        if isinstance(labels, list | tuple) and any(isinstance(v, bool) for v in labels):
            raise ValueError('put quotes around labels such as "yes", "no", "true", "false"')
        return labels

    @model_validator(mode="before")
    @classmethod
    def _default_metrics(cls, value: Any) -> Any:
        if isinstance(value, dict) and not value.get("metrics"):
            names = DEFAULT_METRICS.get(str(value.get("task_type")), ())
            return {**value, "metrics": names}
        return value

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        problems = [*self._label_problems(), *self._metric_problems()]
        if self.visibility == "private" and not self.participants:
            problems.append("visibility is private but participants is empty")
        hidden_ones = self.holdout.features_sha256 or self.waits_for_labels
        if self.features == "hidden" and not hidden_ones:
            problems.append("features are hidden but holdout has no features_sha256")
        if self.features == "hidden" and self.evaluation != "model":
            problems.append("features are hidden, so evaluation can only be model")
        problems += self._competition_problems()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _competition_problems(self) -> list[str]:
        rules, problems = self.competition, []
        if rules.sealed and self.holdout.envelope is None:
            problems.append("competition.sealed needs holdout.envelope: aims playground create")
        problems += self._penalty_problems()
        if rules.release == "ladder" and self.ranking_metric.function is not None:
            problems.append("competition.release: the Ladder needs a built-in metric that ranks")
        if rules.private_fraction == 0:
            told = [n for n in ("sealed", "final") if getattr(rules, n)]
            told += ["release"] if rules.release != "exact" else []
            problems += [f"competition.{name} needs a private part" for name in told]
        return problems

    def _penalty_problems(self) -> list[str]:
        """Try the penalty: it has a value, and nobody gains by being late."""
        text = self.competition.penalty
        if not text or not self.metrics:
            return []
        rule = Expression.parse(text, names=PENALTY_NAMES)
        sign = 1 if self.ranking_metric.greater_is_better else -1
        for score, days in itertools.product((0.0, 0.25, 1.0), (0.01, 1.0, 30.0)):
            try:
                worth = rule.value(score=score, days=days)
            except CourseError as error:
                return [f"competition.penalty: {error.message} (score {score}, days {days})"]
            if sign * (worth - score) > 0:
                told = f"a score of {score} is worth {worth:g} after {days} days"
                return [f"competition.penalty: who is late gains, as {told}"]
        return []

    def _label_problems(self) -> list[str]:
        texts = [str(label) for label in self.labels]
        if self.task_type == "regression":
            return ["labels are for classification"] if texts else []
        if len(texts) < 2:
            return ["classification needs at least two labels"]
        if len(set(texts)) < len(texts):
            return ["each label only once"]
        return []

    def _metric_problems(self) -> list[str]:
        fitting = (
            CLASSIFICATION_METRICS if self.task_type == "classification" else REGRESSION_METRICS
        )
        problems = []
        for metric in self.metrics:
            if metric.function is None and metric.name not in fitting:
                problems.append(f"{metric.name} is not a metric for {self.task_type}")
            if metric.average == "binary" and len(self.labels) > 2:
                problems.append(f"{metric.name}: average binary needs exactly two labels")
            if metric.pos_label is not None and metric.pos_label not in self.labels:
                problems.append(f"{metric.name}: pos_label {metric.pos_label!r} is not a label")
        names = [metric.name for metric in self.metrics]
        if len(set(names)) < len(names):
            problems.append("each metric only once")
        return problems

    @property
    def waits_for_labels(self) -> bool:
        """Whether there are no answers yet that anything could be scored with."""
        return self.holdout.labels_sha256 is None

    @property
    def ranking_metric(self) -> MetricSpec:
        """The metric that ranks."""
        return self.metrics[0]

    @property
    def built_in_metrics(self) -> tuple[MetricSpec, ...]:
        """The metrics that the program computes itself."""
        return tuple(metric for metric in self.metrics if metric.function is None)

    @property
    def own_metrics(self) -> tuple[MetricSpec, ...]:
        """The metrics that functions of the owner's `metrics.py` compute."""
        return tuple(metric for metric in self.metrics if metric.function is not None)

    @property
    def needs_probabilities(self) -> bool:
        """Whether a metric is computed from probabilities."""
        return any(metric.name in PROBABILITY_METRICS for metric in self.metrics)

    @property
    def final_limits(self) -> Limits | None:
        """The limits of the final phase, where there is one."""
        final = self.competition.final
        if final is None:
            return None
        given = {"per_day": final.per_day, "total": final.total}
        return self.limits.model_copy(update={k: v for k, v in given.items() if v is not None})

    @property
    def boards(self) -> tuple[BoardName, ...]:
        """The boards that submissions go to; after the reveal there is the final one too."""
        if self.competition.private_fraction > 0:
            return ("experiment", "competition")
        return ("experiment",)
