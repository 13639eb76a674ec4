"""Hidden features: who runs models has no answers, who has the answers sees no model."""

from __future__ import annotations

import io
import zipfile

import onnx
from e2e_course import ANIMALS, board, hand_in, make_course, ran
from loopback.actions import Actions
from loopback.github import GitHub
from onnx import TensorProto, helper

from aims_gh.core.seal import Key, open_sealed

LABELS = sorted(set(ANIMALS))
FEATURES = "\n".join(["weight", *(f"{LABELS.index(a) + 0.25:.2f}" for a in ANIMALS), ""])


def model() -> bytes:
    """Make a model that knows which weight is which animal."""
    weight = helper.make_tensor_value_info("weight", TensorProto.FLOAT, [None, 1])
    label = helper.make_tensor_value_info("label", TensorProto.STRING, [None])
    axes = helper.make_tensor("axes", TensorProto.INT64, [1], [1])
    named = {"keys_int64s": range(len(LABELS)), "values_strings": LABELS}
    nodes = [
        helper.make_node("Floor", ["weight"], ["whole"]),
        helper.make_node("Squeeze", ["whole", "axes"], ["flat"]),
        helper.make_node("Cast", ["flat"], ["code"], to=TensorProto.INT64),
        helper.make_node("LabelEncoder", ["code"], ["label"], domain="ai.onnx.ml", **named),
    ]
    graph = helper.make_graph(nodes, "animals", [weight], [label], [axes])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    onnx.checker.check_model(made)
    return made.SerializeToString()


def test_each_job_has_its_own_key_and_no_model_goes_from_one_to_the_other(
    github: GitHub, actions: Actions
) -> None:
    course = make_course(
        github, test_features=FEATURES.encode(), features="hidden", evaluation="model"
    )
    assert course.read("playgrounds/animals/holdout/features.age")
    actions.queue.clear()
    number = hand_in(github, "alice", None, model=(given := model()))

    wake, evaluate = actions.step(), actions.step()

    assert wake and evaluate
    assert ran([evaluate]) == [("evaluate.yml", "workflow_dispatch", "success")], evaluate.log
    assert (board(course)["accuracy"], course.labels(number)) == ([1.0], ["scored"])
    run_key, score_key = (
        course.environments[f"aims-{job}"].secrets[f"AIMS_{job.upper()}_KEY"]
        for job in ("run", "score")
    )
    assert {step.name: set(step.secrets) for step in evaluate.jobs["run"].steps} == {
        "run-composite-0": set(),
        "run-composite-step": {"AIMS_RUN_KEY", "GITHUB_TOKEN"},
        "1-composite-0": set(),
    }
    assert {step.name: set(step.secrets) for step in evaluate.jobs["score"].steps} == {
        "0-composite-0": set(),
        "score-composite-0": set(),
        "score-composite-step": {"AIMS_SCORE_KEY", "GITHUB_TOKEN"},
        "2": {"GITHUB_TOKEN"},
    }
    assert wake.jobs["wake"].secrets == {"GITHUB_TOKEN"}
    assert list(evaluate.artifacts) == [f"sealed/{number}.age"]
    (sealed,) = evaluate.artifacts.values()
    assert given not in sealed
    assert b"cat" not in sealed
    with zipfile.ZipFile(
        io.BytesIO(open_sealed(sealed, [Key.from_secret(score_key)], name="x"))
    ) as opened:
        names = opened.namelist()
        handed = b"".join(opened.read(name) for name in names)
    assert names == ["intake.json", "run.json", "codes.npy"]
    assert given not in handed
    assert given[:64] not in handed
    assert run_key not in handed.decode(errors="replace")
    for text in (job.log + job.summary for job in evaluate.jobs.values()):
        assert "0.25" not in text
