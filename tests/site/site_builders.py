"""Courses, playgrounds and boards for the tests: real records, as the ledger holds them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aims_gh.core.rank import leaderboard
from aims_gh.domain.claims import Claims
from aims_gh.domain.course import Course
from aims_gh.domain.evaluation import Digests, Evaluation
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.model_facts import Cost, ModelFacts, Reproduction
from aims_gh.domain.playground import Playground
from aims_gh.site.pages import CourseSite, PlaygroundPage

TEMPLATES = Path(__file__).parents[2] / "site_templates"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = "age1" + "q" * 58
DIGEST = "0" * 64
README = """# Breast cancer

Is a lump **malignant** or benign? Thirty measurements of cell nuclei say it well.

## What is known

| part | rows |
|------|-----:|
| train | 398 |
| test | 171 |

1. Learn from `train.csv`.
2. Predict on `test.csv`, row by row.

```python
model.fit(X_train, y_train)
```
"""
_MODELS = (
    ("sklearn", "RandomForestClassifier", None, None),
    ("sklearn", "LogisticRegression", None, None),
    ("torch", "MLP", "Adam", "CrossEntropyLoss"),
    ("xgboost", "XGBClassifier", None, "logistic"),
)
_PEOPLE = ("ada", "grace-hopper", "barbara", "katherine-j", "radia", "lynn", "frances", "jean")


def course(**changes: Any) -> Course:
    value = {
        "title": "Machine learning, spring 2027",
        "description": "Ten small tasks with held-out data, and the models that do them best.",
        "owners": ["teacher"],
        "keys": {"score": KEY, "run": KEY, "owners": [KEY]},
    }
    return Course.from_value(value | changes)


def playground(**changes: Any) -> Playground:
    value: dict[str, Any] = {
        "title": "Breast cancer",
        "description": "Tell malignant from benign by thirty measurements of cell nuclei.",
        "license": "CC BY 4.0",
        "input_type": "tabular",
        "task_type": "classification",
        "labels": ["malignant", "benign"],
        "inputs": [
            {"name": "mean radius", "dtype": "float", "example": 17.99},
            {"name": "mean texture", "dtype": "float", "example": 10.38},
        ],
        "holdout": {"rows": 171, "labels_sha256": DIGEST},
        "limits": {"per_day": 5},
        "competition": {"closes": "2027-01-31T18:00:00+01:00", "late": "mark"},
        "data": {
            "train": {"path": "train.csv", "sha256": DIGEST, "bytes": 81_234, "rows": 398},
            "features": {"path": "test.csv", "sha256": DIGEST, "bytes": 34_567, "rows": 171},
        },
    }
    return Playground.from_value(value | changes)


def evaluation(version: int, task: Playground, **changes: Any) -> Evaluation:
    """Give one evaluation; the same version is always the same evaluation."""
    dice = random.Random(version)
    framework, model, optimizer, loss = dice.choice(_MODELS)
    has_model = dice.random() < 0.8
    base = {
        "version": version,
        "playground": "breast-cancer",
        "username": dice.choice(_PEOPLE) if version < 500 else f"student-{version % 700}",
        "board": "all",
        "timestamp": NOON + timedelta(minutes=17 * version, seconds=version % 60),
        "evaluated": NOON + timedelta(minutes=17 * version + 3),
        "evaluator": "aims-gh 0.1.0",
        "proposal": version + 3,
        "head": f"{version:040x}",
        "submission": f"forest-{version}",
        "digests": Digests(scored=DIGEST, labels=DIGEST, playground=DIGEST),
        "scores": {m.name: round(dice.betavariate(9, 1), 12) for m in task.metrics},
        "rows": 85,
        "claims": Claims(
            ml_framework=framework,
            model_type=model,
            optimizer=optimizer,
            loss=loss,
            epochs=dice.randint(5, 200) if optimizer else None,
            depth=dice.randint(2, 9) if optimizer else None,
            metadata={"team": dice.choice("abc")},
        ),
        "marks": ("late",) if dice.random() < 0.05 else (),
        "tags": ("baseline",) if dice.random() < 0.1 else (),
    }
    if has_model:
        base |= _measured(dice)
    return Evaluation(**(base | changes))


def _measured(dice: random.Random) -> Mapping[str, Any]:
    return {
        "reproduction": Reproduction(rows=171, matching=dice.choice([171, 171, 171, 90])),
        "facts": ModelFacts(
            bytes=dice.randint(2_000, 3_000_000),
            ir_version=10,
            opsets={"ai.onnx": 21},
            operators={"Gemm": 3},
            num_params=dice.randint(31, 2_000_000),
            inputs=(),
            outputs=(),
        ),
        "cost": Cost(
            latency_ms_per_1000=dice.uniform(0.2, 40),
            peak_memory_bytes=dice.randint(60_000_000, 300_000_000),
            rows=171,
        ),
    }


def board(
    task: Playground, many: int, *more: Evaluation, slug: str = "breast-cancer"
) -> Leaderboard:
    """Rank so many evaluations, and some given ones, as the ledger does."""
    made = (evaluation(version, task) for version in range(1, many + 1))
    return leaderboard(slug, task, [*made, *more])


def page(
    slug: str = "breast-cancer",
    *,
    task: Playground | None = None,
    rows: int | None = 3,
    leaderboard: Leaderboard | None = None,
    readme: str = README,
    files: Mapping[str, bytes] | None = None,
) -> PlaygroundPage:
    task = task or playground()
    if leaderboard is None and rows is not None:
        leaderboard = board(task, rows, slug=slug)
    return PlaygroundPage(slug, task, readme, leaderboard, f"ada/course/{slug}", files or {})


def site(
    *pages: PlaygroundPage,
    owner: Mapping[str, str | bytes] | None = None,
    url: str = "",
    **changes: Any,
) -> CourseSite:
    files = {
        name: text.encode() if isinstance(text, str) else text
        for name, text in (owner or {}).items()
    }
    by_slug = {one.slug: one for one in pages}
    given = course(**changes)
    return CourseSite(given, "ada/course", tuple(by_slug), by_slug.__getitem__, files, url)


def names(pages: Iterable[PlaygroundPage]) -> list[str]:
    return [one.slug for one in pages]
