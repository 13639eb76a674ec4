"""A metric: one column of scores, built in or of the owner's own."""

from __future__ import annotations

import keyword
import re
from typing import Any, Literal, Self

from pydantic import model_validator

from aims_gh.domain.claims import RESERVED_KEYS
from aims_gh.domain.names import Label
from aims_gh.domain.record import Record

CLASSIFICATION_METRICS = (
    "accuracy", "f1_score", "precision", "recall",
    "balanced_accuracy", "matthews_corrcoef", "log_loss", "roc_auc",
)  # fmt: skip
REGRESSION_METRICS = ("mse", "rmse", "mae", "r2", "median_absolute_error", "mape")
PROBABILITY_METRICS = ("log_loss", "roc_auc")
_MINIMIZED = ("log_loss", "mse", "rmse", "mae", "median_absolute_error", "mape")
_AVERAGED = ("f1_score", "precision", "recall")
DEFAULT_METRICS: dict[str, tuple[str, ...]] = {
    "classification": CLASSIFICATION_METRICS[:4],
    "regression": REGRESSION_METRICS[:4],
}
_TAKEN = RESERVED_KEYS | {"failures"}
"""Names of other columns of the board, the built-in metrics among them."""


class MetricSpec(Record):
    """One column of scores: which metric, and its options.

    In `playground.yml` a bare name stands for a built-in metric with default options.
    """

    name: str
    """One of the built-in metrics; with `function`, a new name for the column: up to 40 letters,
    digits and underscores."""

    function: str | None = None
    """The function in the owner's `metrics.py` that computes it; null: it is built in."""

    average: Literal["binary", "micro", "macro", "weighted"] = "macro"
    """How classes are averaged (f1_score, precision, recall)."""

    pos_label: Label | None = None
    """The positive class, with `average: binary`."""

    zero_division: Literal[0, 1] = 0
    """The value of a ratio whose denominator is zero."""

    direction: Literal["maximize", "minimize"] | None = None
    """Which end is better. Needed with `function`. A built-in metric knows; stated, it must
    agree."""

    @property
    def greater_is_better(self) -> bool:
        """Whether a larger score is the better one."""
        if self.function is not None:
            return self.direction == "maximize"
        return self.name not in _MINIMIZED

    @model_validator(mode="before")
    @classmethod
    def _a_name_is_enough(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        problems = self._built_in_problems() if self.function is None else self._own_problems()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _built_in_problems(self) -> list[str]:
        known = CLASSIFICATION_METRICS + REGRESSION_METRICS
        if self.name not in known:
            return [
                f"no metric {self.name!r}; there are {', '.join(known)}; "
                "one of your own needs function, too"
            ]
        natural = "maximize" if self.greater_is_better else "minimize"
        problems = []
        if self.direction not in (None, natural):
            problems.append(f"{self.name} can only be {natural}d")
        if self.pos_label is not None and self.average != "binary":
            problems.append("pos_label goes with average: binary")
        if self.name not in _AVERAGED and self.average != "macro":
            problems.append(f"{self.name} takes no average")
        return problems

    def _own_problems(self) -> list[str]:
        problems = []
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", self.name):
            problems.append("a name is 1 to 40 letters, digits and underscores, a letter first")
        if self.name.lower() in _TAKEN:
            problems.append(f"{self.name} is a column of the board already, choose another name")
        function = str(self.function)
        if not function.isidentifier() or keyword.iskeyword(function) or len(function) > 100:
            problems.append(f"function {function[:100]!r} is no name of a Python function")
        if self.direction is None:
            problems.append(f"{self.name} needs direction: maximize or minimize")
        defaults = type(self).model_fields
        options = ("average", "pos_label", "zero_division")
        given = [name for name in options if getattr(self, name) != defaults[name].default]
        if given:
            problems.append(f"{', '.join(given)}: not for a metric of your own")
        return problems
