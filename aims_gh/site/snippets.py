"""What programs ask a playground's site for, in four languages."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aims_gh.core.inert import cell
from aims_gh.domain.app import App
from aims_gh.site import text

LOCAL = "http://127.0.0.1:8000/"
"""Where `aims site serve COURSE --port 8000` shows a site that does not know its address.

`api.js` puts there where the page is read.
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines to copy."""

    language: str
    fence: str
    code: str


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to ask for, in several languages."""

    title: str
    about: str
    """Trusted Markdown."""

    snippets: tuple[Snippet, ...]


def board_part(slug: str, url: str, metric: str) -> Part:
    """Say how programs read the boards."""
    address = json.dumps(f"{url or LOCAL}data/{slug}/leaderboard.json")
    table = json.dumps(f"{url or LOCAL}data/{slug}/experiment.csv")
    about = (
        "The boards are plain files at addresses that stay: no key, no login, no limit. "
        f'<a href="../../../data/{slug}/leaderboard.json">leaderboard.json</a> holds each board '
        f'column by column, <a href="../../../data/{slug}/experiment.csv">experiment.csv</a> is '
        "the same as a table."
    )
    python = (
        "import json\nfrom urllib.request import urlopen\n\n"
        f"with urlopen({address}) as answer:\n"
        '    board = json.load(answer)["boards"]["experiment"]["columns"]\n'
        f'for rank, user, score in zip(board["rank"], board["username"], board["{metric}"]):\n'
        "    print(rank, user, score)"
    )
    javascript = (
        f"const answer = await fetch({address});\n"
        "const board = (await answer.json()).boards.experiment.columns;\n"
        "board.rank.forEach((rank, row) =>\n"
        f"  console.log(rank, board.username[row], board.{metric}[row]),\n"
        ");"
    )
    r = f'board <- read.csv({table})\nprint(board[, c("rank", "username", "{metric}")])'
    return Part(
        "The boards",
        about,
        (
            Snippet("Python", "python", python),
            Snippet("JavaScript", "javascript", javascript),
            Snippet("R", "r", r),
            Snippet("curl", "sh", f"curl --fail --location {table}"),
        ),
    )


_NUMPY = {"float32": "float32", "float64": "float64", "int64": "int64", "int32": "int32"}


def model_part(slug: str, url: str, app: App | None) -> Part:
    """Say how programs run the runtime model, and whether a server does."""
    if app is None or app.model is None:
        return Part("The runtime model", "There is none yet: no version has a model.", ())
    if app.obstacle:
        return Part("The runtime model", f"{_served(app)} {cell(app.reason)}", ())
    folder = json.dumps(f"{url or LOCAL}data/{slug}/")
    file = json.dumps(f"{url or LOCAL}data/{slug}/model.onnx")
    snippets = [
        *_in_python(folder, app),
        *_in_javascript(folder, app),
        Snippet("R", "r", f'download.file({file}, "model.onnx", mode = "wb")'),
        Snippet("curl", "sh", f"curl --fail --location --output model.onnx {file}"),
    ]
    about = (
        f"{_served(app)} Its file is "
        f'<a href="../../../data/{slug}/model.onnx" download>model.onnx</a> '
        f"({text.size(app.model.bytes)}), which runs wherever ONNX does. What it takes, and "
        f'example rows, are in <a href="../../../data/{slug}/app.json">app.json</a>.'
    )
    return Part("The runtime model", about, tuple(snippets))


def _served(app: App) -> str:
    assert app.model is not None
    if app.served_at:
        where = cell(app.served_at)
        if app.served_at.startswith(("https://", "http://")):
            where = f'<a href="{where}">{where}</a>'
        return f"Version {app.model.version} is served at {where}."
    return f"No server runs version {app.model.version}; the page Predict does, in the browser."


def _in_python(folder: str, app: App) -> list[Snippet]:
    given = _given(app)
    if not given:
        return []
    lines = [
        "import json",
        "from urllib.request import urlopen",
        "",
        "import numpy as np",
        "import onnxruntime  # pip install onnxruntime",
        "",
        f"site = {folder}",
        'app = json.load(urlopen(site + "app.json"))',
        'model = onnxruntime.InferenceSession(urlopen(site + "model.onnx").read())',
        *given,
        "print(model.run(None, given))",
    ]
    return [Snippet("Python", "python", "\n".join(lines))]


def _given(app: App) -> list[str]:
    """Write, in Python, what a model is given: all columns side by side, or one by one.

    Names out of the model are a participant's text: the lines look them up.
    """
    assert app.model is not None
    tensors = app.model.inputs
    if app.input_type != "tabular" or not app.examples or not tensors:
        return []
    if len(tensors) == 1:
        dtype = _NUMPY.get(tensors[0].dtype, "object")
        return [
            "name = model.get_inputs()[0].name",
            f'given = {{name: np.array(app["examples"][:1], dtype="{dtype}")}}',
        ]
    if not {tensor.name for tensor in tensors} <= {one.name for one in app.inputs}:
        return []
    return [
        'row = dict(zip([i["name"] for i in app["inputs"]], app["examples"][0]))',
        'kinds = {t["name"]: t["dtype"] for t in app["model"]["inputs"]}',
        "given = {",
        '    name: np.array([[row[name]]], dtype=kind.replace("string", "object"))',
        "    for name, kind in kinds.items()",
        "}",
    ]


def _in_javascript(folder: str, app: App) -> list[Snippet]:
    assert app.model is not None
    tensors = app.model.inputs
    one = len(tensors) == 1 and tensors[0].dtype == "float32"
    if app.input_type != "tabular" or not app.examples or not one:
        return []
    lines = [
        'import * as ort from "onnxruntime-web"; // npm install onnxruntime-web',
        "",
        f"const site = {folder};",
        'const app = await (await fetch(site + "app.json")).json();',
        'const file = await (await fetch(site + "model.onnx")).arrayBuffer();',
        "const model = await ort.InferenceSession.create(new Uint8Array(file));",
        "const row = Float32Array.from(app.examples[0]);",
        'const given = new ort.Tensor("float32", row, [1, row.length]);',
        "const said = await model.run({ [model.inputNames[0]]: given });",
        "for (const name of model.outputNames) console.log(name, said[name].data);",
    ]
    return [Snippet("JavaScript", "javascript", "\n".join(lines))]
