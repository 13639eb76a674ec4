"""Tables with colours, for notebooks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from aims_gh.domain.metric import CLASSIFICATION_METRICS, REGRESSION_METRICS
from aims_gh.errors import MissingExtra
from aims_gh.flows.tables import NETWORKS

if TYPE_CHECKING:
    from pandas import DataFrame
    from pandas.io.formats.style import Styler

_DIFFERS = "background-color: rgba(240, 180, 0, 0.28)"
_CHANGED = "background-color: rgba(220, 80, 60, 0.30)"
_BAR = "rgba(60, 130, 220, 0.35)"
_LAYER_COLOURS = (
    "rgba(60, 130, 220, 0.25)", "rgba(60, 170, 90, 0.25)", "rgba(220, 130, 40, 0.25)",
    "rgba(150, 90, 200, 0.25)", "rgba(200, 70, 120, 0.25)", "rgba(40, 160, 170, 0.25)",
    "rgba(130, 130, 60, 0.25)", "rgba(120, 120, 120, 0.25)",
)  # fmt: skip
"""Light enough for a dark page and for a bright one."""


class Comparison(dict[str, Any]):
    """Tables by name, as `compare_models` gives them; a notebook shows them coloured."""

    def __repr__(self) -> str:
        return "\n\n".join(
            f"{name}\n{frame.to_string(index=False)}" for name, frame in self.items()
        )

    def _repr_html_(self) -> str:
        return styled_comparison(self)._repr_html_()


class StyledTables(dict[str, Any]):
    """Coloured tables by name; a notebook shows them one below the other."""

    def _repr_html_(self) -> str:
        return "".join(f"<h4>{escape(name)}</h4>{table.to_html()}" for name, table in self.items())


def styled_board(frame: DataFrame) -> Styler:
    """Draw a bar behind every score, and give classification scores as percentages."""
    metrics = [name for name in (*CLASSIFICATION_METRICS, *REGRESSION_METRICS) if name in frame]
    percent = [n for n in metrics if n in CLASSIFICATION_METRICS and n != "log_loss"]
    formats = dict.fromkeys(metrics, "{:.4g}") | dict.fromkeys(percent, "{:.2%}")
    style = _style(frame).format(formats, na_rep="–", escape="html")
    for name in metrics:
        style = style.bar(subset=[name], color=_BAR, width=90)
    return style.hide(axis="index")


def styled_comparison(tables: Mapping[str, DataFrame]) -> StyledTables:
    """Colour what differs between versions, and what differs from the default."""
    return StyledTables({name: _styled(name, frame) for name, frame in tables.items()})


def _styled(name: str, frame: DataFrame) -> Styler:
    if name == NETWORKS:
        return _styled_layers(frame)
    shown = frame.drop(columns="differs", errors="ignore")
    style = _style(shown).apply(lambda _: _colours(frame, shown), axis=None)
    return style.format(na_rep="–", escape="html", precision=6).hide(axis="index")


def _colours(frame: DataFrame, shown: DataFrame) -> DataFrame:
    """Give each cell its style: what is not the default first, then what tells versions apart."""
    import pandas

    colours = pandas.DataFrame("", index=shown.index, columns=shown.columns)
    versions = [column for column in shown if str(column).startswith("model_version_")]
    differs = list(frame["differs"]) if "differs" in frame else [False] * len(frame)
    changed = frame.attrs.get("changed") or [[]] * len(frame)
    for row, (index, other) in enumerate(zip(shown.index, differs, strict=True)):
        for place, column in enumerate(versions):
            if place < len(changed[row]) and changed[row][place]:
                colours.loc[index, column] = _CHANGED
            elif other:
                colours.loc[index, column] = _DIFFERS
    return colours


def _styled_layers(frame: DataFrame) -> Styler:
    """Give each type of layer its own colour."""
    kinds = [column for column in frame if str(column).endswith("_Layer")]
    found = dict.fromkeys(kind for column in kinds for kind in frame[column].dropna())
    colour = {kind: _LAYER_COLOURS[n % len(_LAYER_COLOURS)] for n, kind in enumerate(found)}

    def paint(kind: object) -> str:
        return f"background-color: {colour[kind]}" if kind in colour else ""

    style = _style(frame).map(paint, subset=kinds) if kinds else _style(frame)
    return style.format(na_rep="–", escape="html").hide(axis="index")


def _style(frame: DataFrame) -> Styler:
    # The same table is written in the same words: its ids come from what is in it.
    name = hashlib.sha256(frame.to_csv().encode()).hexdigest()[:10]
    try:
        return frame.style.set_uuid(name)
    except (ImportError, AttributeError):
        raise MissingExtra("colouring tables", extra="pandas") from None
