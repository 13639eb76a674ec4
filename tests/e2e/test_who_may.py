"""Who may submit to a private course, and what a job says that may too little."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from e2e_clients import COURSE
from e2e_course import ANIMALS, board, hand_in, make_course, packed, ran
from e2e_hostile import files_of, propose_entries
from e2e_owner import sign_in
from e2e_steps import PERMISSIONS, Jobs, evaluations
from github_forges import forge_of
from loopback.actions import Actions
from loopback.github import GitHub, Repository

from aims_gh.action import main
from aims_gh.domain.address import Address
from aims_gh.domain.deployment import Deployment
from aims_gh.errors import ForgeError
from aims_gh.flows.deployment import Choice, check_right, deployment, record_choice
from aims_gh.flows.read import read_board

LISTED = {"visibility": "private", "participants": ["alice", "carol"]}


def test_a_private_playground_takes_those_on_its_list_alone(github: GitHub, tmp_path: Path) -> None:
    course = make_course(github, **LISTED)
    alice = hand_in(github, "Alice", ANIMALS)  # upper and lower case are the same
    mallory = propose_entries(github, "mallory", files_of("mallory", packed(ANIMALS)))
    owner = hand_in(github, "owner", ANIMALS)

    Jobs(github, tmp_path / "jobs").evaluate()

    assert board(course)["username"] == ["Alice", "owner"]
    assert [course.labels(n) for n in (alice, mallory, owner)] == [
        ["scored"],
        ["refused"],
        ["scored"],
    ]
    (told,) = course.comments(mallory)
    assert "mallory is not among the participants of this private playground" in told


def test_a_private_repository_is_not_there_for_outsiders_and_takes_participants(
    github: GitHub, tmp_path: Path
) -> None:
    course = make_course(github, private=True, **LISTED)
    course.collaborators |= {"alice": "read", "bob": "read"}

    for login in ("mallory", None):
        token = github.user(login).token if login else None
        outsider = forge_of(github, token, course=COURSE)
        with pytest.raises(ForgeError, match=r"there is no course .* you may see"):
            read_board(outsider, Address(COURSE, "animals"), "experiment")
        with pytest.raises(ForgeError, match="Not Found"):
            outsider.proposals()
    with pytest.raises(ForgeError, match="there is no course"):
        hand_in(github, "mallory", ANIMALS)
    alice, bob = hand_in(github, "alice", ANIMALS), hand_in(github, "bob", ANIMALS)
    assert github.repository("alice/course").private

    Jobs(github, tmp_path / "jobs").evaluate()

    assert board(course)["username"] == ["alice"]
    assert [course.labels(n) for n in (alice, bob)] == [["scored"], ["refused"]]
    assert "bob is not among the participants" in course.comments(bob)[0]
    reader = forge_of(github, github.user("bob").token, course=COURSE)
    seen = read_board(reader, Address(COURSE, "animals"), "experiment").board
    assert seen.columns["username"] == ["alice"]


# Jobs that may too little


def step(
    github: GitHub,
    monkeypatch: pytest.MonkeyPatch,
    job: str,
    artifact: Path,
    permissions: Mapping[str, str],
) -> tuple[int, str]:
    """Do a step as a job with these permissions; give its exit code and what it said."""
    ((name, secret),) = github.repository(COURSE).environments[f"aims-{job}"].secrets.items()
    with monkeypatch.context() as inside:
        sign_in(github, inside, "", github.job_token(COURSE, permissions))
        inside.setenv("GITHUB_ACTIONS", "true")
        inside.setenv(name, secret)
        inside.setenv("AIMS_KEYS", str(artifact / "none"))
        done = CliRunner().invoke(main, [job, "--course", COURSE, "--folder", str(artifact)])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("job", "lacks", "says"),
    [
        ("run", {"pull-requests": "none"}, "pull_requests=read"),
        ("run", {"contents": "none"}, "contents: read"),
        ("score", {"contents": "read"}, "contents: write"),
        ("score", {"pull-requests": "read"}, "pull_requests=write"),
        ("score", {"pull-requests": "none"}, "pull_requests=read"),
    ],
)
def test_a_job_that_lacks_a_permission_fails_and_names_it(
    github: GitHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    job: str,
    lacks: dict[str, str],
    says: str,
) -> None:
    course = make_course(github, private=True)  # what is public needs no permission to be read
    course.collaborators["alice"] = "read"
    number = hand_in(github, "alice", ANIMALS)
    jobs = Jobs(github, tmp_path / "jobs")
    artifact = jobs.artifact()
    if job == "score":
        jobs.run(artifact)

    code, said = step(github, monkeypatch, job, artifact, PERMISSIONS[job] | lacks)

    assert code != 0, said
    (sentence,) = [line for line in said.splitlines() if line.startswith("::error")]
    assert says in sentence
    assert "ghs_" not in said
    assert course.pulls[number].state == "open"
    jobs.evaluate()  # once the permission is there
    assert (course.labels(number), len(evaluations(course))) == (["scored"], 1)


@pytest.mark.parametrize(
    ("place", "workflow", "job", "lacks"),
    [(0, "wake.yml", "wake", "actions"), (1, "evaluate.yml", "score", "contents")],
)
def test_the_log_of_a_workflow_that_may_too_little_says_what_it_needs(
    github: GitHub, actions: Actions, place: int, workflow: str, job: str, lacks: str
) -> None:
    course = make_course(github)
    without(github, course, workflow, job, lacks)
    actions.queue.clear()
    number = hand_in(github, "alice", ANIMALS)

    run = [actions.step() for _ in range(place + 1)][-1]

    assert run is not None
    assert ran([run])[0][::2] == (workflow, "failure"), run.log
    assert f"{lacks}: write" in run.log
    assert (course.pulls[number].state, evaluations(course)) == ("open", [])


def without(github: GitHub, course: Repository, workflow: str, job: str, permission: str) -> None:
    """Let the owner take a permission out of a workflow."""
    path = f".github/workflows/{workflow}"
    text = (course.read(path) or b"").decode()
    changed = re.sub(rf"(?m)^( +){permission}: write.*$", rf"\1{permission}: none", text)
    assert yaml.safe_load(changed)["jobs"][job]["permissions"][permission] == "none"
    github.commit(course, {path: changed})


def test_only_who_may_write_to_the_repository_says_what_is_live(github: GitHub) -> None:
    course = make_course(github)
    course.collaborators["bob"] = "read"
    address = Address(COURSE, "animals")

    def put_live(login: str, version: int) -> Deployment:
        forge = forge_of(github, github.user(login).token, course=COURSE)
        choice = Choice(version, "browser", "site", by=forge.login() or "", now=github.now())
        return record_choice(forge, address, choice)

    live = put_live("owner", 1)

    assert (live.version, live.by) == (1, "owner")
    for login in ("bob", "mallory"):
        with pytest.raises(ForgeError, match="you may not say what is live") as error:
            put_live(login, 2)
        assert "its owners can" in error.value.hint
    assert deployment(forge_of(github, None, course=COURSE), address) == live


def test_the_right_to_say_what_is_live_is_seen_without_writing_anything(github: GitHub) -> None:
    course = make_course(github)
    course.collaborators["bob"] = "read"
    before = course.git.sha("refs/heads/ledger")

    check_right(forge_of(github, github.user("owner").token, course=COURSE))
    for login in ("bob", "mallory"):
        with pytest.raises(ForgeError, match="you may not say what is live"):
            check_right(forge_of(github, github.user(login).token, course=COURSE))

    assert course.git.sha("refs/heads/ledger") == before is not None
