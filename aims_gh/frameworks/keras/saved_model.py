"""Keras on TensorFlow: a SavedModel, and tf2onnx.

Other ways lose what a layer has adapted to: a Normalization comes out as a file that no runtime
opens. A SavedModel keeps it.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.keras.models import call, layers_in
from aims_gh.frameworks.keras.traced import Traced
from aims_gh.frameworks.library import OPSET
from aims_gh.frameworks.rows import Inputs, first_tensor, word
from aims_gh.frameworks.tidy import tidied

_ENDPOINT = "serve"
_ELSE = "submit the predictions alone, or leave that layer to the preparation of the data"
_UNSUPPORTED = re.compile(r"op \[(?P<place>[^:\]]*)(?::\s*(?P<op>\w+))?\] is not supported")


def prepare() -> None:
    """Import TensorFlow, without a graphics card, and tf2onnx."""
    if "tensorflow" not in sys.modules:
        # The notebook holds all of the card's memory, and a conversion needs none.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import tensorflow  # noqa: F401
    import tf2onnx  # noqa: F401


def traced(model: Any, rows: Inputs) -> Traced:
    """Write the model as a SavedModel with a free number of rows.

    Raises
    ------
    SubmissionError
        If TensorFlow cannot trace it; with its reason.
    """
    import keras
    import tensorflow

    signature = [
        tensorflow.TensorSpec((None, *value.shape[1:]), _dtype(value), name=word(name))
        for name, value in zip(rows.names, rows.values, strict=True)
    ]
    counts = []

    def serve(*values: Any) -> dict[str, Any]:
        found = first_tensor(call(model, values))
        counts.append(found.count)
        return {"output": found.tensor}

    archive = keras.export.ExportArchive()
    try:
        with _quiet(), tempfile.TemporaryDirectory() as folder:
            archive.track(model)
            archive.add_endpoint(_ENDPOINT, serve, signature)
            archive.write_out(folder, verbose=False)
            content = _zipped(Path(folder))
    except Exception as error:  # noqa: BLE001  whatever a stranger's call raises
        raise _cannot(type(model).__name__, "TensorFlow", error) from None
    names = tuple(str(layer.name) for layer in layers_in(model))
    return Traced("tensorflow", content, rows.names, names, counts[-1])


def converted(found: Traced) -> tuple[bytes, str]:
    """Make an ONNX file of a SavedModel; give its bytes, and what made it.

    Raises
    ------
    SubmissionError
        Naming the layers that tf2onnx knows no operators for.
    """
    import tf2onnx

    with tempfile.TemporaryDirectory() as folder, _quiet(), _complaints() as complaints:
        zipfile.ZipFile(io.BytesIO(found.content)).extractall(folder)
        try:
            file = _file(folder)
        except Exception as error:  # noqa: BLE001  tf2onnx raises many kinds
            raise _unsupported(complaints, found) or _cannot(
                "the model", "tf2onnx", error
            ) from None
    problem = _unsupported(complaints, found)
    if problem is not None:
        raise problem
    return tidied(file), f"tf2onnx {tf2onnx.__version__}, opset {OPSET}"


def _file(folder: str) -> Any:
    """Do what the command of tf2onnx does with a SavedModel."""
    import tensorflow
    from tf2onnx import convert, tf_loader

    graph, inputs, outputs, tables, names = tf_loader.from_saved_model(
        folder, None, None, ["serve"], [_ENDPOINT],
        return_initialized_tables=True, return_tensors_to_rename=True,
    )  # fmt: skip
    with tensorflow.device("/cpu:0"):
        file, _ = convert._convert_common(
            graph, name="model", opset=OPSET, input_names=inputs, output_names=outputs,
            tensors_to_rename=names, initialized_tables=tables,
        )  # fmt: skip
    return file


def _dtype(value: Any) -> str:
    return "string" if value.dtype.kind in "OU" else str(value.dtype)


def _zipped(folder: Path) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return stream.getvalue()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep TensorFlow's notes to developers from people's notebooks."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what tf2onnx only logs: the operators that it does not know."""
    found: list[str] = []
    logger = logging.getLogger("tf2onnx")
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


def _unsupported(complaints: list[str], found: Traced) -> SubmissionError | None:
    """Name the layers, and the operators in them, that there is no ONNX for."""
    places: dict[str, list[str]] = {}
    for match in filter(None, map(_UNSUPPORTED.search, complaints)):
        layer = _layer_in(match["place"], found.layers)
        places.setdefault(layer, []).append(match["op"] or "an operator")
    if not places:
        return None
    shown = "; ".join(
        f"{plain(layer)[:60]} ({', '.join(dict.fromkeys(ops))[:100]})"
        for layer, ops in list(places.items())[:4]
    )
    return SubmissionError(f"there is no ONNX for layer {shown}", hint=_ELSE)


def _layer_in(place: str, layers: tuple[str, ...]) -> str:
    """Find the innermost layer in a path of a graph, where names may have got a number."""
    steps = [step for step in place.split("/") if step]
    for step in reversed(steps):
        for name in (step, re.sub(r"_\d+$", "", step)):
            if name in layers:
                return name
    return steps[-1] if steps else "of an unknown name"


def _cannot(name: str, who: str, error: Exception) -> SubmissionError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = plain(lines[0])[:200].rstrip(" .:") if lines else type(error).__name__
    return SubmissionError(f"{who} cannot convert {name}: {text}", hint=_ELSE)
