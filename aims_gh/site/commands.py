"""What to type for a playground, ready to be copied."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from aims_gh.core.inert import plain
from aims_gh.site.data_files import preview
from aims_gh.site.pages import PlaygroundPage


@dataclass(frozen=True, slots=True)
class Commands:
    """What to type, ready to be copied."""

    data: str
    check: str
    submit: str
    sealed: str
    """Submit unreadably until the reveal; empty where that cannot be, or is over."""

    without_model: str
    """A remark on submitting predictions alone; empty where a model is needed."""

    leaderboard: str
    python: str
    start: str
    """A model of one's own, from the data to the board."""


def commands(page: PlaygroundPage, *, in_folder: bool) -> Commands:
    """Word the commands of a playground.

    Parameters
    ----------
    in_folder : bool
        Whether the course lies in a folder, where nobody is signed in.
    """
    address = shlex.quote(plain(page.address))
    predicts = page.playground.evaluation != "model"
    predictions = " --predictions p.csv" if predicts else ""
    words = f"model.onnx --to {address}{predictions}{' --as YOU' * in_folder}"
    sealed = page.playground.competition.sealed and not page.revealed
    argument = ", prediction_submission=model.predict(X_test)" if predicts else ""
    return Commands(
        data=f"aims data {address}",
        check=f"aims check {words}",
        submit=f"aims submit {words}",
        sealed=f"aims submit {words} --sealed" if sealed else "",
        without_model=" (leave out `model.onnx` to submit predictions alone)"
        if page.playground.evaluation == "predictions"
        else "",
        leaderboard=f"aims leaderboard {address}",
        python="from aims_gh import ModelPlayground\n"
        f"pg = ModelPlayground(playground_url={json.dumps(plain(page.address))}, "
        'username="YOU")\n'
        f"pg.submit_model(model{argument})",
        start=_start(page),
    )


def _start(page: PlaygroundPage) -> str:
    data = page.playground.data
    train = data.train.path if data.train else "train.csv"
    target = _target(page, train)
    model = "RandomForest" + ("Classifier" if page.playground.labels else "Regressor")
    return (
        f"# first: aims data {shlex.quote(plain(page.address))} --out data\n"
        "import pandas as pd\n"
        f"from sklearn.ensemble import {model}\n"
        "from aims_gh import ModelPlayground\n\n"
        f"train = pd.read_csv({json.dumps(f'data/{train}')})\n"
        f"model = {model}().fit(train.drop(columns={json.dumps(target)}), "
        f"train[{json.dumps(target)}])\n"
        f"pg = ModelPlayground(playground_url={json.dumps(plain(page.address))})\n"
        "print(pg.submit_model(model))"
    )


def _target(page: PlaygroundPage, train: str) -> str:
    """Name the column of the training data that a model has to tell, where that can be seen."""
    given = {one.name for one in page.playground.inputs}
    shown = preview(page.files.get(f"data/{train}", b""))
    others = [name for name in (shown[0] if shown else ()) if name not in given]
    return plain(others[0]) if len(others) == 1 else "target"
