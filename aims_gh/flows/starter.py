"""The starter notebook of a playground: it runs as it stands, and is there to be made better."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from aims_gh.core.inert import cell as inert
from aims_gh.core.notebook import Note, notebook, untouched
from aims_gh.core.table import Table, read_table
from aims_gh.core.training import Columns, training_columns, training_file
from aims_gh.domain.address import Address, Repository
from aims_gh.domain.playground import Playground
from aims_gh.errors import AimsError, CourseError
from aims_gh.flows.address import public_address
from aims_gh.forge import MAIN, Change, Forge
from aims_gh.workspace import Tree, Workspace, data_file, starter_file

_SAMPLE = 200

_EMPTY = ["", "NA", "NaN", "nan"]
"""How a number may be missing."""

Read = Callable[[str], bytes | None]
"""Gives a file of the course as it will be."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A notebook that is wanted, as long as it can be written."""

    where: Address
    """The playground, as its owner typed it."""

    say: Callable[[str], object]
    """Told in a line what became of it."""


def starter_notebook(
    forge: Forge, where: Address, *, label_column: str | None = None, kept: bool = True
) -> bytes:
    """Write a notebook that reads the public data, trains a model, submits it, shows the board.

    Parameters
    ----------
    where : Address
        As its owner typed it.
    label_column : str, optional
        Without it, what the notebook in the course has; else the column that is no input.
    kept : bool
        Whether it is for the course, where others read it; else `where` is good enough.

    Raises
    ------
    CourseError
        If the playground has no public training data with answers, nothing public to predict on,
        or waits for its labels.
    """
    with forge.tree(MAIN) as main:
        rules = Workspace(main)
        course, playground = rules.course(), rules.playground(where.slug)
        if playground.waits_for_labels:
            raise CourseError(
                f"{where.slug} waits for its labels: nothing can be submitted yet",
                hint="bring them first: "
                f"aims playground reseal {shlex.quote(str(where))} --labels FILE",
            )
        train = training_table(where.slug, playground, main.read)
        there = untouched(main.read(starter_file(where.slug)) or b"")
    label = label_column or (_label(train, there.label) if there else None)
    place = public_address(forge, course, where.slug) if kept else _here(forge, where)
    return _written(playground, place, train, label)


def _here(forge: Forge, where: Address) -> Address:
    """Give an address that is good on this machine, and of a folder never one on GitHub."""
    here = PurePath(where.course)
    if Repository.parse(forge.name) or here.is_absolute() or where.course.startswith("."):
        return where
    return Address(f"./{where.course}", where.slug)


def keep_starter(forge: Forge, slug: str, made: bytes) -> str:
    """Commit the notebook to the playground's code; give its path.

    Raises
    ------
    CourseError
        If there is one that somebody changed.
    """
    path = starter_file(slug)

    def edit(tree: Tree) -> Change | None:
        there = tree.read(path)
        if there == made:
            return None
        if there is not None and untouched(there) is None:
            raise CourseError(
                f"{path} was changed by hand: it is left as it is",
                hint="-o FILE writes a new one elsewhere; or take that one away first",
            )
        return Change(f"Write the starter notebook of {slug}", {path: made})

    forge.record(edit, branch=MAIN)
    return path


def first_starter(
    place: Address, playground: Playground, wanted: Starter | None, train: Table | None, label: str
) -> dict[str, bytes]:
    """Give the first notebook of a playground by its path; nothing where it cannot have one.

    Parameters
    ----------
    place : Address
        What the notebook says.
    train : Table or None
        The public training data.
    label : str
        What the held-out answers are called: the column is chosen where several could be it.
    """
    if wanted is None:
        return {}
    path = starter_file(place.slug)
    try:
        made = _written(playground, place, train, _label(train, label))
    except AimsError as why:
        later = f"aims playground starter {shlex.quote(str(wanted.where))}"
        wanted.say(f"no starter notebook: {why.message} (later: {later}; {why.hint})")
        return {}
    wanted.say(f"starter notebook: {path} in the course")
    return {path: made}


def renewed(place: Address, before: Playground, now: Playground, read: Read) -> dict[str, bytes]:
    """Give the notebook by the rules of now, saying `place`; nothing where it stays as it is.

    It stays where somebody changed it, where it would say the same, and where none can be written.
    """
    path = starter_file(place.slug)
    there = read(path) if _told(before) != _told(now) else None
    note = untouched(there) if there is not None else None
    if note is None:
        return {}
    try:
        train = training_table(place.slug, now, read)
        made = _written(now, place, train, _label(train, note.label))
    except AimsError:
        return {}
    return {} if made == there else {path: made}


def _told(playground: Playground) -> tuple[Any, ...]:
    """Give all that a notebook depends on."""
    names = ("title", "description", "metrics", "input_type", "task_type", "features", "inputs")
    data = (playground.data.train, playground.data.features)
    return (*(getattr(playground, name) for name in names), *data)


def _label(train: Table | None, likely: str) -> str | None:
    """Name the column with the answers where it is called as they are elsewhere; else None."""
    return likely if train is not None and likely in train.columns else None


def training_table(slug: str, playground: Playground, read: Read) -> Table | None:
    """Read the public training data; None where there are none."""
    file = playground.data.train
    content = read(data_file(slug, file.path)) if file else None
    if file is None or content is None:
        return None
    return read_table(content, file.path, error=CourseError)


def _written(
    playground: Playground, where: Address, train: Table | None, label_column: str | None
) -> bytes:
    path = training_file(where.slug, playground).path
    if train is None:
        raise CourseError(
            f"{path} is missing from the course", hint="restore it from the course's history"
        )
    if playground.data.features is None:
        raise CourseError(
            f"{where.slug} has no features to predict on", hint="a notebook has nothing to submit"
        )
    if not all(train.columns):
        raise CourseError(
            f"{path} has no column with the answers", hint="save inputs and answers as CSV"
        )
    columns = training_columns(playground, path, list(train.columns), label_column)
    if any(train.columns[name].ndim > 1 for name in (*columns.inputs, columns.answers)):
        raise CourseError(f"{path} has columns of arrays", hint="a table of single values is read")
    kinds = _kinds(train, columns)
    if not (kinds.numbers or kinds.texts):
        raise CourseError(f"{path} has empty columns alone", hint="there is nothing to learn from")
    return notebook(_cells(playground, where, kinds), Note(str(where), columns.answers))


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The columns that are read, by what they hold: what the evaluator finds in them too."""

    numbers: list[str]
    texts: list[str]
    label: str
    label_is_text: bool


def _kinds(train: Table, columns: Columns) -> _Kinds:
    """Part the columns; one without any value is left out, which nothing can be learnt from."""
    text = {name for name, column in train.columns.items() if column.dtype.kind == "U"}
    return _Kinds(
        [name for name in columns.inputs if name not in text],
        [name for name in columns.inputs if name in text and (train.columns[name] != "").any()],
        columns.answers,
        columns.answers in text,
    )


def _cells(playground: Playground, where: Address, kinds: _Kinds) -> list[tuple[str, str]]:
    """Give the kind and the text of each cell."""
    metric = playground.ranking_metric.name
    head = [
        f"# {inert(playground.title)}",
        inert(playground.description),
        "This notebook runs as it stands: it reads the public data, trains a simple model and "
        f"submits it. Then make it better: submissions are ranked by `{metric}`.",
        "It needs `pip install 'aims-gh[sklearn,pandas,github]'`. Where `ADDRESS` begins with "
        "`./`, the course is a folder: run the notebook in the folder that holds it.",
    ]
    submit = (
        "playground = ModelPlayground(playground_url=ADDRESS, username=USERNAME)\n"
        f"playground.submit_model(model{_sample(playground)}, training_data=X, "
        'input_dict={"tags": "starter"})'
    )
    return [
        ("markdown", "\n\n".join(part for part in head if part)),
        ("markdown", "## The data"),
        ("code", _data(playground, where, kinds)),
        ("markdown", "## A model"),
        ("code", _model(playground, kinds.numbers, kinds.texts)),
        ("markdown", "## Submit it\n\nWhere the course is on GitHub, sign in first: `aims login`."),
        ("code", submit),
        ("markdown", "## The board"),
        ("code", "playground.get_leaderboard()"),
    ]


def _data(playground: Playground, where: Address, kinds: _Kinds) -> str:
    """Write the code that reads the training data."""
    assert playground.data.train is not None
    file = f"files[{playground.data.train.path!r}]"
    if playground.data.train.path.lower().endswith(".parquet"):
        read = f"pd.read_parquet({file})"
    else:
        said = _as_it_is(playground, kinds)
        read = f"pd.read_csv(\n    {file}{said})" if said else f"pd.read_csv({file})"
    return (
        "import pandas as pd\n\nfrom aims_gh import ModelPlayground, download_data\n\n"
        f"ADDRESS = {str(where)!r}\n"
        "USERNAME = None  # your login, where the course is a folder\n"
        f"LABEL = {kinds.label!r}\n\n"
        'files = {path.name: path for path in download_data(ADDRESS, "data")}\n'
        f"train = {read}\n"
        "train = train.dropna(subset=[LABEL])\n"
        f"X, y = train[{[*kinds.numbers, *kinds.texts]!r}], train[LABEL]\n"
        "train.head()"
    )


def _as_it_is(playground: Playground, kinds: _Kinds) -> str:
    """Keep pandas from taking texts for something else: 007 for a number, NA for nothing."""
    answers = ["LABEL"] if kinds.label_is_text else []
    categories = [repr(name) for name in kinds.texts]
    if not (categories or answers):
        return ""
    texts = [*categories, *answers]
    numbers = [*map(repr, kinds.numbers), *([] if answers else ["LABEL"])]
    # An empty text has no words, and is a text all the same.
    missing = answers if playground.input_type == "text" else texts
    empty = [f"{name}: {_EMPTY!r}" for name in numbers] + [f"{name}: ['']" for name in missing]
    return (
        f",\n    dtype=dict.fromkeys([{', '.join(texts)}], str),\n"
        f"    keep_default_na=False,\n    na_values={{{', '.join(empty)}}},\n"
    )


def _sample(playground: Playground) -> str:
    """Say what the model is converted with, where there are no public features to do it with."""
    public = playground.features == "public" and playground.data.features is not None
    return "" if public else f", sample_data=X.head({_SAMPLE})"


def _model(playground: Playground, numbers: list[str], texts: list[str]) -> str:
    """Write the code that trains: numbers scaled, texts by their words, categories one by one."""
    words = playground.input_type == "text"
    classes = playground.task_type == "classification"
    name = "LogisticRegression" if classes else "Ridge"
    lines = ["from sklearn.compose import ColumnTransformer"]
    parts = []
    if texts and words:
        lines.append("from sklearn.feature_extraction.text import TfidfVectorizer")
        parts += [
            f'("words of " + {n!r}, TfidfVectorizer(max_features=5000), {n!r})' for n in texts
        ]
    if numbers:
        lines.append("from sklearn.impute import SimpleImputer")
    lines.append(f"from sklearn.linear_model import {name}")
    lines.append("from sklearn.pipeline import make_pipeline")
    scalers = ["OneHotEncoder"] if texts and not words else []
    scalers += ["StandardScaler"] if numbers else []
    if scalers:
        lines.append(f"from sklearn.preprocessing import {', '.join(scalers)}")
    if numbers:
        parts.append(f'("numbers", make_pipeline(SimpleImputer(), StandardScaler()), {numbers!r})')
    if texts and not words:
        parts.append(f'("categories", OneHotEncoder(handle_unknown="ignore"), {texts!r})')
    columns = ",\n        ".join(parts)
    model = f"{name}(max_iter=1000)" if classes else f"{name}()"
    return "\n".join(
        [
            *lines,
            "",
            f"columns = ColumnTransformer(\n    [\n        {columns},\n    ]\n)",
            f"model = make_pipeline(columns, {model}).fit(X, y)",
            "model.score(X, y)  # on rows it has seen: the board tells how good it is",
        ]
    )
