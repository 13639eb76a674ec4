"""From what Python users hold, live models and arrays, to the parts of a submission."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from aims_gh.core.compare import reproduction
from aims_gh.core.outputs import Said, said_by
from aims_gh.core.predictions import Predictions
from aims_gh.domain.address import Address
from aims_gh.domain.architecture import MAX_ARCHITECTURE_BYTES, Architecture
from aims_gh.domain.claims import Claims, Conversion
from aims_gh.domain.model_facts import Reproduction
from aims_gh.domain.playground import Playground
from aims_gh.domain.submission import ARCHITECTURE_FILE
from aims_gh.errors import SubmissionError
from aims_gh.flows.convert import Converted, Tools, candidates, convert
from aims_gh.flows.frames import (
    as_file,
    as_predictions,
    as_submitted,
    predictions_file,
    predictions_said,
    read_file,
)
from aims_gh.flows.onnx_files import as_onnx
from aims_gh.flows.preprocess import Prepared, with_preprocessor
from aims_gh.flows.run import read_features
from aims_gh.flows.submit import Parts
from aims_gh.forge import Forge
from aims_gh.frameworks import quantize
from aims_gh.frameworks.library import library_of, name_of_library
from aims_gh.runner.resident import Rows
from aims_gh.workspace import Workspace

Precision = quantize.Precision


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a participant hands in from Python.

    Attributes
    ----------
    model : live model, ONNX file, or None
    preprocessor : ONNX file, live transformer, plain function, or None
    predictions : list, array, Series, DataFrame, or None
        None: what the model says on the public features.
    sample : DataFrame, array, or None
        Rows to convert and compare with; None: the public features.
    public_features : callable
        Gives the playground's public features, when they are needed.
    quantize : {"float16", "int8"} or None
    weights : bool
        Whether the model's own numbers go along, in its library's safe format.
    training_data : DataFrame, array, or None
        Only its digest goes along.
    """

    model: Any
    preprocessor: Any
    predictions: Any
    sample: Any
    public_features: Callable[[], Any]
    quantize: quantize.Precision | None = None
    weights: bool = False
    training_data: Any = None


@dataclass(frozen=True, slots=True)
class _Model:
    content: bytes | None = None
    claims: Claims = field(default_factory=Claims)
    said: Said | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    preprocessed: bool = False


def parts_of(given: HandedIn, playground: Playground, tools: Tools) -> Parts:
    """Turn live objects into the files of a submission.

    Raises
    ------
    SubmissionError
        If a model cannot be converted, does not say the same as a file, or something is missing.
    """
    features = _Features(given)
    model = _model(given, features, tools)
    if given.quantize:
        model = _quantized(model, given.quantize, features, playground, tools)
    predictions = _predictions(given, model, features, playground, tools)
    claims = model.claims
    if given.training_data is not None:
        digest = hashlib.sha256(as_file(given.training_data)[0]).hexdigest()
        claims = claims.model_copy(update={"training_data": digest})
    return Parts(
        model=model.content,
        predictions=predictions_file(predictions, playground) if predictions else None,
        claims=claims,
        files=model.files,
        preprocessed=model.preprocessed,
    )


def public_features(forge: Forge, address: Address) -> Any:
    """Read what models of a playground are run on, as its users do.

    Raises
    ------
    SubmissionError
        If they are hidden, or there are none.
    """
    with forge.tree() as main:
        workspace = Workspace(main)
        playground = workspace.playground(address.slug)
        found = None
        if playground.features == "public":
            found = read_features(workspace, address.slug, playground, lambda _: None)
    if found is None:
        raise SubmissionError(
            "the playground has no public features to run the model on",
            hint="give sample_data and prediction_submission",
        )
    return read_file(found.content, found.name, playground)


class _Features:
    """The rows that are converted and compared with, read when they are first needed."""

    def __init__(self, given: HandedIn) -> None:
        self._given = given
        self._public: Any = None

    @property
    def public(self) -> Any:
        if self._public is None:
            self._public = self._given.public_features()
        return self._public

    @property
    def sample(self) -> Any:
        return self.public if self._given.sample is None else self._given.sample

    @property
    def are_public(self) -> bool:
        return self._given.sample is None


def _model(given: HandedIn, features: _Features, tools: Tools) -> _Model:
    if given.model is None:
        return _Model()
    content = as_onnx(given.model)
    if content is not None:
        if given.preprocessor is not None:
            raise SubmissionError(
                "a preprocessor goes with a live model, and this model is an ONNX file",
                hint="join the two with onnx.compose.merge_models, and hand in the result",
            )
        return _Model(content)
    if given.preprocessor is None:
        prepared = Prepared(convert(given.model, features.sample, tools))
    else:
        prepared = with_preprocessor(given.model, given.preprocessor, features.sample, tools)
    made = prepared.made
    files = prepared.files | described(made, weights=given.weights)
    return _Model(made.content, made.claims, made.said, files, prepared.preprocessed)


def described(made: Converted, *, weights: bool = False) -> dict[str, bytes]:
    """Write how the model is built and, where wanted, its numbers: files of a submission."""
    name = name_of_library(made.live)
    files = {}
    if made.built is not None:
        record = Architecture.from_value(
            {"library": "pytorch" if name == "torch" else name, "built": made.built}
        )
        content = record.to_json()
        if len(content) <= MAX_ARCHITECTURE_BYTES:
            files[ARCHITECTURE_FILE] = content
    if weights:
        written = library_of(made.live).weights(made.live)
        files[written.name] = written.content
    return files


def _quantized(
    model: _Model,
    precision: Precision,
    features: _Features,
    playground: Playground,
    tools: Tools,
) -> _Model:
    """Reduce the numbers in the file, and tell what that does to its answers."""
    if model.content is None:
        raise SubmissionError(
            "there is no model to quantize", hint="leave quantize out, or hand in a model"
        )
    if model.preprocessed:
        raise SubmissionError(
            "a model whose preprocessor is a Python function cannot be quantized here",
            hint="make the preprocessor part of the model, or leave quantize out",
        )
    tools.say(f"reducing the model's numbers to {precision}")
    with candidates("quantize", quantize.parcel(model.content, precision), tools.seconds) as made:
        reduced = next(made)
    seen = _effect(model, reduced.content, features.sample, playground, tools)
    before = model.claims.conversion.converter if model.claims.conversion else "as given"
    conversion = Conversion(
        converter=f"{before}; {reduced.converter}", quantized=precision, **seen.model_dump()
    )
    claims = model.claims.model_copy(update={"conversion": conversion})
    # What the smaller file says is its own: predictions are made by it, and not by the model.
    return replace(model, content=reduced.content, claims=claims, said=None)


def _effect(
    model: _Model, reduced: bytes, features: Any, playground: Playground, tools: Tools
) -> Reproduction:
    """Tell on how many rows the answer is the same, and how far apart the numbers are."""
    assert model.content is not None
    said = model.said or said_by(_outputs(model.content, features, tools))
    before = predictions_said(said, playground)
    after = predictions_said(said_by(_outputs(reduced, features, tools)), playground)
    answers = reproduction(replace(after, probabilities=None), replace(before, probabilities=None))
    largest = reproduction(after, before).largest_difference
    return answers.model_copy(update={"largest_difference": largest})


def _predictions(
    given: HandedIn, model: _Model, features: _Features, playground: Playground, tools: Tools
) -> Predictions | None:
    if given.predictions is not None:
        return as_predictions(given.predictions, playground)
    if playground.evaluation == "model" or model.content is None:
        return None
    if model.said is not None and features.are_public:
        return as_submitted(model.said, playground)
    if model.preprocessed:
        raise SubmissionError(
            "prediction_submission is missing", hint="hand over what the model says on each row"
        )
    return as_submitted(said_by(_outputs(model.content, features.public, tools)), playground)


def _outputs(content: bytes, features: Any, tools: Tools) -> list[Any]:
    with tools.sandbox.open(content, tools.bounds) as model:
        return model.outputs(Rows(*as_file(features)))
