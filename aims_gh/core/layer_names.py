"""What Keras and PyTorch call the same layer, so that networks of both fit into one table."""

from __future__ import annotations

from typing import Literal

Dialect = Literal["keras", "pytorch"]

_LAYERS = (
    ("Dense", "Linear"),
    ("EinsumDense", "Linear"),
    ("Embedding", "Embedding"),
    ("Conv1D", "Conv1d"),
    ("Conv2D", "Conv2d"),
    ("Conv3D", "Conv3d"),
    ("Conv1DTranspose", "ConvTranspose1d"),
    ("Conv2DTranspose", "ConvTranspose2d"),
    ("Conv3DTranspose", "ConvTranspose3d"),
    ("MaxPooling1D", "MaxPool1d"),
    ("MaxPooling2D", "MaxPool2d"),
    ("MaxPooling3D", "MaxPool3d"),
    ("AveragePooling1D", "AvgPool1d"),
    ("AveragePooling2D", "AvgPool2d"),
    ("AveragePooling3D", "AvgPool3d"),
    ("GlobalAveragePooling1D", "AdaptiveAvgPool1d"),
    ("GlobalAveragePooling2D", "AdaptiveAvgPool2d"),
    ("GlobalAveragePooling3D", "AdaptiveAvgPool3d"),
    ("GlobalMaxPooling1D", "AdaptiveMaxPool1d"),
    ("GlobalMaxPooling2D", "AdaptiveMaxPool2d"),
    ("GlobalMaxPooling3D", "AdaptiveMaxPool3d"),
    ("BatchNormalization", "BatchNorm1d"),
    ("BatchNormalization", "BatchNorm2d"),
    ("BatchNormalization", "BatchNorm3d"),
    ("LayerNormalization", "LayerNorm"),
    ("GroupNormalization", "GroupNorm"),
    ("RMSNormalization", "RMSNorm"),
    ("SimpleRNN", "RNN"),
    ("LSTM", "LSTM"),
    ("GRU", "GRU"),
    ("SimpleRNNCell", "RNNCell"),
    ("LSTMCell", "LSTMCell"),
    ("GRUCell", "GRUCell"),
    ("MultiHeadAttention", "MultiheadAttention"),
    ("Dropout", "Dropout"),
    ("AlphaDropout", "AlphaDropout"),
    ("SpatialDropout1D", "Dropout1d"),
    ("SpatialDropout2D", "Dropout2d"),
    ("SpatialDropout3D", "Dropout3d"),
    ("Flatten", "Flatten"),
    ("Reshape", "Unflatten"),
    ("Identity", "Identity"),
    ("ZeroPadding1D", "ZeroPad1d"),
    ("ZeroPadding2D", "ZeroPad2d"),
    ("ZeroPadding3D", "ZeroPad3d"),
    ("UpSampling2D", "Upsample"),
    ("ReLU", "ReLU"),
    ("LeakyReLU", "LeakyReLU"),
    ("PReLU", "PReLU"),
    ("ELU", "ELU"),
    ("Softmax", "Softmax"),
)
_ACTIVATIONS = (
    ("hard_sigmoid", "hardsigmoid"),
    ("hard_silu", "hardswish"),
    ("hard_tanh", "hardtanh"),
    ("hard_shrink", "hardshrink"),
    ("soft_shrink", "softshrink"),
    ("tanh_shrink", "tanhshrink"),
    ("log_sigmoid", "logsigmoid"),
)
"""Those that differ; `relu`, `gelu`, `silu` and most others have one name."""

_TO_KERAS: dict[str, str] = {torch: keras for keras, torch in reversed(_LAYERS + _ACTIVATIONS)}
_TO_PYTORCH: dict[str, str] = dict(reversed(_LAYERS + _ACTIVATIONS))
_TO_PYTORCH["BatchNormalization"] = "BatchNorm"  # for any number of sides


def translated(name: str, to: Dialect) -> str:
    """Give a layer's or an activation's name in the other library.

    Parameters
    ----------
    name : str
        The name of a class, such as ``Conv2D``, or of an activation, such as ``hardswish``.
    to : {"keras", "pytorch"}
        The library whose name is wanted.

    Returns
    -------
    str
        The name itself, where it is that library's own already, or has no counterpart.

    Examples
    --------
    >>> translated("Dense", to="pytorch"), translated("BatchNorm2d", to="keras")
    ('Linear', 'BatchNormalization')
    >>> translated("Linear", to="pytorch"), translated("MyOwnLayer", to="keras")
    ('Linear', 'MyOwnLayer')
    """
    return (_TO_KERAS if to == "keras" else _TO_PYTORCH).get(name, name)
