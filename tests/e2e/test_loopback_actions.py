"""The Actions on loopback do what GitHub says of its own, where `act` alone would not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from e2e_clients import call, dispatch, give_secret, make_environment, propose
from loopback.actions import Actions
from loopback.github import GitHub, Repository
from loopback.runs import Run
from loopback.triggers import matches, permissions, starts

ECHO = "jobs: {only: {runs-on: ubuntu-24.04, steps: [{run: echo hello}]}}\n"


def course(github: GitHub, **workflows: str) -> Repository:
    files = {f".github/workflows/{name}.yml": text for name, text in workflows.items()}
    return github.add_repository("owner/course", {"README.md": "hello", **files})


def ran(runs: list[Run]) -> list[tuple[str, str, str | None]]:
    return [(run.workflow, run.event, run.conclusion) for run in runs]


# What starts


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("submissions/**", "submissions/a/b/c.onnx", True),
        ("submissions/**", "submission/a", False),
        ("submissions/**", "x/submissions/a", False),
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/README.md", "README.md", True),
        ("v[12].*", "v2.0", True),
        ("v[12].*", "v3.0", False),
        ("a?b", "b", True),
        ("feature/+", "feature//", True),
    ],
)
def test_a_pattern_matches_as_in_the_documentation(
    pattern: str, value: str, expected: bool
) -> None:
    assert matches([pattern], value) is expected


def test_the_last_pattern_that_fits_decides() -> None:
    assert matches(["docs/**", "!docs/secret/**"], "docs/a.md")
    assert not matches(["docs/**", "!docs/secret/**"], "docs/secret/a.md")
    assert matches(["!docs/**", "docs/a.md"], "docs/a.md")


def test_filters_of_types_branches_and_paths() -> None:
    document = {
        True: {
            "pull_request": {"paths": ["a/**"]},
            "push": {"branches-ignore": ["wip/**"], "paths-ignore": ["**.md"]},
            "issue_comment": None,
        }
    }

    def starting(name: str, action: str | None, branch: str, *paths: str) -> bool:
        return starts(document, name, action=action, branch=branch, paths=lambda: paths)

    assert starting("pull_request", "opened", "main", "b", "a/c")
    assert not starting("pull_request", "closed", "main", "a/c")
    assert not starting("pull_request", "opened", "main", "b")
    assert not starting("pull_request", "opened", "main", *["b"] * 300, "a/c")
    assert starting("push", None, "main", "x.py", "y.md")
    assert not starting("push", None, "main", "y.md")
    assert not starting("push", None, "wip/a", "x.py")
    assert starting("issue_comment", "created", "main")
    assert not starting("workflow_dispatch", None, "main")


def test_permissions_are_the_jobs_or_the_workflows_or_the_repositorys() -> None:
    def held(document: object, job: object, default: str = "read", reading: bool = False) -> object:
        return permissions(document, job, default=default, reading=reading)  # type: ignore[arg-type]

    assert held({"permissions": {}}, {"permissions": {"contents": "write"}}) == {
        "contents": "write"
    }
    assert held({"permissions": {}}, {}) == {}
    assert held({}, {}) == {"contents": "read", "packages": "read"}
    assert held({}, {}, default="write").get("contents") == "write"  # type: ignore[attr-defined]
    assert "id-token" not in held({}, {}, default="write")  # type: ignore[operator]
    assert held({}, {"permissions": "read-all"}, reading=True)["pages"] == "read"  # type: ignore[index]
    assert held({}, {"permissions": {"contents": "write"}}, reading=True) == {"contents": "read"}


def test_a_pull_request_starts_the_workflow_of_the_default_branch_for_its_paths_alone(
    github: GitHub, actions: Actions
) -> None:
    course(github, wake=f"on: {{pull_request_target: {{paths: ['submissions/**']}}}}\n{ECHO}")

    propose(github, "README.md")
    propose(github)
    propose(github, ".github/workflows/wake.yml", content="on: push\n" + ECHO)

    assert ran(actions.drain()) == [("wake.yml", "pull_request_target", "success")]


def test_a_workflow_that_a_pull_request_brings_along_runs_only_for_pull_request(
    github: GitHub, actions: Actions
) -> None:
    course(github, wake=f"on: pull_request_target\n{ECHO}")

    evil = f"on: [pull_request, pull_request_target, push]\n{ECHO}"
    propose(github, ".github/workflows/evil.yml", content=evil)

    assert ran(actions.drain()) == [
        ("evil.yml", "pull_request", "success"),
        ("wake.yml", "pull_request_target", "success"),
    ]


def test_pushing_again_starts_it_again_and_closing_does_not(
    github: GitHub, actions: Actions
) -> None:
    course(github, wake=f"on: pull_request_target\n{ECHO}")
    number = propose(github)
    github.commit("bob/course", {"submissions/y": "y"}, branch="change-0")

    call(github, "owner", "PATCH", f"repos/owner/course/issues/{number}", {"state": "closed"})

    assert len(actions.drain()) == 2


def test_a_fork_runs_nothing_until_its_owner_says_so(github: GitHub, actions: Actions) -> None:
    course(github, publish=f"on: push\n{ECHO}")
    actions.drain()
    propose(github)
    assert actions.drain() == []

    actions.enabled.add("bob/course")
    github.commit("bob/course", {"x": "y"})

    assert [run.repository.full_name for run in actions.drain()] == ["bob/course"]


def test_a_schedule_starts_when_its_hour_comes(github: GitHub, actions: Actions) -> None:
    course(github, evaluate=f"on: {{schedule: [{{cron: '17 * * * *'}}]}}\n{ECHO}")
    assert actions.drain() == []

    actions.tick("owner/course")

    assert ran(actions.drain()) == [("evaluate.yml", "schedule", "success")]


def test_a_disabled_workflow_starts_not_at_all(github: GitHub, actions: Actions) -> None:
    course(github, evaluate=f"on: {{schedule: [{{cron: '17 * * * *'}}], push: }}\n{ECHO}")
    actions.drain()
    path = "repos/owner/course/actions/workflows/evaluate.yml/disable"
    call(github, "owner", "PUT", path)

    actions.tick("owner/course")
    github.commit("owner/course", {"x": "y"})

    assert actions.drain() == []


def test_what_a_job_does_starts_nothing_but_a_dispatch(github: GitHub, actions: Actions) -> None:
    push = """
on: workflow_dispatch
jobs:
  only:
    runs-on: ubuntu-24.04
    permissions: {contents: write, actions: write}
    steps:
      - run: |
          git clone -q "http://x-access-token:$TOKEN@${GITHUB_SERVER_URL#*//}/$GITHUB_REPOSITORY" c
          cd c; date > new.txt; git add .
          git -c user.name=x -c user.email=x@x commit -qm new; git push -q origin HEAD:main
          curl -sSf --oauth2-bearer "$TOKEN" --data '{"ref":"main"}' \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/workflows/other.yml/dispatches"
        env: {TOKEN: "${{ github.token }}"}
"""
    course(github, writer=push, pushed=f"on: push\n{ECHO}", other=f"on: workflow_dispatch\n{ECHO}")
    actions.drain()

    dispatch(github, "writer.yml")
    runs = actions.drain()

    assert ran(runs) == [
        ("writer.yml", "workflow_dispatch", "success"),
        ("other.yml", "workflow_dispatch", "success"),
    ], runs[0].log
    assert github.repository("owner/course").read("new.txt")


def test_of_a_group_one_waits_and_it_is_the_newest(github: GitHub, actions: Actions) -> None:
    course(github, evaluate=f"on: workflow_dispatch\nconcurrency: evaluate\n{ECHO}")
    for _ in range(5):
        dispatch(github, "evaluate.yml")

    runs = actions.drain()

    assert len(runs) == 1
    listed = github.repository("owner/course").workflow_runs
    assert [run.conclusion for run in listed] == ["cancelled"] * 4 + ["success"]


def test_a_group_may_be_named_after_the_pull_request(github: GitHub, actions: Actions) -> None:
    group = "concurrency: {group: 'pr-${{ github.event.pull_request.number }}'}"
    course(github, wake=f"on: pull_request_target\n{group}\n{ECHO}")
    propose(github)
    propose(github)
    github.commit("bob/course", {"submissions/y": "y"}, branch="change-1")

    assert [run.group for run in actions.drain()] == ["pr-1", "pr-2"]


# What a job gets

SHOW = """
    runs-on: ubuntu-24.04
    steps:
      - id: show
        run: |
          echo "one=$ONE two=$TWO"
          test -z "$ONE" || echo "one" >> "$GITHUB_STEP_SUMMARY"
        env: {ONE: "${{ secrets.ONE }}", TWO: "${{ secrets.TWO }}", T: "${{ github.token }}"}
"""


def test_each_job_gets_the_secrets_of_its_own_environment_and_no_other(
    github: GitHub, actions: Actions
) -> None:
    course(
        github,
        both=f"on: workflow_dispatch\njobs:\n  a:\n    environment: first{SHOW}"
        f"  b:\n    needs: a\n    environment: {{name: second}}{SHOW}  c:{SHOW}",
    )
    for name, secret in (("first", "ONE"), ("second", "TWO")):
        make_environment(github, name)
        give_secret(github, secret, f"value-of-{secret}", environment=name)
    dispatch(github, "both.yml")

    (run,) = actions.drain()

    assert run.conclusion == "success", run.log
    seen = {name: [dict(step.secrets) for step in job.steps] for name, job in run.jobs.items()}
    assert seen == {
        "a": [{"ONE": "ONE", "T": "GITHUB_TOKEN"}],
        "b": [{"TWO": "TWO", "T": "GITHUB_TOKEN"}],
        "c": [{"T": "GITHUB_TOKEN"}],
    }
    assert run.jobs["a"].secrets == {"ONE", "GITHUB_TOKEN"}
    assert run.jobs["a"].summary == "one\n"
    assert "one=*** two=" in run.jobs["a"].log
    assert "value-of" not in run.log


def test_a_pull_request_from_a_fork_gets_no_secret_and_a_token_that_reads(
    github: GitHub, actions: Actions
) -> None:
    show = f"jobs:\n  a:\n    permissions: {{contents: write}}{SHOW}"
    course(github, theirs=f"on: pull_request\n{show}", ours=f"on: pull_request_target\n{show}")
    give_secret(github, "ONE", "value-of-ONE")
    propose(github)

    runs = {run.workflow: run.jobs["a"] for run in actions.drain()}

    assert runs["theirs.yml"].secrets == {"GITHUB_TOKEN"}
    assert runs["theirs.yml"].permissions == {"contents": "read"}
    assert runs["ours.yml"].secrets == {"GITHUB_TOKEN", "ONE"}
    assert runs["ours.yml"].permissions == {"contents": "write"}


def test_an_environment_admits_only_the_branches_of_its_policy(
    github: GitHub, actions: Actions
) -> None:
    course(github, both=f"on: workflow_dispatch\njobs:\n  a:\n    environment: first{SHOW}")
    make_environment(github, "first", "main")
    give_secret(github, "ONE", "value-of-ONE", environment="first")
    ref = {"ref": "refs/heads/other", "sha": github.repository("owner/course").head()}
    call(github, "owner", "POST", "repos/owner/course/git/refs", ref)
    github.commit("owner/course", {"x": "y"}, branch="other")

    dispatch(github, "both.yml")
    dispatch(github, "both.yml", ref="other")
    allowed, refused = actions.drain()

    assert allowed.jobs["a"].secrets == {"ONE", "GITHUB_TOKEN"}
    assert refused.conclusion == "failure"
    assert refused.jobs["a"].steps == []
    assert 'Branch "other" is not allowed to deploy to first' in refused.log


def test_a_token_may_do_what_its_job_may_and_is_worthless_afterwards(
    github: GitHub, actions: Actions
) -> None:
    step = """
    runs-on: ubuntu-24.04
    steps:
      - run: |
          curl -sS --oauth2-bearer "$T" -X POST --data '{"ref":"main"}' \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/workflows/both.yml/dispatches"
        env: {T: "${{ github.token }}"}
"""
    course(
        github,
        both=f"on: workflow_dispatch\npermissions: {{}}\njobs:\n  a:{step}",
    )
    before = set(github.world.tokens)
    dispatch(github, "both.yml")

    (run,) = actions.drain()

    assert "Resource not accessible by integration" in run.log
    assert {t for t in github.world.tokens if t.startswith("ghs_")} <= before


# How jobs follow one another

CHAIN = """
on: workflow_dispatch
jobs:
  first:
    runs-on: ubuntu-24.04
    outputs: {some: "${{ steps.s.outputs.some }}", odd: "${{ steps.s.outputs.odd }}"}
    steps:
      - id: s
        run: |
          mkdir -p out/sub; echo content > out/sub/file
          echo some=3 >> "$GITHUB_OUTPUT"; echo "odd=a 'b' \\"c\\" \\$HOME" >> "$GITHUB_OUTPUT"
      - uses: actions/upload-artifact@0000000000000000000000000000000000000001
        with: {name: it, path: out, retention-days: 1}
  then:
    needs: first
    if: needs.first.outputs.some != '0'
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/download-artifact@0000000000000000000000000000000000000002
        with: {name: it, path: in}
      - run: cat in/sub/file; echo "odd is $ODD"
        env: {ODD: "${{ needs.first.outputs.odd }}"}
  not:
    needs: [first]
    if: needs.first.outputs.some == '0'
    runs-on: ubuntu-24.04
    steps: [{run: exit 1}]
  fails:
    runs-on: ubuntu-24.04
    steps: [{run: exit 1}]
  after:
    needs: [fails]
    runs-on: ubuntu-24.04
    steps: [{run: echo never}]
  anyway:
    needs: [fails, not]
    if: always()
    runs-on: ubuntu-24.04
    steps:
      - run: echo "it was $R"
        env: {R: "${{ needs.fails.result }} ${{ needs.not.result }}"}
"""


def test_jobs_hand_over_outputs_artifacts_and_results(github: GitHub, actions: Actions) -> None:
    course(github, chain=CHAIN)
    dispatch(github, "chain.yml")

    (run,) = actions.drain()

    assert run.conclusion == "failure"
    assert {name: job.conclusion for name, job in run.jobs.items()} == {
        "first": "success",
        "fails": "failure",
        "then": "success",
        "not": "skipped",
        "after": "skipped",
        "anyway": "success",
    }, run.log
    assert run.jobs["first"].outputs == {"some": "3", "odd": "a 'b' \"c\" $HOME"}
    assert "content\n" in run.jobs["then"].log
    assert "odd is a 'b' \"c\" $HOME" in run.jobs["then"].log
    assert "it was failure skipped" in run.jobs["anyway"].log
    assert run.record.status == "completed"


def test_the_runner_can_be_told_to_die_before_a_step(github: GitHub, actions: Actions) -> None:
    steps = "[{run: echo one}, {id: two, run: echo TWO}, {if: always(), run: echo THREE}]"
    course(
        github, x=f"on: workflow_dispatch\njobs: {{a: {{runs-on: ubuntu-24.04, steps: {steps}}}}}"
    )
    actions.kill_before = ("a", "two")
    dispatch(github, "x.yml")
    dispatch(github, "x.yml")

    killed, whole = actions.drain()

    assert killed.conclusion == "failure"
    assert [step.name for step in killed.jobs["a"].steps] == ["0"]
    assert whole.conclusion == "success"


def test_a_job_that_takes_too_long_is_ended_with_all_it_started(
    github: GitHub, tmp_path: Path
) -> None:
    actions = Actions(github, seconds=1)
    step = f"[{{run: 'sleep 3; touch {tmp_path}/late'}}]"
    course(
        github, x=f"on: workflow_dispatch\njobs: {{a: {{runs-on: ubuntu-24.04, steps: {step}}}}}"
    )
    dispatch(github, "x.yml")

    (run,) = actions.drain()
    time.sleep(3)

    assert run.conclusion == "failure"
    assert "exceeded its time" in run.log
    assert not (tmp_path / "late").exists()
    actions.close()


def test_a_website_is_published_only_with_the_permissions_for_it(
    github: GitHub, actions: Actions
) -> None:
    site = """
on: workflow_dispatch
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: mkdir site; echo hello > site/index.html
      - uses: actions/upload-pages-artifact@0000000000000000000000000000000000000001
        with: {path: site}
  deploy:
    needs: build
    runs-on: ubuntu-24.04
    permissions: PERMISSIONS
    environment: {name: github-pages, url: "${{ steps.d.outputs.page_url }}"}
    steps:
      - id: d
        uses: actions/deploy-pages@0000000000000000000000000000000000000001
"""
    may = site.replace("PERMISSIONS", "{pages: write, id-token: write}")
    repository = course(github, may=may, not_=site.replace("PERMISSIONS", "{pages: write}"))
    call(github, "owner", "POST", "repos/owner/course/pages", {"build_type": "workflow"})

    dispatch(github, "not_.yml")
    dispatch(github, "may.yml")
    refused, done = actions.drain()

    assert refused.conclusion == "failure"
    assert 'permission "id-token: write"' in refused.log
    assert done.conclusion == "success", done.log
    assert repository.pages is not None
    assert (repository.pages.root / "index.html").read_text() == "hello\n"


def test_a_checkout_takes_the_commit_of_the_event_and_refuses_a_strangers(
    github: GitHub, actions: Actions
) -> None:
    checkout = "actions/checkout@0000000000000000000000000000000000000001"
    good = f"[{{uses: {checkout}, with: {{persist-credentials: false}}}}, {{run: cat README.md}}]"
    bad = f"[{{uses: {checkout}, with: {{ref: 'refs/pull/1/head'}}}}]"
    job = "jobs: {a: {runs-on: ubuntu-24.04, permissions: {contents: read}, steps: %s}}\n"
    course(
        github,
        a_good=f"on: pull_request_target\n{job % good}",
        b_bad=f"on: pull_request_target\n{job % bad}",
    )
    propose(github, "README.md", content="changed")

    kept, refused = actions.drain()

    assert kept.conclusion == "success", kept.log
    assert "hello" in kept.log
    assert "Refusing to check out" in refused.log


def test_a_repository_may_use_an_action_of_its_own_at_the_same_commit(
    github: GitHub, actions: Actions
) -> None:
    repository = course(
        github,
        own="on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-24.04\n"
        "    steps: [{uses: $/action, with: {word: hello}}]\n",
    )
    action = """
name: own
description: says a word
inputs: {word: {description: the word, required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      run: echo "$W from $(ls "$GITHUB_ACTION_PATH/..")"
      env: {W: "${{ inputs.word }}"}
"""
    github.commit(repository, {"action/action.yml": action})
    dispatch(github, "own.yml")

    (run,) = actions.drain()

    assert run.conclusion == "success", run.log
    assert "hello from README.md" in run.log
