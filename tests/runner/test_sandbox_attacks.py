"""Models that attack: each ends in a clear refusal within its limits, and we live."""

from __future__ import annotations

import contextlib
import random
import re
import sys
import time

import numpy as np
import onnx
import pytest
from children import children
from onnx import helper
from runner_models import (
    FLOAT,
    INT64,
    STRING,
    after_linear,
    endless_loop,
    linear,
    nested_functions,
    npy,
    proto,
    tensor,
    value,
)

from aims_gh.errors import RunnerError, SubmissionError
from aims_gh.runner.sandbox import Bounds, Sandbox, Task

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

ROWS = 50
X = npy(np.random.default_rng(3).normal(size=(ROWS, 3)))
NUMBERS = Task("regression", (), ROWS, features_public=True)
LABELS = Task("classification", ("a", "b"), ROWS, features_public=True)
SANDBOX = Sandbox()
SHORT = Bounds(seconds=1, memory_bytes=1_000_000_000, output_bytes=5_000_000)
LONG = Bounds(seconds=20, memory_bytes=1_000_000_000, output_bytes=5_000_000)


@pytest.fixture(autouse=True)
def _nothing_is_left_behind():
    before = children()
    yield
    assert children() == before


def refusal(model, task: Task = NUMBERS, bounds: Bounds = LONG) -> str:
    data = model if isinstance(model, bytes) else model.SerializeToString()
    with pytest.raises(SubmissionError) as refused:
        SANDBOX.run(data, X, "features.npy", task, bounds)
    assert refused.value.hint
    return refused.value.message


def node(kind: str, inputs: list[str], output: str = "y", **attributes) -> onnx.NodeProto:
    return helper.make_node(kind, inputs, [output], **attributes)


MEGABYTES = "of memory allowed while running rows 1 to 50"


def test_a_loop_without_end_is_stopped_in_time() -> None:
    start = time.monotonic()

    assert refusal(endless_loop(), bounds=SHORT) == (
        "the model was stopped after 1 s while running rows 1 to 50"
    )
    assert time.monotonic() - start < 8


def test_a_chain_of_large_products_is_stopped_in_time() -> None:
    square = tensor("side", np.array([5000, 5000]))
    nodes = [node("Expand", ["one", "side"], "m0")]
    nodes += [node("MatMul", [f"m{i}", "m0"], f"m{i + 1}") for i in range(40)]
    nodes += [node("ReduceMax", ["m40"], "top", keepdims=0), node("Add", ["s", "top"])]
    model = after_linear(nodes, square, tensor("one", np.ones((1, 1), np.float32)))

    # Constants are folded when a model is loaded, so that may be as far as it gets.
    assert refusal(model, bounds=SHORT) in (
        "the model was stopped after 1 s while running rows 1 to 50",
        "the model was stopped after 1 s while being loaded into onnxruntime",
    )


@pytest.mark.parametrize("numbers", [10**9, 10**12, 10**15])
def test_asking_for_too_much_memory_at_once_is_refused(numbers: int) -> None:
    nodes = [
        node("ConstantOfShape", ["size"], "huge"),
        node("ReduceMax", ["huge"], "top", keepdims=0),
        node("Add", ["s", "top"]),
    ]
    model = after_linear(nodes, tensor("size", np.array([numbers])))

    message = refusal(model)

    assert message in (
        f"the model needed more than the 1,000 MB {MEGABYTES}",
        "the model needed more than the 1,000 MB of memory allowed "
        "while being loaded into onnxruntime",
    )


def test_expanding_to_a_terabyte_is_refused() -> None:
    nodes = [
        node("Expand", ["s", "size"], "huge"),
        node("ReduceMax", ["huge"], "top", keepdims=0),
        node("Add", ["s", "top"]),
    ]

    message = refusal(after_linear(nodes, tensor("size", np.array([1, 5_000_000_000]))))

    assert message == f"the model needed more than the 1,000 MB {MEGABYTES}"


def test_a_model_that_grows_step_by_step_is_refused() -> None:
    nodes = [node("Expand", ["s", "size"], "m0")]
    nodes += [node("Concat", [f"m{i}", f"m{i}"], f"m{i + 1}", axis=1) for i in range(20)]
    nodes += [node("ReduceMax", ["m20"], "top", keepdims=0), node("Add", ["s", "top"])]

    message = refusal(after_linear(nodes, tensor("size", np.array([1, 1000]))))

    assert message == f"the model needed more than the 1,000 MB {MEGABYTES}"


def test_text_that_doubles_without_end_is_refused() -> None:
    nodes = [node("Cast", ["s"], "t0", to=STRING)]
    nodes += [node("StringConcat", [f"t{i}", f"t{i}"], f"t{i + 1}") for i in range(40)]
    nodes.append(node("Identity", ["t40"]))
    model = after_linear(nodes, kind=STRING)
    model.opset_import[0].version = 20

    assert refusal(model, LABELS) == f"the model needed more than the 1,000 MB {MEGABYTES}"


def test_long_texts_as_labels_are_cut_before_they_are_compared() -> None:
    nodes = [node("Cast", ["s"], "t0", to=STRING)]
    nodes += [node("StringConcat", [f"t{i}", f"t{i}"], f"t{i + 1}") for i in range(12)]
    nodes.append(node("Identity", ["t12"]))
    model = after_linear(nodes, kind=STRING)
    model.opset_import[0].version = 20

    assert refusal(model, LABELS) == (
        "the model's output has a label in row 1 that the playground does not know"
    )


def test_too_much_output_is_refused() -> None:
    model = after_linear(
        [node("Expand", ["s", "wide"])], tensor("wide", np.array([1, 100_000])), shape=(None, None)
    )

    assert refusal(model) == "the model returns more than the 5 MB allowed"


def test_too_much_text_as_output_is_refused() -> None:
    nodes = [node("Cast", ["s"], "t0", to=STRING)]
    nodes += [node("StringConcat", [f"t{i}", f"t{i}"], f"t{i + 1}") for i in range(16)]
    nodes.append(node("Identity", ["t16"]))
    model = after_linear(nodes, kind=STRING)
    model.opset_import[0].version = 20

    assert refusal(model, LABELS) == "the model returns more than the 5 MB allowed"


def test_eight_million_nodes_in_two_kilobytes_are_refused_at_once() -> None:
    assert refusal(nested_functions(23), bounds=SHORT) == (
        "the model unfolds to more than 200,000 nodes"
    )


def test_a_million_nodes_are_refused_at_once() -> None:
    model = linear()
    model.graph.node.extend([node("Neg", ["a"], "a")] * 1_000_000)

    assert refusal(model, bounds=LONG) == "the model has more than 200,000 nodes"


def test_graphs_nested_beyond_what_protobuf_reads_are_no_model() -> None:
    payload = linear().graph.SerializeToString()
    for _ in range(200):  # graph > node > attribute > graph, written by hand
        attribute = _field(1, b"g") + _field(6, payload) + b"\xa0\x01\x05"
        payload = _field(1, _field(4, b"If") + _field(5, attribute))
    data = b"\x08\x09" + _field(7, payload)

    assert refusal(data) == "the model's file is not ONNX, or damaged"


def _field(number: int, payload: bytes) -> bytes:
    size, length = len(payload), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + payload


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_truncated_file_is_refused(cut: int) -> None:
    data = linear().SerializeToString()

    message = refusal(data[:-cut])

    assert message == "the model's file is not ONNX, or damaged"


def test_random_bytes_are_no_model() -> None:
    for seed in range(3):
        assert refusal(random.Random(seed).randbytes(10_000)) == (
            "the model's file is not ONNX, or damaged"
        )


def test_an_empty_file_is_no_model() -> None:
    assert refusal(b"") == "the model's file is empty"


def test_flipped_bits_never_get_through_to_us() -> None:
    """Fuzzing, a little: whatever happens is a result or a refusal."""
    data = bytearray(linear().SerializeToString())
    chance = random.Random(11)
    for _ in range(8):
        damaged = bytearray(data)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        with contextlib.suppress(SubmissionError):
            ran = SANDBOX.run(bytes(damaged), X, "features.npy", NUMBERS, SHORT)
            assert len(ran.predictions or ()) == ROWS


def test_onnxruntimes_own_format_is_not_let_in_through_the_producers_name() -> None:
    """onnxruntime takes a file for its own format if bytes 4 to 8 are ORTM."""
    model = linear()
    model.producer_name = "ORTM" + "x" * 100
    data = model.SerializeToString()
    assert data[4:8] == b"ORTM"

    ran = SANDBOX.run(data, X, "features.npy", NUMBERS, LONG)

    assert len(ran.predictions or ()) == ROWS


def test_a_recursive_function_is_refused() -> None:
    model = nested_functions(1)
    model.functions[0].node[0].CopyFrom(helper.make_node("f1", ["a"], ["b"], domain="own"))

    assert refusal(model) in (
        "the model's function 'f0' calls itself",
        "the model's function 'f1' calls itself",
    )


def test_weights_in_another_file_are_refused() -> None:
    model = linear()
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="/etc/passwd")

    assert refusal(model) == "the model keeps 'w' outside its file"


def test_a_custom_operator_is_refused() -> None:
    model = after_linear([helper.make_node("PyOp", ["s"], ["y"], domain="evil\x1b[2J")])

    assert refusal(model) == "the model uses 'PyOp' of 'evil[2J', no standard operator"


def test_what_onnxruntime_says_is_repeated_without_its_paths() -> None:
    model = after_linear([node("Reshape", ["s", "shape"])], tensor("shape", np.array([7, 7])))

    assert refusal(model) == (
        "the model failed on the features: Non-zero status code returned while running Reshape "
        "node. Name:'' Status Message: input_shape_size == requested_shape_size was false. The "
        "input tensor cannot be reshaped to the requested shape. Input shape:{50,1}, requested "
        "shape:{7,7}"
    )


def test_what_cannot_be_loaded_says_so() -> None:
    model = after_linear([node("Relu", ["nothing"])])

    assert refusal(model) == (
        "onnxruntime cannot load the model: Invalid model. Node input 'nothing' is not a graph "
        "input, initializer, or output of a previous node"
    )


def test_a_locale_that_this_machine_does_not_have_comes_with_the_way_out() -> None:
    nodes = [
        node("Cast", ["s"], "t", to=STRING),
        node("Reshape", ["t", "flat"], "u"),
        node("StringNormalizer", ["u"], case_change_action="LOWER", locale="xx_YY.UTF-8"),
    ]
    model = after_linear(nodes, tensor("flat", np.array([-1])), kind=STRING, shape=(None,))

    with pytest.raises(SubmissionError) as refused:
        SANDBOX.run(model.SerializeToString(), X, "features.npy", LABELS, LONG)

    assert "xx_YY.UTF-8" in refused.value.message
    assert "locale C.UTF-8" in refused.value.hint


@pytest.mark.parametrize(
    ("last", "weights", "message"),
    [
        (
            node("Slice", ["s", "from", "to"]),
            {"from": np.array([0]), "to": np.array([49])},
            "the model gives no output with an entry for each row",
        ),
        (
            node("ReduceSum", ["s"], keepdims=0),
            {},
            "the model gives no output with an entry for each row",
        ),
        (
            node("Log", ["negative"]),
            {"negative": -np.ones((ROWS, 1), np.float32)},
            "the model's output is not a finite number in row 1",
        ),
        (
            node("Div", ["s", "zero"]),
            {"zero": np.zeros(1, np.float32)},
            "the model's output is not a finite number in row 1",
        ),
    ],
)
def test_answers_that_are_no_answer_are_refused(last, weights, message: str) -> None:
    model = after_linear([last], *(tensor(name, array) for name, array in weights.items()))

    assert refusal(model) == message


def test_a_label_that_nobody_knows_is_refused() -> None:
    nodes = [node("Cast", ["s"], "code", to=INT64)]
    model = after_linear([*nodes, node("Identity", ["code"])], kind=INT64)

    assert refusal(model, LABELS) == (
        "the model's output has a label in row 1 that the playground does not know"
    )


def test_a_model_without_output_is_refused() -> None:
    assert refusal(proto([], [value("x", FLOAT, None, 3)], [])) == "the model has no output"


def test_a_sequence_as_output_is_refused() -> None:
    model = after_linear([node("SplitToSequence", ["s"])])
    model.graph.output[0].CopyFrom(helper.make_tensor_sequence_value_info("y", FLOAT, [None, 1]))

    assert refusal(model) == "the model gives no output with an entry for each row"


def test_less_memory_than_onnxruntime_itself_needs_is_said_to_be_too_little() -> None:
    message = refusal(linear(), bounds=Bounds(seconds=20, memory_bytes=10_000_000))

    assert message.startswith("the model needed more than the 10 MB of memory allowed while ")


def test_two_megabytes_of_producer_come_out_short_and_inert() -> None:
    model = linear()
    model.producer_name = "<script>\x1b[2J" + "x" * 2_000_000

    facts = SANDBOX.inspect(model.SerializeToString(), LONG)

    assert facts.producer == "<script>[2J" + "x" * 189


def test_a_description_without_end_is_refused() -> None:
    names = [f"{number}{'ä' * 150}" for number in range(1_000)]
    model = proto(
        [node("Sum", names)],
        [value(name, FLOAT, None, 1) for name in names],
        [value("y", FLOAT, None, 1)],
    )

    with pytest.raises(SubmissionError, match=r"the description of the model takes [\d,]+ bytes"):
        SANDBOX.inspect(model.SerializeToString(), LONG)


def test_an_inspection_runs_nothing() -> None:
    facts = SANDBOX.inspect(endless_loop().SerializeToString(), SHORT)

    assert facts.operators == {"Add": 2, "Identity": 1, "Loop": 1, "MatMul": 1}


def test_where_features_are_hidden_a_failure_tells_nothing_of_them() -> None:
    telling = after_linear(
        [
            node("Mul", ["s", "large"], "t"),
            node("Cast", ["t"], "secret", to=INT64),
            node("Gather", ["s", "secret"]),
        ],
        tensor("large", np.float32(1e6)),
        shape=(None, None, None),
    )

    assert re.search(r"idx=-?\d{6}", refusal(telling))
    assert refusal(telling, Task("regression", (), ROWS)) == "the model failed while running"


@pytest.mark.skipif(sys.platform != "linux", reason="simulates a Linux without libseccomp")
def test_without_the_filter_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that finds no libseccomp says so, and ends before it reads the model."""
    code = (
        "import sys; sys.path += sys.argv[1:]\n"
        "import aims_gh.runner.seccomp as seccomp\n"
        "seccomp.LIBRARY = 'libnowhere.so.7'\n"
        "from aims_gh.runner.child import main; main()"
    )
    from aims_gh.runner.process import child_command

    command = child_command()
    command[command.index("-c") + 1] = code
    model = linear().SerializeToString()

    with pytest.raises(RunnerError) as failed:
        Sandbox(command=command).run(model, X, "features.npy", NUMBERS, LONG)
    assert failed.value.message.startswith(
        "this machine cannot lock a model in (system calls filtered: libnowhere.so.7"
    )
    assert "apt-get install libseccomp2" in failed.value.hint

    trusting = Sandbox(strict=False, command=command)
    assert len(trusting.run(model, X, "features.npy", NUMBERS, LONG).predictions or ()) == ROWS
    assert not trusting.isolation().system_calls_filtered
    assert trusting.isolation().files_denied
