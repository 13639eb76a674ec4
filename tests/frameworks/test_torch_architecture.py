"""A PyTorch module as plain data: built again, with its weights, and never by running a file."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from pathlib import Path
from typing import Any

import network_cases
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import aims_gh.frameworks.torch as library
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.torch.tables import LAYERS, arguments

RANDOM = np.random.default_rng(0)


class Attending(nn.Module):
    """Parameters and buffers of its own, tied weights, one layer under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.randn(1, 1, 4))
        self.register_buffer("places", torch.randn(4, 4), persistent=False)
        self.register_buffer("scale", torch.full((4,), 0.5))
        self.body, self.tied = nn.Linear(4, 4), nn.Linear(4, 4)
        self.tied.weight = self.body.weight
        self.act = self.again = nn.GELU()

    def forward(self, rows: Any, mask: Any = None, scale: float = 2.0) -> Any:
        found = torch.cat([self.first.expand(rows.size(0), -1, -1), rows], dim=1) + self.places
        if mask is not None:
            found = found * mask
        found = self.again(self.tied(self.act(self.body(found)))) * self.scale
        found = F.dropout(found, 0.5, self.training)[:, 0].masked_fill(found[:, 0] > 9, -torch.inf)
        return {"out": scale * found, "inner": (found.mean(dim=-1, keepdim=True),)}


def networks() -> list[Any]:
    told = [case for case in network_cases.torch_cases() if case.refused is None]
    own = network_cases.Case("Attending", Attending, lambda: network_cases.numbers(3, 4))
    return [pytest.param(case, id=case.name) for case in [*told, own]]


@pytest.mark.parametrize("case", networks())
def test_a_module_is_built_again_with_its_weights_and_says_the_same(case: Any) -> None:
    model = case.build()
    rows = library.rows(model, case.rows())

    built = json.loads(json.dumps(library.architecture(model)))
    again = library.with_weights(built, library.weights(model).content)

    np.testing.assert_array_equal(
        library.said(again, rows).numbers, library.said(model, rows).numbers
    )
    told, retold = library.claims(model, rows), library.claims(again, rows)
    assert retold.layers == told.layers
    assert retold.model_type == told.model_type and retold.num_params == told.num_params
    assert library.architecture(again) == built


@pytest.mark.parametrize("case", networks()[::4])
def test_a_module_that_was_built_again_can_be_trained(case: Any) -> None:
    model = case.build()
    rows = library.rows(model, case.rows())
    again = library.rebuild(library.architecture(model) or {})
    optimizer = torch.optim.SGD(again.parameters(), lr=0.1)
    losses = []

    for _ in range(2):
        loss = again.eval()(*rows.values).square().mean()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    assert losses[0] != losses[1]


def test_a_module_that_was_built_again_starts_with_other_numbers() -> None:
    model = nn.Sequential(nn.Linear(4, 4))

    again = library.rebuild(library.architecture(model) or {})

    assert not torch.equal(again.get_submodule("0").weight, model[0].weight)


def test_dropout_written_as_a_function_works_again_in_training() -> None:
    again = library.rebuild(library.architecture(Attending()) or {})
    rows = torch.ones(64, 3, 4)

    assert torch.equal(again.eval()(rows)["out"], again(rows)["out"])
    assert not torch.equal(again.train()(rows)["out"], again(rows)["out"])


def test_tied_weights_stay_tied() -> None:
    again = library.rebuild(library.architecture(Attending()) or {})

    assert again.tied.weight is again.body.weight
    assert again.again is again.act


SAMPLES: dict[str, dict[str, Any]] = {
    "in_features": 4, "out_features": 3, "in1_features": 2, "in2_features": 3, "in_channels": 4,
    "out_channels": 2, "kernel_size": 2, "num_features": 4, "normalized_shape": (4,),
    "num_groups": 2, "num_channels": 4, "size": 3, "num_embeddings": 5, "embedding_dim": 3,
    "input_size": 4, "hidden_size": 3, "embed_dim": 4, "num_heads": 2, "d_model": 4, "nhead": 2,
    "threshold": 0.5, "value": 0.1, "output_size": 2, "norm_type": 2, "dim": 1, "groups": 2,
    "unflattened_size": (2, 2), "upscale_factor": 2, "downscale_factor": 2, "padding": 1,
    "num_layers": 2,
}  # fmt: skip
OTHER: dict[str, Any] = {
    "bias": False, "eps": 0.01, "dropout": 0.25, "p": 0.25, "batch_first": True, "stride": 2,
    "affine": False, "momentum": 0.3, "bidirectional": True, "nonlinearity": "relu", "proj_size": 2,
    "approximate": "tanh", "negative_slope": 0.3, "norm_first": True, "activation": "gelu",
    "padding_idx": 0, "mode": "nearest", "ceil_mode": True, "num_parameters": 4,
    "add_bias_kv": True,
}  # fmt: skip


@pytest.mark.parametrize("other", [False, True], ids=["defaults", "other arguments"])
@pytest.mark.parametrize("name", sorted(LAYERS))
def test_every_layer_on_the_list_is_built_again_with_its_arguments(name: str, other: bool) -> None:
    layer = getattr(nn, name)(**_given(name, other))
    model = nn.Sequential(layer)

    again = library.rebuild(_described(model))

    assert repr(again.get_submodule("0")) == repr(layer)
    shapes = [{k: v.shape for k, v in each.state_dict().items()} for each in (model, again)]
    assert shapes[0] == shapes[1]


def _given(name: str, other: bool) -> dict[str, Any]:
    """Give a layer the arguments that it needs, or all that are not their defaults."""
    if name == "TransformerEncoder":
        layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
        return {"encoder_layer": layer, "num_layers": 2}
    named = arguments(name)
    found = {k: SAMPLES[k] for k, default in named.items() if default is inspect.Parameter.empty}
    if not other:
        return found
    if name in ("RNN", "LSTM", "GRU"):
        found["num_layers"] = 2
    found |= {k: OTHER[k] for k in named if k in OTHER}
    return found | ({"mode": "sum"} if name == "EmbeddingBag" else {})


def _described(model: Any) -> dict[str, Any]:
    built = library.architecture(model)
    assert built is not None
    return json.loads(json.dumps(built))  # type: ignore[no-any-return]


class Looping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(4, 4)

    def forward(self, rows: Any) -> Any:
        while rows.norm() > 1:
            rows = self.head(rows)
        return rows


class Foreign(Looping):
    def forward(self, rows: Any) -> Any:
        return torch.linalg.svdvals(self.head(rows))


def _hooked() -> nn.Module:
    model = nn.Sequential(nn.Linear(4, 4))
    model[0].register_forward_hook(lambda *_: None)
    return model


@pytest.mark.parametrize(
    "model",
    [Looping(), Foreign(), _hooked(), nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))],
    ids=["a loop that depends on the rows", "a function on no list", "hooks", "parametrized"],
)
def test_what_cannot_be_told_is_not_told_and_builds_nothing(model: nn.Module) -> None:
    assert library.architecture(model) is None

    with pytest.raises(SubmissionError, match="architecture could not be told"):
        library.with_weights(None, library.weights(nn.Linear(2, 2)).content)


INPUT = "input_1"
"""What `torch.fx` calls the argument of a Sequential."""


def good() -> dict[str, Any]:
    return _described(nn.Sequential(nn.Linear(4, 3), nn.ReLU()))


def changed(**changes: Any) -> dict[str, Any]:
    return good() | changes


def with_layer(layer: Any, **given: Any) -> dict[str, Any]:
    return changed(parts=[{"name": "0", "layer": layer, "arguments": given}], calls=[], output=1)


def with_call(**call: Any) -> dict[str, Any]:
    return changed(calls=[{"name": "x", **call}], output={"result": "x"})


CODE = "__import__('pathlib').Path('{mark}').touch()"
HOSTILE: dict[str, Any] = {
    "nothing": {},
    "no dictionary in it": changed(parts="Linear"),
    "an unknown key": changed(code=CODE),
    "a class outside of torch.nn": with_layer("os.system", command="touch {mark}"),
    "a class of torch.nn that is on no list": with_layer("Module"),
    "a private name": with_layer("__class__"),
    "an argument that is none": with_layer("Linear", in_features=4, out_features=3, device="cuda"),
    "an argument of another type": with_layer("Linear", in_features="4", out_features=[3]),
    "code as an argument": with_layer("Upsample", mode="exec('x')"),
    "a negative size": with_layer("Linear", in_features=-4, out_features=3),
    "terabytes in one layer": with_layer("Linear", in_features=1 << 24, out_features=1 << 24),
    "terabytes in a size beyond counting": with_layer(
        "Bilinear", in1_features=1 << 24, in2_features=1 << 24, out_features=1 << 24
    ),
    "terabytes in many levels": with_layer(
        "LSTM", input_size=1 << 20, hidden_size=1 << 20, num_layers=200
    ),
    "terabytes in a parameter": changed(parameters=[{"name": "p", "shape": [1 << 20, 1 << 20]}]),
    "a number without bounds": with_layer("Linear", in_features=10**30, out_features=1),
    "a million levels": with_layer("LSTM", input_size=1, hidden_size=1, num_layers=1_000_000),
    "more layers than anybody needs": changed(
        parts=[
            {"name": f"l{place}", "layer": "TransformerEncoder", "arguments": {
                "num_layers": 200, "encoder_layer": {
                    "layer": "TransformerEncoderLayer", "arguments": {"d_model": 1, "nhead": 1}}}}
            for place in range(50)
        ],
        calls=[], output=1,
    ),
    "encoders inside of encoders": with_layer(
        "TransformerEncoder", num_layers=2, encoder_layer={
            "layer": "TransformerEncoder", "arguments": {
                "num_layers": 2, "encoder_layer": {"layer": "Linear", "arguments": {}}}},
    ),
    "a name that is code": changed(parts=[{"name": CODE, "layer": "ReLU"}], calls=[], output=1),
    "a name that takes the place of forward": changed(
        parts=[{"name": "forward", "layer": "ReLU"}], calls=[], output=1
    ),
    "a name inside of a layer": changed(
        parts=[{"name": "0", "layer": "ReLU"}, {"name": "0.inplace", "layer": "ReLU"}]
    ),
    "a function on no list": with_call(function="torch.load", arguments=["{mark}"]),
    "a function of Python": with_call(function="eval", arguments=[CODE]),
    "an operator on no list": with_call(function="operator.methodcaller", arguments=["system"]),
    "a method on no list": with_call(method="__reduce__", arguments=[{"result": INPUT}]),
    "a method that writes": with_call(method="numpy", arguments=[{"result": INPUT}]),
    "an attribute on no list": with_call(
        function="getattr", arguments=[{"result": INPUT}, "__class__"]
    ),
    "two calls in one": with_call(function="torch.relu", method="relu"),
    "no call at all": with_call(),
    "a layer that is not there": with_call(layer="1.2.3", arguments=[{"result": INPUT}]),
    "a tensor that is not there": with_call(tensor="0.forward"),
    "a result that is not there yet": with_call(function="torch.relu", arguments=[{"result": "y"}]),
    "a value of another kind": with_call(function="torch.relu", arguments=[{"pickle": "gASV"}]),
    "a type of numbers that is none": with_call(
        function="torch.relu", arguments=[{"dtype": "load"}]
    ),
    "a buffer of another size": changed(
        buffers=[{"name": "b", "shape": [2], "dtype": "float32", "base64": "AAAA"}]
    ),
    "a buffer of objects": changed(
        buffers=[{"name": "b", "shape": [1], "dtype": "object", "base64": "AAAAAAAAAAA="}]
    ),
    "a tie to nothing": changed(ties=[{"name": "0.weight", "of": "9.weight"}]),
    "one layer that is itself": changed(parts=[{"name": "0", "same_as": "0"}], calls=[], output=1),
}  # fmt: skip


def _marked(value: Any, mark: str) -> Any:
    return json.loads(json.dumps(value).replace("{mark}", mark))


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_architecture_is_refused_and_runs_nothing(what: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    with pytest.raises(SubmissionError, match="not the architecture of a PyTorch module"):
        library.rebuild(_marked(HOSTILE[what], str(mark)))

    assert not mark.exists()


def test_what_hostile_architectures_are_made_from_is_good() -> None:
    made = library.rebuild(with_call(function="getattr", arguments=[{"result": INPUT}, "shape"]))

    assert made(torch.zeros(2, 4)) == (2, 4)


def test_deep_nesting_is_refused() -> None:
    deep: Any = {"result": INPUT}
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(SubmissionError, match="nested too deep"):
        library.rebuild(with_call(function="torch.relu", arguments=[deep]))


def test_a_method_is_called_on_tensors_alone() -> None:
    made = library.rebuild(
        changed(
            calls=[{"name": "x", "method": "view", "arguments": ["text", 1]}],
            output={"result": "x"},
        )
    )

    with pytest.raises(SubmissionError, match="calls view on what is no tensor"):
        made(torch.zeros(1, 4))


def test_what_was_described_is_not_changed_by_building_it() -> None:
    built = good()
    before = copy.deepcopy(built)

    library.rebuild(built)

    assert built == before


class Payload:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_weights_that_are_a_pickle_are_refused_and_run_nothing(tmp_path: Path) -> None:
    mark, file = tmp_path / "mark", tmp_path / "weights.pt"
    torch.save({"0.weight": torch.zeros(3, 4), "0.bias": Payload(mark)}, file)

    for content in (file.read_bytes(), pickle.dumps(Payload(mark)), b"", b"\xff" * 1_000):
        with pytest.raises(SubmissionError, match="no safetensors file"):
            library.with_weights(good(), content)

    assert not mark.exists()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"0.weight": torch.zeros(3, 4)}, "1 are missing"),
        (
            {"0.weight": torch.zeros(3, 4), "0.bias": torch.zeros(3), "x": torch.ones(1)},
            "1 have no",
        ),
        ({"0.weight": torch.zeros(4, 3), "0.bias": torch.zeros(3)}, "1 have another shape"),
        ({"0.weight": torch.zeros(3, 4).double(), "0.bias": torch.zeros(3)}, "1 have another"),
    ],
)
def test_weights_must_all_fit(state: dict[str, torch.Tensor], message: str) -> None:
    from safetensors.torch import save

    with pytest.raises(SubmissionError, match=message):
        library.with_weights(good(), save(state))


def test_what_has_two_names_is_written_once() -> None:
    from safetensors.torch import load

    state = load(library.weights(Attending()).content)

    assert "body.weight" in state and "tied.weight" not in state
    assert "places" not in state and "scale" in state
