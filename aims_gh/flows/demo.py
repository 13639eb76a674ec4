"""The demo: a course with two playgrounds on real data, and submissions by four people."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aims_gh.core.predictions import Predictions
from aims_gh.domain.address import Address
from aims_gh.domain.playground import Playground
from aims_gh.errors import AimsError, MissingExtra
from aims_gh.flows.convert import Tools as Converting
from aims_gh.flows.convert import convert
from aims_gh.flows.course import new_course
from aims_gh.flows.frames import as_predictions, as_submitted, predictions_file
from aims_gh.flows.hand_in import described
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.run import bounds_of
from aims_gh.flows.starter import Starter
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.forge import Forge
from aims_gh.keyring import Keyring
from aims_gh.runner.sandbox import Sandbox

MARKER, FINISHED = ".aims-demo", "it is complete"
SEED = 2026
"""Of the data split and the models, so that every demo shows the same board."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the demo is given to work with."""

    keyring: Keyring
    sandbox: Sandbox
    templates: Path
    clock: Callable[[], datetime]
    seed: Callable[[], int]

    def converting(self, playground: Playground) -> Converting:
        """Give what a conversion works with."""
        return Converting(self.sandbox, bounds_of(playground))


@dataclass(frozen=True, slots=True)
class Data:
    """A data set, split once: what is public and what is held out."""

    slug: str
    rules: dict[str, Any]
    readme: str
    train: Any
    answers: Any
    test: Any
    truth: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission of the demo."""

    author: str
    model: Any
    description: str
    board: str = "all"
    drop_last_row: bool = False
    predicted_by: Any = None
    """Another model, where the predictions are not the submitted model's own."""


def prepare(folder: Path, *, replace: bool, keyring: Keyring) -> None:
    """Make room for the demo; an unfinished one gives way, a whole one only when asked.

    Raises
    ------
    AimsError
        If the folder has something in it.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise AimsError(
                f"{folder} has files that are no demo", hint="choose another: aims demo --dir NAME"
            )
        if is_finished(folder) and not replace:
            raise AimsError(
                f"there is a demo in {folder} already",
                hint="start over with aims demo --replace, or keep both: aims demo --dir NAME",
            )
        shutil.rmtree(folder)
        keyring.remove(course=str((folder / "course").absolute()))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("aims demo made this folder and may replace it\n")


def finish(folder: Path) -> None:
    """Say that the demo is complete."""
    (folder / MARKER).write_text(f"aims demo made this folder and may replace it\n{FINISHED}\n")


def is_finished(folder: Path) -> bool:
    """Tell whether there is a whole demo in the folder."""
    marker = folder / MARKER
    return marker.exists() and FINISHED in marker.read_text()


def build_course(folder: Path, tools: Tools, *, say: Say) -> Forge:
    """Make the course, its playgrounds, and a proposal for every entry."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise MissingExtra("the demo", extra="sklearn,site") from None
    address = folder / "course"
    forge = new_course(
        address,
        title="Demo course",
        description="Two tasks on data that ship with scikit-learn.",
        owners=("owner",),
        keyring=tools.keyring,
        templates=tools.templates,
        clock=tools.clock,
    )
    say(f"course {address}: its secret keys are in {tools.keyring.folder}")
    for data, entries in ((_breast_cancer(), _classifiers()), (_diabetes(), _regressors())):
        where = Address(str(address), data.slug)
        draft = Draft(
            rules=data.rules,
            labels=Source("y_test.csv", _csv(data.truth)),
            features=Source("X_test.csv", _csv(data.test)),
            train=Source("train.csv", _csv(data.train.assign(target=data.answers))),
            example=Source("example.csv", _csv(data.train.head(5))),
            readme=data.readme,
        )
        playground = create_playground(
            forge,
            data.slug,
            draft,
            seed=tools.seed(),
            templates=tools.templates,
            starter=Starter(where, lambda _: None),
        )
        say(f"playground {where}: {len(data.truth)} held-out labels sealed, a starter notebook")
        for entry in entries:
            _submit(forge, where, playground, data, entry, tools)
            say(f"  {entry.author} submits {entry.description}")
    return forge


def leave_things_to_try(folder: Path, tools: Tools) -> None:
    """Write a model, its predictions and a few rows, for the commands to try next."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.pipeline import make_pipeline

    data = _breast_cancer()
    model = make_pipeline(ExtraTreesClassifier(200, random_state=SEED)).fit(
        data.train, data.answers
    )
    playground = _playground_of(data)
    made = convert(model, data.test, tools.converting(playground))
    said = as_submitted(made.said, playground)
    things = folder / "try"
    things.mkdir(exist_ok=True)
    (things / "model.onnx").write_bytes(made.content)
    (things / "predictions.csv").write_bytes(predictions_file(said, playground))
    (things / "rows.csv").write_bytes(_csv(data.test.head(5)))


def _playground_of(data: Data) -> Playground:
    blank = {"rows": len(data.truth), "labels_sha256": "0" * 64}
    return Playground.from_value(data.rules | {"holdout": blank})


def _submit(
    forge: Forge, where: Address, playground: Playground, data: Data, entry: Entry, tools: Tools
) -> None:
    model = entry.model.fit(data.train, data.answers)
    made = convert(model, data.test, tools.converting(playground))
    said = as_submitted(made.said, playground)
    if entry.predicted_by is not None:
        speaker = entry.predicted_by.fit(data.train, data.answers)
        said = as_predictions(speaker.predict(data.test), playground)
    if entry.drop_last_row:
        shorter: dict[str, Any] = {n: array[:-1] for n, array in said.arrays().items()}
        said = Predictions(**shorter)
    parts = Parts(
        model=made.content,
        predictions=predictions_file(said, playground),
        board=entry.board,
        claims=made.claims,
        description=entry.description,
        files=described(made),
    )
    submit(forge, where, pack(where.slug, parts, now=tools.clock()), author=entry.author)


def _csv(frame: Any) -> bytes:
    return bytes(frame.to_csv(index=False), "utf-8")


def _split(frame: Any, target: Any, *, stratify: bool) -> tuple[Any, Any, Any, Any]:
    from sklearn.model_selection import train_test_split

    train, test, answers, truth = train_test_split(
        frame, target, test_size=0.35, random_state=SEED, stratify=target if stratify else None
    )
    return train, answers, test, truth


def _breast_cancer() -> Data:
    from sklearn.datasets import load_breast_cancer

    loaded = load_breast_cancer(as_frame=True)
    diagnosis = loaded.target.map(dict(enumerate(loaded.target_names))).rename("diagnosis")
    train, answers, test, truth = _split(loaded.data, diagnosis, stratify=True)
    rules = {
        "title": "Breast cancer",
        "description": "Tell malignant from benign tumours by 30 measurements of cell nuclei.",
        "license": "CC BY 4.0 (Wolberg et al., UCI Machine Learning Repository)",
        "tags": ["medicine", "tabular", "starter"],
        "input_type": "tabular",
        "task_type": "classification",
        "labels": ["malignant", "benign"],
        "metrics": ["f1_score", "accuracy", "precision", "recall", "matthews_corrcoef"],
        "competition": {"private_fraction": 0.5},
    }
    readme = (
        "# Breast cancer\n\nEach row describes the cell nuclei in one fine-needle aspirate: ten "
        "properties, each as mean, standard error and worst value. Say `malignant` or `benign`.\n\n"
        "Learn from [train.csv](data/train.csv) (its column `target` is the diagnosis), "
        "predict every row of [features.csv](data/features.csv).\n"
    )
    return Data("breast-cancer", rules, readme, train, answers, test, truth)


def _diabetes() -> Data:
    from sklearn.datasets import load_diabetes

    loaded = load_diabetes(as_frame=True)
    target = loaded.target.rename("progression")
    train, answers, test, truth = _split(loaded.data, target, stratify=False)
    rules = {
        "title": "Diabetes progression",
        "description": "Predict the progression of diabetes one year on from ten measurements.",
        "license": "Free to use (Efron et al., Least Angle Regression, 2004)",
        "tags": ["medicine", "tabular", "starter"],
        "input_type": "tabular",
        "task_type": "regression",
        "metrics": ["rmse", "mae", "r2", "mse"],
        "competition": {"private_fraction": 0.4},
    }
    readme = (
        "# Diabetes progression\n\nTen standardised measurements of 442 patients: age, sex, body "
        "mass index, blood pressure and six blood values. Predict a measure of how far the disease "
        "went within a year.\n\n"
        "Learn from [train.csv](data/train.csv) (its column `target`), predict every row "
        "of [features.csv](data/features.csv).\n"
    )
    return Data("diabetes", rules, readme, train, answers, test, truth)


def _classifiers() -> Iterator[Entry]:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    forest = RandomForestClassifier(100, random_state=SEED)
    scaled = (StandardScaler(),)
    yield Entry("alice", make_pipeline(*scaled, LogisticRegression()), "a logistic regression")
    yield Entry("bob", forest, "a random forest")
    yield Entry("carol", make_pipeline(*scaled, SVC(C=4)), "a support vector machine")
    yield Entry(
        "dave",
        make_pipeline(*scaled, KNeighborsClassifier(9)),
        "nearest neighbours, a row short",
        drop_last_row=True,
    )
    yield Entry("dave", make_pipeline(*scaled, KNeighborsClassifier(9)), "nearest neighbours")
    yield Entry(
        "bob",
        HistGradientBoostingClassifier(random_state=SEED),
        "boosted trees with the predictions of another model",
        predicted_by=make_pipeline(*scaled, LogisticRegression(C=0.1)),
    )


def _regressors() -> Iterator[Entry]:
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.linear_model import Lasso, Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    yield Entry("alice", Ridge(alpha=0.1), "a ridge regression")
    polynomial = (PolynomialFeatures(2), StandardScaler(), Lasso(alpha=2.0))
    yield Entry("carol", make_pipeline(*polynomial), "a lasso on products of columns")
    yield Entry("bob", GradientBoostingRegressor(random_state=SEED), "boosted trees")
    neighbours = make_pipeline(StandardScaler(), KNeighborsRegressor(15))
    yield Entry("dave", neighbours, "nearest neighbours", board="experiment")
