"""Convert a live model to ONNX, and make sure that it says the same, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aims_gh.core.compare import reproduction
from aims_gh.domain.model_facts import Reproduction
from aims_gh.domain.playground import Playground
from aims_gh.domain.submission import Claims
from aims_gh.errors import SubmissionError
from aims_gh.flows.frames import as_file, as_predictions
from aims_gh.flows.run import bounds_of, task_of
from aims_gh.frameworks import sklearn as sklearn_models
from aims_gh.runner.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Converted:
    """A model as it will be submitted."""

    model: bytes
    claims: Claims
    seen: Reproduction
    """How the ONNX file and the live model compare on the sample."""


def convert(model: Any, sample: Any, *, playground: Playground, sandbox: Sandbox) -> Converted:
    """Convert a fitted scikit-learn model.

    Parameters
    ----------
    model : fitted estimator or Pipeline
    sample : DataFrame, or array of shape (n, features)
        Rows to compare on; the public features are best.

    Raises
    ------
    SubmissionError
        If the model cannot be converted, or the file does not say what the model says.
    """
    if not sklearn_models.is_sklearn(model):
        raise SubmissionError(
            f"{type(model).__module__}.{type(model).__name__} cannot be converted here",
            hint="hand in a scikit-learn model, the path of an ONNX file, or None with predictions",
        )
    native = as_predictions(model.predict(sample), playground)
    content, name = as_file(sample)
    task = task_of(playground, rows=None)
    seen: Reproduction | None = None
    trouble = ""
    for candidate in sklearn_models.candidates(model, sample):
        try:
            ran = sandbox.run(candidate, content, name, task, bounds_of(playground))
        except SubmissionError as error:
            trouble = error.message
            continue
        assert ran.predictions is not None
        seen = reproduction(ran.predictions, native)
        if seen.reproduced:
            return Converted(candidate, sklearn_models.claims(model), seen)
    reason = trouble if seen is None else f"{seen.rows - seen.matching} of {seen.rows} rows differ"
    raise SubmissionError(
        f"the ONNX file of {type(model).__name__} does not say what the model says: {reason}",
        hint="submit the predictions alone (model=None), or convert the model yourself",
    )
