"""Read a course: boards, versions, models, predictions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aims_gh.core.bundle import unpack
from aims_gh.core.compare import Line
from aims_gh.core.compare import compare as compare_evaluations
from aims_gh.core.opened import after_reveal
from aims_gh.core.predictions import Predictions
from aims_gh.core.rank import leaderboard
from aims_gh.core.rulings import Rulings
from aims_gh.core.seal import Key, open_sealed
from aims_gh.domain.address import Address
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.model_facts import Reading
from aims_gh.domain.playground import BoardName, Playground
from aims_gh.domain.reveal import Opened, Reveal
from aims_gh.domain.submission import BUNDLE_FILE, MODEL_FILE
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.run import bounds_of, task_of
from aims_gh.forge import LEDGER, MAIN, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.site.words import withheld
from aims_gh.workspace import Workspace, submission_folder


@dataclass(frozen=True, slots=True)
class BoardView:
    """One board of a playground."""

    address: Address
    name: BoardName
    board: Board

    def as_dict(self) -> dict[str, Any]:
        """Give what `aims leaderboard --json` prints; own keys of participants in `metadata`."""
        return {
            "playground": self.address.slug,
            "board": self.name,
            "metric": self.board.metric,
            "direction": self.board.direction,
            "rows": self.board.rows(),
        }


def read_playground(forge: Forge, address: Address) -> Playground:
    """Read what a playground is."""
    with forge.tree(MAIN) as main:
        return Workspace(main).playground(address.slug)


def read_board(forge: Forge, address: Address, name: BoardName) -> BoardView:
    """Read a board; before the first evaluation it is empty.

    Raises
    ------
    CourseError
        If there is no such playground, or it has no such board.
    """
    with forge.tree(LEDGER) as ledger:
        found = Workspace(ledger).leaderboard(address.slug)
    if found is not None and name in found.boards and name in ("experiment", "final"):
        return BoardView(address, name, found.boards[name])
    if name == "final":
        raise CourseError(
            f"{address.slug} has no final board yet: it comes with the reveal",
            hint=f"aims leaderboard {address} --board competition shows the public scores",
        )
    playground = read_playground(forge, address)
    if name not in playground.boards:
        raise CourseError(
            f"{address.slug} has no {name} board: nothing of its holdout is private",
            hint=f"aims leaderboard {address} --board experiment",
        )
    known = found.boards if found else {}
    empty = leaderboard(address.slug, playground, ())
    return BoardView(address, name, known.get(name, empty.boards[name]))


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version, with what was decided of it and what the reveal has opened.

    Attributes
    ----------
    evaluation : Evaluation
        After the reveal its scores are those on all rows, and what was sealed is in it.
    opened : Opened or None
        Scores on each part; None before the reveal.
    public_rows : int
        How many rows the public scores cover.
    marks : tuple of str
        As the boards have them.
    reason : str
        Why it is disqualified; empty where it is not.
    withheld : str
        What its scores hold back until the reveal; empty where they are exact.
    """

    evaluation: Evaluation
    opened: Opened | None
    public_rows: int
    marks: tuple[str, ...]
    reason: str
    withheld: str

    def as_dict(self) -> dict[str, Any]:
        """Give what `aims show --json` prints: the evaluation, and `revealed` scores by part."""
        parts = {"private", "public", "whole", "intervals", "group"}
        revealed = self.opened.model_dump(mode="json", include=parts) if self.opened else None
        return {
            **self.evaluation.model_dump(mode="json"),
            "marks": list(self.marks),
            "reason": self.reason,
            "revealed": revealed,
        }


def read_version(forge: Forge, address: Address, version: int) -> VersionView:
    """Read all that is known of one version now."""
    with forge.tree(LEDGER) as ledger:
        workspace = Workspace(ledger)
        recorded = workspace.evaluation(address.slug, version)
        reveal, board = workspace.reveal(address.slug), workspace.leaderboard(address.slug)
        rulings = Rulings(audit=workspace.audit(address.slug))
    opened = reveal.versions.get(version) if reveal else None
    is_held = recorded.private and opened is None
    return VersionView(
        evaluation=_known(forge, address, [recorded], reveal)[0],
        opened=opened,
        public_rows=recorded.rows,
        marks=_marks(board, version) or recorded.marks,
        reason=rulings.reason(version),
        withheld=withheld(read_playground(forge, address)) if is_held else "",
    )


def read_evaluation(forge: Forge, address: Address, version: int) -> Evaluation:
    """Read one version; after the reveal, with what was sealed."""
    return _read_all(forge, address, [version])[0]


def _read_all(forge: Forge, address: Address, versions: Sequence[int]) -> list[Evaluation]:
    with forge.tree(LEDGER) as ledger:
        workspace = Workspace(ledger)
        found = [workspace.evaluation(address.slug, version) for version in versions]
        reveal = workspace.reveal(address.slug)
    return _known(forge, address, found, reveal)


def _known(
    forge: Forge, address: Address, evaluations: Sequence[Evaluation], reveal: Reveal | None
) -> list[Evaluation]:
    if reveal is None:
        return list(evaluations)
    rows = read_playground(forge, address).holdout.rows
    opened = reveal.versions
    return [
        after_reveal(e, opened[e.version], rows=rows) if e.version in opened else e
        for e in evaluations
    ]


def _marks(found: Leaderboard | None, version: int) -> tuple[str, ...]:
    boards = found.boards.values() if found else ()
    rows = (
        marks
        for board in boards
        for one, marks in zip(board.columns["version"], board.columns["marks"], strict=True)
        if one == version
    )
    return tuple(dict.fromkeys(mark for marks in rows for mark in marks))


def reading_of(forge: Forge, address: Address, version: int) -> Reading | None:
    """Read how a version's numbers for labels are read; None where that is not known."""
    facts = read_evaluation(forge, address, version).facts
    return facts.reading if facts else None


@dataclass(frozen=True, slots=True)
class Compared:
    """Versions side by side."""

    evaluations: tuple[Evaluation, ...]
    lines: tuple[Line, ...]


def compare(forge: Forge, address: Address, versions: Sequence[int]) -> Compared:
    """Line up several versions."""
    found = tuple(_read_all(forge, address, versions))
    return Compared(found, tuple(compare_evaluations(found)))


def get_model(forge: Forge, address: Address, version: int) -> bytes:
    """Fetch a version's ONNX file by its commit, and check its digest.

    Raises
    ------
    CourseError
        If the version has no model, or its bytes are not those that were scored.
    """
    with forge.tree(LEDGER) as ledger:
        evaluation = Workspace(ledger).evaluation(address.slug, version)
    found = _revealed(forge, address, evaluation) if evaluation.digests.bundle else None
    digest = evaluation.digests.model if found is None else found.digest
    if digest is None:
        raise CourseError(
            f"version {version} of {address.slug} is predictions alone, it has no model",
            hint="aims leaderboard shows num_params for versions with a model",
        )
    content = found.model if found else _proposed(forge, address, evaluation, MODEL_FILE)
    if content is None or hashlib.sha256(content).hexdigest() != digest:
        raise CourseError(
            f"the model of version {version} is not the file that was scored",
            hint="the proposal's commit was changed or removed; ask the owners",
        )
    return content


@dataclass(frozen=True, slots=True)
class _Revealed:
    digest: str | None
    model: bytes | None


def _revealed(forge: Forge, address: Address, evaluation: Evaluation) -> _Revealed:
    """Open a sealed submission with the key that the reveal has published."""
    with forge.tree(LEDGER) as ledger:
        reveal = Workspace(ledger).reveal(address.slug)
    opened = reveal.versions.get(evaluation.version) if reveal else None
    if reveal is None or reveal.envelope is None or opened is None or opened.contents is None:
        raise CourseError(
            f"version {evaluation.version} of {address.slug} is sealed until the reveal",
            hint="aims playground show tells when the competition closes",
        )
    bundle = _proposed(forge, address, evaluation, BUNDLE_FILE)
    digest = hashlib.sha256(bundle or b"").hexdigest()
    if bundle is None or digest != evaluation.digests.bundle:
        raise CourseError(
            f"the bundle of version {evaluation.version} is not the file that was scored",
            hint="the proposal's commit was changed or removed; ask the owners",
        )
    key = Key.from_secret(reveal.envelope)
    files = unpack(open_sealed(bundle, [key], name=BUNDLE_FILE), limit=len(bundle))
    return _Revealed(opened.contents.model, files.get(MODEL_FILE))


def _proposed(forge: Forge, address: Address, evaluation: Evaluation, name: str) -> bytes | None:
    folder = submission_folder(address.slug, evaluation.username, evaluation.submission)
    with forge.tree(evaluation.head) as proposed:
        return proposed.read(f"{folder}/{name}")


def best_version(forge: Forge, address: Address) -> int:
    """Give the best-ranked version that has a model."""
    board = read_board(forge, address, "experiment").board
    for version, params in zip(
        board.columns.get("version", ()), board.columns.get("num_params", ()), strict=True
    ):
        if params is not None:
            return int(version)
    raise CourseError(
        f"no version of {address.slug} has a model yet",
        hint=f"aims submit MODEL.onnx --to {address} hands one in",
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """What a version says about some rows."""

    version: int
    predictions: Predictions
    playground: Playground

    def values(self) -> list[Any]:
        """Give one label or number per row."""
        if self.predictions.codes is not None:
            return [self.playground.labels[code] for code in self.predictions.codes]
        assert self.predictions.values is not None
        return [float(value) for value in self.predictions.values]

    def rows(self) -> list[dict[str, Any]]:
        """Give one record per row: the prediction, and a probability per label where known."""
        rows: list[dict[str, Any]] = [{"prediction": value} for value in self.values()]
        if self.predictions.probabilities is not None:
            names = [f"probability_{label}" for label in self.playground.labels]
            for row, line in zip(rows, self.predictions.probabilities, strict=True):
                row |= dict(zip(names, (float(p) for p in line), strict=True))
        return rows


def predict(
    forge: Forge,
    address: Address,
    data: bytes,
    name: str,
    *,
    version: int | None,
    sandbox: Sandbox,
) -> Answers:
    """Run a version's model on new rows, in the sandbox.

    Parameters
    ----------
    data, name : bytes, str
        A CSV, Parquet or NumPy file with the playground's inputs.
    version : int or None
        None: the best-ranked one that has a model.
    """
    chosen = best_version(forge, address) if version is None else version
    playground = read_playground(forge, address)
    model = get_model(forge, address, chosen)
    task = replace(
        task_of(playground, rows=None),
        features_public=True,  # the user's own rows
        reading=reading_of(forge, address, chosen),
    )
    try:
        ran = sandbox.run(model, data, name, task, bounds_of(playground))
    except SubmissionError as error:
        if "features" not in error.message:
            raise
        raise SubmissionError(
            error.message.replace("the features", name),
            hint=f"{name} needs the columns that `aims playground show` lists",
        ) from None
    if ran.predictions is None:
        raise SubmissionError(
            f"version {chosen} gave no predictions", hint="try another: --version N"
        )
    return Answers(chosen, ran.predictions, playground)


@dataclass(frozen=True, slots=True)
class PlaygroundSummary:
    """One line about a playground."""

    slug: str
    title: str
    task_type: str
    metric: str
    submissions: int
    participants: int
    best: float | None


@dataclass(frozen=True, slots=True)
class CourseSummary:
    """What a course has."""

    title: str
    playgrounds: tuple[PlaygroundSummary, ...]
    open_proposals: int


def course_summary(forge: Forge) -> CourseSummary:
    """Sum a course up."""
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        rules, results = Workspace(main), Workspace(ledger)
        playgrounds = tuple(_summary(rules, results, slug) for slug in rules.slugs())
        title = rules.course().title
    return CourseSummary(title, playgrounds, len(forge.proposals()))


def _summary(rules: Workspace, results: Workspace, slug: str) -> PlaygroundSummary:
    playground, found = rules.playground(slug), results.leaderboard(slug)
    metric = playground.ranking_metric.name
    rows = {
        r["version"]: r for board in (found.boards if found else {}).values() for r in board.rows()
    }
    best = next((r[metric] for r in rows.values() if r["rank"] == 1), None)
    people = {row["username"] for row in rows.values()}
    return PlaygroundSummary(
        slug, playground.title, playground.task_type, metric, len(rows), len(people), best
    )
