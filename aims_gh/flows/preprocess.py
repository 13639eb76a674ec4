"""A preprocessor beside the model: put in front of it, or kept as source text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from aims_gh.core.source import function_source
from aims_gh.domain.submission import PREPROCESSOR_FILE
from aims_gh.errors import SubmissionError
from aims_gh.flows.convert import Converted, Tools, candidates, confirm, convert
from aims_gh.flows.frames import as_file
from aims_gh.flows.onnx_files import as_onnx
from aims_gh.frameworks import compose
from aims_gh.frameworks.library import name_of_library
from aims_gh.runner.resident import Rows

_LIKE_SKLEARN = ("sklearn", "xgboost", "lightgbm", "catboost")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model with whatever goes before it.

    Attributes
    ----------
    made : Converted
    files : dict of str to bytes
        `preprocessor.py`, where the preprocessor is a Python function.
    """

    made: Converted
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def preprocessed(self) -> bool:
        """Whether the file takes what `preprocessor.py` gives, and not the features."""
        return PREPROCESSOR_FILE in self.files


def with_preprocessor(model: Any, preprocessor: Any, features: Any, tools: Tools) -> Prepared:
    """Convert a model together with what prepares its input.

    Parameters
    ----------
    model : live model of a known library
        Fitted on what the preprocessor gives.
    preprocessor : ONNX file, live transformer or network, or plain function
        An ONNX graph and anything that becomes one is put in front of the model. The text of
        a function travels along, and only its author and deployments that say so run it.
    features : DataFrame, array or list of texts
        n rows as the playground has them.

    Raises
    ------
    SubmissionError
        If it is none of these, or does not fit.
    """
    if name_of_library(preprocessor) == "sklearn" and _is_like_sklearn(model):
        from aims_gh.frameworks.sklearn.pipeline import joined

        # scikit-learn's own way of putting one before the other keeps every name and type.
        return Prepared(convert(joined(preprocessor, model), features, tools))
    first = as_onnx(preprocessor)
    if first is None and name_of_library(preprocessor) is not None:
        before = convert(preprocessor, features, tools)
        return Prepared(_in_front(before.content, model, before.said.numbers, features, tools))
    if first is not None:
        given = _outputs(first, features, tools)
        return Prepared(_in_front(first, model, given, features, tools))
    if isinstance(preprocessor, FunctionType):
        source = function_source(preprocessor)
        return Prepared(
            convert(model, _called(preprocessor, features), tools),
            {PREPROCESSOR_FILE: source.encode("utf-8")},
        )
    raise SubmissionError(
        f"{_shown(preprocessor)} cannot be a preprocessor",
        hint="hand in an ONNX file, a fitted transformer, or a plain function; or put it into the "
        "model: sklearn.pipeline.make_pipeline(preprocessor, model)",
    )


def _is_like_sklearn(model: Any) -> bool:
    return name_of_library(model) in _LIKE_SKLEARN and hasattr(model, "get_params")


def _in_front(first: bytes, model: Any, given: Any, features: Any, tools: Tools) -> Converted:
    """Convert the model on what the first graph gives, and join the two."""
    if given is None:
        raise SubmissionError(
            "the preprocessor gives no numbers", hint="let it give one row of numbers for each row"
        )
    second = convert(model, np.asarray(given, dtype=np.float32), tools)
    tools.say("putting the preprocessor in front of the model")
    with candidates("compose", compose.parcel(first, second.content), tools.seconds) as made:
        joined = next(made)
    seen = confirm(joined, second.said, features, tools)
    return replace(
        second,
        content=joined.content,
        claims=second.claims.model_copy(update={"conversion": seen}),
    )


def _outputs(content: bytes, features: Any, tools: Tools) -> Any:
    """Run an ONNX preprocessor, in the sandbox like every ONNX file."""
    with tools.sandbox.open(content, tools.bounds) as model:
        outputs = model.outputs(Rows(*as_file(features)))
    return next((array for array in outputs if array.dtype.kind in "fi"), None)


def _called(preprocessor: Callable[[Any], Any], features: Any) -> Any:
    try:
        return preprocessor(features)
    except Exception as error:
        raise SubmissionError(
            f"the preprocessor fails on the features: {type(error).__name__}: {error}",
            hint="it is called with all rows at once, as the playground's files have them",
        ) from error


def _shown(preprocessor: Any) -> str:
    if isinstance(preprocessor, str | Path):
        return f"the file {Path(preprocessor).name}"
    return f"{type(preprocessor).__module__}.{type(preprocessor).__name__}"
