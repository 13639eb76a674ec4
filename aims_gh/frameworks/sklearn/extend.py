"""Teach skl2onnx estimators that it does not know, or that it converts in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aims_gh.frameworks.nodes import Nodes
from aims_gh.frameworks.sklearn.inputs import Inputs
from aims_gh.frameworks.sklearn.parsers import parse_columns, parse_steps

Convert = Callable[[Nodes, Any], "tuple[str, ...]"]
"""Writes the nodes of an estimator, and names its outputs."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a model is given.

    Attributes
    ----------
    inputs : Inputs
    sparse : bool
        Whether its last step gets sparse matrices.
    categories : tuple of int
        The places of columns that are categories to pandas.
    """

    inputs: Inputs
    sparse: bool = False
    categories: tuple[int, ...] = ()


Gives = Literal["numbers", "labels", "same"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one class is converted.

    Attributes
    ----------
    kind : type
        The class.
    convert : callable
    gives : str
        `numbers`: one output of them; `labels`: labels and numbers; `same`: one output of the
        type of the first input.
    scores : bool
        Whether it gives what `decision_function` does in place of probabilities, where wanted.
    """

    kind: type
    convert: Convert
    gives: Gives = "numbers"
    scores: bool = False


@contextmanager
def extended(rules: list[Rule], *, double: bool) -> Iterator[None]:
    """Let skl2onnx convert by these rules, and have its tables as before afterwards.

    Classifiers give plain tensors then, wherever they are: skl2onnx would make a list of
    dictionaries of their probabilities.
    """
    from skl2onnx import _parse, _supported_operators
    from skl2onnx.common import _registration
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    tables: list[dict[Any, Any]] = [
        _supported_operators.sklearn_operator_name_map,
        _registration._converter_pool,
        _registration._shape_calculator_pool,
        _parse.sklearn_parsers_map,
    ]
    before = [dict(table) for table in tables]
    parsers = _parse.sklearn_parsers_map
    for kind, parser in parsers.items():
        if parser is _parse._parse_sklearn_classifier:
            parsers[kind] = _parse._parse_sklearn_simple_model
    parsers[Pipeline], parsers[ColumnTransformer] = parse_steps, parse_columns
    try:
        for rule in rules:
            _register(rule, double)
        yield
    finally:
        for table, kept in zip(tables, before, strict=True):
            table.clear()
            table.update(kept)


def _register(rule: Rule, double: bool) -> None:
    from skl2onnx import _parse, update_registered_converter

    # Of ours alone: one alias stands for many classes in skl2onnx.
    alias = f"Aims{rule.kind.__module__}.{rule.kind.__name__}".replace(".", "")
    options = {"zipmap": [True, False], "nocl": [True, False]}
    if rule.scores:
        options["raw_scores"] = [True, False]

    def convert(scope: Any, operator: Any, container: Any) -> None:
        nodes = Nodes(scope, operator, container, double)
        given = rule.convert(nodes, operator.raw_operator)
        for name, output in zip(given, operator.outputs, strict=True):
            container.add_node(
                "Identity",
                [name],
                [output.full_name],
                name=scope.get_unique_operator_name("Identity"),
            )

    def shape(operator: Any) -> None:
        kinds = _types(rule, double, operator.raw_operator, operator.inputs)
        for output, kind in zip(operator.outputs, kinds, strict=False):
            output.type = kind

    def parse(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
        del custom_parsers
        operator = scope.declare_local_operator(alias, model)
        operator.inputs = inputs
        kinds = _types(rule, double, model, inputs)
        for name, kind in zip(("label", "probabilities"), kinds, strict=False):
            operator.outputs.append(scope.declare_local_variable(name, kind))
        return operator.outputs

    update_registered_converter(rule.kind, alias, shape, convert, options=options)
    _parse.update_registered_parser(rule.kind, parse)


def _types(rule: Rule, double: bool, model: Any, inputs: Any) -> list[Any]:
    """Tell skl2onnx the types of the outputs."""
    from skl2onnx.common import data_types as types

    number = types.DoubleTensorType if double else types.FloatTensorType
    rows = inputs[0].type.shape[0] if inputs[0].type.shape else None
    width = _width(model)
    if rule.gives == "numbers":
        return [number([rows, width])]
    if rule.gives == "same":
        kind = type(inputs[0].type)
        return [kind([rows, width])]
    text = getattr(getattr(model, "classes_", None), "dtype", None)
    label = (
        types.StringTensorType if text is not None and text.kind in "OUS" else types.Int64TensorType
    )
    return [label([rows]), number([rows, None])]


def _width(model: Any) -> int | None:
    try:
        return len(model.get_feature_names_out())
    except Exception:  # noqa: BLE001  not all estimators can tell, in many ways
        return None
