"""Keras: from a model to ONNX.

The model is traced in the user's own process, where its classes are: to a SavedModel with
TensorFlow, to an exported program with PyTorch. The process that converts sees these alone.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

from aims_gh.errors import MissingExtra, SubmissionError
from aims_gh.frameworks.keras.models import backend
from aims_gh.frameworks.keras.traced import Traced
from aims_gh.frameworks.library import Candidate
from aims_gh.frameworks.rows import Inputs


def prepare(parcel: bytes) -> None:
    """Import the converter of the backend."""
    kind = _traced(parcel).backend
    if kind == "torch":
        from aims_gh.frameworks.torch.convert import prepare as prepare_torch

        prepare_torch(parcel)
        return
    from aims_gh.frameworks.keras.saved_model import prepare as prepare_tensorflow

    try:
        prepare_tensorflow()
    except ImportError:
        raise MissingExtra("converting Keras models", extra="tensorflow") from None


def parcel(model: Any, rows: Inputs) -> bytes:
    """Trace the model, with a free number of rows, and pack what was traced.

    Raises
    ------
    SubmissionError
        With the backend's reason, where it cannot be traced.
    """
    if backend() == "torch":
        from aims_gh.frameworks.keras.exported import traced
    else:
        from aims_gh.frameworks.keras.saved_model import traced
    return pickle.dumps(traced(model, rows))


def candidates(parcel: bytes) -> Iterator[Candidate]:
    """Convert what was traced, in one way.

    Raises
    ------
    SubmissionError
        Naming the layer that cannot be converted, and what to try.
    """
    found = _traced(parcel)
    if found.backend == "torch":
        from aims_gh.frameworks.keras.exported import converted
    else:
        from aims_gh.frameworks.keras.saved_model import converted
    content, converter = converted(found)
    more = f", the first of {found.outputs} outputs" if found.outputs > 1 else ""
    yield Candidate(content, converter + more)


def _traced(parcel: bytes) -> Traced:
    found = pickle.loads(parcel)  # noqa: S301  through a pipe, from this process's own parent
    if not isinstance(found, Traced):
        raise SubmissionError("this is no traced Keras model", hint="pack it with parcel")
    return found
