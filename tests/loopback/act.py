"""One job under `act`, on this machine, with nothing of this machine around it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from children import descendants

STANDINS = Path(__file__).parent / "standins"
STUB = "loopback-result"
"""The job that notes what became of the real one."""
_PASSED = ("PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# What was fetched once is not fetched again. Looked up early: tests have a home of their own.
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
_USES = re.compile(r"([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@(\S+)")
# Stands before the real bash and notes what it is started with. Takes away what GitHub does not
# give to the scripts of a composite action, its inputs as variables. A runner that was told to
# die before a step starts nothing more. What the Action's step has installed for `run`, `score` or
# `publish`, and Python has compiled, is kept where there is a place for it, and given to the next:
# the same files under another name.
_BASH = r"""#!/bin/sh
for name in $(env | sed -n 's/^\(INPUT_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$name"; done
for script; do :; done
step=$(basename "$script" .sh)
if [ -e "$LOOPBACK/dead" ]; then exit 143; fi
if [ -e "$LOOPBACK/kill" ] && [ "$GITHUB_JOB $step" = "$(cat "$LOOPBACK/kill")" ]; then
  touch "$LOOPBACK/dead"; exit 143
fi
case "$script" in
  */act/workflow/*.sh) env -0 > "$LOOPBACK/env/$(date +%s%N) $step" ;;
esac
kept="$LOOPBACK_INSTALLED/$AIMS_STEP"
case "${AIMS_VENV:+$step}" in
  *-composite-0) if [ -d "$kept" ]; then exec cp -al "$kept" "$AIMS_VENV"; fi ;;
  *-composite-step)
    if [ -d "$LOOPBACK_INSTALLED" ] && [ ! -e "$kept" ]; then
      /bin/bash "$@" || exit
      cp -al "$AIMS_VENV" "$kept-$$" && mv -nT "$kept-$$" "$kept"
      exit 0
    fi ;;
esac
exec /bin/bash "$@"
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A script that ran, and which secrets stood in its environment, by variable."""

    name: str
    secrets: Mapping[str, str]


@dataclass(slots=True)
class Job:
    """What became of a job."""

    name: str
    permissions: dict[str, str] = field(default_factory=dict)
    conclusion: str = "skipped"
    outputs: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each step took, by its name; those of an action are named as in `Step.name`."""

    summary: str = ""
    log: str = ""

    @property
    def secrets(self) -> set[str]:
        """Name all secrets that any of its scripts could see."""
        return {name for step in self.steps for name in step.secrets.values()}


@dataclass(frozen=True, slots=True)
class Order:
    """A job to be done: everything `act` has to be told."""

    event: str
    payload: Mapping[str, Any]
    actor: str
    document: Mapping[Any, Any]
    job: str
    needed: Mapping[str, Job]
    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    repository: Path
    sha: str
    artifacts: Path
    actions: Mapping[str, Path]
    """Where actions lie that are not stand-ins, by `owner/repository`."""
    itself: str
    """What `$/` stands for: `owner/repository`, at `sha`."""

    kill_before: str | None = None
    seconds: float = 600
    installed: Path | None = None
    """Where lies what jobs have installed, for those that follow."""


def workflow_of_one(order: Order) -> dict[str, Any]:
    """Write a workflow of this job alone, with stubs for the jobs that it needs."""
    given = order.document["jobs"][order.job]
    job = {k: v for k, v in given.items() if k not in ("concurrency", "environment", "permissions")}
    job["steps"] = list(_resolved(order))
    needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
    jobs = {name: _stub(order.needed[name]) for name in needs}
    note = {
        "run": 'printf "%s" "$LOOPBACK_NEEDS" > "$LOOPBACK/result"',
        "env": {"LOOPBACK_NEEDS": "${{ toJSON(needs) }}"},
    }
    after = {"runs-on": "ubuntu-24.04", "needs": order.job, "if": "always()", "steps": [note]}
    whole = {k: v for k, v in order.document.items() if k in ("name", "env", "defaults")}
    trigger = order.document.get("on", order.document.get(True))
    rule = trigger.get("workflow_dispatch") if isinstance(trigger, dict) else None
    on = {order.event: rule if order.event == "workflow_dispatch" else None}
    return whole | {"on": on, "jobs": jobs | {order.job: job, STUB: after}}


def _resolved(order: Order) -> Iterator[dict[str, Any]]:
    """Say which repository is meant by `$/`, which `act` does not know."""
    for step in order.document["jobs"][order.job]["steps"]:
        uses = str(step.get("uses", ""))
        own = {"uses": f"{order.itself}{uses[1:]}@{order.sha}"} if uses.startswith("$/") else {}
        yield step | own


def _stub(job: Job) -> dict[str, Any]:
    names = list(job.outputs)
    lines = [f'echo "{name}<<EOF-$$"; echo "$V{n}"; echo "EOF-$$"' for n, name in enumerate(names)]
    script = "{ " + "; ".join([*lines, ":"]) + '; } >> "$GITHUB_OUTPUT"'
    end = {"success": "", "skipped": "", "failure": "; exit 1", "cancelled": "; exit 1"}
    step = {
        "id": "stub",
        "run": script + end[job.conclusion],
        "env": {f"V{number}": job.outputs[name] for number, name in enumerate(names)},
    }
    stub = {
        "runs-on": "ubuntu-24.04",
        "outputs": {name: f"${{{{ steps.stub.outputs.{name} }}}}" for name in names},
        "steps": [step],
    }
    return {**stub, "if": False} if job.conclusion == "skipped" else stub


def run_job(order: Order, folder: Path, job: Job) -> None:
    """Run a job in `folder`, which is its own, and note what became of it."""
    _prepare(order, folder)
    running = subprocess.Popen(
        _command(order, folder),
        cwd=folder / "work",
        env=_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    late = ""
    try:
        lines, errors = running.communicate(timeout=order.seconds)
    except subprocess.TimeoutExpired:
        for process in (running.pid, *descendants(running.pid)):  # steps have groups of their own
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        lines, errors = running.communicate()
        late = "The job has exceeded its time.\n"
    _read_log(lines, job)
    _read_result(folder / "result", order.job, job)
    job.log += errors + late
    job.steps = list(_steps(folder / "env", order))
    shutil.rmtree(folder)


def _prepare(order: Order, folder: Path) -> None:
    for name in ("env", "home", "bin", "cache"):
        (folder / name).mkdir(parents=True)
    (folder / "workflow.yml").write_text(yaml.safe_dump(workflow_of_one(order), sort_keys=False))
    (folder / "event.json").write_text(json.dumps(order.payload, default=str))
    secrets = folder / "secrets"
    secrets.touch(mode=0o600)
    secrets.write_text("".join(f"{n}={_quoted(v)}\n" for n, v in order.secrets.items()))
    bash = folder / "bin" / "bash"
    bash.write_text(_BASH)
    bash.chmod(0o755)
    if order.kill_before:
        (folder / "kill").write_text(order.kill_before)
    clone = ["git", "clone", "--quiet", "--shared", "--no-checkout"]
    subprocess.run([*clone, order.repository, folder / "work"], check=True, capture_output=True)
    head = ["git", "-C", folder / "work", "update-ref", "--no-deref", "HEAD", order.sha]
    subprocess.run(head, check=True, capture_output=True)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _command(order: Order, folder: Path) -> list[str]:
    act = Path(sysconfig.get_path("scripts")) / "act"
    command = [
        str(act), order.event,
        "--workflows", str(folder / "workflow.yml"), "--eventpath", str(folder / "event.json"),
        "--platform", "ubuntu-24.04=-self-hosted", "--platform", "ubuntu-latest=-self-hosted",
        "--actor", order.actor, "--action-cache-path", str(folder / "cache"),
        "--secret-file", str(folder / "secrets"),
        "--no-cache-server", "--no-skip-checkout", "--json",
    ]  # fmt: skip
    for name, value in order.variables.items():
        command += ["--var", f"{name}={value}"]
    known = {"LOOPBACK": str(folder), "LOOPBACK_ARTIFACTS": str(order.artifacts)}
    known["LOOPBACK_INSTALLED"] = str(order.installed or folder / "nothing")
    for name, value in (order.environment | known).items():
        command += ["--env", f"{name}={value}"]
    for name, ref in sorted(_used(order)):
        place = order.actions.get(name, STANDINS / name)
        command += ["--local-repository", f"{name}@{ref}={place}"]
    return command


def _used(order: Order) -> set[tuple[str, str]]:
    found = (_USES.fullmatch(str(step.get("uses", "")).strip()) for step in _resolved(order))
    return {(match[1], match[2]) for match in found if match}


def _environment(folder: Path) -> dict[str, str]:
    passed = {k: v for k, v in os.environ.items() if k.startswith(_PASSED)}
    python = Path(sys.base_prefix) / "bin"
    path = os.pathsep.join([str(folder / "bin"), str(python), "/usr/local/bin", "/usr/bin", "/bin"])
    own = {"PATH": path, "HOME": str(folder / "home"), "LANG": "C.UTF-8"}
    caches = {
        "UV_CACHE_DIR": str(_CACHE / "uv"),
        "PIP_CACHE_DIR": str(_CACHE / "pip"),
        "npm_config_cache": str(Path.home() / ".npm"),
    }
    return caches | passed | own


def _read_log(lines: str, job: Job) -> None:
    text = []
    for line in lines.splitlines():
        said = json.loads(line) if line.startswith("{") else {"msg": line}
        if said.get("jobID") in (job.name, None):
            text.append(str(said.get("msg", "")).rstrip("\n"))
        if said.get("jobID") != job.name:
            continue
        if said.get("command") == "summary" and len(said.get("stepID", ())) == 1:
            job.summary += said["content"]
        if said.get("stage") == "Main" and "executionTime" in said:
            inner = len(said["stepID"]) > 1
            name = "-composite-".join(said["stepID"]) if inner else said["step"]
            job.seconds[name] = said["executionTime"] / 1e9
    job.log = "\n".join(text) + "\n"


def _read_result(path: Path, name: str, job: Job) -> None:
    if not path.exists() or not path.read_text():
        job.conclusion = "failure"
        return
    result = json.loads(path.read_text())[name]
    job.conclusion, job.outputs = result["result"], result["outputs"] or {}


def _steps(folder: Path, order: Order) -> Iterator[Step]:
    for path in sorted(folder.iterdir()):
        pairs = path.read_bytes().decode(errors="replace").split("\0")
        variables = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        if variables.get("GITHUB_JOB") != order.job:
            continue
        found = {
            variable: name
            for variable, content in variables.items()
            for name, value in order.secrets.items()
            if value and value in content
        }
        yield Step(path.name.split(" ", 1)[1], found)
