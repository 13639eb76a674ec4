"""Run: read the predictions and run the model, in the sandbox; no label is near."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aims_gh.core.compare import reproduction
from aims_gh.core.predictions import Predictions
from aims_gh.core.seal import FindKey, open_sealed
from aims_gh.core.turns import in_turn
from aims_gh.domain.playground import Playground
from aims_gh.domain.steps import Intake, Run
from aims_gh.domain.submission import Submission
from aims_gh.errors import MissingExtra, SealError, SubmissionError
from aims_gh.flows.handoff import Handoff, handoffs
from aims_gh.flows.rulings import entrants_of
from aims_gh.flows.sealed import envelope_key, hidden, unsealed
from aims_gh.flows.trouble import trouble_with
from aims_gh.forge import Forge
from aims_gh.runner.sandbox import Bounds, ModelRun, Sandbox, Task
from aims_gh.workspace import Workspace, data_file, features_file

Progress = Callable[[int, int], None]
"""Is told how many of how many are done."""


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


def without_end() -> bool:
    """Let it go on."""
    return True


@dataclass(frozen=True, slots=True)
class Features:
    """What the model is run on."""

    name: str
    content: bytes


def run(
    forge: Forge,
    source: Path,
    target: Path,
    *,
    sandbox: Sandbox,
    find_key: FindKey,
    progress: Progress = no_progress,
    may_go_on: Callable[[], bool] = without_end,
) -> list[Run]:
    """Work through the folders that intake left in `source`; leave folders for score in `target`.

    Only digests, arrays and facts go on: the model stays behind.

    Parameters
    ----------
    may_go_on : callable
        Asked before each proposal; the rest stays in `source`.
    """
    results: list[Run] = []
    todo = _in_turn(forge, list(handoffs(source)))
    for handoff in todo:
        progress(len(results), len(todo))
        if not may_go_on():
            break
        results.append(_one(forge, handoff, target, sandbox, find_key))
    progress(len(results), len(todo))
    return results


def _in_turn(forge: Forge, found: list[Handoff]) -> list[Handoff]:
    if not found:
        return []
    with forge.tree(found[0].intake.main) as main:
        entrants = entrants_of(Workspace(main))
    return in_turn(
        found, entrants=lambda h: entrants(h.intake.author), order=lambda h: h.intake.proposal
    )


def _one(forge: Forge, handoff: Handoff, target: Path, sandbox: Sandbox, find_key: FindKey) -> Run:
    intake = handoff.intake
    onward = Handoff(target / handoff.folder.name)
    onward.write(intake)
    result = Run(refusal=intake.refusal)
    if intake.submission is not None and intake.refusal is None:
        try:
            result = _examine(forge, handoff, onward, intake, sandbox, find_key)
        except Exception as error:  # noqa: BLE001  one proposal must not stop the others
            trouble = trouble_with(intake.proposal, error)
            result = Run(refusal=trouble.refusal, waiting=trouble.waiting)
    onward.write(result)
    shutil.rmtree(handoff.folder)
    return result


def _examine(
    forge: Forge,
    handoff: Handoff,
    onward: Handoff,
    intake: Intake,
    sandbox: Sandbox,
    find_key: FindKey,
) -> Run:
    assert intake.playground is not None and intake.submission is not None
    with forge.tree(intake.main) as main:
        workspace = Workspace(main)
        playground = workspace.playground(intake.playground)
        features = read_features(workspace, intake.playground, playground, find_key)
        submission, envelope = intake.submission, None
        if submission.bundle:
            envelope = envelope_key(workspace, intake.playground, find_key)
    if envelope and submission.bundle:
        bundle = handoff.file(submission.bundle.path)
        found = unsealed(bundle, submission, playground, envelope, author=intake.author)
        submission, files = found.submission, found.contents
    else:
        kept = (submission.model, submission.predictions)
        files = {file.path: handoff.file(file.path) for file in kept if file}
    result, scored = examine(
        submission,
        playground,
        sandbox,
        model=files.get(submission.model.path) if submission.model else None,
        predictions=files.get(submission.predictions.path) if submission.predictions else None,
        features=features,
    )
    onward.write_predictions(scored)
    return hidden(result, submission) if envelope else result


def read_features(
    workspace: Workspace, slug: str, playground: Playground, find_key: FindKey
) -> Features | None:
    """Read what models are run on: public, or opened with the run key where it is hidden."""
    if playground.features == "hidden":
        public = workspace.course().keys.run
        key = find_key(public)
        if key is None:
            raise SealError(
                f"the features of {slug} are hidden and the run key is not at hand",
                hint="aims keys shows the keys there are; the run key opens hidden features",
            )
        path = features_file(slug)
        name = playground.data.features.path if playground.data.features else "features.csv"
        return Features(name, open_sealed(workspace.file(path), [key], name=path))
    if playground.data.features is None:
        return None
    name = playground.data.features.path
    return Features(name, workspace.file(data_file(slug, name)))


def examine(
    submission: Submission,
    playground: Playground,
    sandbox: Sandbox,
    *,
    model: bytes | None,
    predictions: bytes | None,
    features: Features | None,
    name: str = "",
) -> tuple[Run, Predictions]:
    """Do all that needs no label: read predictions, run the model, compare the two.

    Parameters
    ----------
    name : str
        What messages call the file of the predictions; empty: as in the submission.

    Raises
    ------
    SubmissionError
        If a file is wrong, or the model breaks a limit.
    """
    bounds = bounds_of(playground)
    task = task_of(playground, rows=playground.holdout.rows)
    said = None
    if predictions is not None and submission.predictions is not None:
        name = name or submission.predictions.path
        try:
            said = sandbox.read_predictions(predictions, name, task, bounds)
        except MissingExtra:
            raise SubmissionError(
                f"{name} cannot be read here: no reader for Parquet",
                hint="hand the predictions in as CSV or .npy",
            ) from None
        _need_probabilities(said, playground, name)
    ran = None
    if model is not None and features is not None and not submission.preprocessed:
        ran = sandbox.run(model, features.content, features.name, task, bounds)
    elif model is not None:
        ran = ModelRun(sandbox.inspect(model, bounds), None, None)
    own = ran.predictions if ran else None
    scored = own if playground.evaluation == "model" else said
    if scored is None:
        raise SubmissionError(
            "there is nothing to score", hint="submit predictions, or a model if it is run here"
        )
    _need_probabilities(scored, playground, "the model")
    seen = reproduction(own, said) if own is not None and said is not None else None
    facts, cost = (ran.facts, ran.cost) if ran else (None, None)
    return Run(scored=scored.sha256(), facts=facts, cost=cost, reproduction=seen), scored


def bounds_of(playground: Playground) -> Bounds:
    """Tell the sandbox what a model may use."""
    limits = playground.limits
    return Bounds(seconds=limits.seconds, memory_bytes=limits.memory_bytes)


def task_of(playground: Playground, *, rows: int | None) -> Task:
    """Tell the sandbox what to expect; `rows` None: as many as there are."""
    return Task(
        task_type=playground.task_type,
        labels=playground.labels,
        rows=rows,
        inputs=tuple(item.name for item in playground.inputs),
        features_public=playground.features == "public",
    )


def _need_probabilities(predictions: Predictions, playground: Playground, name: str) -> None:
    if playground.needs_probabilities and predictions.probabilities is None:
        names = ", ".join(m.name for m in playground.metrics if m.name in ("log_loss", "roc_auc"))
        raise SubmissionError(
            f"{name} gives labels, but {names} needs probabilities",
            hint="give one probability column per label, named as the labels",
        )
