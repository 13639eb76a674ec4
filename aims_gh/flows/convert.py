"""Convert a live model to ONNX, and make sure that it says the same, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from aims_gh.core.outputs import ALIKE, Said, agreement, worst
from aims_gh.domain.claims import Claims, Conversion
from aims_gh.domain.model_facts import Reproduction
from aims_gh.errors import SubmissionError
from aims_gh.flows.frames import as_file, head
from aims_gh.frameworks.library import Candidate, converter_named, library_of, name_of_library
from aims_gh.frameworks.worker import Worker
from aims_gh.runner.resident import Rows
from aims_gh.runner.sandbox import Bounds, Sandbox

COMPARED_ROWS = 10_000
"""On how many rows at most a file is compared with the model it was made from."""

_SINGLE_ROWS = 3
"""How many of them are run one by one, too: some files know only batches as they were made with."""

Say = Callable[[str], None]
"""Is told what is being done."""


def say_nothing(what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A model as it will be submitted.

    Attributes
    ----------
    content : bytes
        An ONNX file.
    claims : Claims
        What the live model told of itself, and how the conversion went.
    said : Said
        What the live model says about all the features.
    """

    content: bytes
    claims: Claims
    said: Said


@dataclass(frozen=True, slots=True)
class Tools:
    """What a conversion works with.

    Attributes
    ----------
    sandbox : Sandbox
        Where the files are run.
    bounds : Bounds
        What a run may use.
    seconds : float or None
        How long making one file may take; None: as long as it likes, in this process.
    """

    sandbox: Sandbox
    bounds: Bounds
    seconds: float | None = 60
    say: Say = say_nothing


def convert(model: Any, features: Any, tools: Tools) -> Converted:
    """Convert a live model, in the first way that gives a file which says the same.

    Parameters
    ----------
    model : a fitted model of a known library
    features : DataFrame, array or list of texts
        n rows as the playground has them. The file is compared with the model on them, all
        together and one by one.

    Raises
    ------
    SubmissionError
        If the model cannot be converted, or no file says what it says; with the reason.
    MissingExtra
        If its library's converter is not installed.
    """
    library, name = library_of(model), name_of_library(model)
    assert name is not None
    tools.say(f"asking the model about {len(features):,} rows")
    rows = library.rows(model, features)
    said = library.said(model, rows)
    parcel = library.parcel(model, rows)
    tools.say(f"converting {type(model).__name__} to ONNX")
    best = _Best(said, features, tools)
    with candidates(name, parcel, tools.seconds) as made:
        for candidate in made:
            tools.say(f"comparing the ONNX file with the model ({candidate.converter})")
            if best.take(candidate):
                break
    chosen = best.result(type(model).__name__)
    claims = library.claims(model, rows).model_copy(update={"conversion": chosen.conversion})
    return Converted(chosen.content, claims, said)


@contextmanager
def candidates(
    converter: str, parcel: bytes, seconds: float | None
) -> Iterator[Iterator[Candidate]]:
    """Make ONNX files in a process of its own, or in this one where there is no time limit."""
    if seconds is None:
        module = converter_named(converter)
        module.prepare(parcel)
        with closing(module.candidates(parcel)) as made:  # type: ignore[type-var]
            yield made
        return
    with Worker(converter, parcel, seconds) as worker:
        yield worker.candidates()


def confirm(candidate: Candidate, said: Said, features: Any, tools: Tools) -> Conversion:
    """Make sure that one file says what the model said.

    Raises
    ------
    SubmissionError
        If it does not.
    """
    best = _Best(said, features, tools)
    best.take(candidate)
    return best.result("the model").conversion


@dataclass(frozen=True, slots=True)
class _Chosen:
    content: bytes
    conversion: Conversion


class _Best:
    """The candidate that comes nearest to what the model says."""

    def __init__(self, said: Said, features: Any, tools: Tools) -> None:
        self._said, self._tools = said.head(COMPARED_ROWS), tools
        self._all = Rows(*as_file(head(features, COMPARED_ROWS)))
        self._single = Rows(*as_file(head(features, _SINGLE_ROWS)), batch=1)
        self._found: tuple[Candidate, Reproduction] | None = None
        self._refused: SubmissionError | None = None

    def take(self, candidate: Candidate) -> bool:
        """Look at one more; tell whether no better one can be hoped for."""
        try:
            seen = self.compare(candidate.content)
        except SubmissionError as error:
            self._refused = self._refused or error
            return False
        if self._found is None or _rank(seen) > _rank(self._found[1]):
            self._found = (candidate, seen)
        spread = 1.0 if self._said.numbers is None else float(np.std(self._said.numbers)) or 1.0
        return seen.matching == seen.rows and (seen.largest_difference or 0) <= ALIKE * spread

    def compare(self, content: bytes) -> Reproduction:
        """Run a file on all rows, and on some of them one by one."""
        with self._tools.sandbox.open(content, self._tools.bounds) as model:
            whole = agreement(self._said, model.outputs(self._all))
            single = agreement(self._said.head(_SINGLE_ROWS), model.outputs(self._single))
        return worst(whole, single)

    def result(self, name: str) -> _Chosen:
        """Give the best file, if it says the same."""
        if self._found is not None and self._found[1].reproduced:
            candidate, seen = self._found
            return _Chosen(
                candidate.content,
                Conversion(converter=candidate.converter, **seen.model_dump()),
            )
        if self._found is None and self._refused is None:
            raise SubmissionError(f"{name} was not converted", hint=_OTHERWISE)
        if self._found is None:
            assert self._refused is not None
            raise SubmissionError(
                f"the ONNX file of {name} does not run: {self._refused.message}", hint=_OTHERWISE
            )
        seen = self._found[1]
        raise SubmissionError(
            f"the ONNX file of {name} does not say what the model says: "
            f"{seen.rows - seen.matching} of {seen.rows} rows differ",
            hint=_OTHERWISE,
        )


_OTHERWISE = "submit the predictions alone (model=None), or convert the model yourself"


def _rank(seen: Reproduction) -> tuple[int, float]:
    return seen.matching, -(seen.largest_difference or 0.0)
