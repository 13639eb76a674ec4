"""What came of a submission."""

from __future__ import annotations

from html import escape
from typing import Any, Self

from aims_gh.domain.claims import Conversion


class Submitted(tuple[Any, ...]):
    """What came of a submission: `version, playground_url`, and the metrics where asked for.

    Attributes
    ----------
    version : str or None
        None while it waits to be scored.
    playground_url : str
    metrics : dict of str to float, or None
        None while it waits.
    proposal : int
        Its number.
    reproduced : bool or None
        Whether the model gives the predictions; None where it was not run.
    conversion : Conversion or None
        How the ONNX file compares with the live model.
    """

    version: str | None
    playground_url: str
    metrics: dict[str, float] | None
    proposal: int
    reproduced: bool | None
    conversion: Conversion | None

    def __new__(
        cls,
        version: str | None,
        playground_url: str,
        *,
        with_metrics: bool,
        metrics: dict[str, float] | None,
        proposal: int,
        reproduced: bool | None,
        conversion: Conversion | None,
    ) -> Self:
        """Make the tuple that users of AIMS unpack."""
        shown = (version, playground_url, metrics) if with_metrics else (version, playground_url)
        made = super().__new__(cls, shown)
        made.version, made.playground_url, made.metrics = version, playground_url, metrics
        made.proposal, made.reproduced, made.conversion = proposal, reproduced, conversion
        return made

    def _lines(self) -> list[str]:
        if self.version is None:
            first = f"proposal {self.proposal} to {self.playground_url} waits to be scored"
        else:
            first = f"version {self.version} of {self.playground_url}"
        lines = [first]
        if self.metrics:
            lines.append(", ".join(f"{name} {value:.6g}" for name, value in self.metrics.items()))
        seen = self.conversion
        if seen is not None:
            largest = seen.largest_difference
            lines.append(
                (f"reduced to {seen.quantized}, " if seen.quantized else "the ONNX file ")
                + f"says the same as the model on {seen.matching} of {seen.rows} rows"
                + ("" if largest is None else f", largest difference {largest:.1e}")
            )
        if self.reproduced is not None:
            lines.append(f"predictions reproduced: {'yes' if self.reproduced else 'NO'}")
        return lines

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        first, *more = (escape(line) for line in self._lines())
        return f"<p><b>{first}</b>" + "".join(f"<br>{line}" for line in more) + "</p>"
