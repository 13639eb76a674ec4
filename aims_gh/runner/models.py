"""The job of reading a model: parse it, refuse what is dangerous, describe it."""

from __future__ import annotations

from dataclasses import dataclass

import onnx
from google.protobuf.message import DecodeError, EncodeError  # type: ignore[import-untyped]
from onnx import helper

from aims_gh.errors import SubmissionError
from aims_gh.runner import frames
from aims_gh.runner.channel import Channel, Files
from aims_gh.runner.describe import Description, describe
from aims_gh.runner.frames import Order, Stage
from aims_gh.runner.guard import check

_AGAIN = "export the model again, and open it in onnxruntime before you submit it"


def inspect(_order: Order, files: Files, channel: Channel) -> None:
    """Answer with the facts of a model."""
    inspect_file(files, channel)


def inspect_file(files: Files, channel: Channel) -> bytes:
    """Tell the facts of a model; give what may be handed to onnxruntime."""
    data = files.next()
    channel.stage(Stage.READING_MODEL)
    checked = read_model(data)
    facts = checked.description.to_json().encode()
    if len(facts) > frames.BOUNDS[frames.FACTS]:
        raise SubmissionError(
            f"the description of the model takes {len(facts):,} bytes",
            hint="give its inputs shorter names, or join them to one input",
        )
    channel.send(frames.FACTS, facts)
    return checked.data


@dataclass(frozen=True, slots=True)
class CheckedModel:
    """A model that may be handed to onnxruntime, which is not to say trusted.

    Attributes
    ----------
    data : bytes
        Written anew from what was parsed and checked, so that no other parser can find
        something else in it.
    """

    data: bytes
    description: Description


def read_model(data: bytes) -> CheckedModel:
    """Parse, check and describe a model.

    Raises
    ------
    SubmissionError
        If it is no ONNX model, or not an acceptable one.
    """
    if not data:
        raise SubmissionError("the model's file is empty", hint=_AGAIN)
    try:
        model = onnx.load_model_from_string(data)
        description = describe(model, check(model, len(data)), len(data))
        model.DiscardUnknownFields()
        del model.metadata_props[:]
        return CheckedModel(model.SerializeToString(), description)
    except (DecodeError, EncodeError, UnicodeDecodeError):
        raise SubmissionError("the model's file is not ONNX, or damaged", hint=_AGAIN) from None


def text_model(locale: str) -> bytes:
    """Make a model that lowers the case of a text, as `locale` has it."""
    text = [helper.make_tensor_value_info(name, onnx.TensorProto.STRING, [None]) for name in "xy"]
    node = helper.make_node(
        "StringNormalizer", ["x"], ["y"], case_change_action="LOWER", locale=locale
    )
    graph = helper.make_graph([node], "lower", text[:1], text[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
