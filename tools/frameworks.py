"""Write which models can be submitted: `python tools/frameworks.py`.

Converts every case that the tests have, which takes minutes, and keeps what came of it in
`docs/reference/frameworks.yml`; `docs/reference/frameworks.md` is made from that file alone.
With `--page` nothing is converted and only the page is written; names of libraries convert
theirs alone. With `--check` nothing is written, and the exit code says whether the page is stale.

A library has its cases in `tests/frameworks/<library>_cases.py`: `cases()` and `why_not(name)`.
Networks have theirs in `network_cases.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "frameworks"
RESULTS = ROOT / "docs" / "reference" / "frameworks.yml"
PAGE = ROOT / "docs" / "reference" / "frameworks.md"

LIBRARIES = {
    "sklearn": "scikit-learn",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
    "pytorch": "PyTorch",
    "keras-tensorflow": "Keras",
    "keras-torch": "Keras, with PyTorch as backend",
}
"""The libraries of the page, in its order, by the beginning of their modules of cases."""

NETWORKS = ("pytorch", "keras-tensorflow", "keras-torch")

Results = dict[str, dict[str, dict[str, Any]]]
"""For each library and case: `off_by` where it converts, else `why` it does not."""

HEAD = """# Models that can be submitted

What a live model is converted to, an ONNX file, is compared with the model before it is sent:
labels must be the same, numbers within a ten-thousandth of their spread. This page is what came of
that for every model below, on small real data, by the code that `submit_model` runs. *Off by* is
the power of ten that the largest difference stayed below, as a share of that spread.

What cannot be converted is refused with its name and what to try; its predictions can be submitted
all the same.

<!-- made by tools/frameworks.py, do not edit -->
"""


def cases_of(library: str) -> ModuleType:
    """Import the cases of a library, which live beside its tests."""
    for folder in (str(CASES), str(ROOT)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    return import_module(f"{library}_cases")


def expected(library: str) -> dict[str, str | None]:
    """Give the cases of a library by name, and why those are refused that are."""
    if library in NETWORKS:
        found: dict[str, str | None] = cases_of("network").listed(library)
        return found
    module = cases_of(library)
    return {name: module.why_not(name) for name in module.cases()}


def measured(library: str) -> dict[str, dict[str, Any]]:
    """Convert all cases of a library."""
    return _networks(library) if library in NETWORKS else _models(library)


def _networks(library: str) -> dict[str, dict[str, Any]]:
    from framework_cases import power_of_ten

    found: dict[str, dict[str, Any]] = {}
    for outcome in cases_of("network").outcomes(library):
        if not outcome.as_expected:
            print(f"{library}: {outcome}", file=sys.stderr)
        found[outcome.name] = (
            {"off_by": power_of_ten(outcome.largest_difference)}
            if outcome.refusal is None
            else {"why": outcome.expected_refusal or outcome.refusal}
        )
    return found


def _models(library: str) -> dict[str, dict[str, Any]]:
    module = cases_of(library)
    from framework_cases import outcome_of

    found: dict[str, dict[str, Any]] = {}
    for name, make in module.cases().items():
        outcome, why = outcome_of(make), module.why_not(name)
        if outcome.converts != (why is None):
            print(f"{library}: {name}: expected {why}, found {outcome}", file=sys.stderr)
        found[name] = (
            {"off_by": outcome.off_by} if outcome.converts else {"why": why or outcome.message}
        )
    return found


def stored() -> Results:
    """Read what was measured last."""
    if not RESULTS.exists():
        return {}
    return dict(yaml.safe_load(RESULTS.read_text(encoding="utf-8")))


def page(results: Results) -> str:
    """Write the page."""
    parts = [HEAD]
    for library, title in LIBRARIES.items():
        rows = results.get(library)
        if rows:
            parts += [f"## {title}\n", *_section(rows)]
    return "\n".join(parts)


def _section(rows: dict[str, dict[str, Any]]) -> Iterator[str]:
    good = {name: row for name, row in rows.items() if "why" not in row}
    yield f"{len(good)} of {len(rows)} cases convert.\n"
    yield "| model | off by |\n|---|---|"
    for name in sorted(good, key=str.lower):
        yield f"| {name} | {good[name]['off_by']} |"
    bad = {name: row for name, row in rows.items() if "why" in row}
    if bad:
        yield "\n| cannot be converted | because it |\n|---|---|"
        for name in sorted(bad, key=str.lower):
            yield f"| {name} | {bad[name]['why']} |"
    yield ""


def main(arguments: list[str]) -> int:
    """Measure, and write or compare."""
    results = stored()
    chosen = [name for name in arguments if name in LIBRARIES]
    if "--check" not in arguments and "--page" not in arguments:
        for library in chosen or LIBRARIES:
            results[library] = measured(library)
        RESULTS.write_text(yaml.safe_dump(results, sort_keys=True, allow_unicode=True), "utf-8")
    text = page(results)
    if "--check" in arguments:
        return int(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
