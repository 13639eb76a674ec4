"""What the pages of versions show, as data: evaluations by the dozen, and an index of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.playground import Playground

PER_FILE = 64
"""Evaluations in one file: a view of one needs no more than some ten kilobytes."""

_UNSHOWN = ("schema_version", "playground", "private", "evaluator", "digests")
"""What no page shows. Sealed scores are half of a small evaluation."""

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def shards(evaluations: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Give the files `versions/<k>.json`, k = version // 64, with each evaluation by its version.

    One file is in memory at a time. An evaluation that cannot be read is null.

    Parameters
    ----------
    evaluations : iterable of (int, bytes)
        As they stand on the ledger, lowest version first.
    """
    for place, group in groupby(evaluations, key=lambda entry: entry[0] // PER_FILE):
        lines = [f'"{version}":{_shown(content)}' for version, content in group]
        yield place, f"{{{','.join(lines)}}}".encode("ascii")


def _shown(content: bytes) -> str:
    try:
        return compact(_trimmed(json.loads(content))).decode("ascii")
    except (ValueError, TypeError, RecursionError):
        return "null"


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


def version_index(
    leaderboard: Leaderboard | None, playground: Playground, code: Sequence[int] = ()
) -> bytes:
    """Give the file `versions/index.json`: whose each version is, when, its score, its ranks.

    Columns in the order of versions. `users` holds each login once, and `user` places in it;
    `time` counts seconds since 1970.

    Parameters
    ----------
    playground : Playground
        Whose metrics say which way is better, the one that ranks first.
    code : sequence of int
        Versions whose attached code the site carries.
    """
    boards: dict[str, Board] = dict(leaderboard.boards) if leaderboard else {}  # type: ignore[arg-type]
    known: dict[int, dict[str, Any]] = {}
    for name, board in boards.items():
        for row in _rows(board):
            known.setdefault(row["version"], row)[name] = row["rank"]
    order = [*(name for name in playground.boards if name in boards), *boards]
    rows = [known[version] for version in sorted(known)]
    users, user = _coded([row["username"] for row in rows])
    models, model = _coded([row["model_type"] or "" for row in rows])
    return compact(
        {
            "metrics": [[metric.name, metric.greater_is_better] for metric in playground.metrics],
            "users": users,
            "models": models,
            "version": [row["version"] for row in rows],
            "user": user,
            "model": model,
            "score": [_short(row["score"]) for row in rows],
            "time": [int(datetime.fromisoformat(row["timestamp"]).timestamp()) for row in rows],
            "rank": {name: [row.get(name) for row in rows] for name in order},
            "based_on": {str(r["version"]): r["based_on"] for r in rows if r["based_on"]},
            "code": list(code),
        }
    )


def _coded(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """Give each text once, and the place of each among them."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return list(places), [places[text] for text in texts]


def _short(score: float | None) -> float | None:
    return None if score is None else float(f"{score:.6g}")


def _rows(board: Board) -> Iterator[dict[str, Any]]:
    names = ("version", "username", "timestamp", "rank", "model_type", "based_on")
    columns = [board.columns.get(name, [None] * len(board)) for name in names]
    scores = board.columns.get(board.metric, [None] * len(board))
    for *values, score in zip(*columns, scores, strict=True):
        yield {**dict(zip(names, values, strict=True)), "score": score}


def compact(value: object) -> bytes:
    """Write JSON in ASCII, without spaces."""
    return _ENCODER.encode(value).encode("ascii")
