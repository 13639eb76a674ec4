"""A leaderboard: evaluations in rank order, always derivable again."""

from __future__ import annotations

import json
from typing import Any, Literal, Self

from pydantic import model_validator

from aims_gh.domain.playground import BoardName
from aims_gh.domain.record import Record

LEADING_COLUMNS = ("rank", "version", "username", "timestamp")
MODEL_COLUMNS = (
    "reproduced", "ml_framework", "model_type", "transfer_learning", "deep_learning", "depth",
    "num_params", "optimizer", "loss", "epochs", "memory_size", "latency_ms_per_1000",
    "peak_memory_bytes",
)  # fmt: skip
TRAILING_COLUMNS = (
    "failures", "marks", "based_on", "tags", "metadata", "submission", "proposal", "head",
)  # fmt: skip
STANDING_COLUMNS = (
    "team_name", "counted", "rank_points", "public_rank", "shake_up", "tied_group",
)  # fmt: skip
"""Only on boards that have them: the team; the score less a penalty; and of the final board, what
all metrics together come to, the rank in public, how many places were won since, and the group
that cannot be told apart."""

COLUMNS = frozenset((*LEADING_COLUMNS, *STANDING_COLUMNS, *MODEL_COLUMNS, *TRAILING_COLUMNS))
"""All that are not scores."""


class Board(Record):
    """One board, column by column.

    Columns, because ten thousand rows of repeated keys are four times the bytes.
    Every column is as long as every other; rows are in rank order. A missing value is null.
    """

    metric: str
    """The metric that ranks."""

    direction: Literal["maximize", "minimize"]
    metrics: tuple[str, ...]
    """The columns that are scores, the ranking one first."""

    columns: dict[str, list[Any]]
    """`rank`, `version`, `username`, `timestamp`, one column per metric, then what is known of
    the models; `metadata` holds each participant's own keys, `failures` says for each submission
    which of the owner's own metrics could not be computed."""

    @model_validator(mode="after")
    def _columns_are_equally_long(self) -> Self:
        if len({len(column) for column in self.columns.values()}) > 1:
            raise ValueError("columns are not equally long")
        return self

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def rows(self) -> list[dict[str, Any]]:
        """Give the board row by row, best first."""
        names = tuple(self.columns)
        return [
            dict(zip(names, values, strict=True))
            for values in zip(*self.columns.values(), strict=True)
        ]


class Leaderboard(Record):
    """The file `<slug>/leaderboard.json` on the ledger."""

    schema_version: Literal[1] = 1
    playground: str
    boards: dict[BoardName, Board]

    def to_json(self) -> bytes:
        """Write byte-stable JSON with one column per line, so that a diff can be read."""

        def compact(value: object) -> str:
            return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))

        def board_text(board: Board) -> str:
            value = board.model_dump(mode="json")
            columns = value.pop("columns")
            lines = [f"{compact(key)}:{compact(item)}" for key, item in sorted(value.items())]
            inner = ",\n".join(f"{compact(key)}:{compact(item)}" for key, item in columns.items())
            return "{" + ",\n".join([f'"columns":{{\n{inner}\n}}', *lines]) + "}"

        boards = ",\n".join(f"{compact(n)}:{board_text(b)}" for n, b in sorted(self.boards.items()))
        head = f'"playground":{compact(self.playground)},\n"schema_version":{self.schema_version}'
        return f'{{"boards":{{\n{boards}\n}},\n{head}}}\n'.encode("ascii")
