"""The life of a deployment in a course on disk: put live, changed, back, taken down, followed."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from onnxruntime import InferenceSession
from test_deploy import made, tools
from test_served import ROWS, hand_in, model, serve
from walk_classroom import Classroom, aims, csv_of

from aims_gh import ModelPlayground, settings
from aims_gh.cli import aims as command
from aims_gh.errors import AimsError, CourseError, HostError
from aims_gh.flows.course import new_course
from aims_gh.flows.deploy import folder
from aims_gh.flows.deploy import serve as serve_app
from aims_gh.flows.deployment import Choice, record_choice
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.follow import App, Follower
from aims_gh.flows.live import Wish, end, put_live, roll_back, update
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.forge import LEDGER
from aims_gh.host import Files, State
from aims_gh.host.asking import Closed, ask
from aims_gh.keyring import Keyring

SLUG = "rents"


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with two models, of which the second is the better, and predictions alone."""
    folder = tmp_path_factory.mktemp("scored")
    keyring = Keyring(folder / "keys")
    forge = new_course(
        folder / "course",
        title="Rents",
        description="",
        owners=("teacher", "assistant"),
        keyring=keyring,
        templates=settings.templates(),
        clock=settings.clock,
    )
    lines = b"\n".join(f"{a},{b}".encode() for a, b in ROWS)
    draft = Draft(
        rules={"title": SLUG, "task_type": "regression", "input_type": "tabular"},
        labels=Source("y.csv", csv_of("y", [2 * a + b for a, b in ROWS])),
        features=Source("X.csv", b"rooms,area\n" + lines),
    )
    create_playground(forge, SLUG, draft, seed=3, templates=settings.templates())
    course = Classroom(folder / "course")
    hand_in(course, model(1, 1), 1, 1)
    hand_in(course, model(1.5, 1), 1.5, 1)
    hand_in(course, None, 2, 1)
    sandbox = settings.sandbox()
    found = evaluate(forge, sandbox=sandbox, find_key=keyring.find, clock=settings.clock)
    assert [each.outcome for each in found] == ["scored"] * 3, found
    return folder / "course"


@pytest.fixture
def rents(scored: Path, tmp_path: Path) -> Classroom:
    return Classroom(Path(shutil.copytree(scored, tmp_path / "course")))


def teacher(course: Classroom, name: str = "teacher") -> ModelPlayground:
    return ModelPlayground(playground_url=str(course.address(SLUG)), username=name)


def ledger(course: Classroom) -> tuple[str, str]:
    """What is written down, and what people wrote."""
    with course.forge.tree(LEDGER) as tree, course.forge.tree() as main:
        return tree.commit, main.commit


def test_a_version_is_put_live_changed_taken_back_and_down_and_all_of_it_is_written_down(
    rents: Classroom,
) -> None:
    pg = ModelPlayground(playground_url=str(rents.address(SLUG)))  # whoever is at the keyboard
    assert pg.deployment() is None

    first = pg.deploy_model(1, reason="the first")
    second = teacher(rents, "assistant").update_runtime_model(2, reason="better")
    back = pg.rollback(reason="too slow")

    assert (first.version, first.target, first.host, first.by) == (1, "browser", "site", "teacher")
    assert (second.version, second.by, second.reason) == (2, "assistant", "better")
    assert pg.deployment() == back and back.live
    assert str(back) == "version 1 of rents is live: the page Predict of the website"
    told = [(one.version, one.by, one.reason) for one in (back, *back.history)]
    assert told == [
        (1, "teacher", "too slow"), (2, "assistant", "better"), (1, "teacher", "the first"),
    ]  # fmt: skip
    moments = [back.since, *(moment for o in back.history for moment in (o.ended, o.since))]
    assert moments == sorted(moments, reverse=True)
    shown = serve(rents, SLUG).app
    assert shown.model and (shown.model.version, shown.model.deployed) == (1, True)
    assert pg.rollback().version == 2


def test_owners_alone_put_versions_live_and_are_named(rents: Classroom) -> None:
    where, before = str(rents.address(SLUG)), ledger(rents)
    commands = [
        ("deploy", where, "1"),
        ("runtime", where, "1"),
        ("rollback", where),
        ("undeploy", where, "--confirm", SLUG),
    ]

    with pytest.raises(CourseError, match="ada is no owner of course") as error:
        teacher(rents, "ada").deploy_model(1)
    refused = [CliRunner().invoke(command, [*c, "--as", "ada"]) for c in commands]
    unchanged = ledger(rents) == before
    put(rents, 1)
    done = CliRunner().invoke(command, [*commands[-1], "--as", "Assistant"])

    assert error.value.hint.startswith("--as teacher, or username='teacher' in Python")
    assert [found.exit_code for found in refused] == [3] * 4
    assert (unchanged, done.exit_code) == (True, 0)
    ended = teacher(rents).deployment()
    assert ended is not None and ended.ended_by == "assistant"


def test_the_end_of_a_deployment_has_to_be_typed_and_can_be_taken_back(rents: Classroom) -> None:
    pg = teacher(rents)
    pg.deploy_model(1)
    before = ledger(rents)

    for confirmation in (True, "", "rent"):
        with pytest.raises(CourseError, match="nobody confirmed its end") as error:
            pg.delete_deployment(confirmation=confirmation)
        assert "confirmation='rents'" in error.value.hint
    assert ledger(rents) == before
    ended = pg.delete_deployment(confirmation=SLUG)

    assert not ended.live and ended.ended_by == "teacher"
    shown = serve(rents, SLUG).app
    assert shown.model and (shown.model.version, shown.model.deployed) == (2, False)
    for act in (
        lambda: pg.delete_deployment(confirmation=SLUG),
        lambda: pg.update_runtime_model(2),
    ):
        with pytest.raises(CourseError, match="nothing of rents is deployed since"):
            act()
    again = pg.rollback()
    assert (again.version, again.live, len(again.history)) == (1, True, 1)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"model_version": 3}, "version 3 of rents is predictions alone"),
        ({"model_version": 3, "example_data": [[7, 1.5]]}, "version 3 of rents is predictions"),
        ({"model_version": 9}, "no version 9"),
        ({"model_version": 2, "target": "gradio"}, "no gradio app"),
        ({"model_version": 2, "host": "huggingface"}, "no Space on Hugging Face"),
        ({"model_version": 2, "target": "custom"}, "the folder of your own app"),
        ({"model_version": 2, "target": "gradio", "url": "x.org"}, "needs its address"),
        ({"model_version": 2, "url": "https://x.org"}, "runs gradio, container or custom"),
        ({"model_version": 2, "reason": "x" * 2001}, "at most 2000 characters"),
        ({"model_version": 2, "y_train": ["a"]}, "asks for numbers"),
    ],
)
def test_a_wish_that_cannot_be_met_changes_nothing(
    rents: Classroom, arguments: dict[str, object], text: str
) -> None:
    pg = teacher(rents)
    pg.deploy_model(1)
    before = ledger(rents)

    with pytest.raises(AimsError) as error:
        pg.deploy_model(**arguments)  # type: ignore[arg-type]

    assert text in error.value.message
    assert ledger(rents) == before


def test_a_server_is_written_down_once_it_answers_and_follows_what_is_live(
    rents: Classroom,
) -> None:
    pg, one = teacher(rents), made(rents, 1)
    running = App(one, folder(one, "gradio", tools()))
    row = [[4, 2.0]]

    with settings.host() as host:
        url = serve_app(one, host, running.files)
        before = ledger(rents)
        with pytest.raises(HostError, match="there serves version 1, not version 2"):
            pg.deploy_model(2, target="gradio", url=url)
        assert ledger(rents) == before
        told = pg.deploy_model(1, target="gradio", url=url)
        follower = Follower(
            rents.forge,
            rents.address(SLUG),
            running=running,
            host=host,
            make=lambda version: _app(rents, version),
            trial=settings.host,
        )
        shown = serve(rents, SLUG).app
        assert follower.look() is None
        pg.update_runtime_model(2)
        changed = follower.look()
        answers = ask(url, "predict_batch", row), ask(url, "info")["model"]["version"]
        put(rents, 3)
        failed = follower.look()
        later = ask(url, "predict_batch", row), follower.look()

    assert (told.url, told.host) == (url, "own")
    assert (shown.served_at, shown.endpoint) == (url, True)
    assert changed == "version 2 by ada answers now"
    assert answers == ([{"prediction": 8.0}], 2)
    assert failed and "version 3 fails, version 2 stays: " in failed
    assert later == ([{"prediction": 8.0}], None)


def _app(course: Classroom, version: int) -> App:
    found = made(course, version)
    return App(found, folder(found, "gradio", tools()))


def put(course: Classroom, version: int) -> None:
    """Write another version down as live, tried or not."""
    now = settings.clock()
    url = "https://example.org/"
    choice = Choice(version, "gradio", "own", by="teacher", now=now, url=url)
    record_choice(course.forge, course.address(SLUG), choice)


def test_the_commands_do_the_same_and_tell_the_history(rents: Classroom) -> None:
    address = rents.address(SLUG)

    teacher(rents).deploy_model(1, reason="the first")
    put_live = aims("runtime", address, 2)
    refused = aims("undeploy", address, "--confirm", "x", check=False)
    told = json.loads(aims("deployment", address, "--json").stdout)

    assert "version 2 of rents is live" in put_live.stdout
    assert "5 example rows answered as in the sandbox" in put_live.stderr
    assert refused.returncode == 3 and "--confirm rents" in refused.stderr
    assert (told["version"], told["history"][0]["reason"]) == (2, "the first")


class Shelf:
    """A host that keeps folders and runs their models alone, and is full or stuck at times."""

    def __init__(self) -> None:
        self.kept: dict[str, Files] = {}
        self.opened: list[tuple[str, str, bool]] = []
        self.full = False
        self.by_hand: tuple[str, ...] = ()
        self.longer = ""
        self.stuck: bytes | None = None
        self.closed = False

    def opener(self, space: str, address: str, private: bool) -> Shelf:
        self.opened.append((space, address, private))
        return self

    def push(self, name: str, files: Files) -> str:
        if self.full:
            raise HostError("the shelf is full", hint="take something off it")
        self.kept[name] = files
        return f"https://shelf.example/{name}{self.longer}"

    def ask(self, url: str, endpoint: str, *data: Any) -> Any:
        if self.closed:
            raise Closed("the shelf is behind glass", hint="ask who has the key")
        name = url.removesuffix(self.longer).rpartition("/")[2]
        if endpoint == "info":
            return json.loads(self.kept[name]["app.json"])
        assert endpoint == "predict_batch"
        session = InferenceSession(self.stuck or self.kept[name]["model.onnx"])
        (said,) = session.run(None, {"x": np.array(data[0], dtype=np.float32)})
        return [{"prediction": float(value)} for value in said[:, 0]]

    def status(self, name: str) -> State:
        return "running" if name in self.kept else "absent"

    def log(self, name: str) -> str:
        return ""

    def remove(self, name: str) -> None:
        if self.full:
            raise HostError("the shelf is stuck", hint="pull harder")
        self.kept.pop(name, None)


def test_a_space_is_pushed_to_before_it_is_written_down_and_removed_at_the_end(
    rents: Classroom,
) -> None:
    shelf = Shelf()
    means = replace(settings.deploying(rents.forge, "teacher"), local=None, space=shelf.opener)
    forge, where = rents.forge, rents.address(SLUG)

    first = put_live(forge, where, Wish(1, "gradio", "huggingface", space="ada/rents"), means)
    second = update(forge, where, 2, means)
    shelf.full, before = True, ledger(rents)
    with pytest.raises(HostError, match="the shelf is full"):
        update(forge, where, 1, means)
    unchanged = ledger(rents) == before
    shelf.full = False
    back = roll_back(forge, where, means)
    pushed = json.loads(shelf.kept[SLUG]["app.json"])["model"]["version"]
    ended = end(forge, where, SLUG, means)

    assert first.deployment.url == "https://shelf.example/rents"
    assert second.deployment.space == "ada/rents" and second.deployment.version == 2
    assert unchanged
    assert (back.deployment.version, pushed, back.deployment.reason) == (1, 1, "back to version 1")
    assert not ended.live and shelf.kept == {}
    assert set(shelf.opened) == {("ada/rents", f"./{rents.path.name}/{SLUG}", False)}


def test_a_space_that_says_something_else_than_the_sandbox_is_not_announced(
    rents: Classroom,
) -> None:
    shelf = Shelf()
    means = replace(settings.deploying(rents.forge, "teacher"), local=None, space=shelf.opener)
    forge, where = rents.forge, rents.address(SLUG)
    wish = Wish(1, "gradio", "huggingface", space="ada/rents")
    put_live(forge, where, wish, means)
    before = ledger(rents)

    shelf.stuck = shelf.kept[SLUG]["model.onnx"]
    with pytest.raises(HostError, match="something else of example row 2 than the sandbox") as told:
        update(forge, where, 2, means)
    with pytest.raises(HostError) as elsewhere:
        put_live(forge, where, replace(wish, version=2, space="ada/other"), means)
    unchanged = ledger(rents) == before
    back = update(forge, where, 1, means)
    shelf.closed = True
    unasked = put_live(forge, where, wish, means).unasked

    assert "ada/rents has version 2 now, and it is not announced" in told.value.message
    assert re.search(r": prediction 1\.14\d*, not 1\.64\d*$", told.value.message)
    assert told.value.hint == f"aims runtime {where} 1 puts version 1 there again"
    assert "deploy another version to it" in elsewhere.value.hint
    assert unchanged and back.deployment.version == 1 and not back.unasked
    assert unasked == "the shelf is behind glass"


def test_a_space_that_cannot_be_removed_stays_live_and_one_that_is_gone_is_taken_down(
    rents: Classroom,
) -> None:
    shelf = Shelf()
    means = replace(settings.deploying(rents.forge, "teacher"), local=None, space=shelf.opener)
    forge, where = rents.forge, rents.address(SLUG)
    put_live(forge, where, Wish(1, "gradio", "huggingface", space="ada/rents"), means)

    shelf.full, before = True, ledger(rents)
    with pytest.raises(HostError, match="ada/rents is still there, and live: the shelf is stuck"):
        end(forge, where, SLUG, means)
    unchanged = ledger(rents) == before
    shelf.full, shelf.kept = False, {}
    ended = end(forge, where, SLUG, means)

    assert unchanged and not ended.live


def test_what_cannot_be_written_down_is_not_pushed_and_what_was_pushed_all_the_same_is_told(
    rents: Classroom,
) -> None:
    shelf = Shelf()
    means = replace(settings.deploying(rents.forge, "teacher"), local=None, space=shelf.opener)
    wish = Wish(1, "gradio", "huggingface", space="ada/rents")

    with pytest.raises(CourseError, match="at most 2000 characters"):
        put_live(rents.forge, rents.address(SLUG), replace(wish, reason="x" * 2001), means)
    assert shelf.kept == {}
    shelf.longer = "/x" * 200
    with pytest.raises(HostError, match="ada/rents runs version 1, but that is not written down"):
        put_live(rents.forge, rents.address(SLUG), wish, means)

    assert teacher(rents).deployment() is None


def test_whoever_moves_on_from_a_space_is_told_that_it_serves_on(rents: Classroom) -> None:
    shelf = Shelf()
    means = replace(settings.deploying(rents.forge, "teacher"), local=None, space=shelf.opener)
    forge, where = rents.forge, rents.address(SLUG)
    wish = Wish(1, "gradio", "huggingface", space="ada/rents")

    left = [
        put_live(forge, where, each, means).left
        for each in (wish, wish, replace(wish, space="ada/other"), Wish(1), Wish(1))
    ]

    assert left == ["", "", "ada/rents", "ada/other", ""]


def test_an_app_for_zero_gpu_stays_one_when_another_version_takes_its_place(
    rents: Classroom,
) -> None:
    shelf = Shelf()
    means = replace(settings.deploying(rents.forge, "teacher"), local=None, space=shelf.opener)
    forge, where = rents.forge, rents.address(SLUG)
    wish = Wish(1, "gradio", "huggingface", space="ada/rents", zero_gpu=True)

    def needs() -> bool:
        return b"\nspaces\n" in shelf.kept[SLUG]["requirements.txt"]

    put_live(forge, where, wish, means)
    seen = [needs()]
    update(forge, where, 2, means)
    seen.append(needs())
    put_live(forge, where, replace(wish, version=2, zero_gpu=False), means)
    seen.append(needs())
    roll_back(forge, where, means)
    seen.append(needs())

    assert seen == [True, True, False, True]
