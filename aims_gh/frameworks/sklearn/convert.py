"""From a fitted estimator or pipeline to ONNX, in every way that may come right."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aims_gh.errors import MissingExtra
from aims_gh.frameworks.library import OPSET, OPSET_ML, Candidate
from aims_gh.frameworks.parcel import pack, unpack
from aims_gh.frameworks.sklearn.extend import Given, extended
from aims_gh.frameworks.sklearn.finish import finish
from aims_gh.frameworks.sklearn.inputs import Inputs, inputs_of
from aims_gh.frameworks.sklearn.reasons import Names, refusal
from aims_gh.frameworks.sklearn.rules import has_rule, rules
from aims_gh.frameworks.sklearn.simplify import joined, simplified
from aims_gh.frameworks.sklearn.texts import check_texts


def prepare(_parcel: bytes) -> None:
    """Import skl2onnx."""
    try:
        import skl2onnx  # noqa: F401
    except ImportError:
        raise MissingExtra("converting scikit-learn models", extra="sklearn") from None


def parcel(model: Any, rows: Any) -> bytes:
    """Pack the model, and what is known of what it is given."""
    categories = tuple(
        place
        for place, dtype in enumerate(
            getattr(rows, "dtypes", ()) if hasattr(rows, "columns") else ()
        )
        if str(dtype) == "category"
    )
    return pack(model, Given(inputs_of(rows), _is_sparse_inside(model, rows), categories))


def _is_sparse_inside(model: Any, rows: Any) -> bool:
    model = getattr(model, "best_estimator_", model)
    if "xgboost" not in sys.modules or len(getattr(model, "steps", ())) < 2:
        return False
    first = rows.iloc[:2] if hasattr(rows, "iloc") else rows[:2]
    return hasattr(model[:-1].transform(first), "tocsr")


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to convert.

    Attributes
    ----------
    name : str
        The precision of numbers, and what is special.
    double : bool
    single_trees : bool
        Whether what goes into trees is rounded to single precision.
    whole : bool
        Whether columns of whole numbers are inputs of whole numbers.
    """

    name: str
    double: bool = False
    single_trees: bool = False
    whole: bool = False


_WAYS = (
    _Way("float32"),
    _Way("float64", double=True),
    _Way("float64, trees in float32", double=True, single_trees=True),
    _Way("float32, whole numbers as int64", whole=True),
    _Way("float64, whole numbers as int64", double=True, whole=True),
)


def candidates(parcel: bytes) -> Iterator[Candidate]:
    """Convert a fitted estimator, in single precision first: the smallest file, and often right.

    Doubles keep labels that single precision would flip, and numbers far from zero; trees of
    scikit-learn round what they compare to single precision even then.

    Raises
    ------
    SubmissionError
        Naming the step that cannot be converted, where no way leads to a file.
    """
    import skl2onnx

    with warnings.catch_warnings():
        # skl2onnx and scikit-learn speak of what they are about to drop: no news to users.
        warnings.simplefilter("ignore")
        model, given = unpack(parcel)
    check_texts(model)
    names = Names(model)
    failures: list[Exception] = []
    seen: set[bytes] = set()
    found = simplified(model, _is_known)
    made = rules(found.kinds, given)
    simple = found.model
    if given.inputs.are_numbers_apart:
        simple = joined(simple, len(given.inputs.columns))
    for way in _WAYS:
        if way.whole and not given.inputs.has_whole:
            continue
        try:
            with extended(made, double=way.double):
                content = _converted(simple, given.inputs, way)
        except Exception as error:  # noqa: BLE001  skl2onnx raises many kinds
            failures.append(error)
            continue
        if content not in seen:
            seen.add(content)
            yield Candidate(content, f"skl2onnx {skl2onnx.__version__}, {way.name}")
    if not seen:
        raise refusal(names, failures[0])


def _converted(model: Any, inputs: Inputs, way: _Way) -> bytes:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType

    number = DoubleTensorType if way.double else FloatTensorType
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        converted = to_onnx(
            model,
            name=type(model).__name__,
            initial_types=inputs.declared(number, Int64TensorType if way.whole else number),
            target_opset={"": OPSET, "ai.onnx.ml": OPSET_ML},
        )
    return finish(converted, names=inputs.names(), single_trees=way.single_trees)


def _is_known(kind: type) -> bool:
    from skl2onnx._supported_operators import sklearn_operator_name_map

    return has_rule(kind) or kind in sklearn_operator_name_map
