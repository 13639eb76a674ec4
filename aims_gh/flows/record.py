"""Record: commit evaluations and leaderboards to the ledger, then answer the proposals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from aims_gh.core.answer import refused_comment, scored_comment
from aims_gh.core.rank import extend, leaderboard
from aims_gh.core.validate import check_limits
from aims_gh.domain.evaluation import Digests, Evaluation, Mark
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.playground import Playground
from aims_gh.domain.steps import Intake, Refusal
from aims_gh.domain.submission import Submission
from aims_gh.errors import CourseError, ForgeError, SubmissionError
from aims_gh.flows.handoff import Handoff, handoffs
from aims_gh.flows.intake import Boards
from aims_gh.flows.trouble import trouble_with
from aims_gh.forge import LEDGER, MAIN, Answer, Change, Forge
from aims_gh.version import __version__
from aims_gh.workspace import Tree, Workspace, evaluation_file, leaderboard_file


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one proposal."""

    proposal: int
    author: str
    playground: str | None
    outcome: Literal["scored", "refused", "waiting"]
    version: int | None = None
    scores: dict[str, float] | None = None
    failures: dict[str, str] | None = None
    reproduced: bool | None = None
    reason: str | None = None
    hint: str | None = None
    forbidden: bool = False
    """Whether it waits because we may not answer it, whatever it is."""


def record(forge: Forge, source: Path, *, now: datetime) -> list[Outcome]:
    """Commit what score left in `source`, all at once, and answer each proposal.

    Facts first, answers after: a run that dies in between leaves open proposals whose
    evaluation stands on the ledger, and the next one answers them.
    """
    todo = sorted(handoffs(source), key=lambda h: (h.intake.pushed, h.intake.proposal))
    with forge.tree(MAIN) as main:
        entry = _Entry(Workspace(main), todo, now)
        if entry.fresh:
            forge.record(entry.edit)
        return _answer(forge, Workspace(main), todo, entry)


class _Entry:
    """What is to be entered in the ledger, worked out anew on each tree it meets."""

    def __init__(self, rules: Workspace, todo: Sequence[Handoff], now: datetime) -> None:
        self._rules, self._now = rules, now
        self.fresh = [h for h in todo if _is_fresh(h)]
        self.refusals: dict[int, Refusal] = {}
        self.waiting: dict[int, Refusal] = {}

    def edit(self, tree: Tree) -> Change | None:
        """Write evaluations and leaderboards for what this tree does not have yet."""
        ledger, self.refusals, self.waiting = Workspace(tree), {}, {}
        files: dict[str, bytes | None] = {}
        count = 0
        for slug in dict.fromkeys(h.intake.playground or "" for h in self.fresh):
            try:
                playground = self._rules.playground(slug)
            except CourseError as error:
                # Its owner changed it while we worked: the others are recorded all the same.
                self._put_off(slug, error)
                continue
            group = self._admitted(slug, playground, Boards(ledger))
            count += len(group)
            if group:
                files |= self._enter(ledger, slug, playground, group)
        message = f"Record {count} evaluation{'s'[: count != 1]}"
        return Change(message=message, files=files) if files else None

    def _put_off(self, slug: str, error: CourseError) -> None:
        reason = Refusal(message=error.message, hint=error.hint)
        numbers = (h.intake.proposal for h in self.fresh if h.intake.playground == slug)
        self.waiting |= dict.fromkeys(numbers, reason)

    def _admitted(self, slug: str, playground: Playground, boards: Boards) -> list[Handoff]:
        """Leave out what somebody else recorded since intake looked, or what is now too many."""
        known, scored = boards.recorded(slug), boards.scored(slug)
        group = []
        for handoff in self.fresh:
            intake = handoff.intake
            if intake.playground != slug or (intake.proposal, intake.head) in known:
                continue
            moments = scored.setdefault(intake.author.lower(), [])
            try:
                check_limits(intake.author, intake.pushed, playground.limits, scored=moments)
            except SubmissionError as error:
                self.refusals[intake.proposal] = Refusal(message=error.message, hint=error.hint)
                continue
            moments.append(intake.pushed)
            group.append(handoff)
        return group

    def _enter(
        self, ledger: Workspace, slug: str, playground: Playground, group: Sequence[Handoff]
    ) -> dict[str, bytes]:
        version = _last_version(ledger, slug)
        hidden = playground.features == "hidden"
        made = [
            _evaluation(handoff, version + place, self._now, hidden=hidden)
            for place, handoff in enumerate(group, start=1)
        ]
        board = ledger.leaderboard(slug) or leaderboard(slug, playground, ledger.evaluations(slug))
        files = {evaluation_file(slug, e.version): e.to_json() for e in made}
        return files | {leaderboard_file(slug): extend(board, playground, made).to_json()}


def _is_fresh(handoff: Handoff) -> bool:
    score = handoff.score
    return handoff.intake.recorded is None and not (score.refusal or score.waiting)


def _last_version(ledger: Workspace, slug: str) -> int:
    names = (path.rpartition("/")[2] for path in ledger.tree.paths(f"{slug}/evaluations"))
    return max((int(name.removesuffix(".json")) for name in names), default=0)


def _evaluation(handoff: Handoff, version: int, now: datetime, *, hidden: bool) -> Evaluation:
    intake, run, score = handoff.intake, handoff.run, handoff.score
    submission = intake.submission
    assert submission and intake.playground and score.scored and score.labels and score.playground
    return Evaluation(
        version=version,
        playground=intake.playground,
        username=intake.author,
        board=submission.board,
        timestamp=intake.pushed,
        evaluated=now,
        evaluator=f"aims-gh {__version__}",
        proposal=intake.proposal,
        head=intake.head,
        submission=submission.id,
        digests=Digests(
            model=submission.model.sha256 if submission.model else None,
            predictions=submission.predictions.sha256 if submission.predictions else None,
            scored=None if hidden else score.scored,
            labels=score.labels,
            playground=score.playground,
            metrics=score.metrics,
        ),
        scores=score.scores,
        failures=score.failures,
        rows=score.rows,
        summary=None if hidden else score.summary,
        private=score.private,
        reproduction=run.reproduction,
        facts=run.facts,
        cost=run.cost,
        claims=submission.claims,
        description=submission.description,
        tags=submission.tags,
        based_on=submission.based_on,
        marks=_marks(intake.late, submission),
    )


def _marks(late: bool, submission: Submission) -> tuple[Mark, ...]:
    marks: tuple[Mark, ...] = ("late",) if late else ()
    return (*marks, "baseline") if submission.baseline else marks


def _answer(
    forge: Forge, rules: Workspace, todo: Sequence[Handoff], entry: _Entry
) -> list[Outcome]:
    outcomes = []
    with forge.tree(LEDGER) as tree:
        desk = _Answers(forge, rules, Workspace(tree))
        for handoff in todo:
            intake, score = handoff.intake, handoff.score
            refusal = score.refusal or entry.refusals.get(intake.proposal)
            waiting = score.waiting or entry.waiting.get(intake.proposal)
            try:
                if waiting:
                    outcome = _waiting(intake, waiting)
                elif refusal:
                    outcome = _refused(forge, intake, refusal)
                else:
                    outcome = desk.scored(intake)
            except Exception as error:  # noqa: BLE001  one proposal must not stop the others
                trouble = trouble_with(intake.proposal, error)
                outcome = _waiting(intake, trouble.waiting or trouble.refusal)
                forbidden = isinstance(error, ForgeError) and error.forbidden
                outcome = replace(outcome, forbidden=forbidden)
            outcomes.append(outcome)
    return outcomes


def _waiting(intake: Intake, reason: Refusal | None) -> Outcome:
    assert reason is not None
    return Outcome(
        proposal=intake.proposal,
        author=intake.author,
        playground=intake.playground,
        outcome="waiting",
        reason=reason.message,
        hint=reason.hint,
    )


def _refused(forge: Forge, intake: Intake, refusal: Refusal) -> Outcome:
    forge.answer(intake.proposal, Answer(refused_comment(refusal), "refused", head=intake.head))
    return Outcome(
        proposal=intake.proposal,
        author=intake.author,
        playground=intake.playground,
        outcome="refused",
        reason=refusal.message,
        hint=refusal.hint,
    )


class _Answers:
    """Answers to proposals whose evaluation stands on the ledger."""

    def __init__(self, forge: Forge, rules: Workspace, ledger: Workspace) -> None:
        self._forge, self._rules, self._ledger = forge, rules, ledger
        self._known = Boards(ledger)
        self._boards: dict[str, Leaderboard] = {}

    def scored(self, intake: Intake) -> Outcome:
        """Tell a participant the score."""
        slug = intake.playground or ""
        version = self._known.recorded(slug)[intake.proposal, intake.head]
        evaluation = self._ledger.evaluation(slug, version)
        playground = self._rules.playground(slug)
        if slug not in self._boards:
            empty = Leaderboard(playground=slug, boards={})
            self._boards[slug] = self._ledger.leaderboard(slug) or empty
        text = scored_comment(evaluation, playground, self._boards[slug])
        self._forge.answer(intake.proposal, Answer(text, label="scored", head=intake.head))
        seen, scores = evaluation.reproduction, evaluation.scores
        first = [metric.name for metric in playground.metrics if metric.name in scores]
        return Outcome(
            proposal=intake.proposal,
            author=intake.author,
            playground=slug,
            outcome="scored",
            version=version,
            scores={name: scores[name] for name in dict.fromkeys([*first, *scores])},
            failures=evaluation.failures,
            reproduced=seen.reproduced if seen else None,
        )
