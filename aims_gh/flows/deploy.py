"""Serve a version: describe it, make its folder, and see that it answers as the sandbox does."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aims_gh.core.disguise import disguise
from aims_gh.core.inert import plain
from aims_gh.core.table import Table
from aims_gh.domain.address import Address
from aims_gh.domain.app import App
from aims_gh.domain.deployment import Target as Deployed
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError, HostError, SiteError
from aims_gh.flows.address import public_address
from aims_gh.flows.app import MAX_MODEL_BYTES, Chosen, choose, described, example_rows
from aims_gh.flows.attached import manifest
from aims_gh.flows.read import Answers, get_model
from aims_gh.flows.run import bounds_of, task_of
from aims_gh.flows.site import Tools
from aims_gh.forge import LEDGER, MAIN, Forge
from aims_gh.host import Files, Host
from aims_gh.host.asking import ask
from aims_gh.host.folder import APP_FILE, Target, app_address, browser_folder, gradio_folder
from aims_gh.host.local import write
from aims_gh.runner.sandbox import Sandbox
from aims_gh.site.bundle import assets
from aims_gh.workspace import Workspace

CLOSE = 1e-5
"""How far an app's numbers may be from the sandbox's, as a share of what they are."""


@dataclass(frozen=True, slots=True)
class Deployable:
    """A version that can be served.

    Attributes
    ----------
    model : bytes
        The file that was scored.
    expected : list of dict
        What the sandbox says of the example rows, a record for each.
    """

    app: App
    model: bytes
    playground: Playground
    expected: list[dict[str, Any]]

    @property
    def version(self) -> int:
        """The version that is served."""
        assert self.app.model is not None
        return self.app.model.version


def deployable(
    forge: Forge, address: Address, version: int | None, target: Deployed, sandbox: Sandbox
) -> Deployable:
    """Fetch a version and all that an app of it is made from.

    Parameters
    ----------
    version : int or None
        None: the one that the owners serve, else the best whose model gives what was scored.

    Raises
    ------
    CourseError
        If there is none, or an app cannot ask it; with the reason.
    """
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        rules, results, slug = Workspace(main), Workspace(ledger), address.slug
        playground = rules.playground(slug)
        chosen = choose(results, slug, playground, version)
        table = example_rows(rules, slug, playground)
        owners, board = rules.course().owners, results.leaderboard(slug)
        known = disguise(slug, results.admitted(), owners, board)
        place = public_address(forge, rules.course(), slug)
    if chosen is None:
        raise CourseError(
            f"no version of {address.slug} has a model yet that gives what was handed in with it",
            hint="aims leaderboard … shows what there is; name a version to serve it all the same",
        )
    model = get_model(forge, address, chosen.evaluation.version)
    app = described(playground, address.slug, str(place), chosen, table)
    app = known.app(app) if known else app
    _refuse_what_no_app_asks(forge, address, chosen, playground, table)
    if playground.input_type == "video" and app.video is None:
        raise CourseError(
            f"the model takes no rows of pictures: no video of {address.slug} can be cut into what "
            "it takes",
            hint="instantiate_model(version) gives the model in Python",
        )
    if target == "browser" and len(model) > MAX_MODEL_BYTES:
        raise CourseError(
            f"the model has {len(model) / 1e6:,.0f} MB, more than the 50 MB that a page may load",
            hint="--target gradio runs it on a server",
        )
    return Deployable(app, model, playground, _expected(app, model, playground, sandbox))


def _refuse_what_no_app_asks(
    forge: Forge, address: Address, chosen: Chosen, playground: Playground, table: Table | None
) -> None:
    number = chosen.evaluation.version
    if manifest(forge, address, chosen.evaluation).preprocessed:
        raise CourseError(
            f"version {number} takes what its author's preprocessor.py makes of the features, and "
            "an app runs no program of an author's",
            hint="choose a version whose file takes the features themselves; submit_model(…, "
            "preprocessor=…) joins the two where it can",
        )
    if playground.features == "hidden" and not playground.inputs and table is None:
        raise CourseError(
            f"the features of {address.slug} are hidden and not described, so that an app cannot "
            "know what to ask for",
            hint="describe them in playground.yml, under inputs",
        )


def folder(found: Deployable, target: Target, tools: Tools, *, zero_gpu: bool = False) -> Files:
    """Make the folder of an app.

    Raises
    ------
    SiteError
        If a page cannot be made, because npm is missing.
    """
    if target != "browser":
        return gradio_folder(
            found.app, found.model, tools.templates, target=target, zero_gpu=zero_gpu
        )
    scripts = assets(tools.templates / "assets", tools.cache, say=tools.say)
    if "predict" not in scripts.modules:
        raise SiteError(
            f"a page that runs models cannot be made: {scripts.missing or 'AIMS_NPM is off'}",
            hint="install Node.js 20 or newer, or use --target gradio",
        )
    return browser_folder(found.app, found.model, tools.templates, scripts.files)


def serve(found: Deployable, host: Host, files: Files) -> str:
    """Serve an app and give its address, once it says of the example rows what the sandbox does.

    Raises
    ------
    HostError
        If it does not; then it is not served.
    """
    url = host.push(found.app.slug, files)
    try:
        check(found, url)
    except BaseException as error:
        ended = host.status(found.app.slug) == "ended"
        said = host.log(found.app.slug)
        host.remove(found.app.slug)
        if isinstance(error, HostError) and ended:
            raise HostError(f"the app ended when it was asked: {said}", hint=_BUG) from None
        raise
    return url


def check(found: Deployable, url: str, asking: Callable[..., Any] = ask) -> None:
    """Ask an app for the example rows, and hold its answers against the sandbox's.

    Parameters
    ----------
    asking : callable
        Calls an endpoint of the app at an address, as `ask` does.
    """
    _check_version(found, url, asking(url, "info"))
    rows = [list(row) for row in found.app.examples]
    if not rows:
        return
    given = asking(url, "predict_batch", rows)
    if not isinstance(given, list) or len(given) != len(rows):
        raise HostError("the app does not answer every example row", hint=_BUG)
    for place, (said, expected) in enumerate(zip(given, found.expected, strict=True), start=1):
        if not isinstance(said, dict):
            raise HostError(f"{url} answers as no app of aims-gh does", hint=_BUG)
        if differs := _difference(said, expected):
            raise HostError(
                f"the app says something else of example row {place} than the sandbox: {differs}",
                hint=_BUG,
            )


_BUG = "nothing was announced; please report it, with the model's address"


def _check_version(found: Deployable, url: str, told: Any) -> None:
    """See that an app says of itself that it serves this version."""
    model = told.get("model") if isinstance(told, dict) else None
    if not isinstance(model, dict):
        raise HostError(f"{url} answers as no app of aims-gh does", hint=_BUG)
    expected = found.app.model
    assert expected is not None
    if (model.get("version"), model.get("sha256")) == (expected.version, expected.sha256):
        return
    same = model.get("version") == expected.version
    serves = "another model as" if same else f"version {plain(model.get('version'))[:20]}, not"
    raise HostError(
        f"the app there serves {serves} version {expected.version}",
        hint=f"put version {expected.version} into its folder: aims deploy … --out FOLDER",
    )


def _difference(said: dict[str, Any], expected: dict[str, Any]) -> str:
    """Tell the first that an app says otherwise; empty where it says the same."""
    if said.keys() != expected.keys():
        return f"{_listed(said)}, not {_listed(expected)}"
    for name, value in expected.items():
        if not _same(said[name], value):
            return f"{plain(name)} {_listed([said[name]])}, not {_listed([value])}"
    return ""


def _listed(values: Iterable[Any]) -> str:
    return plain(", ".join(map(repr, values)))[:200]


def _same(given: Any, expected: Any) -> bool:
    if isinstance(expected, float) and isinstance(given, int | float):
        with contextlib.suppress(OverflowError):  # a whole number may be larger than any float
            return abs(given - expected) <= CLOSE * max(1.0, abs(expected))
    return bool(given == expected)


def check_free(out: Path) -> None:
    """See that a folder can be written: it is not there, or empty, or an earlier app.

    Raises
    ------
    HostError
        If there is something else.
    """
    described = out / APP_FILE
    earlier = described.is_file() and app_address(described.read_bytes()) is not None
    if out.exists() and not earlier and not (out.is_dir() and not any(out.iterdir())):
        raise HostError(f"{out} holds something else", hint="name a folder that is not there yet")


def write_folder(files: Files, out: Path) -> None:
    """Write a folder; an earlier app in it is written over."""
    check_free(out)
    write(files, out)


def _expected(
    app: App, model: bytes, playground: Playground, sandbox: Sandbox
) -> list[dict[str, Any]]:
    """Ask the sandbox for the example rows."""
    if not app.examples:
        return []
    assert app.model is not None
    fixed = [t.shape[0] for t in app.model.inputs if t.shape and isinstance(t.shape[0], int)]
    count = len(app.examples)
    table = _table(app, count + -count % max([1, *fixed]))
    name, data = _file(table)
    task = replace(
        task_of(playground, rows=None),
        inputs=tuple(item.name for item in app.inputs),
        features_public=True,
        reading=app.model.reading,
    )
    ran = sandbox.run(model, data, name, task, bounds_of(playground))
    assert ran.predictions is not None
    return Answers(app.model.version, ran.predictions, playground).rows()[:count]


def _table(app: App, rows: int) -> Table:
    """Give the example rows, the last one again until there are so many."""
    padded = [app.examples[min(place, len(app.examples) - 1)] for place in range(rows)]
    columns = {}
    for told, cells in zip(app.inputs, zip(*padded, strict=True), strict=True):
        columns[told.name] = _column(cells, told.shape)
    return Table(columns)


def _column(cells: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    if any(isinstance(cell, str) for cell in cells):
        return np.array(["" if cell is None else str(cell) for cell in cells])
    if not shape and all(isinstance(cell, bool) for cell in cells):
        return np.array(cells, dtype=np.bool_)
    if not shape and all(isinstance(cell, int) for cell in cells):
        return np.array(cells, dtype=np.int64)
    sides = [side if side > 0 else -1 for side in shape]
    return np.stack([np.array(cell, dtype=np.float64).reshape(sides) for cell in cells])


def _file(table: Table) -> tuple[str, bytes]:
    """Write a table as a file that the sandbox reads: columns as CSV, an array as NumPy's."""
    stream = io.BytesIO()
    if len(table.columns) == 1 and (only := next(iter(table.columns.values()))).ndim > 1:
        np.save(stream, only, allow_pickle=False)
        return "examples.npy", stream.getvalue()
    return "examples.csv", _csv(table)


def _csv(table: Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    columns = [column.tolist() for column in table.columns.values()]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode("utf-8")
