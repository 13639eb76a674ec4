"""Names of layers in Keras and in PyTorch."""

from __future__ import annotations

import pytest

from aims_gh.core.layer_names import Dialect, translated

PAIRS = [
    ("Dense", "Linear"),
    ("Conv2D", "Conv2d"),
    ("Conv2DTranspose", "ConvTranspose2d"),
    ("GlobalAveragePooling2D", "AdaptiveAvgPool2d"),
    ("SimpleRNN", "RNN"),
    ("MultiHeadAttention", "MultiheadAttention"),
    ("hard_sigmoid", "hardsigmoid"),
]


@pytest.mark.parametrize(("keras", "pytorch"), PAIRS)
def test_a_layer_has_a_name_in_each_library(keras: str, pytorch: str) -> None:
    assert translated(keras, to="pytorch") == pytorch
    assert translated(pytorch, to="keras") == keras


@pytest.mark.parametrize("to", ["keras", "pytorch"])
@pytest.mark.parametrize("name", ["LSTM", "Dropout", "relu", "SomethingOfMyOwn", ""])
def test_what_has_one_name_or_no_counterpart_keeps_its_own(name: str, to: Dialect) -> None:
    assert translated(name, to=to) == name


@pytest.mark.parametrize("sides", ["1d", "2d", "3d"])
def test_every_batch_normalization_of_pytorch_is_one_in_keras(sides: str) -> None:
    assert translated(f"BatchNorm{sides}", to="keras") == "BatchNormalization"


def test_keras_does_not_say_for_how_many_sides_a_batch_normalization_is() -> None:
    assert translated("BatchNormalization", to="pytorch") == "BatchNorm"


def test_a_dense_layer_is_what_linear_means() -> None:
    assert translated("Linear", to="keras") == "Dense"
    assert translated("EinsumDense", to="pytorch") == "Linear"
