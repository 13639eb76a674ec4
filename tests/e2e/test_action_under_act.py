"""The Action, installed and run by `act` as by a runner, on a course in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_clients import dispatch, give_secret, make_environment
from loopback.actions import Actions
from loopback.github import GitHub

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.flows.course import new_course
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Workspace

ANIMALS = ["cat", "dog"] * 20
WORKFLOW = """
on: workflow_dispatch
jobs:
  run:
    runs-on: ubuntu-24.04
    outputs:
      taken: ${{ steps.run.outputs.taken }}
      more: ${{ steps.run.outputs.more }}
      due: ${{ steps.run.outputs.due }}
    steps:
      - id: run
        name: Run
        uses: aims-gh/aims-gh/action@0000000000000000000000000000000000000001
        with: {step: run, course: COURSE, folder: sealed, run-key: "${{ secrets.AIMS_RUN_KEY }}"}
      - uses: actions/upload-artifact@0000000000000000000000000000000000000001
        with: {name: sealed, path: sealed}
  score:
    needs: run
    runs-on: ubuntu-24.04
    environment: aims-score
    outputs: {scored: "${{ steps.score.outputs.scored }}"}
    steps:
      - uses: actions/download-artifact@0000000000000000000000000000000000000001
        with: {name: sealed, path: sealed}
      - id: score
        name: Score
        uses: aims-gh/aims-gh/action@0000000000000000000000000000000000000001
        with:
          step: score
          course: COURSE
          folder: sealed
          score-key: ${{ secrets.AIMS_SCORE_KEY }}
  publish:
    needs: score
    runs-on: ubuntu-24.04
    steps:
      - name: Publish
        uses: aims-gh/aims-gh/action@0000000000000000000000000000000000000001
        with: {step: publish, course: COURSE, folder: site}
      - uses: actions/upload-pages-artifact@0000000000000000000000000000000000000001
        with: {path: site}
"""


@pytest.fixture
def course(tmp_path: Path) -> LocalForge:
    forge = new_course(
        tmp_path / "course",
        title="Under act",
        description="",
        owners=("teacher",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=settings.clock,
    )
    rules = {"title": "Animals", "task_type": "classification", "input_type": "tabular"}
    answers = "\n".join(["animal", *ANIMALS, ""]).encode()
    draft = Draft(rules=rules, labels=Source("y.csv", answers))
    create_playground(forge, "animals", draft, seed=3, templates=settings.templates())
    packed = pack("animals", Parts(model=None, predictions=answers), now=settings.clock())
    submit(forge, Address(forge.name, "animals"), packed, author="bob")
    return forge


def test_the_steps_walk_from_job_to_job_with_only_their_own_key(
    course: LocalForge, github: GitHub, actions: Actions
) -> None:
    actions.installed = None  # each job installs its own, as on GitHub
    text = WORKFLOW.replace("COURSE", course.name)
    repository = github.add_repository("owner/course", {".github/workflows/all.yml": text})
    with course.tree() as main:
        public = Workspace(main).course().keys
    make_environment(github, "aims-score", "main")
    for environment, name, key in (
        (None, "AIMS_RUN_KEY", public.run),
        ("aims-score", "AIMS_SCORE_KEY", public.score),
    ):
        secret = settings.keys().find(key)
        assert secret is not None
        give_secret(github, name, secret.secret, environment=environment)
    dispatch(github, "all.yml")

    (run,) = actions.drain()

    assert run.conclusion == "success", run.log
    assert run.jobs["run"].outputs == {"taken": "1", "more": "false", "due": "false"}
    assert run.jobs["score"].outputs == {"scored": "1"}
    holding = {
        (name, step.name): set(step.secrets) for name, job in run.jobs.items() for step in job.steps
    }
    assert holding["run", "run-composite-0"] == set()
    assert holding["run", "run-composite-step"] == {"AIMS_RUN_KEY", "GITHUB_TOKEN"}
    assert holding["score", "score-composite-0"] == set()
    assert holding["score", "score-composite-step"] == {"AIMS_SCORE_KEY", "GITHUB_TOKEN"}
    assert "### aims score" in run.jobs["score"].summary
    assert "| 1 | bob | animals | scored | 1 |" in run.jobs["score"].summary
    assert repository.pages is None
    assert course.proposals() == []
