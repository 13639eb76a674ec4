"""One full example of every kind of record, and what hypothesis needs to make more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from aims_gh.domain.app import App, Picture, RuntimeModel, Sound, Video
from aims_gh.domain.architecture import Architecture
from aims_gh.domain.audit import AuditEntry
from aims_gh.domain.claims import Claims, Conversion, Layer, Parameter, Step
from aims_gh.domain.competition import FinalPhase
from aims_gh.domain.course import Course, CourseKeys, Roster, Upstream
from aims_gh.domain.deployment import Deployment, Former
from aims_gh.domain.environment import Environment
from aims_gh.domain.evaluation import Digests, Evaluation
from aims_gh.domain.grading import GradedPlayground, Grades, Grading, Regrade
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.model_facts import Cost, ModelFacts, ModelGraph, Reproduction, TensorFacts
from aims_gh.domain.people import Extension, Extensions, Teams
from aims_gh.domain.playground import (
    Competition,
    Data,
    DataFile,
    Deploy,
    Holdout,
    Input,
    Limits,
    MetricSpec,
    Playground,
)
from aims_gh.domain.proposal import Comment, Proposal
from aims_gh.domain.record import Record
from aims_gh.domain.reveal import Contents, Opened, PrivateScores, Reveal
from aims_gh.domain.roster import Admitted, ClassRoster, Student
from aims_gh.domain.selection import Choice, Selection
from aims_gh.domain.steps import Intake, Refusal, Run, Score
from aims_gh.domain.submission import Submission, SubmittedFile
from aims_gh.domain.summary import Confusion, Residuals, Summary

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
SHA = "ab" * 32
COMMIT = "c0" * 20
KEY = "age1" + "q" * 58

STEP = Step(name="forest", type="RandomForestClassifier")
LAYER = Layer(
    name="conv",
    type="Conv2D",
    output_shape=(None, 28, 28, 8),
    num_params=0,
    activation="relu",
    inputs=("input",),
)
CONVERSION = Conversion(
    converter="skl2onnx 1.20.0, float32",
    rows=103,
    matching=103,
    largest_difference=1e-7,
    quantized="int8",
)
ARCHITECTURE = Architecture(
    library="sklearn",
    versions={"scikit-learn": "1.9.1"},
    built={"class": "Ridge", "parameters": {"alpha": 1.0}},
)
CLAIMS = Claims(
    ml_framework="sklearn",
    model_type="RandomForestClassifier",
    transfer_learning=False,
    deep_learning=False,
    depth=0,
    optimizer="lbfgs",
    loss="log_loss",
    epochs=0,
    num_params=0,
    trainable_params=0,
    trees=100,
    steps=(Step(name="scale", type="StandardScaler"), STEP),
    parameters=(
        Parameter(name="max_depth", value=None, default=3, changed=True),
        Parameter(step="forest", name="alpha", value=1.0, default=1, changed=False),
        Parameter(name="jobs", value=-1),
        Parameter(name="warm", value=False),
        Parameter(name="name", value="1"),
    ),
    layers=(LAYER,),
    libraries={"scikit-learn": "1.9.1"},
    platform="Linux x86_64",
    seed=0,
    training_data=SHA,
    conversion=CONVERSION,
    metadata={"team": "ünïcödé — yes", "lr": 1e-300, "on": "no"},
)
SUBMISSION = Submission(
    id="forest-2",
    playground="titanic",
    board="competition",
    created=NOON,
    model=SubmittedFile(path="model.onnx", sha256=SHA, bytes=1),
    predictions=SubmittedFile(path="predictions.csv", sha256=SHA, bytes=0),
    files=(SubmittedFile(path="code.ipynb", sha256=SHA, bytes=2**40),),
    description="two\nlines and a trailing space \n",
    tags=("a: b", "- c", "#d", "'"),
    based_on=3,
    claims=CLAIMS,
)
GRAPH = ModelGraph(nodes=("Gemm", "Gemm"), edges=((0, 1),), inputs=((0,),), outputs=(None,))
FACTS = ModelFacts(
    bytes=10,
    ir_version=8,
    producer="pytorch",
    producer_version="2.6",
    opsets={"ai.onnx": 17, "": 1},
    operators={"Gemm": 2},
    num_params=6,
    tree_nodes=0,
    inputs=(TensorFacts(name="x", dtype="float", shape=("n", 4, None)),),
    outputs=(TensorFacts(name="y", dtype="int64", shape=()),),
    graph=GRAPH,
    reading="scores",
)
FORMER = Former(
    version=2, target="gradio", host="own", url="https://x.org", since=NOON, by="Ada", ended=NOON
)
COST = Cost(latency_ms_per_1000=0.0, peak_memory_bytes=123, rows=1)
REPRODUCTION = Reproduction(rows=1000, matching=999, largest_difference=0.25)
PICTURE = Picture(height=8, width=None, channels=3, shape=(8, None, 3), black=-1.0, white=1.0)
SOUND = Sound(sample_rate=8_000, assumed=True, samples=None, shape=(1, None))
APP = App(
    slug="titanic",
    address="ada/course/titanic",
    title="Wer überlebt? <b>",
    input_type="image",
    task_type="classification",
    labels=("yes", 1),
    inputs=(Input(name="x", example=1.0),),
    picture=PICTURE,
    sound=SOUND,
    examples=((True, 1, 0.5, "a", (0, None, 0.25), None),),
    model=RuntimeModel(
        version=3,
        username="Ada",
        path="model.onnx",
        sha256=SHA,
        bytes=9,
        operators=("Gemm",),
        inputs=FACTS.inputs,
        outputs=FACTS.outputs,
        reading="sorted",
        deployed=True,
    ),
    served_at="https://example.org",
    obstacle="too large",
    reason="It is.",
)
BOARD = Board(
    metric="accuracy",
    direction="maximize",
    metrics=("accuracy",),
    columns={"rank": [1, None], "accuracy": [0.5, None], "metadata": [{"a": 1.0}, {}]},
)
PLAYGROUND = Playground(
    title="Wer überlebt? <b>",
    description="One: two",
    license="CC0",
    tags=("small",),
    input_type="tabular",
    task_type="classification",
    labels=("yes", "no", 1, "on", "01", "1:30", "null", "~", "2026-01-01", "=", "<<"),
    inputs=(Input(name="age", dtype="int", shape=(2, 3), example=1),),
    metrics=(
        MetricSpec(name="log_loss"),
        MetricSpec(name="f1_score", average="weighted"),
        MetricSpec(name="cost", function="cost", direction="minimize"),
    ),
    visibility="private",
    participants=("Ada", "b-2"),
    evaluation="model",
    features="hidden",
    data=Data(train=DataFile(path="train.csv", sha256=SHA, bytes=3, rows=0)),
    holdout=Holdout(rows=9, labels_sha256=SHA, features_sha256=SHA),
    limits=Limits(bytes=1_000, seconds=0.5, per_day=2, total=9),
    competition=Competition(
        private_fraction=0.25,
        opens=NOON,
        closes=NOON + timedelta(days=1),
        grace_minutes=5,
        late="mark",
        release="rounded",
    ),
    deploy=Deploy(targets=("browser", "gradio"), title="Try it"),
)
CONFUSION = Confusion(labels=("=", 1), counts=((1, 2), (0, 1)))
RESIDUALS = Residuals(mean=-0.5, deviation=0.25, step=0.1, counts=(4, *[0] * 19))
SUMMARY = Summary(rows=4, confusion=CONFUSION, residuals=RESIDUALS)
EVALUATION = Evaluation(
    version=7,
    playground="titanic",
    username="Ada",
    board="all",
    timestamp=NOON,
    evaluated=NOON + timedelta(seconds=1),
    evaluator="aims-gh 0.1",
    proposal=12,
    head=COMMIT,
    submission="forest-2",
    digests=Digests(
        model=SHA, predictions=SHA, scored=SHA, labels=SHA, playground=SHA, metrics=SHA
    ),
    scores={"log_loss": 0.0, "f1_score": 1 / 3},
    failures={"cost": "ValueError: row … is wrong"},
    rows=4,
    summary=SUMMARY,
    private="-----BEGIN AGE ENCRYPTED FILE-----\nYQ==\n-----END AGE ENCRYPTED FILE-----\n",
    reproduction=REPRODUCTION,
    facts=FACTS,
    cost=COST,
    claims=CLAIMS,
    description="x",
    tags=("a",),
    based_on=1,
    marks=("baseline",),
)
INTAKE = Intake(
    proposal=12,
    author="Ada",
    head=COMMIT,
    pushed=NOON,
    refusal=Refusal(message="no", hint="yes"),
    playground="titanic",
    submission=SUBMISSION,
    main=COMMIT,
    recorded=7,
)

CONTENTS = Contents(model=SHA, facts=FACTS, cost=COST, claims=CLAIMS, tags=("a",), based_on=2)
OPENED = Opened(
    private={"accuracy": 0.5},
    whole={"accuracy": 0.75},
    public={"accuracy": 1.0},
    intervals={"accuracy": (0.25, 0.75)},
    group=1,
    contents=CONTENTS,
)

EXAMPLES: dict[str, Record] = {
    type(example).__name__: example
    for example in (
        APP,
        APP.model,
        PICTURE,
        SOUND,
        Video(frames=8, frame=PICTURE),
        ARCHITECTURE,
        Environment(
            seed=0,
            deterministic=True,
            python="3.11.7",
            platform="Linux x86_64",
            packages={"numpy": "2.4.6"},
        ),
        AuditEntry(action="revealed", version=3, by="Ada", at=NOON, reason="asked; twice"),
        Teams(teams={"red 1": ("Ada", "b")}),
        Extension(until=NOON, reason="ill"),
        Extensions(participants={"Ada": Extension(until=NOON)}),
        Choice(versions=(1, 2)),
        Selection(by="Ada", at=NOON, versions=(), proposal=1, head=COMMIT),
        FinalPhase(closes=NOON, total=3),
        CONTENTS,
        OPENED,
        Reveal(playground="titanic", at=NOON, by="Ada", envelope="x", versions={1: OPENED}),
        Board.model_validate(BOARD.model_dump()),
        CLAIMS,
        CONVERSION,
        LAYER,
        *CLAIMS.parameters[:1],
        STEP,
        Comment(author="github-actions[bot]", created=NOON, body="a\n\nb  \n"),
        Competition(),
        CONFUSION,
        COST,
        Course(
            title="ML 101",
            description="",
            owners=("Ada",),
            roster=Roster(policy="listed", participants=("b",)),
            keys=CourseKeys(score=KEY, run=KEY, owners=(KEY, KEY)),
            address="ada/ml",
            upstream=Upstream(address="bob/ml", commit=COMMIT),
        ),
        Upstream(address="./ml", commit=COMMIT),
        Admitted(participants=("Ada", "b"), pseudonyms={"Ada": "quiet heron"}),
        ClassRoster(students=(Student(login="Ada", name="Ada Bö"),)),
        Student(login="b", name="B", email="b@uni.example", id="007", section="A"),
        Grading(playgrounds={"titanic": GradedPlayground(points=40, column="T (1)")}, decimals=0),
        GradedPlayground(rule="score", board="competition"),
        Regrade(at=NOON, by="Ada", login="b", playground="titanic", before=None, after=1.5),
        Grades(at=NOON, by="Ada", grading=Grading(), points={"titanic": {"b": None, "Ada": 1.5}}),
        CourseKeys(score=KEY, run=KEY, owners=(KEY,)),
        Data(),
        DataFile(path="a.csv", sha256=SHA, bytes=0),
        Deploy(),
        Deployment(
            playground="titanic",
            version=1,
            target="browser",
            since=NOON,
            by="Ada",
            ended=NOON,
            ended_by="Ada",
            history=(FORMER,),
        ),
        FORMER,
        EVALUATION.digests,
        EVALUATION,
        PLAYGROUND.holdout,
        Input(
            name="x",
            dtype="int",
            example="no",
            minimum=-1,
            maximum=2.5,
            categories=("a", "b"),
            sample_rate=8_000,
        ),
        INTAKE,
        Leaderboard(playground="titanic", boards={"experiment": BOARD, "competition": BOARD}),
        Limits(),
        MetricSpec(name="recall", average="binary", pos_label="yes", zero_division=1),
        FACTS,
        GRAPH,
        RESIDUALS,
        SUMMARY,
        PLAYGROUND,
        PrivateScores(private={"accuracy": 1.0}, whole={"accuracy": 0.0}, failures={"c": "no"}),
        Proposal(
            number=1,
            author="Ada",
            title="Submit",
            head=COMMIT,
            base=COMMIT,
            opened=NOON,
            pushed=NOON,
            comments=(Comment(author="x", created=NOON, body=""),),
        ),
        INTAKE.refusal,
        REPRODUCTION,
        Roster(),
        Run(scored=SHA, facts=FACTS, cost=COST, reproduction=REPRODUCTION),
        Score(
            scores={"mse": 0.0},
            failures={"cost": "took longer than 30 s"},
            rows=3,
            private=None,
            scored=SHA,
            labels=SHA,
            playground=SHA,
            metrics=SHA,
        ),
        SUBMISSION,
        SUBMISSION.model,
        FACTS.inputs[0],
    )
    if example is not None
}


def every_kind(kind: type[Record] = Record) -> Iterator[type[Record]]:
    """Walk over the records that stand in files of a course."""
    for each in kind.__subclasses__():
        if each.__module__.startswith("aims_gh.domain."):
            yield each
        yield from every_kind(each)


EASTERN = timezone(timedelta(hours=14))

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
names = st.from_regex(r"zz[A-Za-z0-9_]{0,20}", fullmatch=True)
instants = st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.sampled_from([UTC, EASTERN]),
)
