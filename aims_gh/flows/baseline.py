"""Baselines: models that everybody should beat, trained on the public data and submitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from aims_gh.core.training import training_columns, training_file
from aims_gh.domain.address import Address
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError, MissingExtra
from aims_gh.flows.convert import Say, Tools
from aims_gh.flows.frames import read_file
from aims_gh.flows.hand_in import HandedIn, parts_of, public_features
from aims_gh.flows.submit import check, pack, submit
from aims_gh.forge import MAIN, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.workspace import Workspace, data_file

Kind = Literal["majority", "mean", "linear", "trees"]
SEED = 2026

_WORDS: dict[Kind, str] = {
    "majority": "Baseline: the most frequent class, whatever the row.",
    "mean": "Baseline: the mean, whatever the row.",
    "linear": "Baseline: a linear model.",
    "trees": "Baseline: a random forest.",
}

_SAMPLE = 200
"""Rows that a model is converted and compared with, where features are hidden."""


@dataclass(frozen=True, slots=True)
class Learning:
    """What a baseline learns from."""

    features: Any
    answers: Any


@dataclass(frozen=True, slots=True)
class Baseline:
    """One that was submitted."""

    kind: Kind
    model: str
    proposal: int


@dataclass(frozen=True, slots=True)
class Means:
    """What training and submitting take from this machine."""

    sandbox: Sandbox
    tools: Callable[[Playground], Tools]
    clock: Callable[[], datetime]
    say: Say


def possible(playground: Playground) -> tuple[Kind, ...]:
    """Tell which baselines a playground can have: of pictures and sounds the simplest alone."""
    simplest: Kind = "majority" if playground.task_type == "classification" else "mean"
    if playground.input_type == "tabular":
        return (simplest, "linear", "trees")
    return (simplest, "linear") if playground.input_type == "text" else (simplest,)


def submit_baselines(
    forge: Forge,
    where: Address,
    means: Means,
    *,
    author: str,
    only: Sequence[str] = (),
    label_column: str | None = None,
) -> list[Baseline]:
    """Train baselines on a playground's public data, and submit each as an owner.

    Parameters
    ----------
    only : sequence of str
        Which ones; none named: all that its input type can have.
    label_column : str, optional
        Which column of the training data holds the answers. Default: the one that is no input.

    Raises
    ------
    CourseError
        If there are no training data with answers, or a kind is not possible.
    SubmissionError
        If a submission would be refused, as it is for who is no owner.
    """
    with forge.tree(MAIN) as main:
        playground = Workspace(main).playground(where.slug)
        learning = read_training(Workspace(main), where.slug, playground, label_column)
    kinds = possible(playground)
    wrong = [name for name in only if name not in kinds]
    if wrong:
        raise CourseError(
            f"there is no baseline {', '.join(wrong)} for {playground.task_type} on "
            f"{playground.input_type} data",
            hint=f"there are: {', '.join(kinds)}",
        )
    done = []
    for kind in (kind for kind in kinds if not only or kind in only):
        means.say(f"training the baseline {kind}")
        model = _model(kind, playground, learning.features)
        model.fit(learning.features, learning.answers)
        number = _hand_in(forge, where, playground, kind, model, learning, means, author)
        done.append(Baseline(kind, type(model[-1]).__name__, number))
    return done


def read_training(
    main: Workspace, slug: str, playground: Playground, label_column: str | None
) -> Learning:
    """Read the public training data, and part them into inputs and answers."""
    file = training_file(slug, playground)
    frame = read_file(main.file(data_file(slug, file.path)), file.path, playground)
    if not hasattr(frame, "columns"):
        raise CourseError(
            f"{file.path} has no column with the answers", hint="save inputs and answers as CSV"
        )
    columns = training_columns(playground, file.path, list(frame.columns), label_column)
    answers = frame[columns.answers]
    known = frame[answers.notna() & (answers != "")]
    return Learning(known[list(columns.inputs)], known[columns.answers])


def _model(kind: Kind, playground: Playground, features: Any) -> Any:
    """Build a pipeline that takes the columns as they are."""
    try:
        from sklearn.dummy import DummyClassifier, DummyRegressor
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
        from sklearn.linear_model import LogisticRegression, Ridge
        from sklearn.pipeline import make_pipeline
    except ImportError:
        raise MissingExtra("training baselines", extra="sklearn") from None
    classes = playground.task_type == "classification"
    models: dict[Kind, Any] = {
        "majority": DummyClassifier(strategy="prior"),
        "mean": DummyRegressor(),
        "linear": LogisticRegression(max_iter=1000) if classes else Ridge(),
        "trees": (RandomForestClassifier if classes else RandomForestRegressor)(
            100, random_state=SEED
        ),
    }
    return make_pipeline(_columns(playground, features), models[kind])


def _columns(playground: Playground, features: Any) -> Any:
    """Prepare each column: numbers scaled, categories one by one, texts by their words."""
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [n for n in features.columns if features[n].dtype.kind in "fiub"]
    others = [n for n in features.columns if n not in numbers and _any(features[n])]
    parts: list[tuple[str, Any, Any]] = []
    if numbers:
        parts.append(("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers))
    if playground.input_type == "text":
        parts += [(f"words of {n}", TfidfVectorizer(max_features=5000), n) for n in others]
    elif others:
        parts.append(("categories", OneHotEncoder(handle_unknown="ignore"), others))
    return ColumnTransformer(parts)


def _any(texts: Any) -> bool:
    """Tell whether a column has any value: of none nothing can be learnt."""
    return bool((texts.notna() & (texts != "")).any())


def _hand_in(
    forge: Forge,
    where: Address,
    playground: Playground,
    kind: Kind,
    model: Any,
    learning: Learning,
    means: Means,
    author: str,
) -> int:
    hidden = playground.features == "hidden" or playground.data.features is None
    given = HandedIn(
        model=model,
        preprocessor=None,
        predictions=None,
        sample=learning.features.head(_SAMPLE) if hidden else None,
        public_features=lambda: public_features(forge, where),
    )
    parts = parts_of(given, playground, means.tools(playground))
    parts = replace(
        parts,
        baseline=True,
        tags=("baseline", kind),
        description=_WORDS[kind],
    )
    packed = pack(where.slug, parts, now=means.clock())
    check(forge, where, packed, sandbox=means.sandbox, author=author, now=means.clock())
    return submit(forge, where, packed, author=author).number
