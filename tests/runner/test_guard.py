"""What the guard refuses before anything runs, in milliseconds, naming the culprit."""

from __future__ import annotations

import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from runner_models import (
    FLOAT,
    after_linear,
    endless_loop,
    linear,
    nested_functions,
    nested_graphs,
    proto,
    tensor,
    value,
)

from aims_gh.errors import SubmissionError
from aims_gh.runner.guard import check


def refusal(model: onnx.ModelProto) -> str:
    data = model.SerializeToString()
    with pytest.raises(SubmissionError) as refused:
        check(onnx.load_model_from_string(data), len(data))
    assert refused.value.hint
    return refused.value.message


def outside(name: str = "w", location: str = "/etc/passwd") -> TensorProto:
    made = TensorProto(name=name, data_type=FLOAT, dims=[3, 1])
    made.data_location = TensorProto.EXTERNAL
    made.external_data.add(key="location", value=location)
    return made


def with_weight(weight: TensorProto) -> onnx.ModelProto:
    model = linear()
    del model.graph.initializer[:]
    model.graph.initializer.append(weight)
    return model


@pytest.mark.parametrize(
    "location",
    [
        "/etc/passwd",
        "../../../etc/passwd",
        "sub/../../weights",
        "/proc/self/environ",
        "/dev/zero",
        "a-symlink.bin",
        "a-hard-link.bin",
        "*/_ORT_MEM_ADDR_/*",
        "",
    ],
)
def test_weights_outside_the_file_are_refused_wherever_they_are_said_to_be(location: str) -> None:
    assert refusal(with_weight(outside(location=location))) == (
        "the model keeps 'w' outside its file"
    )


def test_a_location_without_the_mark_of_external_data_is_refused_too() -> None:
    weight = tensor("w", np.ones((3, 1), np.float32))
    weight.external_data.add(key="location", value="/etc/passwd")

    assert refusal(with_weight(weight)) == "the model keeps 'w' outside its file"


def constant(attribute: str) -> onnx.NodeProto:
    node = helper.make_node("Constant", [], ["c"])
    if attribute == "sparse_value":
        sparse = onnx.SparseTensorProto(values=outside("hidden"), dims=[3])
        node.attribute.add(
            name="sparse_value", type=onnx.AttributeProto.SPARSE_TENSOR
        ).sparse_tensor.CopyFrom(sparse)
    elif attribute == "tensors":
        made = node.attribute.add(name="many", type=onnx.AttributeProto.TENSORS)
        made.tensors.append(outside("hidden"))
    else:
        node.attribute.append(helper.make_attribute("value", outside("hidden")))
    return node


@pytest.mark.parametrize("attribute", ["value", "sparse_value", "tensors"])
def test_weights_outside_the_file_are_found_in_attributes(attribute: str) -> None:
    model = after_linear([constant(attribute), helper.make_node("Neg", ["s"], ["y"])])

    assert refusal(model) == "the model keeps 'hidden' outside its file"


def test_weights_outside_the_file_are_found_in_graphs_inside_graphs() -> None:
    model = nested_graphs(3)
    graph = model.graph.node[1].attribute[1].g.node[0].attribute[1].g
    assert graph.name == "g1"
    graph.initializer.append(outside("hidden"))

    assert refusal(model) == "the model keeps 'hidden' outside its file"


def test_weights_outside_the_file_are_found_in_functions_and_their_defaults() -> None:
    in_node, in_default = nested_functions(1), nested_functions(1)
    in_node.functions[0].node.append(constant("value"))
    in_default.functions[0].attribute_proto.append(
        helper.make_attribute("value", outside("hidden"))
    )

    assert refusal(in_node) == "the model keeps 'hidden' outside its file"
    assert refusal(in_default) == "the model keeps 'hidden' outside its file"


def test_weights_outside_the_file_are_found_in_sparse_weights() -> None:
    model = linear()
    model.graph.sparse_initializer.append(
        onnx.SparseTensorProto(values=tensor("v", np.ones(1)), indices=outside("hidden"), dims=[3])
    )

    assert refusal(model) == "the model keeps 'hidden' outside its file"


@pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.contrib", "my.own", "ai.onnx.ml2"])
def test_operators_that_are_not_standard_are_refused(domain: str) -> None:
    model = after_linear([helper.make_node("PyOp", ["s"], ["y"], domain=domain)])

    assert refusal(model) == f"the model uses 'PyOp' of '{domain}', no standard operator"


def test_a_custom_operator_inside_a_loop_is_found() -> None:
    model = endless_loop()
    model.graph.node[1].attribute[0].g.node[1].domain = "com.microsoft"

    assert refusal(model) == "the model uses 'Add' of 'com.microsoft', no standard operator"


def test_an_operator_that_onnx_does_not_know_is_named_without_its_escapes() -> None:
    model = after_linear([helper.make_node("\x1b[31mEvil\n<b>", ["s"], ["y"])])

    assert refusal(model) == (
        f"the model uses '[31mEvil <b>', which ONNX {onnx.__version__} does not know"
    )


def test_a_name_that_is_no_text_is_refused() -> None:
    data = linear().SerializeToString().replace(b"\x03sum", b"\x03\xff\xfe\xfd")

    with pytest.raises(SubmissionError, match="a name that is not text"):
        check(onnx.load_model_from_string(data), len(data))


def test_operators_of_onnxruntime_that_scikit_learn_needs_pass() -> None:
    model = after_linear([helper.make_node("CDist", ["s", "s"], ["y"], domain="com.microsoft")])
    data = model.SerializeToString()

    assert check(onnx.load_model_from_string(data), len(data)).graph.nodes[1].op_type == "CDist"


def test_a_name_without_end_is_refused() -> None:
    model = linear()
    model.graph.node[0].name = "n" * 5_000

    assert refusal(model) == f"the model has a name of 5,000 characters ('{'n' * 60}…')"


def test_eight_million_nodes_in_two_kilobytes_are_counted_in_milliseconds() -> None:
    model = nested_functions(23)
    start = time.perf_counter()

    message = refusal(model)

    assert message == "the model unfolds to more than 200,000 nodes"
    assert time.perf_counter() - start < 2


def test_functions_that_call_themselves_are_refused() -> None:
    model = nested_functions(2)
    model.functions[0].node[0].CopyFrom(helper.make_node("f2", ["a"], ["b"], domain="own"))

    assert refusal(model) == "the model's function 'f2' calls itself"


def test_a_function_that_nobody_calls_is_checked_too() -> None:
    model = nested_functions(2)
    model.graph.node[0].CopyFrom(helper.make_node("Neg", ["x"], ["y"]))
    model.functions[0].node[0].CopyFrom(helper.make_node("f2", ["a"], ["b"], domain="own"))

    assert "calls itself" in refusal(model)


def test_a_tower_of_functions_is_refused_by_its_height() -> None:
    model = nested_functions(70)
    for function in model.functions[1:]:
        function.node[1].CopyFrom(helper.make_node("Neg", ["m"], ["b"]))

    assert refusal(model) == "the model nests functions more than 64 deep"


def test_a_function_defined_twice_is_refused() -> None:
    model = nested_functions(1)
    model.functions.append(model.functions[0])

    assert refusal(model) == "the model defines 'f0' twice"


def test_a_function_that_passes_for_a_standard_operator_is_refused() -> None:
    model = nested_functions(1)
    model.functions[0].domain, model.functions[0].name = "", "Neg"

    assert refusal(model) == "the model defines 'Neg' in a domain of the standard's own"


def test_graphs_nested_too_deep_are_refused() -> None:
    assert refusal(nested_graphs(20)) == "the model has graphs nested more than 16 deep"


def test_a_million_nodes_are_refused() -> None:
    model = linear()
    node = helper.make_node("Neg", ["a"], ["a"])
    model.graph.node.extend([node] * 1_000_000)

    assert refusal(model) == "the model has more than 200,000 nodes"


def test_nodes_are_counted_over_all_graphs_and_functions() -> None:
    model = nested_functions(1)
    for function in model.functions:
        function.node.extend([helper.make_node("Neg", ["a"], ["c"])] * 120_000)

    assert refusal(model) == "the model has more than 200,000 nodes"


def test_a_weight_larger_than_its_file_is_refused() -> None:
    weight = TensorProto(name="w", data_type=FLOAT, dims=[1_000_000, 1_000_000])
    model = with_weight(weight)
    size = len(model.SerializeToString())

    assert refusal(model) == (
        f"the model declares 1,000,000,000,000 numbers in a file of {size:,} bytes"
    )


def test_sides_that_overflow_or_are_negative_are_refused() -> None:
    huge = TensorProto(name="w", data_type=FLOAT, dims=[2**62, 2**62])
    negative = TensorProto(name="w", data_type=FLOAT, dims=[-3, 1])

    assert refusal(with_weight(huge)) == "the model's 'w' is larger than any memory"
    assert refusal(with_weight(negative)) == "the model's 'w' has a side of -3"


def test_a_sparse_weight_that_unfolds_to_gigabytes_is_refused() -> None:
    model = linear()
    values = tensor("v", np.ones(1, np.float32))
    indices = tensor("i", np.zeros(1, np.int64))
    model.graph.sparse_initializer.append(
        onnx.SparseTensorProto(values=values, indices=indices, dims=[10**9, 10])
    )

    assert refusal(model) == "the model has sparse tensors of 10,000,000,000 numbers"


def test_training_steps_are_refused() -> None:
    model = linear()
    model.training_info.add()

    assert refusal(model) == "the model carries training steps"


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (lambda m: m.graph.output.extend([value("y", FLOAT)] * 100), "more than 64 outputs"),
        (lambda m: m.graph.input.extend([value("z", FLOAT)] * 3_000), "more than 2,000 inputs"),
        (
            lambda m: m.opset_import.extend([helper.make_opsetid("d", 1)] * 300),
            "more than 200 operator sets",
        ),
    ],
)
def test_counts_are_bounded(fill, message: str) -> None:
    model = linear()
    fill(model)

    assert refusal(model) == f"the model has {message}"


def test_a_model_without_output_is_refused() -> None:
    assert refusal(proto([], [value("x", FLOAT, None, 3)], [])) == "the model has no output"


def test_honest_models_pass() -> None:
    for model in (linear(), nested_functions(3), nested_graphs(3), endless_loop()):
        data = model.SerializeToString()

        assert check(onnx.load_model_from_string(data), len(data)).graph.nodes
