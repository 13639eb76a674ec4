"""What is known of versions, laid out as DataFrames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aims_gh.core.alignment import aligned
from aims_gh.core.compare import Line
from aims_gh.core.layer_names import translated
from aims_gh.domain.claims import Layer, Parameter
from aims_gh.domain.evaluation import Evaluation
from aims_gh.errors import AimsError
from aims_gh.flows.frames import pandas_module

if TYPE_CHECKING:
    from pandas import DataFrame

NETWORKS = "nn"
"""The name of the table that has networks side by side, layer by layer."""

_LAYER_COLUMNS = ("Layer", "Shape", "Params", "Name", "Connect", "Activation")
_SHOWN_AT = {0: 1, 1: 3, 2: 5, 3: 6}
"""How many of them are shown, by `verbose`."""


def parameter_frame(parameters: Sequence[Parameter]) -> DataFrame:
    """Lay out hyper-parameters: a row each, what it is and what it would be by default."""
    rows = [(p.step, p.name, p.default, p.value, p.changed) for p in parameters]
    columns = ("step", "param_name", "default_value", "param_value", "changed")
    frame = pandas_module().DataFrame(rows, columns=list(columns)).astype(object)
    return frame if any(p.step for p in parameters) else frame.drop(columns="step")


def layer_frame(layers: Sequence[Layer], naming: str | None) -> DataFrame:
    """Lay out a network: a row for each layer."""
    rows = [_cells(layer, naming) for layer in layers]
    return pandas_module().DataFrame(rows, columns=list(_LAYER_COLUMNS))


def comparison_frames(
    lines: Sequence[Line],
    evaluations: Sequence[Evaluation],
    *,
    verbose: int,
    naming: str | None,
) -> dict[str, DataFrame]:
    """Lay out a comparison: a table for each group of properties.

    Parameters
    ----------
    verbose : int
        0: only what differs; for networks, which of a layer's properties are shown.
    naming : {"keras", "pytorch"} or None
        What layers are called; None: as their own library does.
    """
    numbers = [evaluation.version for evaluation in evaluations]
    groups: dict[str, list[Line]] = {}
    for line in lines:
        if verbose or line.differs or line.group == "scores":
            groups.setdefault(line.group, []).append(line)
    frames = {name: _table(group, numbers) for name, group in groups.items()}
    networks = [evaluation for evaluation in evaluations if evaluation.claims.layers]
    if networks:
        frames[NETWORKS] = _side_by_side(networks, verbose, naming)
    return frames


def _table(lines: Sequence[Line], numbers: Sequence[int]) -> DataFrame:
    frame = _frame([_row(line, numbers) for line in lines])
    # What colours are made of; a default that is unknown and one of None look alike in the table.
    frame.attrs["changed"] = [[line.changed[place] for place in line.of] for line in lines]
    return frame


def _row(line: Line, numbers: Sequence[int]) -> dict[str, Any]:
    parameter = bool(line.changed)
    row: dict[str, Any] = {"param_name" if parameter else "name": line.name}
    if parameter:
        row["default_value"] = line.default
    of = line.of or range(len(numbers))
    row |= {f"model_version_{numbers[place]}": line.values[place] for place in of}
    return row | {"differs": line.differs}


def _frame(rows: list[dict[str, Any]]) -> DataFrame:
    # As objects: a column of whole numbers with a gap must not turn into fractions.
    return pandas_module().DataFrame(rows, dtype=object)


def _side_by_side(networks: Sequence[Evaluation], verbose: int, naming: str | None) -> DataFrame:
    shown = _LAYER_COLUMNS[: _SHOWN_AT.get(verbose, len(_LAYER_COLUMNS))]
    rows = []
    for row in aligned([evaluation.claims.layers for evaluation in networks]):
        cells: dict[str, Any] = {}
        for evaluation, layer in zip(networks, row, strict=True):
            found = _cells(layer, naming) if layer else (None,) * len(_LAYER_COLUMNS)
            named = zip(_LAYER_COLUMNS, found, strict=True)
            cells |= {f"Model_{evaluation.version}_{n}": v for n, v in named if n in shown}
        rows.append(cells)
    return _frame(rows)


def _cells(layer: Layer, naming: str | None) -> tuple[Any, ...]:
    if naming not in (None, "keras", "pytorch"):
        raise AimsError(f"there is no {naming!r} naming", hint="keras, pytorch, or None")
    type_, activation = layer.type, layer.activation
    if naming is not None:
        type_ = translated(type_, to=naming)
        activation = translated(activation, to=naming) if activation else None
    shape = None if layer.output_shape is None else tuple(layer.output_shape)
    connected = ", ".join(layer.inputs) or None
    return type_, shape, layer.num_params, layer.name, connected, activation
