"""What aims_gh needs to know of a library of models, and how a model's library is found."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, cast

from aims_gh.core.outputs import Said
from aims_gh.domain.claims import Claims
from aims_gh.errors import SubmissionError

OPSET = 18
"""Of ai.onnx, that every converter is asked for: graphs of one version can be joined."""

OPSET_ML = 3
"""Of ai.onnx.ml."""

LIBRARIES = {
    "sklearn": "sklearn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "keras": "keras",
    "torch": "torch",
}
"""The folder of this package that knows a library, by the first word of its classes' modules."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An ONNX file that may say what the model says; nobody has compared them yet.

    Attributes
    ----------
    content : bytes
    converter : str
        What made it, such as ``skl2onnx 1.20.0, float32``.
    """

    content: bytes
    converter: str


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's numbers in a form that its library loads without running anything."""

    name: str
    """``weights.`` and ``skops``, ``keras`` or ``safetensors``."""

    content: bytes


class Converter(Protocol):
    """What runs in a process of its own: these functions, in a module of this package.

    Importing the module imports nothing heavy: its functions do.
    """

    def prepare(self, parcel: bytes) -> None:
        """Import all that is needed for this parcel, before the clock starts.

        Raises
        ------
        MissingExtra
            If it is not installed.
        """
        ...

    def candidates(self, parcel: bytes) -> Iterator[Candidate]:
        """Make ONNX files of what was packed, in all ways worth trying, the likeliest first.

        Raises
        ------
        SubmissionError
            Naming the step or layer that cannot be converted, and what to try.
        """
        ...


class Library(Converter, Protocol):
    """What a folder of this package knows of a library: these functions, in its `__init__`."""

    def rows(self, model: Any, features: Any) -> Any:
        """Give the features as the model takes them: a DataFrame, an array, a tensor, texts."""
        ...

    def said(self, model: Any, rows: Any) -> Said:
        """Ask the model itself."""
        ...

    def parcel(self, model: Any, rows: Any) -> bytes:
        """Pack the model, and a few of the rows, for the process that converts it.

        Raises
        ------
        SubmissionError
            If it cannot be packed, with what to do.
        """
        ...

    def claims(self, model: Any, rows: Any) -> Claims:
        """Read what only the live object knows; of a network also what is seen on the rows."""
        ...

    def architecture(self, model: Any) -> dict[str, Any] | None:
        """Describe how to build the model again, untrained; None where that cannot be told."""
        ...

    def rebuild(self, built: dict[str, Any]) -> Any:
        """Build what `architecture` described, from classes on a list, and nothing else.

        Raises
        ------
        SubmissionError
            If it names anything else.
        """
        ...

    def weights(self, model: Any) -> Weights:
        """Write the model's numbers."""
        ...

    def with_weights(self, built: dict[str, Any] | None, content: bytes) -> Any:
        """Build the model and load its numbers, by the library's safe loader alone."""
        ...


def library_named(name: str) -> Library:
    """Import the folder that knows a library."""
    return cast("Library", importlib.import_module(f"aims_gh.frameworks.{name}"))


def converter_named(name: str) -> Converter:
    """Import a module that converts."""
    return cast("Converter", importlib.import_module(f"aims_gh.frameworks.{name}"))


def name_of_library(model: object) -> str | None:
    """Tell which library a model is of, without importing any.

    The nearest ancestor counts: a class of one's own is of the library that it builds on, and
    xgboost's classifiers, which build on scikit-learn's, are xgboost's.
    """
    for kind in type(model).__mro__:
        name = LIBRARIES.get(kind.__module__.partition(".")[0])
        if name:
            return name
    return None


def library_of(model: object) -> Library:
    """Find the library of a live model.

    Raises
    ------
    SubmissionError
        If it is of none that is known here.
    """
    name = name_of_library(model)
    if name is None:
        raise SubmissionError(
            f"{type(model).__module__}.{type(model).__name__} cannot be converted here",
            hint="hand in a model of scikit-learn, XGBoost, LightGBM, CatBoost, PyTorch or Keras, "
            "the path of an ONNX file, or None with predictions",
        )
    return library_named(name)


def as_model_proto(content: bytes) -> Any:
    """Parse an ONNX file of the user's own."""
    import onnx

    return onnx.load_model_from_string(content)
