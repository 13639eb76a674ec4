"""The starter notebook of a playground: it runs as it stands, and is there to be made better."""

from __future__ import annotations

import json
from typing import Any

from aims_gh.core.inert import cell as inert
from aims_gh.domain.address import Address
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError
from aims_gh.flows.baseline import read_training
from aims_gh.forge import MAIN, Change, Forge
from aims_gh.workspace import Tree, Workspace, code_folder

NAME = "starter.ipynb"
_SAMPLE = 200


def starter_notebook(forge: Forge, where: Address, *, label_column: str | None = None) -> bytes:
    """Write a notebook that reads the public data, trains a model, submits it, shows the board.

    Raises
    ------
    CourseError
        If the playground has no public training data with answers, or waits for its labels.
    """
    with forge.tree(MAIN) as main:
        rules = Workspace(main)
        playground = rules.playground(where.slug)
        learning = read_training(rules, where.slug, playground, label_column)
    if playground.waits_for_labels:
        raise CourseError(
            f"{where.slug} waits for its labels: nothing can be submitted yet",
            hint=f"bring them first: aims playground reseal {where} --labels FILE",
        )
    frame = learning.features
    numbers = [str(n) for n in frame.columns if frame[n].dtype.kind in "fiub"]
    texts = [str(n) for n in frame.columns if n not in numbers]
    cells = _cells(playground, where, str(learning.answers.name), numbers, texts)
    notebook = {
        "cells": [_cell(place, kind, source) for place, (kind, source) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def keep_starter(forge: Forge, slug: str, notebook: bytes) -> str:
    """Commit the notebook to the playground's code; give its path."""
    path = f"{code_folder(slug)}/{NAME}"

    def edit(tree: Tree) -> Change | None:
        if tree.read(path) == notebook:
            return None
        return Change(f"Write the starter notebook of {slug}", {path: notebook})

    forge.record(edit, branch=MAIN)
    return path


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


def _cell(place: int, kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"starter-{place}",
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    return cell if kind == "markdown" else cell | {"execution_count": None, "outputs": []}
