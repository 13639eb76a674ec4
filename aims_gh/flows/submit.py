"""Submit: pack a model and its predictions, check them as the evaluator will, propose them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aims_gh.core import validate
from aims_gh.core.bundle import AUTHOR_FILE
from aims_gh.core.bundle import pack as pack_bundle
from aims_gh.core.seal import seal
from aims_gh.domain.address import Address
from aims_gh.domain.claims import Claims
from aims_gh.domain.playground import Playground
from aims_gh.domain.proposal import Proposal
from aims_gh.domain.record import Problems
from aims_gh.domain.steps import Run
from aims_gh.domain.submission import (
    BUNDLE_FILE,
    EXTRA_FILES,
    MANIFEST_FILE,
    MODEL_FILE,
    Submission,
    SubmittedFile,
)
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.intake import Boards
from aims_gh.flows.rulings import read_rulings
from aims_gh.flows.run import bounds_of, examine, read_features
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.workspace import Workspace, course_with_roster, submission_folder


@dataclass(frozen=True, slots=True)
class Parts:
    """What a participant hands in.

    Attributes
    ----------
    model : bytes or None
        An ONNX file.
    predictions : bytes or None
    predictions_suffix : str
        ``.csv``, ``.npy`` or ``.parquet``.
    predictions_name : str
        What the participant calls the file; empty: it is none of theirs.
    board : str
        experiment, competition or all.
    claims : Claims
        What the participant says about the model.
    files : mapping of str to bytes
        `preprocessor.py`, `code.ipynb`, `architecture.json`, weights: kept, never executed.
    preprocessed : bool
        Whether the model takes what `preprocessor.py` gives.
    baseline : bool
        Whether an owner hands it in for others to be measured by.
    """

    model: bytes | None
    predictions: bytes | None
    predictions_suffix: str = ".csv"
    predictions_name: str = ""
    board: str = "all"
    claims: Claims = field(default_factory=Claims)
    description: str = ""
    tags: tuple[str, ...] = ()
    based_on: int | None = None
    files: Mapping[str, bytes] | None = None
    preprocessed: bool = False
    baseline: bool = False


def claims_from(values: Mapping[str, object]) -> Claims:
    """Check what a participant says about a model; SubmissionError with all that is wrong."""
    try:
        return Claims.from_value(dict(values))
    except Problems as problems:
        raise SubmissionError(
            f"this cannot be said about a model: {problems}",
            hint="own columns: at most 20, of letters, digits and underscores, with plain values",
        ) from None


@dataclass(frozen=True, slots=True)
class Packed:
    """A submission as the files it will be."""

    submission: Submission
    contents: Mapping[str, bytes]
    predictions_name: str = ""
    """What the participant calls the file of the predictions, for messages."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks that need no secret said."""

    rows: int
    run: Run
    ran_model: bool
    """Whether the model was run here on the public features."""


def pack(slug: str, parts: Parts, *, now: datetime) -> Packed:
    """Write the manifest.

    Raises
    ------
    SubmissionError
        With everything that is wrong with what was given.
    """
    contents: dict[str, bytes] = dict(parts.files or {})
    if parts.model is not None:
        contents[MODEL_FILE] = parts.model
    predictions_name = f"predictions{parts.predictions_suffix}"
    if parts.predictions is not None:
        contents[predictions_name] = parts.predictions
    digest = hashlib.sha256(b"".join(contents[name] for name in sorted(contents))).hexdigest()

    def described(name: str) -> dict[str, object] | None:
        if name not in contents:
            return None
        content = contents[name]
        return {
            "path": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }

    try:
        submission = Submission.from_value(
            {
                "id": f"{now:%Y%m%d-%H%M%S}-{digest[:8]}",
                "playground": slug,
                "board": parts.board,
                "created": now,
                "model": described(MODEL_FILE),
                "predictions": described(predictions_name),
                "files": [described(name) for name in EXTRA_FILES if name in contents],
                "description": parts.description,
                "tags": parts.tags,
                "based_on": parts.based_on,
                "preprocessed": parts.preprocessed,
                "baseline": parts.baseline,
                "claims": parts.claims,
            }
        )
    except Problems as problems:
        raise SubmissionError(
            f"this cannot be submitted: {problems}", hint="aims submit --help shows the options"
        ) from None
    files = contents | {MANIFEST_FILE: submission.to_yaml()}
    return Packed(submission, files, parts.predictions_name)


def sealed_up(packed: Packed, playground: Playground, *, author: str) -> Packed:
    """Put a submission into a bundle that nobody can open before the reveal.

    Raises
    ------
    CourseError
        If the playground takes none.
    """
    envelope = playground.holdout.envelope
    if not playground.competition.sealed or envelope is None:
        raise CourseError(
            "this playground takes no sealed submissions",
            hint="submit openly, or ask its owners for competition.sealed in playground.yml",
        )
    inner = packed.submission
    contents = {**packed.contents, AUTHOR_FILE: author.encode()}
    bundle = seal(pack_bundle(contents), [envelope])
    outer = Submission(
        id=inner.id,
        playground=inner.playground,
        board=inner.board,
        created=inner.created,
        bundle=SubmittedFile(
            path=BUNDLE_FILE, sha256=hashlib.sha256(bundle).hexdigest(), bytes=len(bundle)
        ),
    )
    return Packed(outer, {MANIFEST_FILE: outer.to_yaml(), BUNDLE_FILE: bundle})


def check(
    forge: Forge,
    address: Address,
    packed: Packed,
    *,
    sandbox: Sandbox,
    author: str,
    now: datetime,
) -> Checked:
    """Run everything that the evaluator will run and that needs no secret.

    Parameters
    ----------
    author, now
        Who would submit, and when: rules and limits are looked at too.

    Raises
    ------
    SubmissionError
        Just as the evaluator would refuse it.
    """
    submission = packed.submission
    with forge.tree(MAIN) as main:
        workspace = Workspace(main)
        playground = workspace.playground(address.slug)
        sizes = {name: len(content) for name, content in packed.contents.items()}
        folder = validate.Folder("", address.slug, submission.id, sizes)
        validate.check_manifest(submission, folder, playground)
        with forge.tree(LEDGER) as ledger:
            results = Workspace(ledger)
            rulings = read_rulings(workspace, results, address.slug)
            scored = Boards(results).scored(address.slug, rulings)
            course = course_with_roster(workspace, results)
        validate.check_open(submission, rulings)
        validate.check_baseline(submission, author, course)
        validate.admit(
            author,
            now,
            course=course,
            playground=playground,
            rulings=rulings,
            scored=scored.get(rulings.entrant(author), ()),
        )
        hidden = playground.features == "hidden"
        features = (
            None if hidden else read_features(workspace, address.slug, playground, lambda _: None)
        )
    model = packed.contents.get(MODEL_FILE)
    if hidden and model is not None:
        # Nobody but the evaluator can run it: look at the file only.
        facts = sandbox.inspect(model, bounds_of(playground))
        return Checked(playground.holdout.rows, Run(facts=facts), ran_model=False)
    run, _ = examine(
        submission,
        playground,
        sandbox,
        model=model,
        predictions=(
            packed.contents[submission.predictions.path] if submission.predictions else None
        ),
        features=features,
        name=packed.predictions_name,
    )
    return Checked(playground.holdout.rows, run, ran_model=run.cost is not None)


def submit(forge: Forge, address: Address, packed: Packed, *, author: str) -> Proposal:
    """Open a proposal with the packed submission."""
    submission = packed.submission
    folder = submission_folder(address.slug, author, submission.id)
    kind = submission.claims.model_type or ("a model" if submission.model else "predictions")
    title = f"Submit {kind} to {address.slug}"
    files = {f"{folder}/{name}": content for name, content in packed.contents.items()}
    return forge.propose(Change(message=title, files=files), author=author, title=title)
