"""Create a playground: seal the holdout, commit the task and its public data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

from aims_gh.core.holdout import (
    Truth,
    label_column,
    read_labels,
    truth_from_table,
    truth_to_bytes,
)
from aims_gh.core.readme import REQUEST
from aims_gh.core.score import check_metrics
from aims_gh.core.seal import seal
from aims_gh.domain.address import Address
from aims_gh.domain.course import Course
from aims_gh.domain.playground import Playground
from aims_gh.domain.record import Problems, load_yaml
from aims_gh.errors import CourseError
from aims_gh.flows.address import public_address
from aims_gh.flows.owner_data import (
    PublicData,
    Source,
    completed,
    inputs_of,
    read_public_data,
)
from aims_gh.flows.sealed import new_envelope
from aims_gh.flows.starter import Starter, first_starter
from aims_gh.flows.trial import try_out
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.workspace import (
    Tree,
    Workspace,
    data_file,
    envelope_file,
    features_file,
    labels_file,
    metrics_file,
    playground_file,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A playground as its owner describes it.

    Attributes
    ----------
    rules : mapping
        What `playground.yml` will say, without `holdout` and `data`, which are worked out.
    labels : Source
        The held-out answers. They leave this machine only sealed.
    label_column : str or None
        Which column of `labels`, where it has several.
    features, train, example : Source or None
        Public data; `features` is sealed instead where `rules` say it is hidden.
    readme : str
        Shown first on the playground's page.
    name : str
        Where `rules` came from, for messages.
    lines : mapping
        Where they came from a file: the line of each key.
    metrics : bytes or None
        `metrics.py`, with the functions of metrics of the owner's own.
    """

    rules: Mapping[str, Any]
    labels: Source
    label_column: str | None = None
    features: Source | None = None
    train: Source | None = None
    example: Source | None = None
    readme: str = ""
    name: str = "the playground"
    lines: Mapping[str, int] | None = None
    metrics: bytes | None = None


def read_rules(content: bytes, name: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Read the owner's `playground.yml`; give its keys and their lines."""
    try:
        value, lines = load_yaml(content)
        if not isinstance(value, dict):
            raise Problems(["expected keys and values, one per line"])
        return value, lines
    except Problems as problems:
        raise CourseError(
            f"{name} is not valid: {problems}",
            hint="the documentation's page on playground.yml describes every key",
        ) from None


def create_playground(
    forge: Forge,
    slug: str,
    draft: Draft,
    *,
    seed: int,
    templates: Path,
    now: datetime | None = None,
    sandbox: Sandbox | None = None,
    starter: Starter | None = None,
) -> Playground:
    """Commit a new playground to `main`.

    Parameters
    ----------
    seed : int
        At least 128 secret random bits; draws the private part and is then forgotten.
    now : datetime, optional
        A deadline before it is refused.
    sandbox : Sandbox, optional
        Tries out metrics of the owner's own; needed only where there are some.
    starter : Starter, optional
        A notebook to begin with is committed too, where one can be written.

    Raises
    ------
    CourseError
        If the description, the data, the holdout or a metric are wrong; nothing is committed then.
    """
    with forge.tree(MAIN) as main:
        course = Workspace(main).course()
    place = public_address(forge, course, slug)
    playground, files = _prepare(course, place, draft, seed, templates, sandbox, starter)
    closes = playground.competition.closes
    if now and closes and closes <= now:
        raise CourseError(
            f"the deadline, {closes:%Y-%m-%d %H:%M} UTC, has passed already",
            hint="set competition.closes, or --closes, to a moment to come",
        )

    def write(tree: Tree) -> Change:
        if slug in Workspace(tree).slugs():
            raise CourseError(
                f"the course has a playground {slug!r} already",
                hint="choose another name; aims playground remove takes one back",
            )
        return Change(message=f"Start the playground {slug}", files=files)

    forge.record(write, branch=MAIN)
    return playground


def remove_playground(forge: Forge, slug: str) -> None:
    """Take a playground back, as long as nobody's submission was scored in it.

    Its files stay in the history of `main`, the labels sealed as they were.

    Raises
    ------
    CourseError
        If there is no such playground, or it has evaluations.
    """
    with forge.tree(LEDGER) as ledger:
        count = len(Workspace(ledger).evaluations(slug))
    if count:
        raise CourseError(
            f"{slug} has {count} evaluation{'s'[: count != 1]}, which would lose their task",
            hint="close it instead: set competition.closes in its playground.yml",
        )

    def take_away(tree: Tree) -> Change:
        Workspace(tree).playground(slug)
        gone = dict.fromkeys(tree.paths(playground_file(slug, "").rstrip("/")))
        return Change(message=f"Remove the playground {slug}", files=gone)

    forge.record(take_away, branch=MAIN)


def _prepare(
    course: Course,
    place: Address,
    draft: Draft,
    seed: int,
    templates: Path,
    sandbox: Sandbox | None,
    starter: Starter | None,
) -> tuple[Playground, dict[str, bytes | None]]:
    slug = place.slug
    rules, files = _with_labels(draft), dict[str, bytes | None]()
    table, truth = draft.labels.table(), _truth(rules, draft, seed)
    label_name = draft.label_column or next(iter(table.columns))
    data = read_public_data(
        draft.features,
        draft.train,
        draft.example,
        labels=draft.labels,
        label_name=label_name,
        answers=label_column(table, draft.labels.name, draft.label_column),
    )
    _add_holdout(course, slug, rules, truth, files)
    _add_data(course, slug, rules, data, files)
    playground = _check(rules, draft)
    check_metrics(playground, truth)
    try_out(playground, truth, draft.metrics, sandbox)
    if draft.metrics is not None:
        files[metrics_file(slug)] = draft.metrics
    files |= first_starter(place, playground, starter, data.train and data.train[1], label_name)
    readme = draft.readme or _readme(playground, templates)
    files[playground_file(slug)] = playground.to_yaml()
    files[playground_file(slug, "README.md")] = readme.encode("utf-8")
    return playground, files


def _with_labels(draft: Draft) -> dict[str, Any]:
    """Give the rules of a draft with all its labels, once it has what it needs."""
    rules = dict(draft.rules)
    needs_features = rules.get("evaluation", "predictions") != "predictions"
    if draft.features is None and (needs_features or rules.get("features") == "hidden"):
        raise CourseError(
            "models are to be run, but there are no features to run them on",
            hint="hand over the features with --features",
        )
    if rules.get("task_type") == "classification":
        rules["labels"] = read_labels(
            draft.labels.table(),
            name=draft.labels.name,
            column=draft.label_column,
            labels=rules.get("labels"),
        )
    return rules


def _truth(rules: Mapping[str, Any], draft: Draft, seed: int) -> Truth:
    return truth_from_table(
        draft.labels.table(),
        name=draft.labels.name,
        column=draft.label_column,
        labels=rules.get("labels") or (),
        fraction=_number((rules.get("competition") or {}).get("private_fraction", 0.5)),
        seed=seed,
    )


def _add_holdout(
    course: Course,
    slug: str,
    rules: dict[str, Any],
    truth: Truth,
    files: dict[str, bytes | None],
) -> None:
    """Put the sealed answers among the files, and a key for sealed submissions."""
    keys = course.keys
    sealed = seal(truth_to_bytes(truth), (keys.score, *keys.owners))
    files[labels_file(slug)] = sealed
    rules["holdout"] = {"rows": len(truth), "labels_sha256": _sha256(sealed)}
    if (rules.get("competition") or {}).get("sealed") is True:
        envelope, secret = new_envelope((keys.run, keys.score, *keys.owners))
        files[envelope_file(slug)] = secret
        rules["holdout"]["envelope"] = envelope


def _add_data(
    course: Course,
    slug: str,
    rules: dict[str, Any],
    data: PublicData,
    files: dict[str, bytes | None],
) -> None:
    """Put the data among the files, and what they show among the rules."""
    rules["data"] = {}
    for kind, (source, table) in data.given().items():
        name, content = f"{kind}{source.suffix}", source.content
        hidden = kind == "features" and rules.get("features") == "hidden"
        if hidden:
            content = seal(content, (course.keys.run, *course.keys.owners))
            files[features_file(slug)] = content
            rules["holdout"]["features_sha256"] = _sha256(content)
        else:
            files[data_file(slug, name)] = content
        # Of hidden features the digest is that of the sealed file: theirs could be guessed at.
        rules["data"][kind] = {
            "path": name,
            "sha256": _sha256(content),
            "bytes": len(content),
            "rows": len(table),
        }
        if kind != "train":
            shown = inputs_of(table, show=not hidden, input_type=str(rules.get("input_type")))
            rules["inputs"] = completed(rules["inputs"], shown) if "inputs" in rules else shown


def _check(rules: dict[str, Any], draft: Draft) -> Playground:
    try:
        return Playground.from_value(rules, lines=dict(draft.lines or {}))
    except Problems as problems:
        raise CourseError(
            f"{draft.name} will not do: {problems}",
            hint="the documentation's page on playground.yml describes every key",
        ) from None


def _readme(playground: Playground, templates: Path) -> str:
    text = (templates / "course" / "playground-README.md").read_text(encoding="utf-8")
    words = {"title": playground.title, "description": playground.description}
    return Template(text).safe_substitute(words, request=REQUEST.rstrip())


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 0.9:
        raise CourseError(
            "competition.private_fraction is not a number from 0 to 0.9",
            hint="0.5 keeps half of the holdout secret until the reveal, 0 nothing",
        )
    return float(value)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
