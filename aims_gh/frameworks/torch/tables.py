"""What a rebuilt module may be made of: layers, functions and methods of PyTorch, by name."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


LAYERS = _names(
    """
    Linear Bilinear Identity Flatten Unflatten
    Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d Unfold Fold
    BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d InstanceNorm2d InstanceNorm3d
    LayerNorm RMSNorm GroupNorm LocalResponseNorm
    Embedding EmbeddingBag RNN LSTM GRU RNNCell LSTMCell GRUCell
    MultiheadAttention TransformerEncoderLayer TransformerEncoder
    Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout
    ReLU ReLU6 LeakyReLU PReLU RReLU ELU CELU SELU GELU GLU SiLU Mish Sigmoid LogSigmoid Tanh
    Softmax Softmax2d LogSoftmax Softmin Softplus Softsign Softshrink Hardshrink Hardtanh
    Hardsigmoid Hardswish Tanhshrink Threshold
    MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d LPPool1d LPPool2d LPPool3d
    AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d
    AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d
    Upsample PixelShuffle PixelUnshuffle ChannelShuffle CosineSimilarity
    ZeroPad1d ZeroPad2d ZeroPad3d ConstantPad1d ConstantPad2d ConstantPad3d
    ReflectionPad1d ReflectionPad2d ReflectionPad3d
    ReplicationPad1d ReplicationPad2d ReplicationPad3d CircularPad1d CircularPad2d CircularPad3d
    """
)
"""Classes of ``torch.nn``."""

_RECURRENT = ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout",
              "bidirectional")  # fmt: skip
_ARGUMENTS = {
    "RNN": (*_RECURRENT, "nonlinearity"),
    "LSTM": (*_RECURRENT, "proj_size"),
    "GRU": _RECURRENT,
    "Hardtanh": ("min_val", "max_val", "inplace"),
}
_RECURRENT_DEFAULTS: dict[str, Any] = {
    "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False,
    "nonlinearity": "tanh", "proj_size": 0,
}  # fmt: skip

METHODS = _names(
    """
    abs add add_ all amax amin any argmax argmin argsort bool bmm chunk clamp clamp_max clamp_min
    clone contiguous cos cumsum detach dim div div_ double eq exp expand expand_as flatten flip
    float gather ge gelu gt index_select int le log log_softmax long lt masked_fill masked_fill_
    matmul max mean min mm movedim mul mul_ narrow ne neg new_full new_ones new_zeros norm numel
    permute pow prod relu relu_ repeat repeat_interleave reshape roll rsqrt select sigmoid sigmoid_
    sign sin size softmax sort split sqrt square squeeze std sub sub_ sum swapaxes t tanh tanh_ to
    topk transpose tril triu type_as unbind unflatten unfold unsqueeze var view view_as
    """
)
"""Methods of tensors."""

ATTRIBUTES = frozenset(("shape", "dtype", "device", "ndim", "T", "mT"))
"""What may be read off a tensor."""

_TORCH = """
    abs add addmm all amax amin any arange argmax argmin argsort baddbmm bmm cat celu chunk clamp
    concat cos cosine_similarity cumsum div einsum eq erf exp eye flatten flip full full_like
    gather ge gt hstack index_select le log log_softmax logical_and logical_not logical_or lt
    masked_fill matmul max maximum mean min minimum mm movedim mul narrow ne neg norm ones
    ones_like outer permute pow prod relu repeat_interleave reshape roll rsqrt select selu sigmoid
    sign sin softmax sort split sqrt square squeeze stack std sub sum swapaxes tanh tile topk
    transpose tril triu unbind unflatten unsqueeze var vstack where zeros zeros_like
"""
_FUNCTIONAL = """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
    adaptive_max_pool2d adaptive_max_pool3d alpha_dropout avg_pool1d avg_pool2d avg_pool3d
    batch_norm bilinear celu conv1d conv2d conv3d conv_transpose1d conv_transpose2d
    cosine_similarity dropout dropout1d dropout2d dropout3d elu embedding feature_alpha_dropout
    gelu glu group_norm
    hardshrink hardsigmoid hardswish hardtanh instance_norm interpolate layer_norm leaky_relu linear
    log_softmax logsigmoid max_pool1d max_pool2d max_pool3d mish normalize one_hot pad pixel_shuffle
    pixel_unshuffle prelu relu relu6 relu_ rms_norm scaled_dot_product_attention selu sigmoid silu
    softmax softmin softplus softshrink softsign tanh tanhshrink threshold unfold
"""
_OPERATORS = """
    add and_ eq floordiv ge getitem gt iadd imul invert isub itruediv le lt matmul mod mul ne neg
    or_ pow sub truediv
"""
DROPOUTS = frozenset(
    f"functional.{name}"
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout",
                 "feature_alpha_dropout", "batch_norm")
)  # fmt: skip
"""Functions that do something else in training."""


@functools.cache
def functions() -> dict[str, Callable[..., Any]]:
    """Give the functions that may be called, by names such as ``torch.cat``."""
    import torch

    spaces: list[tuple[str, Any, str]] = [
        ("torch", torch, _TORCH),
        ("functional", torch.nn.functional, _FUNCTIONAL),
        ("operator", operator, _OPERATORS),
    ]
    found: dict[str, Callable[..., Any]] = {"getattr": getattr}
    for prefix, space, names in spaces:
        for name in names.split():
            if hasattr(space, name):
                found[f"{prefix}.{name}"] = getattr(space, name)
    return found


@functools.cache
def names_of_functions() -> dict[int, str]:
    """Give the name of each of them, by its identity."""
    return {id(function): name for name, function in functions().items()}


def layer_class(name: str) -> Any:
    """Give a class of ``torch.nn`` that is on the list."""
    import torch

    return getattr(torch.nn, name) if name in LAYERS else None


def arguments(name: str) -> dict[str, Any]:
    """Name the plain arguments of a layer's constructor, with their defaults.

    Examples
    --------
    >>> arguments("LeakyReLU")
    {'negative_slope': 0.01, 'inplace': False}
    """
    if name in _ARGUMENTS:
        defaults = _RECURRENT_DEFAULTS
        if name == "Hardtanh":
            defaults = {"min_val": -1.0, "max_val": 1.0, "inplace": False}
        return {each: defaults.get(each, inspect.Parameter.empty) for each in _ARGUMENTS[name]}
    signature = inspect.signature(layer_class(name).__init__)
    return {
        each: parameter.default
        for each, parameter in signature.parameters.items()
        if each not in ("self", "args", "kwargs", "device", "dtype") and not each.startswith("_")
    }
