"""Score: compare predictions with the sealed labels; no model is near."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.draws import PRIVATE, Draws, draws_of
from aims_gh.core.holdout import Truth, truth_from_bytes
from aims_gh.core.rulings import Rulings
from aims_gh.core.score import score as compute
from aims_gh.core.seal import FindKey, Key, open_sealed, padded, seal
from aims_gh.domain.course import Course
from aims_gh.domain.playground import Playground
from aims_gh.domain.steps import Intake, Score
from aims_gh.errors import CourseError, SealError
from aims_gh.flows.handoff import Handoff, handoffs
from aims_gh.flows.ladder import Ladder, read_ladder
from aims_gh.flows.own_metrics import own_metrics, read_metrics
from aims_gh.flows.rulings import read_rulings
from aims_gh.flows.trouble import trouble_with
from aims_gh.forge import LEDGER, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.workspace import Workspace, labels_file, playground_file

_MAX_RULES_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class _Opened:
    main: str
    course: Course
    playground: Playground
    truth: Truth
    labels_sha256: str
    playground_sha256: str
    metrics: bytes | None
    """The code of the owner's own metrics, where there are some."""

    draws: Draws
    rulings: Rulings
    ladder: Ladder
    """What is scored now is added."""


def score(
    forge: Forge,
    source: Path,
    target: Path,
    *,
    find_key: FindKey,
    sandbox: Sandbox,
    again: bool = False,
) -> list[Score]:
    """Work through the folders that run left in `source`; leave folders for record in `target`.

    Parameters
    ----------
    sandbox : Sandbox
        Runs metrics of the owner's own.
    again : bool
        What was scored before is scored as it would have been then: as if nothing were revealed.
    """
    opened: dict[str, _Opened] = {}
    todo = sorted(handoffs(source), key=lambda h: (h.intake.pushed, h.intake.proposal))
    skip = {h.intake.recorded for h in todo if h.intake.recorded} if again else set()
    if any(handoff.intake.submission for handoff in todo):
        require_score_key(forge, find_key)
    results = []
    for handoff in todo:
        intake, run = handoff.intake, handoff.run
        onward = Handoff(target / handoff.folder.name)
        onward.write(intake)
        onward.write(run)
        result = Score(refusal=intake.refusal or run.refusal, waiting=run.waiting)
        if intake.submission and not (result.refusal or result.waiting):
            result = _decide(forge, handoff, opened, find_key, sandbox, again=again, skip=skip)
        onward.write(result)
        shutil.rmtree(handoff.folder)
        results.append(result)
    return results


def _decide(
    forge: Forge,
    handoff: Handoff,
    opened: dict[str, _Opened],
    find_key: FindKey,
    sandbox: Sandbox,
    *,
    again: bool,
    skip: Collection[int],
) -> Score:
    intake = handoff.intake
    assert intake.playground is not None
    slug = intake.playground
    try:
        if slug not in opened:
            opened[slug] = _open(forge, slug, find_key, again=again, skip=skip)
        _check_unchanged(forge, intake, opened[slug])
        return _one(opened[slug], handoff, sandbox, again=again)
    except Exception as error:  # noqa: BLE001  one proposal must not stop the others
        trouble = trouble_with(intake.proposal, error)
        return Score(refusal=trouble.refusal, waiting=trouble.waiting)


def require_score_key(forge: Forge, find_key: FindKey) -> Key:
    """Give the course's score key; SealError where it is not at hand."""
    with forge.tree() as main:
        key = find_key(Workspace(main).course().keys.score)
    if key is None:
        raise SealError(
            "the score key of the course is not at hand",
            hint="only its owner can score, on the machine with the key; aims keys shows yours; to "
            "make a copy of a course your own: aims course adopt",
        )
    return key


def _open(
    forge: Forge, slug: str, find_key: FindKey, *, again: bool, skip: Collection[int]
) -> _Opened:
    """Open what `main` has now: no step before this one is asked where the rules are.

    Parameters
    ----------
    skip : collection of int
        Versions that are scored again now: the Ladder forgets what they were.
    """
    with forge.tree() as main, forge.tree(LEDGER) as ledger:
        workspace, results = Workspace(main), Workspace(ledger)
        course, playground = workspace.course(), workspace.playground(slug)
        rulings = read_rulings(workspace, results, slug)
        on_ladder = playground.competition.release == "ladder"
        before = [
            e for e in (results.evaluations(slug) if on_ladder else ()) if e.version not in skip
        ]
        sealed = workspace.file(labels_file(slug))
        rules = workspace.file(playground_file(slug))
        metrics = read_metrics(workspace, slug) if playground.own_metrics else None
        commit = main.commit
    digest = hashlib.sha256(sealed).hexdigest()
    if digest != playground.holdout.labels_sha256:
        raise CourseError(
            f"{labels_file(slug)} is not the file whose digest playground.yml gives",
            hint="restore both from the same commit, or create the playground again",
        )
    key = require_score_key(forge, find_key)
    truth = truth_from_bytes(open_sealed(sealed, [key], name=labels_file(slug)))
    if rulings.reveal and not again:  # then nothing is private any more
        truth = Truth(truth.answers, np.zeros_like(truth.private))
    return _Opened(
        main=commit,
        course=course,
        playground=playground,
        truth=truth,
        labels_sha256=digest,
        playground_sha256=hashlib.sha256(rules).hexdigest(),
        metrics=metrics,
        draws=draws_of(truth),
        rulings=rulings,
        ladder=read_ladder(before, playground.ranking_metric, rulings, [key], labels=digest),
    )


def _check_unchanged(forge: Forge, intake: Intake, opened: _Opened) -> None:
    """Make sure that the model was run by the rules it is scored by, and on their rows."""
    if intake.main == opened.main:
        return
    assert intake.playground is not None
    with forge.tree(intake.main) as before:
        rules = before.read(playground_file(intake.playground), limit=_MAX_RULES_BYTES)
    if rules is None or hashlib.sha256(rules).hexdigest() != opened.playground_sha256:
        raise CourseError(
            f"{intake.playground} was changed while this was evaluated",
            hint="it is evaluated again, by the new rules, the next time",
        )


def opened_answers(forge: Forge, slug: str, *, find_key: FindKey) -> npt.NDArray[Any] | None:
    """Give the held-out answers as their owner wrote them; None where the key is not at hand."""
    with forge.tree() as main:
        workspace = Workspace(main)
        course, playground = workspace.course(), workspace.playground(slug)
        sealed = workspace.file(labels_file(slug))
    key = find_key(course.keys.score)
    if key is None:
        return None
    truth = truth_from_bytes(open_sealed(sealed, [key], name=labels_file(slug)))
    if not playground.labels:
        return truth.answers
    return np.array([str(label) for label in playground.labels])[truth.answers]


def _one(opened: _Opened, handoff: Handoff, sandbox: Sandbox, *, again: bool) -> Score:
    predictions = handoff.predictions()
    digest = predictions.sha256()
    if digest != handoff.run.scored:
        raise CourseError(
            f"the predictions in {handoff.folder} changed between two steps",
            hint="run the steps again from aims intake; nothing was recorded yet",
        )
    playground, code = opened.playground, opened.metrics
    own = own_metrics(playground, code, sandbox) if code is not None else None
    entrant = opened.rulings.entrant(handoff.intake.author)
    scored = compute(
        playground,
        opened.truth,
        predictions,
        own,
        draws=opened.draws,
        best=opened.ladder.best(entrant, before=handoff.intake.pushed if again else None),
    )
    ladder = ""
    if scored.rung is not None:
        opened.ladder.add(entrant, handoff.intake.pushed, scored.rung)
        ladder = base64.b64encode(scored.rung.to_bytes()).decode("ascii")
    private = None
    if scored.private is not None:
        keys = opened.course.keys
        to = (keys.score, *keys.owners)
        found = scored.private.model_copy(
            update={
                "contents": handoff.run.contents,
                "ladder": ladder,
                "ladder_metric": playground.ranking_metric.name if ladder else "",
            }
        )
        content = padded(found.to_json(), _room(playground))
        private = seal(content, to, armored=True).decode("ascii")
    return Score(
        scores=scored.scores,
        intervals=scored.intervals,
        failures=scored.failures,
        rows=scored.rows,
        summary=scored.summary,
        private=private,
        scored=digest,
        labels=opened.labels_sha256,
        playground=opened.playground_sha256,
        metrics=hashlib.sha256(code).hexdigest() if code is not None else None,
    )


def _room(playground: Playground) -> int:
    """Say how long sealed scores are to be, whatever they are: room for every score and reason."""
    replicates = 4 * PRIVATE * 4 // 3
    needed = 300 + replicates + 300 * len(playground.metrics) + 512 * len(playground.own_metrics)
    return -(-needed // 1024) * 1024
