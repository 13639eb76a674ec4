"""Every workflow and the Action, as text: what GitHub would refuse, what `act` never looks at."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from loopback.triggers import triggers

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.errors import CourseError
from aims_gh.flows.workflows import render_workflows

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sysconfig.get_path("scripts"))
PIN = "aims-gh/aims-gh/action@" + "1234567890" * 4
COURSE = {
    name.rpartition("/")[2]: content.decode()
    for name, content in render_workflows(ROOT / "site_templates", PIN).items()
}
OWN = {path.name: path.read_text() for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
ALL = {f"course/{name}": text for name, text in COURSE.items()} | OWN
ACTION = (ROOT / "action" / "action.yml").read_text()
every_workflow = pytest.mark.parametrize("name", ALL)
every_course_workflow = pytest.mark.parametrize("name", COURSE)
SHELL = {"run"}
EXPRESSIONS = {"env", "with", "if", "outputs", "url", "group", "matrix"}
"""Keys below which an expression may stand: nothing there becomes part of a program."""


def tool(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course's repository and this one, as far as workflows go."""
    folder = tmp_path_factory.mktemp("tree")
    for place, files in (("course", COURSE), ("own", OWN)):
        (folder / place / ".github" / "workflows").mkdir(parents=True)
        for name, text in files.items():
            (folder / place / ".github" / "workflows" / name).write_text(text)
    (folder / "own" / "action").mkdir()
    (folder / "own" / "action" / "action.yml").write_text(ACTION)
    return folder


def jobs(text: str) -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(text)["jobs"])


def steps(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs(text).items():
        for step in job["steps"]:
            yield name, step


def places(value: Any, under: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk over all texts in a document with the keys that lead to them."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from places(item, (*under, str(key)))
    elif isinstance(value, list):
        for item in value:
            yield from places(item, under)
    else:
        yield under, str(value)


# What other people's tools say


@pytest.mark.parametrize(("part", "ignored"), [("course", 1), ("own", 0)])
def test_zizmor_finds_nothing_but_the_one_trigger_that_is_explained(
    tree: Path, part: str, ignored: int
) -> None:
    options = ("--offline", "--persona", "auditor", "--strict-collection", "--no-config")
    done = tool("zizmor", *options, tree / part)
    assert done.returncode == 0, done.stdout

    strict = tool("zizmor", *options, "--no-ignores", "--format", "json", "--quiet", tree / part)
    found = [finding["ident"] for finding in json.loads(strict.stdout)]
    assert found == ["dangerous-triggers"] * ignored


@every_workflow
def test_githubs_schema_of_workflows_accepts_it(name: str, tmp_path: Path) -> None:
    file = tmp_path / "workflow.yml"
    file.write_text(ALL[name])

    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", file)

    assert done.returncode == 0, done.stdout


def test_githubs_schema_of_actions_accepts_ours() -> None:
    schema = ("--builtin-schema", "vendor.github-actions")
    done = tool("check-jsonschema", *schema, ROOT / "action" / "action.yml")

    assert done.returncode == 0, done.stdout


@every_workflow
def test_act_accepts_it(name: str, tmp_path: Path) -> None:
    file = tmp_path / "workflow.yml"
    file.write_text(ALL[name])

    done = tool("act", "--validate", "--strict", "--workflows", file)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [*ALL, "action.yml"])
def test_its_scripts_are_bash(name: str) -> None:
    document = yaml.safe_load((ALL | {"action.yml": ACTION})[name])

    scripts = [text for under, text in places(document) if under[-1] in SHELL]

    for script in scripts:
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr


# What only we can say


@every_workflow
def test_it_begins_with_who_starts_it_and_what_it_does(name: str) -> None:
    assert re.match(r"# [A-Z].*\n(#.*\n)*name: ", ALL[name])
    assert re.search(r"[Ss]tarted by ", ALL[name])


@every_workflow
def test_nothing_is_permitted_but_what_a_job_says_and_explains(name: str) -> None:
    text = ALL[name]
    document = yaml.safe_load(text)

    assert document["permissions"] == {}
    for job in jobs(text).values():
        assert isinstance(job["permissions"], dict)
        assert set(job["permissions"].values()) <= {"read", "write"}
    granted = re.findall(r"^ {6}[a-z-]+: (?:read|write)\b.*$", text, re.MULTILINE)
    assert len(granted) == sum(len(job["permissions"]) for job in jobs(text).values())
    assert all(re.search(r" # \w", line) for line in granted)


@every_workflow
def test_every_job_ends_and_every_run_knows_its_place_in_the_queue(name: str) -> None:
    document = yaml.safe_load(ALL[name])

    assert set(document["concurrency"]) == {"group", "cancel-in-progress"}
    for job in document["jobs"].values():
        assert 1 <= job["timeout-minutes"] <= 180
        assert job["runs-on"] == "ubuntu-24.04"


@pytest.mark.parametrize("name", [*ALL, "action.yml"])
def test_what_it_uses_is_pinned_and_says_which_version_that_is(name: str) -> None:
    text = (ALL | {"action.yml": ACTION})[name]
    used = re.findall(r"^ *(?:- )?uses: (.*)$", text, re.MULTILINE)

    assert len(used) == len(re.findall(r"\buses:", text))
    for line in used:
        assert re.fullmatch(r"\$/action|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


def test_an_action_has_the_same_commit_and_version_wherever_it_is_used() -> None:
    pins: dict[str, set[str]] = {}
    for text in ALL.values():
        for action, pin in re.findall(r"uses: ([\w./-]+)@(.*)", text):
            pins.setdefault(action, set()).add(pin)

    assert {action: len(found) for action, found in pins.items()} == dict.fromkeys(pins, 1)


@every_workflow
def test_a_checkout_keeps_no_token_and_takes_no_strangers_commit(name: str) -> None:
    for _, step in steps(ALL[name]):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
            assert not {"ref", "repository", "token"} & step["with"].keys()


@every_course_workflow
def test_a_course_checks_nothing_out_and_caches_nothing(name: str) -> None:
    assert "actions/checkout" not in COURSE[name]
    assert "git " not in "".join(step.get("run", "") for _, step in steps(COURSE[name]))
    assert not re.search(r"(?<!no-)cache", COURSE[name])


@every_workflow
def test_nothing_restores_a_cache(name: str) -> None:
    for _, step in steps(ALL[name]):
        assert not re.match(r"actions/(cache|setup-)", step.get("uses", ""))
        assert not any("cache" in key for key in step.get("with", {}))


@pytest.mark.parametrize("name", [*ALL, "action.yml"])
def test_expressions_never_become_part_of_a_script(name: str) -> None:
    document = yaml.safe_load((ALL | {"action.yml": ACTION})[name])

    for under, text in places(document):
        if "${{" in text and under[:1] not in (("inputs",), ("outputs",)):
            assert set(under) & EXPRESSIONS, f"{under}: {text}"
            assert under[-1] not in SHELL


@every_workflow
def test_secrets_are_those_of_an_environment_and_reach_only_the_action(name: str) -> None:
    for job_name, job in jobs(ALL[name]).items():
        where = [under for under, text in places(job) if "secrets." in text]
        assert not where or job.get("environment"), job_name
        assert all(
            under in [("steps", "with", name) for name in ("run-key", "score-key", "hf-token")]
            for under in where
        )


@every_course_workflow
def test_jobs_that_hold_an_environment_run_on_main_alone(name: str) -> None:
    if name == "wake.yml":
        return
    first = next(iter(jobs(COURSE[name]).values()))

    assert first["if"] == "github.ref == 'refs/heads/main'"
    assert all(job.get("needs") for job in list(jobs(COURSE[name]).values())[1:])


def test_a_pull_request_does_nothing_but_wake() -> None:
    on = triggers(yaml.safe_load(COURSE["wake.yml"]))
    (job,) = jobs(COURSE["wake.yml"]).values()

    assert on == {
        "pull_request_target": {
            "types": ["opened", "synchronize", "reopened"],
            "branches": ["main"],
            "paths": ["submissions/**"],
        }
    }
    assert job["permissions"] == {"actions": "write"}
    assert [set(step) for step in job["steps"]] == [{"name", "run", "env"}]
    assert job["steps"][0]["env"] == {"GITHUB_TOKEN": "${{ github.token }}"}
    assert "github.event" not in COURSE["wake.yml"]
    for name in ("evaluate.yml", "publish.yml"):
        assert "pull_request" not in "".join(triggers(yaml.safe_load(COURSE[name])))
        assert "workflow_run" not in triggers(yaml.safe_load(COURSE[name]))


def test_no_job_holds_the_key_to_the_answers_and_a_model() -> None:
    run, score = (jobs(COURSE["evaluate.yml"])[name] for name in ("run", "score"))

    assert (run["environment"], score["environment"]) == ("aims-run", "aims-score")
    assert re.findall(r"secrets\.(\w+)", json.dumps(run)) == ["AIMS_RUN_KEY"]
    assert re.findall(r"secrets\.(\w+)", json.dumps(score)) == ["AIMS_SCORE_KEY"]
    assert "write" not in run["permissions"].values()
    (taken,) = (s for s in score["steps"] if s.get("uses", "").startswith("actions/download"))
    (given,) = (s for s in run["steps"] if s.get("uses", "").startswith("actions/upload"))
    assert taken["with"] == {"name": given["with"]["name"], "path": given["with"]["path"]}
    assert given["with"]["retention-days"] == 1
    folder = next(s["with"]["folder"] for s in run["steps"] if s.get("id") == "run")
    assert folder == given["with"]["path"]


def test_the_site_waits_for_no_push_that_starts_nothing() -> None:
    score = jobs(COURSE["evaluate.yml"])["score"]

    assert "workflow_dispatch" in triggers(yaml.safe_load(COURSE["publish.yml"]))
    assert "start publish.yml" in "".join(step.get("run", "") for step in score["steps"])
    assert score["permissions"]["actions"] == "write"
    for name in ("evaluate.yml", "publish.yml"):  # what a run that died left undone
        assert "schedule" in triggers(yaml.safe_load(COURSE[name]))


def test_people_alone_deploy_and_by_a_button_that_asks_for_a_reason() -> None:
    on = triggers(yaml.safe_load(COURSE["deploy.yml"]))
    (job,) = jobs(COURSE["deploy.yml"]).values()
    (step,) = job["steps"]

    assert set(on) == {"workflow_dispatch"}
    asked = on["workflow_dispatch"]["inputs"]
    assert [name for name, item in asked.items() if item.get("required")] == [
        "slug",
        "space",
        "reason",
    ]
    assert asked["target"]["options"] == ["browser", "gradio", "container"]
    assert (asked["zero-gpu"]["type"], asked["zero-gpu"]["default"]) == ("boolean", False)
    options = {
        name.lstrip("-") for option in aims.commands["deploy"].params for name in option.opts
    }
    assert {*asked["visibility"]["options"]} - {"unchanged"} <= options
    assert {name: step["with"][name] for name in asked} == {
        name: f"${{{{ inputs.{name} }}}}" for name in asked
    }
    assert job["environment"]["name"] == "deploy"
    assert re.findall(r"secrets\.(\w+)", json.dumps(job)) == ["HF_TOKEN"]


def test_identity_tokens_are_for_publishing_alone() -> None:
    holders = {
        (name, job_name)
        for name, text in ALL.items()
        for job_name, job in jobs(text).items()
        if "id-token" in job["permissions"]
    }

    assert holders == {
        ("course/publish.yml", "deploy"),
        ("course/deploy.yml", "deploy"),
        ("docs.yml", "deploy"),
        ("release.yml", "publish"),
    }


def test_the_action_installs_by_digest_and_before_any_secret_is_near() -> None:
    install, step = yaml.safe_load(ACTION)["runs"]["steps"]

    assert set(install["env"]) == {"AIMS_STEP", "AIMS_VENV"}
    assert install["run"].count("--require-hashes") == 2
    assert install["run"].count("--only-binary :all:") == 2
    assert "--offline --no-deps --no-build-isolation" in install["run"]
    assert "uses" not in install | step
    assert 'exec "$AIMS_VENV/bin/python" -I -m aims_gh.action' in step["run"]


def test_every_requirement_that_the_action_names_is_there() -> None:
    (install, _) = yaml.safe_load(ACTION)["runs"]["steps"]

    sets = set(re.findall(r"\bset=(\w+)", install["run"])) | {"uv"}

    assert sets == {"uv", "evaluate", "publish", "deploy"}
    for name in sets:
        assert (ROOT / "requirements" / f"{name}.txt").is_file()


def test_the_actions_outputs_are_those_of_its_steps() -> None:
    outputs = yaml.safe_load(ACTION)["outputs"]

    for name, output in outputs.items():
        assert output["value"] == f"${{{{ steps.step.outputs.{name} }}}}"
    used = set(re.findall(r"steps\.(?:run|score)\.outputs\.(\w+)", COURSE["evaluate.yml"]))
    assert used <= set(outputs)


# How they are made


def test_the_pin_is_all_that_rendering_changes() -> None:
    for name, text in COURSE.items():
        template = (ROOT / "site_templates/course/.github/workflows" / name).read_text()
        changed = [
            (old, new)
            for old, new in zip(template.splitlines(), text.splitlines(), strict=True)
            if old != new
        ]
        assert all("aims-gh/aims-gh/action@" in old and PIN in new for old, new in changed)
        assert "0" * 40 not in text
    assert COURSE["evaluate.yml"].count(PIN) == 2


@pytest.mark.parametrize(
    "action", ["aims-gh/aims-gh/action@main", "action@" + "0" * 40, "a/b/c@" + "0" * 40 + "\nx: y"]
)
def test_a_pin_that_is_none_is_refused(action: str) -> None:
    with pytest.raises(CourseError):
        render_workflows(ROOT / "site_templates", action)


def test_a_checkout_knows_its_commit_and_a_setting_overrules_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AIMS_ACTION", raising=False)
    assert re.fullmatch(r"aims-gh/aims-gh/action@[0-9a-f]{40}", settings.action())

    monkeypatch.setenv("AIMS_ACTION", PIN)
    assert settings.action() == PIN
