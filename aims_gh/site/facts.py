"""The facts of a playground, in words: what its page says beside the README."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aims_gh.domain.course import Course
from aims_gh.domain.playground import Limits, Playground
from aims_gh.site import text, words

_LABELS_SHOWN = 12
WAITS = "nothing can be submitted until its owners bring them"


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the list of facts."""

    name: str
    value: str
    more: tuple[str, ...] = ()
    moment: str = ""
    """In ISO's form, where it is one: a script shows it in the reader's own zone."""


@dataclass(frozen=True, slots=True)
class InputRow:
    """One input of the model."""

    name: str
    dtype: str
    shape: str
    example: str


def facts(
    playground: Playground, course: Course, *, revealed: bool = False, teams: int = 0
) -> tuple[Fact, ...]:
    """List what somebody has to know before they submit; after the reveal, what the rules were."""
    waits = Fact("Waits for its labels", WAITS)
    return (
        *([waits] if playground.waits_for_labels else []),
        Fact("Task", task(playground)),
        *_inputs(playground),
        *_labels(playground),
        *_scoring(playground, revealed),
        Fact("Equal scores", "share a rank; the earlier submission, by server time, comes first"),
        *_limits(playground),
        *_teams(playground, teams),
        *_dates(playground, revealed),
        *_end(playground, revealed),
        Fact("Who may submit", _who(playground, course)),
        *([Fact("Licence", playground.license)] if playground.license else []),
    )


def task(playground: Playground) -> str:
    """Name the task.

    Returns
    -------
    str
        For example ``Tabular classification``.
    """
    return f"{words.INPUTS[playground.input_type]} {playground.task_type}"


def input_rows(playground: Playground) -> tuple[InputRow, ...]:
    """List the inputs for the table of inputs."""
    return tuple(
        InputRow(
            name=one.name,
            dtype=one.dtype,
            shape=" × ".join(str(n) for n in one.shape) or "one value",
            example="" if one.example is None else str(one.example),
        )
        for one in playground.inputs
    )


def _inputs(playground: Playground) -> list[Fact]:
    if not playground.inputs:
        return []
    hidden = " (their values are hidden)" if playground.features == "hidden" else ""
    return [Fact("Inputs", text.count(len(playground.inputs), "input") + hidden)]


def _labels(playground: Playground) -> list[Fact]:
    labels = [str(label) for label in playground.labels]
    if not labels:
        return []
    rest = len(labels) - _LABELS_SHOWN
    shown = ", ".join(labels[:_LABELS_SHOWN])
    return [Fact("Labels", f"{shown} and {rest} more" if rest > 0 else shown)]


def _scoring(playground: Playground, revealed: bool) -> list[Fact]:
    metric = playground.ranking_metric
    others = ", ".join(m.name for m in playground.metrics[1:])
    rules = playground.competition
    private = words.private_part(playground, revealed=revealed)
    if rules.private_fraction > 0:
        private = f"{text.percent(rules.private_fraction)} of the rows {private}"
    if rules.release == "rounded" and not revealed:
        private += " Until then scores are rounded to three decimals."
    return [
        Fact("Rows to predict", f"{playground.holdout.rows:,}"),
        Fact(
            "Ranked by",
            f"{metric.name} {words.arrow(metric)}",
            (f"{words.better(metric)};", f"= {words.formula(metric)}"),
        ),
        *([Fact(_also(playground, revealed), others)] if others else []),
        *_own_metrics(playground),
        Fact("What is scored", words.SCORED[playground.evaluation]),
        Fact("Private part", private),
    ]


def _also(playground: Playground, revealed: bool) -> str:
    held = playground.competition.release == "ladder" and len(playground.boards) > 1
    return "Shown after the reveal" if held and not revealed else "Also shown"


def _own_metrics(playground: Playground) -> list[Fact]:
    own = [m for m in playground.own_metrics if m != playground.ranking_metric]
    if not own:
        return []
    shown = ", ".join(f"{metric.name} {words.arrow(metric)}" for metric in own)
    more = tuple(f"{metric.name} = {words.formula(metric)}" for metric in own)
    return [Fact("The owners' own metrics", shown, more)]


def _limits(playground: Playground) -> list[Fact]:
    limits = playground.limits
    one = (
        f"{text.size(limits.bytes)}, {text.number(limits.seconds)} s, "
        f"{text.size(limits.memory_bytes)} of memory"
    )
    final = playground.final_limits
    return [
        Fact("One submission", f"at most {one}"),
        Fact("Each participant", _often(limits)),
        *([Fact("In the final phase", _often(final))] if final else []),
    ]


def _often(limits: Limits) -> str:
    often = [f"{limits.per_day:,} in 24 hours"] if limits.per_day else []
    often += [f"{limits.total:,} in all"] if limits.total else []
    return ", ".join(often) or "as many submissions as they like"


def _dates(playground: Playground, revealed: bool) -> list[Fact]:
    rules = playground.competition
    dates = [_moment("Opens", rules.opens)] if rules.opens else []
    if rules.closes:
        dates.append(_moment("Closes", rules.closes))
        taken = "until the reveal: " if revealed and rules.late != "refuse" else ""
        dates.append(Fact("After that", taken + words.lateness(playground)))
        if rules.late_until and rules.late != "refuse":
            dates.append(_moment("Late submissions until", rules.late_until))
    if rules.final:
        opens = rules.final.opens or rules.closes
        dates += [_moment("Final phase opens", opens)] if opens else []
        dates.append(_moment("Final phase closes", rules.final.closes))
    return dates


def _end(playground: Playground, revealed: bool) -> list[Fact]:
    """Say what the reveal is about."""
    sealed = "were welcome; the reveal opened them" if revealed else "welcome: aims submit --sealed"
    found = [Fact("Sealed submissions", sealed)] if playground.competition.sealed else []
    if len(playground.boards) == 1:
        return found
    if revealed:
        return [
            Fact("What counted in the end", words.finals(playground, revealed=True)),
            Fact("Public scores before the reveal", words.release(playground, revealed=True)),
            *found,
        ]
    return [
        Fact("What counts in the end", words.finals(playground)),
        Fact("Public scores", words.release(playground)),
        *found,
    ]


def _teams(playground: Playground, teams: int) -> list[Fact]:
    most = playground.competition.team_size
    if not most and not teams:
        return []
    size = f"at most {text.count(most, 'member')}; " if most else ""
    value = f"{size}a team has one quota and one row on the final board"
    return [Fact("Teams", value, (f"{text.count(teams, 'team')} on the boards",) if teams else ())]


def _moment(name: str, instant: datetime) -> Fact:
    return Fact(name, text.moment(instant), moment=instant.isoformat())


def _who(playground: Playground, course: Course) -> str:
    if playground.visibility == "private":
        return f"{text.count(len(playground.participants), 'participant')} on the owners' list"
    if course.roster.policy == "listed":
        return "those on the course's roster"
    return "everybody"
