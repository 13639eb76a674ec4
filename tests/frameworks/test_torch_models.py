"""What a PyTorch module takes, says and tells of itself; and that it stays as it was."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import aims_gh.frameworks.torch as library
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.library import library_of

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(7, 4))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.side = nn.Linear(4, 6), nn.Linear(4, 6, bias=False)
        self.norm, self.head = nn.LayerNorm(6), nn.Linear(6, 3)

    def forward(self, rows: Any) -> Any:
        found = torch.relu(self.body(rows)) + self.side(rows)
        return torch.softmax(self.head(self.norm(found)), dim=1), found


class Counting(nn.Module):
    """Draws, counts, and scales: all that a model might do beside computing."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(4, 2)
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, rows: Any) -> Any:
        self.calls += 1
        np.random.random(), random.random(), torch.rand(1)
        return self.head(nn.functional.dropout(rows, 0.5, self.training))


def test_a_module_of_ones_own_is_of_this_library() -> None:
    assert library_of(Residual()) is library


@pytest.mark.parametrize("model", [Counting(), nn.Sequential(nn.BatchNorm1d(4), nn.Dropout())])
def test_a_model_stays_as_it_was(model: nn.Module) -> None:
    model.train()
    next(model.parameters()).requires_grad_(False)
    before = copy.deepcopy(model.state_dict())
    chances = (torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate())

    rows = library.rows(model, ROWS)
    library.said(model, rows)
    library.parcel(model, rows)
    library.claims(model, rows)
    library.architecture(model)

    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(part.training for part in model.modules())
    assert next(model.parameters()).requires_grad is False
    assert all(p.requires_grad for p in list(model.parameters())[1:])
    assert torch.equal(chances[0], torch.get_rng_state())
    assert np.array_equal(chances[1], np.random.get_state()[1])
    assert chances[2] == random.getstate()


def test_what_a_model_says_is_what_it_says_in_evaluation() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.9)).train()

    said = library.said(model, library.rows(model, ROWS))

    wanted = copy.deepcopy(model).eval()(torch.tensor(ROWS, dtype=torch.float32))
    np.testing.assert_allclose(said.numbers, wanted.detach().numpy(), rtol=1e-6)


def test_many_rows_are_asked_in_batches_that_change_nothing() -> None:
    model, many = nn.Linear(4, 2), RANDOM.normal(size=(3_073, 4))

    said = library.said(model, library.rows(model, many))

    wanted = model(torch.tensor(many, dtype=torch.float32)).detach().numpy()
    assert said.numbers is not None and said.numbers.shape == (3_073, 2)
    np.testing.assert_allclose(said.numbers, wanted, rtol=1e-5, atol=1e-6)


def test_whole_numbers_that_a_model_gives_are_labels() -> None:
    class Choosing(nn.Linear):
        def forward(self, rows: Any) -> Any:
            return super().forward(rows).argmax(dim=1)

    model = Choosing(4, 3)

    said = library.said(model, library.rows(model, ROWS))

    assert said.numbers is None and said.labels is not None and said.labels.shape == (7,)


FORMS: list[tuple[Any, Any, str, tuple[int, ...]]] = [
    (nn.Linear(4, 1), pd.DataFrame(ROWS), "torch.float32", (7, 4)),
    (nn.Linear(4, 1), ROWS.tolist(), "torch.float32", (7, 4)),
    (nn.Linear(4, 1), torch.tensor(ROWS, requires_grad=True), "torch.float32", (7, 4)),
    (nn.Linear(4, 1).double(), ROWS, "torch.float64", (7, 4)),
    (nn.Linear(1, 1), pd.Series(ROWS[:, 0]), "torch.float32", (7, 1)),
    (nn.Embedding(9, 3), pd.Series(range(7)), "torch.int64", (7, 1)),
    (nn.Embedding(9, 3), np.arange(7.0), "torch.int64", (7, 1)),
    (nn.Conv2d(3, 1, 2), np.zeros((7, 3, 5, 5), dtype=np.uint8), "torch.float32", (7, 3, 5, 5)),
    (nn.Linear(2, 1), pd.DataFrame({"a": [True, False], "b": [1, 2]}), "torch.float32", (2, 2)),
]


@pytest.mark.parametrize(("model", "features", "dtype", "shape"), FORMS)
def test_features_arrive_in_the_type_and_the_shape_that_the_model_takes(
    model: nn.Module, features: Any, dtype: str, shape: tuple[int, ...]
) -> None:
    (given,) = library.rows(model, features).values

    assert str(given.dtype) == dtype
    assert tuple(given.shape) == shape


def test_arguments_of_forward_are_columns_whatever_their_order() -> None:
    class Two(nn.Module):
        def forward(self, size_cm: Any, age: Any) -> Any:
            return size_cm - age

    frame = pd.DataFrame({"age": [1.0, 2.0], "other": [0, 0], "size (cm)": [5.0, 7.0]})
    frame.columns = ["age", "other", "size_cm"]

    rows = library.rows(Two(), frame)

    assert rows.names == ("size_cm", "age")
    assert library.said(Two(), rows).numbers.ravel().tolist() == [4.0, 5.0]  # type: ignore[union-attr]


class Squeezing(nn.Linear):
    def forward(self, rows: Any) -> Any:
        return super().forward(rows).sum()


class Missing(nn.Module):
    def forward(self, size: Any, weight: Any) -> Any:
        return size + weight


REFUSED: list[tuple[Any, Any, str]] = [
    (nn.Linear(5, 1), ROWS, r"Linear does not run on rows of shape \(4,\): RuntimeError: mat1"),
    (nn.Linear(4, 1), ["a text"], "PyTorch takes numbers, and the features are texts"),
    (nn.Linear(2, 1), pd.DataFrame({"a": [1], "b": ["x"]}), "PyTorch takes numbers, and b holds"),
    (nn.Linear(4, 1), ROWS[:0], "the features have no rows"),
    (nn.Linear(4, 1).half(), ROWS, "Linear computes in float16 in weight"),
    (nn.LazyLinear(3), ROWS, "LazyLinear has no numbers yet in weight"),
    (Squeezing(4, 1), ROWS, r"gives a tensor of shape \(\) for 2 rows"),
    (Missing(), pd.DataFrame({"size": [1.0]}), "has an input weight, and the features have no"),
    (Missing(), ROWS, "has several inputs, and the features are one array"),
    (torch.optim.SGD([torch.zeros(1)]), ROWS, "a SGD of PyTorch is no model"),
]


@pytest.mark.parametrize(("model", "features", "message"), REFUSED)
def test_what_does_not_fit_is_refused_by_what_is_at_fault(
    model: Any, features: Any, message: str
) -> None:
    with pytest.raises(SubmissionError, match=message):
        library.rows(model, features)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_scripted_module_is_refused_with_what_to_hand_in() -> None:
    scripted = torch.jit.script(nn.Linear(4, 1))

    with pytest.raises(SubmissionError, match="is a ScriptModule") as caught:
        library.rows(scripted, ROWS)

    assert caught.value.hint == "hand in the module that it was scripted or traced from"


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_compiled_and_parallel_models_are_what_is_inside() -> None:
    inner = nn.Sequential(torch.compile(nn.Linear(4, 3)), nn.ReLU())

    for outer in (torch.compile(inner), nn.DataParallel(inner)):
        claims = library.claims(outer, library.rows(outer, ROWS))
        assert claims.model_type == "Sequential"
        assert [layer.type for layer in claims.layers] == ["Linear", "ReLU"]


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
def test_a_module_that_deepcopy_refuses_is_copied_another_way() -> None:
    model = nn.utils.weight_norm(nn.Linear(4, 2))
    model(torch.zeros(1, 4))

    said = library.said(model, library.rows(model, ROWS))

    wanted = model(torch.tensor(ROWS, dtype=torch.float32)).detach().numpy()
    np.testing.assert_allclose(said.numbers, wanted, rtol=1e-6)


def test_layers_are_told_with_what_was_seen_on_the_rows() -> None:
    model = Residual()

    claims = library.claims(model, library.rows(model, ROWS))

    assert [layer.model_dump() for layer in claims.layers] == [
        _layer("body", "Linear", (None, 6), 30, "relu", []),
        _layer("side", "Linear", (None, 6), 24, None, []),
        _layer("norm", "LayerNorm", (None, 6), 12, None, ["body", "side"]),
        _layer("head", "Linear", (None, 3), 21, "softmax", ["norm"]),
    ]
    assert claims.model_dump(include={"ml_framework", "model_type", "depth", "num_params"}) == {
        "ml_framework": "pytorch", "model_type": "Residual", "depth": 4, "num_params": 87,
    }  # fmt: skip
    assert claims.deep_learning is True and claims.optimizer is claims.epochs is None
    assert claims.libraries["torch"] == torch.__version__


def _layer(
    name: str, kind: str, shape: tuple[int | None, ...], count: int, function: str | None,
    inputs: list[str],
) -> dict[str, Any]:  # fmt: skip
    return {
        "name": name, "type": kind, "output_shape": shape, "num_params": count,
        "activation": function, "inputs": tuple(inputs),
    }  # fmt: skip


def test_layers_inside_a_transformer_are_told_one_by_one() -> None:
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 2)

    claims = library.claims(encoder, library.rows(encoder, RANDOM.normal(size=(5, 3, 4))))

    table = {layer.name: layer for layer in claims.layers}
    assert table["layers.0.self_attn"].num_params == 80
    assert table["layers.0.linear1"].activation == "relu"
    assert set(table["layers.1.norm1"].inputs) == {"layers.0.norm2", "layers.1.dropout1"}
    assert claims.depth == 10
    assert claims.num_params == sum(layer.num_params for layer in claims.layers)


@pytest.mark.parametrize(
    ("frozen", "expected"), [((), False), (("0",), True), (("0", "1"), False)], ids=str
)
def test_a_model_has_learned_by_transfer_where_only_a_part_was_frozen(
    frozen: tuple[str, ...], expected: bool
) -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 2))
    for name in frozen:
        model.get_submodule(name).requires_grad_(False)

    claims = library.claims(model)

    assert claims.transfer_learning is expected
    assert claims.trainable_params == sum(p.numel() for p in model.parameters() if p.requires_grad)


def test_a_layer_that_never_runs_is_told_last_without_a_shape() -> None:
    model = Residual()
    model.spare = nn.Linear(2, 2)  # type: ignore[assignment]

    claims = library.claims(model, library.rows(model, ROWS))

    assert claims.layers[-1].name == "spare"
    assert claims.layers[-1].output_shape is None
