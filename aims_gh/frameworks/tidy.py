"""ONNX files as they leave a participant's machine: a named batch axis, and no paths."""

from __future__ import annotations

from typing import Any

from aims_gh.errors import SubmissionError

BATCH = "batch"
"""What the free axis of every input is called."""


def tidied(file: Any) -> bytes:
    """Name the batch axis, and drop what tells of the machine: paths and lines of source.

    Parameters
    ----------
    file : onnx.ModelProto
        Is changed.

    Raises
    ------
    SubmissionError
        If an input takes a fixed number of rows.
    """
    graph = file.graph
    free = set()
    for value in graph.input:
        sides = value.type.tensor_type.shape.dim
        if not len(sides) or sides[0].HasField("dim_value"):
            raise SubmissionError(
                "the exporter made the number of rows a fixed one",
                hint="compute with the shape of the rows, not with a number that is written down",
            )
        free.add(sides[0].dim_param)
    for value in graph.input:
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    for value in (*graph.output, *graph.value_info):
        for side in value.type.tensor_type.shape.dim:
            if side.dim_param in free - {""}:
                side.dim_param = BATCH
    for part in (file, graph, *graph.node, *file.functions, *graph.value_info):
        part.doc_string = ""
        del part.metadata_props[:]
    return bytes(file.SerializeToString())
