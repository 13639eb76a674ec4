"""What a model is said to be made of."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper
from runner_models import (
    FLOAT,
    INT64,
    STRING,
    after_linear,
    linear,
    nested_functions,
    proto,
    tensor,
    value,
)

from aims_gh.domain.model_facts import ModelFacts, ModelGraph, TensorFacts
from aims_gh.runner.describe import describe
from aims_gh.runner.guard import check


def described(model: onnx.ModelProto) -> ModelFacts:
    data = model.SerializeToString()
    parsed = onnx.load_model_from_string(data)
    return ModelFacts.from_json(
        describe(parsed, check(parsed, len(data)), len(data)).to_json().encode()
    )


def test_a_small_model_is_described_completely() -> None:
    model = linear("n")
    model.producer_name, model.producer_version = "by hand", "1.2"

    assert described(model) == ModelFacts(
        bytes=len(model.SerializeToString()),
        ir_version=9,
        producer="by hand",
        producer_version="1.2",
        opsets={"ai.onnx": 18, "ai.onnx.ml": 3},
        operators={"MatMul": 1},
        num_params=3,
        tree_nodes=0,
        inputs=(TensorFacts(name="x", dtype="float32", shape=("n", 3)),),
        outputs=(TensorFacts(name="y", dtype="float32", shape=("n", 1)),),
        graph=ModelGraph(nodes=("MatMul",), inputs=((0,),), outputs=(0,)),
    )


def test_local_functions_are_unfolded() -> None:
    assert described(nested_functions(10)).operators == {"Neg": 1024}


def test_numbers_in_constants_count_and_texts_do_not() -> None:
    nodes = [
        helper.make_node("Constant", [], ["a"], value=tensor("a", np.ones(5, np.float32))),
        helper.make_node("Constant", [], ["b"], value_floats=[1.0, 2.0]),
        helper.make_node("Constant", [], ["c"], value_int=7),
        helper.make_node("Constant", [], ["d"], value_strings=["x", "y"]),
        helper.make_node("Neg", ["s"], ["y"]),
    ]
    texts = helper.make_tensor("t", STRING, [2], [b"u", b"v"])

    assert described(after_linear(nodes, texts)).num_params == 3 + 5 + 2 + 1


def test_linear_models_of_scikit_learn_keep_their_numbers_in_attributes() -> None:
    node = helper.make_node(
        "LinearRegressor", ["x"], ["y"], domain="ai.onnx.ml",
        coefficients=[1.0, 2.0, 3.0], intercepts=[0.5],
    )  # fmt: skip
    model = proto([node], [value("x", FLOAT, None, 3)], [value("y", FLOAT, None, 1)])

    assert described(model).num_params == 4


def test_trees_are_counted_by_their_nodes_in_both_spellings() -> None:
    old = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", nodes_treeids=[0, 0, 0, 1, 1]
    )
    new = helper.make_node(
        "TreeEnsemble", ["x"], ["y"], domain="ai.onnx.ml",
        nodes_featureids=[0, 1, 2], leaf_targetids=[0, 0, 0, 0],
    )  # fmt: skip
    facts = [
        described(proto([node], [value("x", FLOAT, None, 3)], [value("y", FLOAT, None, 1)]))
        for node in (old, new)
    ]

    assert [(each.tree_nodes, each.num_params) for each in facts] == [(5, 5), (7, 7)]


def test_weights_that_old_files_list_as_inputs_are_no_inputs() -> None:
    model = linear()
    model.graph.input.append(value("w", FLOAT, 3, 1))

    assert [each.name for each in described(model).inputs] == ["x"]


def test_types_that_are_not_plain_tensors_are_named() -> None:
    sequence = helper.make_value_info(
        "probabilities",
        helper.make_sequence_type_proto(
            helper.make_map_type_proto(INT64, helper.make_tensor_type_proto(FLOAT, None))
        ),
    )
    model = linear()
    model.graph.output.extend([sequence, value("d", TensorProto.DOUBLE), value("t", STRING, 2)])

    assert [each.dtype for each in described(model).outputs] == [
        "float32",
        "sequence(map(int64,float32))",
        "float64",
        "string",
    ]


def test_two_megabytes_of_producer_become_two_hundred_inert_characters() -> None:
    model = linear()
    model.producer_name = "<script>\x1b[2J\u202e\n" + "x" * 2_000_000
    model.metadata_props.add(key="model_metadata", value="<b>never read</b>")

    facts = described(model)

    assert facts.producer == "<script>[2J " + "x" * 188
    assert "never read" not in facts.to_json().decode()
