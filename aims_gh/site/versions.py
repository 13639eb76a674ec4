"""What the pages of versions show, as data: evaluations by the dozen, and an index of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from aims_gh.core.summary import untold
from aims_gh.domain.leaderboard import Board
from aims_gh.domain.reveal import Opened
from aims_gh.site.pages import PlaygroundPage
from aims_gh.site.words import withheld

PER_FILE = 64
"""Evaluations in one file: a view of one needs no more than some ten kilobytes."""

_UNSHOWN = ("schema_version", "playground", "private", "evaluator", "digests")
"""What no page shows. Sealed scores are half of a small evaluation."""

_MOST_BEFORE = 10
_MOST_AFTER = 20
"""Of a version's lineage: a chain of all versions in each of them would grow with their square."""

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the versions of a playground stand, and which builds on which.

    Attributes
    ----------
    metrics : list
        Name of each metric, and whether more is better; the one that ranks first.
    boards : tuple of str
        In the order in which they are shown.
    rows : mapping of int to dict
        What the boards say of each version, lowest version first; ranks by the board's name.
    after : mapping of int to list of int
        Which versions build on one.
    code : collection of int
        Versions whose attached code the site carries.
    model : (int, str) or None
        The version whose model the site carries, and the file's name.
    page : PlaygroundPage or None
        The rules, what the reveal has opened, and why versions are disqualified.
    """

    metrics: list[tuple[str, bool]] = field(default_factory=list)
    boards: tuple[str, ...] = ()
    rows: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    after: Mapping[int, list[int]] = field(default_factory=dict)
    code: Collection[int] = ()
    model: tuple[int, str] | None = None
    page: PlaygroundPage | None = None

    def opened(self, version: int) -> Opened | None:
        """Give what the reveal has opened of a version."""
        return self.page.opened.get(version) if self.page else None

    def about(self, version: int) -> dict[str, Any]:
        """Tell what a view of one version shows beside its evaluation."""
        row = self.rows.get(version, {})
        after = self.after.get(version, [])
        ranks = {name: row[name] for name in self.boards if row.get(name) is not None}
        before = self._before(version)
        told = {
            "ranks": ranks,
            "before": [self._named(one) for one in before],
            "earlier": len(before) == _MOST_BEFORE and bool(self._base(before[-1])),
            "after": [self._named(one) for one in after[:_MOST_AFTER]],
            "builds": len(after),
            "marks": row.get("marks"),
            "counted": row.get("counts"),
            "reason": self.page.reasons.get(version) if self.page else None,
            "code": version in self.code,
            "model": self.model[1] if self.model and self.model[0] == version else None,
        }
        return {key: value for key, value in told.items() if value}

    def _before(self, version: int) -> list[int]:
        found: list[int] = []
        base = self._base(version)
        while base and base != version and base not in found and len(found) < _MOST_BEFORE:
            found.append(base)
            base = self._base(base)
        return found

    def _base(self, version: int) -> int | None:
        base: int | None = self.rows.get(version, {}).get("based_on")
        return base

    def _named(self, version: int) -> list[Any]:
        row = self.rows.get(version)
        return [version, row["username"], _short(row["score"])] if row else [version]


def standing(
    page: PlaygroundPage,
    *,
    code: Collection[int] = (),
    model: tuple[int, str] | None = None,
) -> Standing:
    """Find where the versions of a playground stand."""
    boards: dict[str, Board] = dict(page.leaderboard.boards) if page.leaderboard else {}  # type: ignore[arg-type]
    known: dict[int, dict[str, Any]] = {}
    for name, board in boards.items():
        for row in _rows(board):
            first = known.setdefault(row["version"], row)
            first[name] = row["rank"]
            if row["counted"] is not None:
                first.setdefault("counts", {})[name] = row["counted"]
    rows = {version: known[version] for version in sorted(known)}
    after: dict[int, list[int]] = {}
    for version, row in rows.items():
        if row["based_on"]:
            after.setdefault(row["based_on"], []).append(version)
    shown = page.playground.boards
    return Standing(
        metrics=[(metric.name, metric.greater_is_better) for metric in page.playground.metrics],
        boards=tuple(dict.fromkeys((*(n for n in shown if n in boards), *boards))),
        rows=rows,
        after=after,
        code=frozenset(code),
        model=model,
        page=page,
    )


def shards(
    evaluations: Iterable[tuple[int, bytes]],
    standing: Standing = Standing(),
) -> Iterator[tuple[int, bytes]]:
    """Give the files `versions/<k>.json`, k = version // 64: all that a view of one version needs.

    In each, `versions` has an evaluation by its version, with `about` it: its rank on each board,
    what it builds on (the nearest first) and what builds on it, whether its code and its model
    are here. One file is in memory at a time. An evaluation that cannot be read is null.

    Parameters
    ----------
    evaluations : iterable of (int, bytes)
        As they stand on the ledger, lowest version first.
    """
    head = f'"metrics":{compact(standing.metrics).decode("ascii")}'
    for place, group in groupby(evaluations, key=lambda entry: entry[0] // PER_FILE):
        lines = [f'"{version}":{_shown(content, version, standing)}' for version, content in group]
        yield place, f'{{{head},"versions":{{{",".join(lines)}}}}}'.encode("ascii")


def _shown(content: bytes, version: int, standing: Standing) -> str:
    try:
        found, opened = json.loads(content), standing.opened(version)
        told = standing.about(version) | _held_back(found, standing.page, opened)
        value = _trimmed(_revealed(found, opened, standing.page)) | {"about": told}
        return compact(value).decode("ascii")
    except (ValueError, TypeError, RecursionError):
        return "null"


def _held_back(
    value: dict[str, Any], page: PlaygroundPage | None, opened: Opened | None
) -> dict[str, Any]:
    """Say what is not told of a version, and why."""
    if page is None:
        return {}
    digests = value.get("digests")
    told = {
        "withheld": withheld(page.playground) if value.get("private") and not opened else "",
        "untold": "" if value.get("summary") else untold(page.playground, value.get("rows") or 0),
        "bundle": isinstance(digests, dict) and bool(digests.get("bundle")),
    }
    return {key: item for key, item in told.items() if item}


def _revealed(
    value: dict[str, Any], opened: Opened | None, page: PlaygroundPage | None
) -> dict[str, Any]:
    """Put what the reveal has opened into the place of what stood for it."""
    if opened is None or page is None:
        return value
    parts = opened.model_dump(mode="json", include={"public", "private", "intervals"})
    found = value | {
        "scores": opened.whole,
        "intervals": {},
        "failures": (value.get("failures") or {}) | opened.failures,
        "revealed": parts | {"rows": page.playground.holdout.rows},
    }
    if opened.contents is None:
        return found
    contents = opened.contents.model_dump(mode="json", exclude={"model", "predictions"})
    digests = (value.get("digests") or {}) | {"model": opened.contents.model}
    return found | contents | {"digests": digests}


def _trimmed(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out what pages do not show, and what is empty."""
    if not isinstance(value, dict):
        raise TypeError
    found = {key: item for key, item in value.items() if key not in _UNSHOWN and _says(item)}
    if isinstance(claims := found.get("claims"), dict):
        found["claims"] = {key: item for key, item in claims.items() if _says(item)}
    if isinstance(digests := value.get("digests"), dict) and digests.get("model"):
        found["model_sha256"] = digests["model"]
    return found


def _says(value: object) -> bool:
    return value not in (None, "", [], {})


def version_index(standing: Standing) -> bytes:
    """Give the file `versions/index.json`: whose each version is, when, its score, its ranks.

    What lists versions loads it; it grows with them. Columns in the order of versions. `users`
    holds each login once, and `user` places in it; `time` counts seconds since 1970.
    """
    rows = list(standing.rows.values())
    users, user = _coded([row["username"] for row in rows])
    models, model = _coded([row["model_type"] or "" for row in rows])
    return compact(
        {
            "metrics": standing.metrics,
            "users": users,
            "models": models,
            "version": [row["version"] for row in rows],
            "user": user,
            "model": model,
            "score": [_short(row["score"]) for row in rows],
            "time": [int(datetime.fromisoformat(row["timestamp"]).timestamp()) for row in rows],
            "rank": {name: [row.get(name) for row in rows] for name in standing.boards},
        }
    )


def _coded(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """Give each text once, and the place of each among them."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return list(places), [places[text] for text in texts]


def _short(score: float | None) -> float | None:
    return None if score is None else float(f"{score:.6g}")


def _rows(board: Board) -> Iterator[dict[str, Any]]:
    names = (
        "version", "username", "timestamp", "rank", "model_type", "based_on", "marks", "counted",
    )  # fmt: skip
    columns = [board.columns.get(name, [None] * len(board)) for name in names]
    scores = board.columns.get(board.metric, [None] * len(board))
    for *values, score in zip(*columns, scores, strict=True):
        yield {**dict(zip(names, values, strict=True)), "score": score}


def compact(value: object) -> bytes:
    """Write JSON in ASCII, without spaces."""
    return _ENCODER.encode(value).encode("ascii")
