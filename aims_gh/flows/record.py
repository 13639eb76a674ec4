"""Record: commit evaluations and leaderboards to the ledger, then answer the proposals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from aims_gh.core.answer import chosen_comment, refused_comment, scored_comment
from aims_gh.core.final import derived
from aims_gh.core.quota import left
from aims_gh.core.rulings import Rulings
from aims_gh.core.validate import check_limits, limits_at
from aims_gh.domain.evaluation import Digests, Evaluation
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.playground import Playground
from aims_gh.domain.record import Record
from aims_gh.domain.selection import Selection
from aims_gh.domain.steps import Intake, Refusal
from aims_gh.errors import CourseError, ForgeError, SubmissionError
from aims_gh.flows.handoff import Handoff, handoffs
from aims_gh.flows.intake import Boards
from aims_gh.flows.rulings import read_rulings
from aims_gh.flows.trouble import trouble_with
from aims_gh.forge import LEDGER, MAIN, Answer, Change, Forge
from aims_gh.version import __version__
from aims_gh.workspace import (
    Tree,
    Workspace,
    evaluation_file,
    leaderboard_file,
    selections_file,
)

_REVEALED = Refusal(
    message="the private scores were revealed while this was scored",
    hint="it is scored again, on all rows, the next time",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one proposal."""

    proposal: int
    author: str
    playground: str | None
    outcome: Literal["scored", "chosen", "refused", "waiting"]
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
        if entry.fresh or entry.choices:
            forge.record(entry.edit)
        return _answer(forge, Workspace(main), todo, entry, now)


class _Entry:
    """What is to be entered in the ledger, worked out anew on each tree it meets."""

    def __init__(self, rules: Workspace, todo: Sequence[Handoff], now: datetime) -> None:
        self._rules, self._now = rules, now
        self.fresh = [h for h in todo if _is_fresh(h)]
        self.choices = [h for h in todo if h.intake.choice and not h.intake.refusal]
        self.refusals: dict[int, Refusal] = {}
        self.waiting: dict[int, Refusal] = {}

    def edit(self, tree: Tree) -> Change | None:
        """Write evaluations and leaderboards for what this tree does not have yet."""
        ledger, self.refusals, self.waiting = Workspace(tree), {}, {}
        files: dict[str, bytes | None] = {}
        count = 0
        for slug in dict.fromkeys(h.intake.playground or "" for h in [*self.fresh, *self.choices]):
            try:
                made, number = self._slug(ledger, slug)
            except CourseError as error:
                # Its owner changed it while we worked: the others are recorded all the same.
                self._put_off(slug, error)
                continue
            files |= made
            count += number
        message = f"Record {count} evaluation{'s'[: count != 1]}"
        return Change(message=message, files=files) if files else None

    def _slug(self, ledger: Workspace, slug: str) -> tuple[dict[str, bytes | None], int]:
        """Give the files of one playground that change, and how much is entered."""
        playground = self._rules.playground(slug)
        rulings = read_rulings(self._rules, ledger, slug)
        group = self._admitted(slug, playground, rulings, Boards(ledger))
        chosen = self._chosen(slug, rulings)
        files: dict[str, bytes | None] = {}
        if chosen:
            rulings = replace(rulings, selections=(*rulings.selections, *chosen))
            files[selections_file(slug)] = lines_of(rulings.selections)
        if group or chosen:
            files |= self._enter(ledger, slug, playground, rulings, group)
        return files, len(group) + len(chosen)

    def _chosen(self, slug: str, rulings: Rulings) -> list[Selection]:
        """Give the choices that the ledger does not have yet."""
        known = {(choice.proposal, choice.head, choice.at) for choice in rulings.selections}
        intakes = [h.intake for h in self.choices if h.intake.playground == slug]
        return [
            Selection(
                by=i.author,
                at=i.pushed,
                versions=i.choice.versions,
                proposal=i.proposal,
                head=i.head,
            )
            for i in intakes
            if i.choice and (i.proposal, i.head, i.pushed) not in known
        ]

    def _put_off(self, slug: str, error: CourseError) -> None:
        reason = Refusal(message=error.message, hint=error.hint)
        todo = [*self.fresh, *self.choices]
        numbers = (h.intake.proposal for h in todo if h.intake.playground == slug)
        self.waiting |= dict.fromkeys(numbers, reason)

    def _admitted(
        self, slug: str, playground: Playground, rulings: Rulings, boards: Boards
    ) -> list[Handoff]:
        """Leave out what somebody else recorded since intake looked, or what is now too many."""
        known, scored = boards.recorded(slug), boards.scored(slug, rulings)
        group = []
        for handoff in self.fresh:
            intake = handoff.intake
            if intake.playground != slug or (intake.proposal, intake.head) in known:
                continue
            if rulings.reveal and handoff.score.private:
                # It was scored while a part was private: now all rows count.
                self.waiting[intake.proposal] = _REVEALED
                continue
            moments = scored.setdefault(rulings.entrant(intake.author), [])
            limits, counting = limits_at(playground, intake.author, intake.pushed, rulings, moments)
            who = rulings.team(intake.author) or intake.author
            try:
                check_limits(who, intake.pushed, limits, scored=counting)
            except SubmissionError as error:
                self.refusals[intake.proposal] = Refusal(message=error.message, hint=error.hint)
                continue
            moments.append(intake.pushed)
            group.append(handoff)
        return group

    def _enter(
        self,
        ledger: Workspace,
        slug: str,
        playground: Playground,
        rulings: Rulings,
        group: Sequence[Handoff],
    ) -> dict[str, bytes]:
        version = _last_version(ledger, slug)
        hidden = playground.features == "hidden"
        made = [
            scored_by(handoff, version + place, self._now, hidden=hidden)
            for place, handoff in enumerate(group, start=1)
        ]
        old = ledger.leaderboard(slug)
        board = old or Leaderboard(playground=slug, boards={})
        missing = [] if old else ledger.evaluations(slug)
        boards = derived(board, playground, [*missing, *made], rulings)
        files = {evaluation_file(slug, e.version): e.to_json() for e in made}
        return files | {leaderboard_file(slug): boards.to_json()}


def lines_of(records: Iterable[Record]) -> bytes:
    """Write records one per line."""
    texts = (json.dumps(r.model_dump(mode="json"), sort_keys=True) for r in records)
    return "".join(f"{text}\n" for text in texts).encode("ascii")


def _is_fresh(handoff: Handoff) -> bool:
    intake, score = handoff.intake, handoff.score
    decided = score.refusal or score.waiting or intake.choice
    return intake.recorded is None and not decided


def _last_version(ledger: Workspace, slug: str) -> int:
    names = (path.rpartition("/")[2] for path in ledger.tree.paths(f"{slug}/evaluations"))
    return max((int(name.removesuffix(".json")) for name in names), default=0)


def scored_by(handoff: Handoff, version: int, now: datetime, *, hidden: bool) -> Evaluation:
    """Make the evaluation of what the three steps before say."""
    intake, run, score = handoff.intake, handoff.run, handoff.score
    submission = intake.submission
    assert submission and intake.playground and score.scored and score.labels and score.playground
    secret = hidden or submission.bundle is not None
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
            bundle=submission.bundle.sha256 if submission.bundle else None,
            scored=None if secret else score.scored,
            labels=score.labels,
            playground=score.playground,
            metrics=score.metrics,
        ),
        scores=score.scores,
        intervals=score.intervals,
        failures=score.failures,
        rows=score.rows,
        summary=None if secret else score.summary,
        private=score.private,
        reproduction=run.reproduction,
        facts=run.facts,
        cost=run.cost,
        claims=submission.claims,
        description=submission.description,
        tags=submission.tags,
        based_on=submission.based_on,
        marks=("baseline",) if submission.baseline else (),
    )


def _answer(
    forge: Forge, rules: Workspace, todo: Sequence[Handoff], entry: _Entry, now: datetime
) -> list[Outcome]:
    outcomes = []
    with forge.tree(LEDGER) as tree:
        desk = _Answers(forge, rules, Workspace(tree), now)
        for handoff in todo:
            intake, score = handoff.intake, handoff.score
            refusal = score.refusal or entry.refusals.get(intake.proposal)
            waiting = score.waiting or entry.waiting.get(intake.proposal)
            try:
                if waiting:
                    outcome = _waiting(intake, waiting)
                elif refusal:
                    outcome = _refused(forge, intake, refusal)
                elif intake.choice:
                    outcome = _chosen(forge, intake)
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


def _chosen(forge: Forge, intake: Intake) -> Outcome:
    assert intake.choice is not None
    text = chosen_comment(intake.choice)
    forge.answer(intake.proposal, Answer(text, label="chosen", head=intake.head))
    return Outcome(intake.proposal, intake.author, intake.playground, "chosen")


class _Answers:
    """Answers to proposals whose evaluation stands on the ledger."""

    def __init__(self, forge: Forge, rules: Workspace, ledger: Workspace, now: datetime) -> None:
        self._forge, self._rules, self._ledger, self._now = forge, rules, ledger, now
        self._known = Boards(ledger)
        self._pseudonyms = ledger.admitted().by_login(owners=rules.course().owners)
        self._boards: dict[str, Leaderboard] = {}
        self._used: dict[str, tuple[Rulings, dict[str, list[datetime]]]] = {}

    def scored(self, intake: Intake) -> Outcome:
        """Tell a participant the score."""
        slug = intake.playground or ""
        version = self._known.recorded(slug)[intake.proposal, intake.head]
        evaluation = self._ledger.evaluation(slug, version)
        playground = self._rules.playground(slug)
        if slug not in self._boards:
            empty = Leaderboard(playground=slug, boards={})
            self._boards[slug] = self._ledger.leaderboard(slug) or empty
        told = self._left(slug, intake.author, playground)
        name = self._pseudonyms.get(intake.author.lower(), "")
        text = scored_comment(evaluation, playground, self._boards[slug], told, name)
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

    def _left(self, slug: str, author: str, playground: Playground) -> str:
        if slug not in self._used:
            rulings = read_rulings(self._rules, self._ledger, slug)
            self._used[slug] = rulings, self._known.scored(slug, rulings)
        rulings, scored = self._used[slug]
        used = scored.get(rulings.entrant(author), [])
        return left(playground, author, rulings, used, self._now)
