"""Make an ONNX file smaller by storing its numbers in fewer bits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.library import Candidate

_WEIGHTY = ("MatMul", "Gemm", "Conv")
"""Operators with weights that int8 reduces."""

Precision = Literal["float16", "int8"]


def parcel(content: bytes, precision: Precision) -> bytes:
    """Pack an ONNX file and what its numbers are to become."""
    if precision not in get_args(Precision):
        raise SubmissionError(
            f"there is no {precision!r} to quantize to", hint="quantize: float16 or int8"
        )
    return precision.ljust(8).encode() + content


def prepare(parcel: bytes) -> None:
    """Import what reduces numbers."""
    if parcel[:8].strip() == b"int8":
        import onnxruntime.quantization
    else:
        import onnxruntime.transformers.float16  # noqa: F401


def candidates(parcel: bytes) -> Iterator[Candidate]:
    """Reduce the numbers of a model.

    float16 halves every weight. int8 quarters the weights of matrix products and convolutions,
    and reduces their inputs while the model runs.

    Raises
    ------
    SubmissionError
        If that makes the file no smaller, as with trees, whose numbers are no weights.
    """
    import onnx
    import onnxruntime

    precision, content = parcel[:8].decode().strip(), parcel[8:]
    model = onnx.load_model_from_string(content)
    weighty = {node.op_type for node in model.graph.node} & {*_WEIGHTY, "LSTM", "GRU"}
    made = content
    if weighty:
        made = _int8(model) if precision == "int8" else _float16(model)
    if len(made) >= len(content):
        raise SubmissionError(
            f"{precision} makes this model of {len(content):,} bytes no smaller",
            hint="most of it is no weights of layers: trees or data; submit a smaller model",
        )
    yield Candidate(made, f"onnxruntime {onnxruntime.__version__}, {precision}")


def _float16(model: Any) -> bytes:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    # What the model takes and gives stays as it was.
    reduced = convert_float_to_float16(model, keep_io_types=True, disable_shape_infer=True)
    return bytes(reduced.SerializeToString())


def _int8(model: Any) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix="aims-quantize-") as folder:
        target = Path(folder) / "model.onnx"
        quantize_dynamic(
            model,
            target,
            # LSTM and attention would become operators of onnxruntime's own.
            op_types_to_quantize=list(_WEIGHTY),
            weight_type=QuantType.QUInt8,
        )
        return target.read_bytes()
