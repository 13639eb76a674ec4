"""Put one ONNX graph in front of another: a preprocessor before a model."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.library import Candidate

_LENGTH = struct.Struct("<Q")
_BEFORE, _AFTER = "preprocessor_", "model_"
_NUMBERS = (1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 13)
"""Element types that Cast can turn into each other: all but text."""


def parcel(first: bytes, second: bytes) -> bytes:
    """Pack two ONNX files, the first of which gives what the second takes."""
    return _LENGTH.pack(len(first)) + first + second


def prepare(_parcel: bytes) -> None:
    """Import onnx."""
    import onnx.compose
    import onnx.version_converter  # noqa: F401


def candidates(parcel: bytes) -> Iterator[Candidate]:
    """Join the two graphs into one.

    Raises
    ------
    SubmissionError
        If the first gives no single output that the second takes.
    """
    import onnx

    (length,) = _LENGTH.unpack_from(parcel)
    first = _parsed(parcel[_LENGTH.size : _LENGTH.size + length], "the preprocessor")
    second = _parsed(parcel[_LENGTH.size + length :], "the model")
    joined = _joined(first, second)
    yield Candidate(joined.SerializeToString(), f"onnx {onnx.__version__}, joined")


def _parsed(content: bytes, what: str) -> Any:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        return onnx.load_model_from_string(content)
    except DecodeError:
        raise SubmissionError(
            f"{what} is no ONNX file", hint="hand in the bytes or the path of an ONNX file"
        ) from None


def _joined(first: Any, second: Any) -> Any:
    from onnx import compose

    first, second = _same_versions(first, second)
    outputs = [output.name for output in second.graph.output]
    # The names of what the whole takes are those of the features' columns.
    first = compose.add_prefix(first, _BEFORE, rename_inputs=False)
    second = compose.add_prefix(second, _AFTER)
    pairs = [_cast(first, second, *pair) for pair in _pairs(first, second)]
    try:
        merged = compose.merge_models(first, second, io_map=pairs)
    except Exception as error:  # noqa: BLE001  the checker raises many kinds
        raise SubmissionError(
            f"preprocessor and model do not fit together: {str(error).splitlines()[0][:300]}",
            hint="the preprocessor's output must have the shape that the model takes",
        ) from None
    return _with_outputs(merged, outputs)


def _pairs(first: Any, second: Any) -> list[tuple[str, str]]:
    """Find which output goes into which input."""
    weights = {tensor.name for tensor in second.graph.initializer}
    inputs = [value.name for value in second.graph.input if value.name not in weights]
    outputs = [value.name for value in first.graph.output]
    if len(inputs) == len(outputs) == 1:
        return [(outputs[0], inputs[0])]
    by_name = {name.removeprefix(_BEFORE): name for name in outputs}
    plain = [name.removeprefix(_AFTER) for name in inputs]
    if set(plain) <= set(by_name):
        return [(by_name[name], _AFTER + name) for name in plain]
    raise SubmissionError(
        f"the preprocessor gives {_listed(by_name)}, the model takes {_listed(plain)}",
        hint="give the preprocessor one output and the model one input, or both the same names",
    )


def _cast(first: Any, second: Any, output: str, taken: str) -> tuple[str, str]:
    """Put a Cast between two types of numbers."""
    import onnx

    given = next(v for v in first.graph.output if v.name == output)
    wanted = next(v for v in second.graph.input if v.name == taken)
    has, needs = given.type.tensor_type.elem_type, wanted.type.tensor_type.elem_type
    if has == needs or has not in _NUMBERS or needs not in _NUMBERS:
        return output, taken
    name = f"{output}_cast"
    first.graph.node.append(onnx.helper.make_node("Cast", [output], [name], to=needs))
    given.name, given.type.tensor_type.elem_type = name, needs
    return name, taken


def _same_versions(first: Any, second: Any) -> tuple[Any, Any]:
    """Bring both to the same version of the format and of the operators."""
    from onnx import version_converter

    known = [_operator_sets(model) for model in (first, second)]
    wanted = {name: max(s.get(name, 1) for s in known) for s in known for name in s}
    ir_version = max(first.ir_version, second.ir_version)
    both = []
    for model, sets in zip((first, second), known, strict=True):
        old = sets.get("", wanted.get("")) != wanted.get("")
        same = _converted(version_converter, model, wanted[""]) if old else model
        same.ir_version = ir_version
        # Until version 5 nothing was taken away from ai.onnx.ml: what says 1 is right as 3.
        _set_operator_sets(same, {name: wanted[name] for name in sets})
        both.append(same)
    return both[0], both[1]


def _converted(converter: Any, model: Any, version: int) -> Any:
    try:
        return converter.convert_version(model, version)
    except Exception as error:  # noqa: BLE001  the converter raises many kinds
        raise SubmissionError(
            f"operators cannot be brought to version {version} of ai.onnx: "
            f"{str(error).splitlines()[0][:200]}",
            hint=f"export both graphs with opset {version}",
        ) from None


def _operator_sets(model: Any) -> dict[str, int]:
    """Give the version of each domain; skl2onnx names one twice."""
    sets: dict[str, int] = {}
    for entry in model.opset_import:
        name = "" if entry.domain == "ai.onnx" else entry.domain
        sets[name] = max(entry.version, sets.get(name, 0))
    return sets


def _set_operator_sets(model: Any, sets: dict[str, int]) -> None:
    from onnx import helper

    del model.opset_import[:]
    model.opset_import.extend(helper.make_opsetid(name, sets[name]) for name in sorted(sets))


def _with_outputs(merged: Any, names: list[str]) -> Any:
    """Give the outputs the names that the model had for them, where nothing else has them."""
    from onnx import helper

    taken = {value.name for value in merged.graph.input}
    for output, name in zip(merged.graph.output, names, strict=True):
        if name not in taken:
            merged.graph.node.append(helper.make_node("Identity", [output.name], [name]))
            output.name = name
    return merged


def _listed(names: Any) -> str:
    return ", ".join(list(names)[:6]) or "nothing"
