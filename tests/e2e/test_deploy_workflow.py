"""A course's own workflow puts a model on Hugging Face: a button, a Space, and no token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from e2e_clients import COURSE, call
from e2e_course import add_playground, csv_of
from e2e_owner import run, set_up, sign_in
from e2e_steps import Jobs
from github_forges import forge_of
from hub.hub import Hub
from hub.records import Publisher
from loopback.actions import Actions
from loopback.github import GitHub
from onnx import TensorProto, helper, numpy_helper

from aims_gh import settings
from aims_gh.action import main as action
from aims_gh.domain.address import Address
from aims_gh.flows.hosted_course import Plan
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft
from aims_gh.flows.submit import Parts, pack, submit

ROWS = [[i, round(i / 7, 3)] for i in range(30)]


@pytest.fixture
def hub(github: GitHub, actions: Actions) -> Iterator[Hub]:
    """A Hub that believes this GitHub, with a Space that trusts the course's workflow."""
    with Hub() as served:
        served.account("owner", plan="pro")
        served.issuers[github.server_url] = github.identity_key
        served.next_stages = ()
        served.create("owner/app", "gradio")
        served.trust("owner/app", Publisher(COURSE))
        actions.environment["HF_ENDPOINT"] = served.url
        yield served
    assert served.broken == []


def doubling() -> bytes:
    """Make a model that says twice the first column, and the second."""
    weights = numpy_helper.from_array(np.array([[2.0], [1.0]], dtype=np.float32), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "line",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [weights],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def make_rents(github: GitHub, folder: Path, **more: object) -> None:
    """Make a course with a playground, and a model on its board."""
    set_up(github, "owner", COURSE, Plan("A course"))
    said = [2 * a + b for a, b in ROWS]
    draft = Draft(
        rules={"title": "Rents", "task_type": "regression", "input_type": "tabular", **more},
        labels=Source("y.csv", csv_of("rent", said)),
        features=Source("x.csv", csv_of("rooms,area", [f"{a},{b}" for a, b in ROWS])),
    )
    add_playground(github, "rents", draft)
    parts = Parts(model=doubling(), predictions=csv_of("prediction", said))
    forge = forge_of(github, github.user("alice").token, course=COURSE)
    packed = pack("rents", parts, now=settings.clock())
    submit(forge, Address(COURSE, "rents"), packed, author="alice")
    (outcome,) = Jobs(github, folder).evaluate()
    assert outcome.outcome == "scored", outcome


def test_a_button_puts_a_model_on_hugging_face_without_any_stored_token(
    github: GitHub, actions: Actions, hub: Hub, tmp_path: Path
) -> None:
    make_rents(github, tmp_path / "jobs")
    actions.queue.clear()
    inputs = {"slug": "rents", "target": "gradio", "space": "owner/app", "reason": "first"}
    inputs |= {"zero-gpu": "true", "hardware": "zero-a10g"}
    where = f"repos/{COURSE}/actions/workflows/deploy.yml/dispatches"
    call(github, "owner", "POST", where, {"ref": "main", "inputs": inputs})

    (run,) = actions.drain()

    job = run.jobs["deploy"]
    assert run.conclusion == "success", run.log
    assert job.secrets == {"GITHUB_TOKEN"}
    assert job.permissions == {"contents": "write", "id-token": "write"}
    space = hub.spaces["owner/app"]
    assert [commit.title for commit in space.commits[1:]] == [f"Serve version 1 of {COURSE}/rents"]
    assert space.files["model.onnx"] == doubling()
    assert "5 example rows answered as in the sandbox" in run.log
    assert "owner/app: it says the same there" in run.log
    assert hub.count("POST /app/owner/app/gradio_api/call/predict_batch") == 1
    text = github.repository(COURSE).read("rents/deployment.json", "refs/heads/ledger")
    told = json.loads(text or b"")
    assert (told["version"], told["by"], told["reason"]) == (1, "owner", "first")
    assert told["zero_gpu"]
    assert "\nspaces" in space.files["requirements.txt"].decode()
    assert "left to do by hand: hardware zero-a10g" in run.log
    assert f"Version 1 of rents is served: {hub.url}/app/owner/app/." in job.summary
    assert not [token for token in hub.tokens if token in run.log + job.summary]


def test_at_the_keyboard_a_private_playgrounds_model_becomes_a_private_space(
    github: GitHub, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rents(github, tmp_path / "jobs", visibility="private", participants=["alice"])
    sign_in(github, monkeypatch, "owner")
    for name, value in (
        ("HF_ENDPOINT", hub.url),
        ("HF_TOKEN", hub.token("owner")),
        ("API_KEY", "s3cret-value"),
    ):
        monkeypatch.setenv(name, value)
    options = ("--target", "gradio", "--host", "huggingface", "--space", "owner/rents")
    extras = ("--secret", "API_KEY", "--variable", "GREETING=a=b", "--hardware", "t4-small")

    done = run("deploy", f"{COURSE}/rents", 1, *options, *extras, "--json")

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {
        "version": 1,
        "target": "gradio",
        "url": f"{hub.url}/app/owner/rents/",
        "by_hand": [],
        "left": "",
    }
    assert "owner/rents: it says the same there" in done.stderr
    (first, *_) = [one for one in hub.asked if one.path.startswith("/app/owner/rents/")]
    assert (first.method, first.account) == ("POST", "owner")
    space = hub.spaces["owner/rents"]
    assert (space.visibility, space.hardware, space.sdk) == ("private", "t4-small", "gradio")
    assert (space.secrets, space.variables) == ({"API_KEY": "s3cret-value"}, {"GREETING": "a=b"})
    assert "s3cret-value" not in done.output


def test_why_a_step_could_not_deploy_stands_beside_the_run(tmp_path: Path) -> None:
    where = ("--course", str(tmp_path / "nowhere"), "--slug", "rents", "--space", "owner/app")

    done = CliRunner().invoke(action, ["deploy", *where, "--reason", "--help\n::error::x"])

    assert done.exit_code == 6
    (told,) = (line for line in done.stdout.splitlines() if line.startswith("::"))
    assert re.match(r"::error title=aims::deploy: .*nowhere.* \(.+\)$", told)
