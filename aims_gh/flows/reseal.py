"""Reseal: give a playground the answers that it is scored by, sealed to the course's keys."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from aims_gh.core.holdout import (
    Truth,
    label_column,
    truth_from_bytes,
    truth_from_table,
    truth_to_bytes,
)
from aims_gh.core.leaks import check_no_answers
from aims_gh.core.score import check_metrics
from aims_gh.core.seal import Key, open_sealed, seal
from aims_gh.core.table import SUFFIXES
from aims_gh.domain.address import Address
from aims_gh.domain.course import Course
from aims_gh.domain.playground import DataFile, Playground
from aims_gh.errors import CourseError
from aims_gh.flows.address import public_address
from aims_gh.flows.amend import edited
from aims_gh.flows.owner_data import Source, inputs_of, read_public_data
from aims_gh.flows.starter import (
    Read,
    Starter,
    first_starter,
    renewed,
    training_table,
)
from aims_gh.flows.trial import try_out
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.workspace import (
    Tree,
    Workspace,
    data_file,
    features_file,
    labels_file,
    metrics_file,
    playground_file,
    starter_file,
)

FindKey = Callable[[str], Key | None]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the owner brings."""

    labels: Source
    label_column: str | None = None
    features: Source | None = None
    """What to predict on, where other rows than before are to be predicted."""

    train: Source | None = None
    """What to learn from, where that is other data too."""


def reseal(
    forge: Forge,
    slug: str,
    answers: Answers,
    *,
    by: str,
    seed: int,
    find_key: FindKey,
    sandbox: Sandbox | None = None,
    starter: Starter | None = None,
) -> Playground:
    """Put labels in the place of those that are there, or of none.

    The private part is drawn anew. Where versions were scored already the old one stays, row by
    row: of two different ones everybody could compute what is secret in either.

    Parameters
    ----------
    by : str
        The owner who brings them, as the commit says.
    seed : int
        At least 128 secret random bits; draws the private part and is then forgotten.
    find_key : callable
        Finds the key that opens the old labels, which is needed only where versions were scored.
    starter : Starter, optional
        A notebook to begin with is committed too, where the playground waited for its labels, and
        has none. One that nobody changed is written anew.

    Raises
    ------
    CourseError
        If labels, features and playground do not belong together; nothing is committed then.
    """
    scored = scored_versions(forge, slug) > 0
    with forge.tree(MAIN) as main:
        course, playground = Workspace(main).course(), Workspace(main).playground(slug)
        truth = _truth(main, slug, answers, seed, find_key if scored else None)
        metrics = main.read(metrics_file(slug)) if playground.own_metrics else None
    check_metrics(playground, truth)
    try_out(playground, truth, metrics, sandbox)
    new = _sealed(course, slug, playground, answers, truth)
    place = public_address(forge, course, slug)
    made: list[Playground] = []

    def edit(tree: Tree) -> Change:
        now, path = Workspace(tree).playground(slug), playground_file(slug)
        if now != playground:
            raise CourseError(f"{slug} was changed meanwhile", hint="do the same again")
        value = now.model_dump(mode="json", exclude_defaults=True) | new.keys
        made[:] = [Playground.from_value(value)]
        content = edited(tree.read(path) or b"", new.keys, made[0])

        def read(name: str) -> bytes | None:
            return new.files[name] if name in new.files else tree.read(name)

        notebook = _notebook(place, now, made[0], read, answers, starter)
        message = f"Seal the labels of {slug}, by {by}"
        return Change(message, new.files | notebook | {path: content})

    forge.record(edit, branch=MAIN)
    return made[0]


@dataclass(frozen=True, slots=True)
class _New:
    """What changes: keys of `playground.yml`, and files."""

    keys: dict[str, Any]
    files: dict[str, bytes | None]


def _sealed(
    course: Course, slug: str, playground: Playground, answers: Answers, truth: Truth
) -> _New:
    sealed = seal(truth_to_bytes(truth), (course.keys.score, *course.keys.owners))
    files: dict[str, bytes | None] = {labels_file(slug): sealed}
    holdout: dict[str, Any] = {"rows": len(truth), "labels_sha256": _sha256(sealed)}
    if playground.holdout.envelope:
        holdout["envelope"] = playground.holdout.envelope
    keys = _features(course, slug, playground, answers.features, holdout, files)
    return _New(keys | _train(slug, playground, answers.train, keys, files), files)


def scored_versions(forge: Forge, slug: str) -> int:
    """Count the versions whose scores are about the answers of before."""
    with forge.tree(LEDGER) as ledger:
        return len(Workspace(ledger).evaluations(slug))


def _truth(main: Tree, slug: str, answers: Answers, seed: int, find_key: FindKey | None) -> Truth:
    """Read the answers, and see that they go with the playground; with a key, keep its split."""
    rules = Workspace(main)
    playground = rules.playground(slug)
    truth = truth_from_table(
        answers.labels.table(),
        name=answers.labels.name,
        column=answers.label_column,
        labels=playground.labels,
        fraction=playground.competition.private_fraction,
        seed=seed,
    )
    if find_key is not None:
        truth = _with_old_split(rules, slug, rules.course(), truth, find_key)
    _check_rows(playground, answers, len(truth))
    _check_leaks(main, slug, playground, answers)
    return truth


def _with_old_split(
    rules: Workspace, slug: str, course: Course, truth: Truth, find_key: FindKey
) -> Truth:
    """Keep which rows are private: a second split would give both away."""
    path = labels_file(slug)
    keys = [k for public in (course.keys.score, *course.keys.owners) if (k := find_key(public))]
    old = truth_from_bytes(open_sealed(rules.file(path), keys, name=path))
    if len(old) != len(truth):
        raise CourseError(
            f"{slug} has versions that were scored on {len(old)} rows, these are {len(truth)}",
            hint="make another playground for other rows; corrected labels have the same rows",
        )
    return replace(truth, private=old.private)


def _check_rows(playground: Playground, answers: Answers, rows: int) -> None:
    """See that what is to be predicted on has as many rows as there are labels."""
    if answers.features is not None:
        return
    there, digest = playground.data.features, playground.holdout.features_sha256
    if playground.features == "hidden" and digest is None:
        raise CourseError(
            "the playground's features are hidden, and there are none",
            hint="hand them over too: --features",
        )
    if there is not None and there.rows not in (None, rows):
        raise CourseError(
            f"{answers.labels.name} has {rows} rows, and {there.path} to predict on has "
            f"{there.rows}",
            hint="features and labels belong together row by row: hand over both, --features too",
        )


def _check_leaks(main: Tree, slug: str, playground: Playground, answers: Answers) -> None:
    """See that nothing public has the answers in it."""
    table = answers.labels.table()
    column = label_column(table, answers.labels.name, answers.label_column)
    read_public_data(
        answers.features,
        answers.train,
        None,
        labels=answers.labels,
        label_name=answers.label_column or next(iter(table.columns)),
        answers=column,
    )
    held_out = answers.features.table() if answers.features else None
    train = None if answers.train else playground.data.train
    for file in (train, playground.data.example, *playground.data.shared):
        content = main.read(data_file(slug, file.path)) if file else None
        if file is None or content is None or not file.path.endswith(SUFFIXES):
            continue
        public = Source(file.path, content).table()
        check_no_answers(public, file.path, answers=column, features=held_out)


def _notebook(
    place: Address,
    before: Playground,
    now: Playground,
    read: Read,
    answers: Answers,
    starter: Starter | None,
) -> dict[str, bytes]:
    """Give the first notebook of a playground that waited; else the one there by new rules."""
    if not before.waits_for_labels or read(starter_file(place.slug)) is not None:
        return renewed(place, before, now, read)
    label = answers.label_column or next(iter(answers.labels.table().columns))
    train = training_table(place.slug, now, read)
    return first_starter(place, now, starter, train, label)


def _features(
    course: Course,
    slug: str,
    playground: Playground,
    features: Source | None,
    holdout: dict[str, Any],
    files: dict[str, bytes | None],
) -> dict[str, Any]:
    """Put new features among the files; give the keys of `playground.yml` that change."""
    if features is None:
        if playground.holdout.features_sha256:
            holdout["features_sha256"] = playground.holdout.features_sha256
        return {"holdout": holdout}
    hidden, table, content = playground.features == "hidden", features.table(), features.content
    found = inputs_of(table, show=not hidden, input_type=playground.input_type)
    names, wanted = [item["name"] for item in found], [item.name for item in playground.inputs]
    if wanted and sorted(names) != sorted(wanted):
        raise CourseError(
            f"{features.name} has the columns {', '.join(names[:8])}, and the playground's inputs "
            f"are {', '.join(wanted[:8])}",
            hint="models of the playground take its inputs: make another one for others",
        )
    name = f"features{features.suffix}"
    if hidden:
        content = seal(content, (course.keys.run, *course.keys.owners))
        files[features_file(slug)] = content
        holdout["features_sha256"] = _sha256(content)
    else:
        before = playground.data.features
        files |= {data_file(slug, before.path): None} if before else {}
        files[data_file(slug, name)] = content
    file = DataFile(path=name, sha256=_sha256(content), bytes=len(content), rows=len(table))
    data = playground.data.model_copy(update={"features": file})
    keys: dict[str, Any] = {"holdout": holdout, "data": data.model_dump(mode="json")}
    return keys if wanted else keys | {"inputs": found}


def _train(
    slug: str,
    playground: Playground,
    train: Source | None,
    keys: dict[str, Any],
    files: dict[str, bytes | None],
) -> dict[str, Any]:
    """Put new training data among the files; give the key of `playground.yml` that changes."""
    if train is None:
        return {}
    before, name = playground.data.train, f"train{train.suffix}"
    files |= {data_file(slug, before.path): None} if before else {}
    files[data_file(slug, name)] = train.content
    rows = len(train.table())
    file = DataFile(path=name, sha256=train.sha256(), bytes=len(train.content), rows=rows)
    data = keys.get("data") or playground.data.model_dump(mode="json")
    return {"data": data | {"train": file.model_dump(mode="json")}}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
