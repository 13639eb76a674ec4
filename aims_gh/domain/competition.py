"""The rules of a competition: when it is open, what counts, what is shown before the reveal."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from aims_gh.domain.expression import Expression
from aims_gh.domain.names import Instant, ShortText
from aims_gh.domain.record import Record

PENALTY_NAMES = frozenset({"score", "days"})


class FinalPhase(Record):
    """A second phase, after closing: what arrives in it alone counts for the final board."""

    opens: Instant | None = None
    """Null: when the first phase no longer counts, its grace included."""

    closes: Instant

    per_day: int | None = Field(default=None, ge=1)
    """Scored submissions of one entrant in 24 hours, in this phase; null: as in `limits`."""

    total: int | None = Field(default=None, ge=1)
    """Scored submissions of one entrant in this phase; null: as in `limits`."""


class Competition(Record):
    """The rules of the competition board."""

    private_fraction: float = Field(default=0.5, ge=0, le=0.9)
    """Share of the holdout that stays secret until the reveal; 0: no competition board."""

    opens: Instant | None = None
    closes: Instant | None = None

    grace_minutes: int = Field(default=0, ge=0, le=10_080)
    """How long after closing a submission still counts as on time."""

    late: Literal["refuse", "mark", "penalty"] = "refuse"
    """What happens to a submission after that: it is refused; it is scored and listed apart; or it
    counts, less a penalty."""

    penalty: ShortText = ""
    """With `late: penalty`, what a score is worth: an expression over `score` and `days`, the days
    since the deadline, as in `score - 0.02 * ceil(days)`; where lower is better,
    `score * 1.1 ** days`."""

    late_until: Instant | None = None
    """The last moment for what is late; null: there is none."""

    final: FinalPhase | None = None
    """A second phase after closing."""

    final_submissions: int = Field(default=1, ge=1, le=20)
    """How many submissions of an entrant count in the end; the best of them on the private part
    is taken. Without a choice, those that are best in public."""

    ranking: Literal["metric", "mean", "median", "borda"] = "metric"
    """How the final board ranks: by the first metric, or by all together: by the mean or the median
    of the ranks in each, or by points (Borda)."""

    team_size: int | None = Field(default=None, ge=1, le=1000)
    """How many people a team of `teams.yml` may have."""

    sealed: bool = False
    """Whether submissions may come sealed, and stay so until the reveal."""

    reveal: Literal["manual", "automatic"] = "manual"
    """When private scores are opened: by `aims reveal`, or by the first evaluation after the last
    deadline."""

    release: Literal["exact", "rounded", "ladder"] = "exact"
    """How public scores are shown while a private part is secret. rounded: to 3 decimals, and
    without the sums that otherwise tell how predictions are wrong. ladder: the ranking metric
    alone, and a new score only where it is clearly better than the entrant's best so far, which is
    shown instead."""

    @model_validator(mode="after")
    def _times_follow_each_other(self) -> Self:
        problems = []
        if self.opens and self.closes and self.opens >= self.closes:
            problems.append("closes must come after opens")
        if self.final and not self.closes:
            problems.append("a final phase comes after closes, which is missing")
        elif self.final and self.closes:
            opens = self.final.opens or self.closes
            if opens < self.closes:
                problems.append("final.opens must not come before closes")
            if self.final.closes <= opens:
                problems.append("final.closes must come after the final phase opens")
        if (self.late == "penalty") != bool(self.penalty):
            problems.append("late: penalty and the expression penalty go together")
        elif self.penalty:
            try:
                Expression.parse(self.penalty, names=PENALTY_NAMES)
            except ValueError as error:
                problems.append(f"penalty: {error}")
        if self.reveal == "automatic" and not self.closes:
            problems.append("an automatic reveal needs closes")
        if self.reveal == "automatic" and self.late == "penalty" and not self.late_until:
            problems.append("an automatic reveal has to know how long the late count: late_until")
        if self.late_until and (not self.closes or self.late_until <= self.closes):
            problems.append("late_until must come after closes")
        if problems:
            raise ValueError("; ".join(problems))
        return self
