"""Which version a site serves, and what it says of it, in a course on disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from walk_classroom import Classroom, csv_of

from aims_gh import settings
from aims_gh.domain.app import Example
from aims_gh.flows.app import Served, served
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.forge import LEDGER, MAIN, Change
from aims_gh.workspace import Workspace, deployment_file

COUNT = 30
ROWS = [[i, round(i / 7, 3)] for i in range(COUNT)]


@pytest.fixture
def course(classroom: Classroom) -> Classroom:
    """With a playground `rents`, whose features are public, and `secret`, whose are not."""
    features = Source("X.csv", b"rooms,area\n" + b"\n".join(f"{a},{b}".encode() for a, b in ROWS))
    for slug, more in (("rents", {}), ("secret", {"features": "hidden", "evaluation": "model"})):
        rules = {"title": slug, "task_type": "regression", "input_type": "tabular"}
        draft = Draft(
            rules=rules | more,
            labels=Source("y.csv", csv_of("y", [2 * a + b for a, b in ROWS])),
            features=features,
        )
        create_playground(classroom.forge, slug, draft, seed=3, templates=settings.templates())
    return classroom


def model(first: float, second: float) -> bytes:
    weights = numpy_helper.from_array(np.array([[first], [second]], dtype=np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "line",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [weights],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def hand_in(course: Classroom, content: bytes | None, first: float, second: float) -> None:
    said = csv_of("prediction", [first * a + second * b for a, b in ROWS])
    packed = pack("rents", Parts(model=content, predictions=said), now=settings.clock())
    submit(course.forge, course.address("rents"), packed, author="ada")


def drain(course: Classroom) -> None:
    found = evaluate(
        course.forge,
        sandbox=settings.sandbox(),
        find_key=settings.keys().find,
        clock=settings.clock,
    )
    assert [outcome.outcome for outcome in found] == ["scored"] * 3


def serve(course: Classroom, slug: str, **changes: str) -> Served:
    with course.forge.tree(MAIN) as main, course.forge.tree(LEDGER) as ledger:
        rules = Workspace(main)
        playground = rules.playground(slug).model_copy(update=changes)
        address = str(course.address(slug))
        return served(course.forge, rules, Workspace(ledger), slug, playground, address)


def test_the_best_model_that_gave_what_was_scored_is_served(course: Classroom) -> None:
    hand_in(course, None, 2, 1)  # the best, and predictions alone
    hand_in(course, model(0, 1), 2, 0.9)  # the next, and the model says something else
    hand_in(course, model(1.5, 1), 1.5, 1)
    drain(course)

    found = serve(course, "rents")

    assert found.app.model and found.app.obstacle is None
    assert found.app.model.version == 3 and not found.app.model.deployed
    assert found.model == model(1.5, 1)
    assert found.app.model.sha256 == hashlib.sha256(found.model).hexdigest()
    rooms, area = found.app.inputs
    assert (rooms.name, rooms.dtype, rooms.minimum, rooms.maximum) == ("rooms", "int", 0, 29)
    assert (area.example, area.maximum) == (0.0, pytest.approx(29 / 7, abs=1e-3))
    first: tuple[tuple[Example, ...], ...] = found.app.examples
    assert first == ((0, 0.0), (1, 0.143), (2, 0.286), (3, 0.429), (4, 0.571))
    choose(course, 2)

    chosen = serve(course, "rents")

    assert chosen.app.model and chosen.app.model.version == 2 and chosen.app.model.deployed
    assert chosen.model == model(0, 1)
    assert chosen.app.served_at == "https://example.org/app"
    choose(course, 1)
    alone = serve(course, "rents").app
    assert alone.obstacle == "no model" and "is predictions alone" in alone.reason


def choose(course: Classroom, version: int) -> None:
    deployment = {
        "schema_version": 1, "playground": "rents", "version": version, "target": "gradio",
        "url": "https://example.org/app", "since": "2026-11-23T12:00:00Z", "by": "teacher",
    }  # fmt: skip
    from aims_gh.domain.deployment import Deployment

    content = Deployment.from_value(deployment).to_json()
    files: dict[str, bytes | None] = {deployment_file("rents"): content}
    course.forge.record(lambda _: Change(message="Serve", files=files), branch=LEDGER)


def test_what_cannot_run_in_a_browser_is_told_why(course: Classroom) -> None:
    said = csv_of("prediction", [2 * a + b for a, b in ROWS])
    files = {"preprocessor.py": b"def preprocess(rows):\n    return rows\n"}
    parts = Parts(model=model(2, 1), predictions=said, files=files, preprocessed=True)
    packed = pack("rents", parts, now=settings.clock())
    submit(course.forge, course.address("rents"), packed, author="ada")
    hand_in(course, model(1, 1), 1, 1)
    hand_in(course, model(1, 2), 1, 2)
    drain(course)
    assert (found := serve(course, "rents").app.model) and found.version in (2, 3)
    film = serve(course, "rents", input_type="video").app
    assert (film.obstacle, film.reason) == (
        "undescribed",
        "The model takes no rows of pictures: no video can be cut into what it takes.",
    )
    choose(course, 1)

    assert serve(course, "rents").app.obstacle == "preprocessed"

    with course.forge.tree(LEDGER) as ledger:
        evaluation = Workspace(ledger).evaluation("rents", 2)
    assert evaluation.facts
    large = evaluation.facts.model_copy(update={"bytes": 60_000_000})
    changed = evaluation.model_copy(update={"facts": large}).to_json()
    whole: dict[str, bytes | None] = {"rents/evaluations/2.json": changed}
    course.forge.record(lambda _: Change(message="Change", files=whole), branch=LEDGER)
    choose(course, 2)
    app = serve(course, "rents").app
    assert (app.obstacle, app.reason[:22]) == ("too large", "The model has 60 MB, m")


def test_without_any_version_it_says_so(course: Classroom) -> None:
    found = serve(course, "rents")

    assert (found.app.obstacle, found.model) == ("no model", None)
    assert len(found.app.examples) == 5


def test_nothing_of_hidden_features_is_told(course: Classroom) -> None:
    found = serve(course, "secret")

    assert [item.name for item in found.app.inputs] == ["rooms", "area"]
    assert {(i.example, i.minimum, i.maximum) for i in found.app.inputs} == {(None, None, None)}
    assert found.app.examples == ()


def test_a_changed_file_is_not_served(course: Classroom, tmp_path: Path) -> None:
    hand_in(course, model(2, 1), 2, 1)
    hand_in(course, model(1, 1), 1, 1)
    hand_in(course, model(1, 2), 1, 2)
    drain(course)
    with course.forge.tree(LEDGER) as ledger:
        evaluation = Workspace(ledger).evaluation("rents", 1)
    other = evaluation.digests.model_copy(update={"model": "0" * 64})
    changed = evaluation.model_copy(update={"digests": other}).to_json()
    files: dict[str, bytes | None] = {"rents/evaluations/1.json": changed}
    course.forge.record(lambda _: Change(message="Change", files=files), branch=LEDGER)

    found = serve(course, "rents")

    assert (found.app.obstacle, found.model) == ("unreadable", None)
    assert "version 1" in found.app.reason
