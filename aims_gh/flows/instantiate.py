"""Get a version's model back: ready to use, or untrained to be fitted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aims_gh.domain.address import Address
from aims_gh.domain.architecture import Architecture
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.model_facts import Reading
from aims_gh.domain.playground import Playground
from aims_gh.domain.record import Problems
from aims_gh.domain.submission import (
    ARCHITECTURE_FILE,
    PREPROCESSOR_FILE,
    WEIGHTS_FILES,
)
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.attached import attached
from aims_gh.flows.read import (
    get_model,
    read_evaluation,
    read_playground,
    reading_of,
)
from aims_gh.forge import Forge
from aims_gh.frameworks.library import Library, library_named

_FOLDERS = {"pytorch": "torch"}
_LIBRARY_OF_WEIGHTS = {
    "weights.skops": "sklearn",
    "weights.keras": "keras",
    "weights.safetensors": "torch",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A version's model as its file.

    Attributes
    ----------
    content : bytes
        ONNX; the digest is that of what was scored.
    preprocessor : str or None
        The source text of a Python preprocessor, where the model takes what that gives.
    reading : {"probabilities", "sorted", "scores"}, or None
        How its numbers for labels are read, where that is known.
    """

    evaluation: Evaluation
    playground: Playground
    content: bytes
    preprocessor: str | None
    reading: Reading | None


def stored(forge: Forge, address: Address, version: int) -> Stored:
    """Fetch a version's ONNX file, and what is to be known for using it.

    Raises
    ------
    CourseError
        If the version has no model, or a file is not the one that was scored.
    """
    content = get_model(forge, address, version)
    files = attached(forge, address, version, (PREPROCESSOR_FILE,))
    source = files.get(PREPROCESSOR_FILE)
    return Stored(
        evaluation=read_evaluation(forge, address, version),
        playground=read_playground(forge, address),
        content=content,
        preprocessor=source.decode("utf-8", errors="replace") if source else None,
        reading=reading_of(forge, address, version),
    )


def rebuilt(forge: Forge, address: Address, version: int) -> Any:
    """Build a version's model again, untrained, from its description.

    Raises
    ------
    CourseError
        If the version carries no description.
    SubmissionError
        If the description names classes that are not built here.
    MissingExtra
        If its library is not installed.
    """
    files = attached(forge, address, version, (ARCHITECTURE_FILE,))
    if ARCHITECTURE_FILE not in files:
        raise CourseError(
            f"version {version} of {address.slug} does not say how its model is built",
            hint="instantiate_model(version) gives the trained model itself; its author's code "
            "may be attached",
        )
    found = _architecture(files[ARCHITECTURE_FILE])
    return _library(found.library).rebuild(found.built)


def with_native_weights(forge: Forge, address: Address, version: int) -> Any:
    """Build a version's model in its own library, trained, from weights that its author attached.

    Raises
    ------
    CourseError
        If the version carries no weights.
    SubmissionError
        If they hold anything that the library's safe loader does not know.
    """
    files = attached(forge, address, version, (ARCHITECTURE_FILE, *WEIGHTS_FILES))
    name = next((name for name in WEIGHTS_FILES if name in files), None)
    if name is None:
        raise CourseError(
            f"version {version} of {address.slug} has no weights of its own library",
            hint="instantiate_model(version) gives the trained model as ONNX",
        )
    built, library = None, library_named(_LIBRARY_OF_WEIGHTS[name])
    if ARCHITECTURE_FILE in files:
        found = _architecture(files[ARCHITECTURE_FILE])
        built, library = found.built, _library(found.library)
    return library.with_weights(built, files[name])


def _library(name: str) -> Library:
    return library_named(_FOLDERS.get(name, name))


def _architecture(content: bytes) -> Architecture:
    try:
        return Architecture.from_json(content)
    except Problems as problems:
        raise SubmissionError(
            f"{ARCHITECTURE_FILE} is not valid: {problems}",
            hint="instantiate_model(version) gives the trained model itself",
        ) from None
