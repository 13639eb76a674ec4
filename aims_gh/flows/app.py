"""Describe how a playground's model is served: which version, what it takes, example rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from aims_gh.core.head import as_examples, first_rows
from aims_gh.core.pictures import picture_of, sound_of, video_of
from aims_gh.core.table import Table
from aims_gh.domain.address import Address
from aims_gh.domain.app import App, Obstacle, Picture, RuntimeModel, Sound, Video
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.model_facts import TensorFacts
from aims_gh.domain.playground import DataFile, Input, Playground
from aims_gh.domain.submission import MODEL_FILE
from aims_gh.errors import AimsError
from aims_gh.flows.attached import manifest
from aims_gh.flows.owner_data import inputs_of
from aims_gh.forge import Forge
from aims_gh.workspace import Workspace, data_file, submission_folder

MAX_MODEL_BYTES = 50_000_000
"""What a visitor may be asked to load; a site on GitHub Pages has 1 GB in all."""

MAX_EXAMPLE_BYTES = 20_000_000
_EXAMPLES = 5
_EXAMPLE_NUMBERS = 200_000
_HEAD = 1_000
"""Rows that are looked at for ranges and categories, where `playground.yml` has none."""

_REASONS: dict[Obstacle, str] = {
    "no model": "No version has a model yet that gives the predictions handed in with it.",
    "too large": "The model has {megabytes:,.0f} MB, more than the 50 MB that a page may load.",
    "preprocessed": "The model takes what its author's preprocessor.py makes of the features: "
    "that is Python, which does not run in a browser.",
    "undescribed": "The features are hidden, and the owners have not described them: nobody can "
    "know what to ask for.",
    "unreadable": "The file of version {version} could not be read when this site was built.",
}

_NO_PICTURES = "The model takes no rows of pictures: no video can be cut into what it takes."
_ALONE = (
    "Version {version}, which the owners have chosen, is predictions alone: it has no model to run."
)


@dataclass(frozen=True, slots=True)
class Served:
    """An app, and the bytes of its model where a site carries them."""

    app: App
    model: bytes | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The version to serve, and the owners' own server of it where they have one."""

    evaluation: Evaluation
    deployed: bool = False
    url: str = ""
    endpoint: bool = False


def served(
    forge: Forge,
    main: Workspace,
    ledger: Workspace,
    slug: str,
    playground: Playground,
    address: str,
) -> Served:
    """Describe a playground's app, and fetch its model by commit and digest.

    Reads one evaluation, one manifest, one model, and the first rows of one data file.
    """
    chosen = choose(ledger, slug, playground)
    table = example_rows(main, slug, playground)
    app = described(playground, slug, address, chosen, table)
    if chosen is not None and app.model is None:
        return _hindered(app, "no model", _ALONE, version=chosen.evaluation.version)
    if chosen is None or app.model is None:
        return _hindered(app, "no model")
    if app.model.bytes > MAX_MODEL_BYTES:
        return _hindered(app, "too large", megabytes=app.model.bytes / 1e6)
    if playground.features == "hidden" and not playground.inputs and table is None:
        return _hindered(app, "undescribed")
    if app.input_type == "video" and app.video is None:
        return _hindered(app, "undescribed", _NO_PICTURES)
    where = Address(address.removesuffix(f"/{slug}"), slug)
    return _with_model(forge, app, chosen.evaluation, where)


def described(
    playground: Playground, slug: str, address: str, chosen: Chosen | None, table: Table | None
) -> App:
    """Describe an app.

    Parameters
    ----------
    address : str
        ``COURSE/SLUG``.
    chosen : Chosen or None
        The version that answers; None: there is none yet.
    table : Table or None
        The first rows of what is public, which show what the model is given.
    """
    facts = chosen.evaluation.facts if chosen else None
    asked = _asked(playground, table, facts.inputs if facts else ())
    return App(
        slug=slug,
        address=address,
        title=playground.title,
        description=playground.description,
        input_type=playground.input_type,
        task_type=playground.task_type,
        labels=playground.labels,
        inputs=asked.inputs,
        picture=asked.picture,
        sound=asked.sound,
        video=asked.video,
        examples=asked.examples,
        model=_runtime(chosen) if chosen else None,
        served_at=chosen.url if chosen else "",
        endpoint=chosen.endpoint if chosen else False,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a visitor is asked for."""

    inputs: tuple[Input, ...]
    examples: tuple[tuple[Any, ...], ...]
    picture: Picture | None = None
    sound: Sound | None = None
    video: Video | None = None


def _asked(playground: Playground, table: Table | None, tensors: tuple[TensorFacts, ...]) -> _Asked:
    inputs = _inputs(playground, table, tensors)
    names = [item.name for item in inputs]
    examples = as_examples(table, names, most=_EXAMPLES, numbers=_EXAMPLE_NUMBERS) if table else ()
    asked = _Asked(inputs, tuple(examples))
    if playground.input_type not in ("image", "audio", "video") or len(tensors) > 1 or not inputs:
        return asked
    if playground.input_type == "video" and len(inputs) > 1:
        return asked
    if len(inputs) > 1:  # a column for each pixel, or sample
        asked = _side_by_side(asked)
    told = asked.inputs[0]
    row = tensors[0].shape[1:] if tensors else told.shape
    if playground.input_type == "image":
        return replace(asked, picture=picture_of(row, told))
    if playground.input_type == "video":
        return replace(asked, video=video_of(row, told))
    return replace(asked, sound=sound_of(row, told))


def _side_by_side(asked: _Asked) -> _Asked:
    lows = [item.minimum for item in asked.inputs if item.minimum is not None]
    highs = [item.maximum for item in asked.inputs if item.maximum is not None]
    whole = Input(
        name="input",
        shape=(len(asked.inputs),),
        minimum=min(lows, default=None),
        maximum=max(highs, default=None),
    )
    return _Asked((whole,), tuple((row,) for row in asked.examples))


def _with_model(forge: Forge, app: App, evaluation: Evaluation, address: Address) -> Served:
    try:
        if manifest(forge, address, evaluation).preprocessed:
            return _hindered(app, "preprocessed")
        content = _model(forge, address.slug, evaluation)
    except AimsError:
        content = None
    if content is None:
        return _hindered(app, "unreadable", version=evaluation.version)
    return Served(app, content)


def _hindered(app: App, obstacle: Obstacle, reason: str = "", **words: Any) -> Served:
    told = (reason or _REASONS[obstacle]).format(**words)
    return Served(app.model_copy(update={"obstacle": obstacle, "reason": told}))


def choose(
    ledger: Workspace, slug: str, playground: Playground, version: int | None = None
) -> Chosen | None:
    """Give the version that is asked for, or that the owners serve, or the best to be trusted."""
    if version is not None:
        return Chosen(ledger.evaluation(slug, version), deployed=True)
    deployment = ledger.deployment(slug)
    if deployment is not None and deployment.live:
        return Chosen(
            ledger.evaluation(slug, deployment.version),
            deployed=True,
            url="" if deployment.target == "browser" else deployment.url,
            endpoint=deployment.target in ("gradio", "container"),
        )
    best = next(_candidates(ledger, slug, playground), None)
    return None if best is None else Chosen(ledger.evaluation(slug, best))


def _candidates(ledger: Workspace, slug: str, playground: Playground) -> Iterator[int]:
    """Walk over the versions whose model was seen to give what was scored, best first."""
    board = ledger.leaderboard(slug)
    known = board.boards.get("experiment") if board else None
    columns = known.columns if known else {}
    # Where the model itself is scored, it need not be compared with anything.
    fine = (True, None) if playground.evaluation == "model" else (True,)
    for version, parameters, reproduced in zip(
        columns.get("version", ()),
        columns.get("num_params", ()),
        columns.get("reproduced", ()),
        strict=False,
    ):
        if parameters is not None and reproduced in fine:
            yield int(version)


def _runtime(chosen: Chosen) -> RuntimeModel | None:
    evaluation = chosen.evaluation
    if evaluation.facts is None or evaluation.digests.model is None:
        return None
    return RuntimeModel(
        version=evaluation.version,
        username=evaluation.username,
        path=MODEL_FILE,
        sha256=evaluation.digests.model,
        bytes=evaluation.facts.bytes,
        operators=tuple(sorted(name[:200] for name in evaluation.facts.operators)),
        inputs=evaluation.facts.inputs,
        outputs=evaluation.facts.outputs,
        reading=evaluation.facts.reading,
        deployed=chosen.deployed,
    )


def _model(forge: Forge, slug: str, evaluation: Evaluation) -> bytes | None:
    folder = submission_folder(slug, evaluation.username, evaluation.submission)
    with forge.tree(evaluation.head) as proposed:
        content = proposed.read(f"{folder}/{MODEL_FILE}", limit=MAX_MODEL_BYTES)
    if content is None or hashlib.sha256(content).hexdigest() != evaluation.digests.model:
        return None
    return content


def example_rows(main: Workspace, slug: str, playground: Playground) -> Table | None:
    """Read the first rows of what is public; None where nothing is."""
    hidden = playground.features == "hidden"
    files = (playground.data.example, None if hidden else playground.data.features)
    file: DataFile | None = next(
        (file for file in files if file and file.bytes <= MAX_EXAMPLE_BYTES), None
    )
    content = main.tree.read(data_file(slug, file.path)) if file else None
    return first_rows(content, file.path, _HEAD) if file and content is not None else None


def _inputs(
    playground: Playground, table: Table | None, tensors: tuple[TensorFacts, ...]
) -> tuple[Input, ...]:
    """Say what to ask for: as the playground has it, with ranges from what is public."""
    shown = inputs_of(table, show=True, input_type=playground.input_type) if table else []
    if not playground.inputs:
        return tuple(Input.from_value(item) for item in shown) or _of_tensors(tensors)
    found = {item["name"]: Input.from_value(item) for item in shown}
    return tuple(_with_extent(item, found.get(item.name)) for item in playground.inputs)


def _with_extent(item: Input, found: Input | None) -> Input:
    if found is None or item.minimum is not None or item.maximum is not None or item.categories:
        return item
    keys = ("minimum", "maximum", "categories")
    changes = {key: getattr(found, key) for key in keys}
    if item.example is None:
        changes["example"] = found.example
    return item.model_copy(update=changes)


def _of_tensors(tensors: tuple[TensorFacts, ...]) -> tuple[Input, ...]:
    """Ask for what the model declares, where the playground says nothing."""
    return tuple(
        Input(
            name=tensor.name or "input",
            dtype=_kind(tensor.dtype),
            shape=tuple(side for side in tensor.shape[1:] if isinstance(side, int))
            if tensor.shape[1:] not in ((), (1,))
            else (),
        )
        for tensor in tensors
    )


def _kind(dtype: str) -> Literal["float", "int", "string", "bool"]:
    if dtype == "string":
        return "string"
    if dtype == "bool":
        return "bool"
    return "int" if "int" in dtype else "float"
