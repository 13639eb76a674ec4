"""The starter notebook of a playground: it runs as it stands, and is there to be made better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aims_gh.core.inert import cell as inert
from aims_gh.core.notebook import Note, notebook, untouched
from aims_gh.core.table import Table, read_table
from aims_gh.core.training import training_columns, training_file
from aims_gh.domain.address import Address, public_course
from aims_gh.domain.playground import Playground
from aims_gh.errors import AimsError, CourseError
from aims_gh.forge import MAIN, Change, Forge
from aims_gh.workspace import Tree, Workspace, data_file, starter_file

_SAMPLE = 200

Read = Callable[[str], bytes | None]
"""Gives a file of the course as it will be."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A notebook that is wanted, as long as it can be written."""

    where: Address
    """What people call the playground by."""

    say: Callable[[str], object]
    """Told in a line what became of it."""


def starter_notebook(forge: Forge, where: Address, *, label_column: str | None = None) -> bytes:
    """Write a notebook that reads the public data, trains a model, submits it, shows the board.

    Raises
    ------
    CourseError
        If the playground has no public training data with answers, nothing public to predict on,
        or waits for its labels.
    """
    with forge.tree(MAIN) as main:
        playground = Workspace(main).playground(where.slug)
        if playground.waits_for_labels:
            raise CourseError(
                f"{where.slug} waits for its labels: nothing can be submitted yet",
                hint=f"bring them first: aims playground reseal {where} --labels FILE",
            )
        train = training_table(where.slug, playground, main.read)
    return _written(playground, where, train, label_column)


def public(where: Address) -> Address:
    """Give the address that a notebook says which everybody can read."""
    return Address(public_course(where.course), where.slug)


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
    playground: Playground, wanted: Starter | None, train: Table | None, label: str
) -> dict[str, bytes]:
    """Give the first notebook of a playground by its path; nothing where it cannot have one.

    Parameters
    ----------
    train : Table or None
        The public training data.
    label : str
        What the held-out answers are called: the column is chosen where several could be it.
    """
    if wanted is None:
        return {}
    path = starter_file(wanted.where.slug)
    try:
        named = label if train is not None and label in train.columns else None
        made = _written(playground, public(wanted.where), train, named)
    except AimsError as why:
        wanted.say(f"no starter notebook: {why.message}")
        return {}
    wanted.say(f"starter notebook: {path} in the course")
    return {path: made}


def renewed(slug: str, before: Playground, now: Playground, read: Read) -> dict[str, bytes]:
    """Give the notebook by the rules of now; nothing where it stays as it is.

    It stays where somebody changed it, where it would say the same, and where none can be written.
    """
    path = starter_file(slug)
    there = read(path) if _told(before) != _told(now) else None
    note = untouched(there) if there is not None else None
    if note is None:
        return {}
    try:
        train = training_table(slug, now, read)
        label = note.label if train is not None and note.label in train.columns else None
        where = Address(Address.parse(note.address).course, slug)
        made = _written(now, where, train, label)
    except AimsError:
        return {}
    return {} if made == there else {path: made}


def _told(playground: Playground) -> tuple[Any, ...]:
    """Give all that a notebook depends on."""
    names = ("title", "description", "metrics", "input_type", "task_type", "features", "inputs")
    data = (playground.data.train, playground.data.features)
    return (*(getattr(playground, name) for name in names), *data)


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
    numbers = [n for n in columns.inputs if train.columns[n].dtype.kind in "fiub"]
    texts = [n for n in columns.inputs if n not in numbers]
    cells = _cells(playground, where, columns.answers, numbers, texts)
    return notebook(cells, Note(str(where), columns.answers))


def _cells(
    playground: Playground, where: Address, label: str, numbers: list[str], texts: list[str]
) -> list[tuple[str, str]]:
    """Give the kind and the text of each cell."""
    assert playground.data.train is not None
    metric = playground.ranking_metric.name
    head = (
        f"# {inert(playground.title)}\n\n{inert(playground.description)}\n\n"
        "This notebook runs as it stands: it reads the public data, trains a simple model and "
        f"submits it. Then make it better: submissions are ranked by `{metric}`.\n\n"
        "It needs `pip install 'aims-gh[sklearn,pandas,github]'`."
    )
    read = (
        "import pandas as pd\n\nfrom aims_gh import ModelPlayground, download_data\n\n"
        f"ADDRESS = {str(where)!r}\nLABEL = {label!r}\n\n"
        'files = {path.name: path for path in download_data(ADDRESS, "data")}\n'
        f"train = pd.read_{_reader(playground.data.train.path)}"
        f"(files[{playground.data.train.path!r}])\n"
        "train = train.dropna(subset=[LABEL])\n"
        f"X, y = train[{[*numbers, *texts]!r}], train[LABEL]\n"
        "train.head()"
    )
    submit = (
        "playground = ModelPlayground(playground_url=ADDRESS)\n"
        f"playground.submit_model(model{_sample(playground)}, training_data=X, "
        'input_dict={"tags": "starter"})'
    )
    return [
        ("markdown", head),
        ("markdown", "## The data"),
        ("code", read),
        ("markdown", "## A model"),
        ("code", _model(playground, numbers, texts)),
        ("markdown", "## Submit it\n\nWhere the course is on GitHub, sign in first: `aims login`."),
        ("code", submit),
        ("markdown", "## The board"),
        ("code", "playground.get_leaderboard()"),
    ]


def _reader(path: str) -> str:
    return "parquet" if path.lower().endswith(".parquet") else "csv"


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
