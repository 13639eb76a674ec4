"""Proposing on GitHub without git: whatever breaks off, the next try ends where it would have."""

from __future__ import annotations

import pytest
from github_forges import COURSE, QUICK, Classroom, forge_of
from loopback.github import GitHub

from aims_gh.domain.selection import Choice
from aims_gh.errors import ForgeError
from aims_gh.forge import Answer, Change
from aims_gh.forge.github.session import Later
from aims_gh.workspace import choice_file

FOLDER = "submissions/iris/ann/20261123-120000-abcd"
FILES = {
    f"{FOLDER}/submission.yml": b"id: 20261123-120000-abcd\n",
    f"{FOLDER}/model.onnx": bytes(range(256)),
}
SUBMISSION = Change("Submit a model", FILES)


def propose(classroom: Classroom, change: Change = SUBMISSION, author: str = "ann"):
    return classroom.propose(change, author=author, title="Submit a model to iris")


def test_a_fork_a_branch_and_a_pull_request_are_made_and_main_stays(classroom: Classroom) -> None:
    before = classroom.repository.head()

    proposal = propose(classroom)

    fork = classroom.github.repository("ann/course")
    branch = "aims/iris/20261123-120000-abcd"
    assert fork.head(branch) == proposal.head
    assert classroom.repository.head() == fork.head() == before
    for path, content in FILES.items():
        assert fork.read(path, branch) == content
    (pull,) = classroom.repository.pulls.values()
    assert (pull.author, pull.head_branch, pull.title) == ("ann", branch, proposal.title)


def test_a_second_submission_uses_the_fork_and_starts_from_the_newest_main(
    classroom: Classroom,
) -> None:
    propose(classroom)
    main = classroom.github.commit(COURSE, {"playgrounds/new/playground.yml": b"title: New\n"})

    second = propose(classroom, Change("Again", {"submissions/iris/ann/second/a": b"2"}))

    assert second.base == main == classroom.repository.pulls[2].base_sha
    assert [c.path for c in classroom.owner.changes(second, limit=9)] == [
        "submissions/iris/ann/second/a"
    ]
    assert classroom.asked().count("repos/create-fork") == 1


def test_a_fork_whose_main_went_its_own_way_is_used_all_the_same(classroom: Classroom) -> None:
    propose(classroom)
    classroom.github.commit("ann/course", {"course.yml": b"title: Mine\n"})
    main = classroom.github.commit(COURSE, {"course.yml": b"title: Ours\n"})

    second = propose(classroom, Change("Again", {"submissions/iris/ann/second/a": b"2"}))

    assert second.base == main
    assert len(classroom.owner.changes(second, limit=9)) == 1
    assert classroom.github.repository("ann/course").read("course.yml") == b"title: Mine\n"


def test_a_repository_of_the_same_name_that_is_no_fork_is_left_alone(classroom: Classroom) -> None:
    classroom.github.add_repository("ann/course", {"diary.txt": b"private"})

    proposal = propose(classroom)

    assert classroom.repository.pulls[1].head_repository.full_name == "ann/course-1"
    assert classroom.github.repository("ann/course").head("aims/iris/x") is None
    assert proposal.author == "ann"


def test_the_owner_needs_no_fork(classroom: Classroom) -> None:
    proposal = propose(classroom, author="prof")

    assert classroom.repository.pulls[1].head_repository is classroom.repository
    assert proposal.author == "prof"
    assert "repos/create-fork" not in classroom.asked()


def test_a_fork_that_is_not_there_yet_is_waited_for(classroom: Classroom) -> None:
    classroom.github.lag(fork=5)

    assert propose(classroom).number == 1


def test_the_same_submission_twice_is_one(classroom: Classroom) -> None:
    first = propose(classroom)

    assert propose(classroom) == first
    assert len(classroom.repository.pulls) == 1


def choosing(*versions: int) -> Change:
    choice = Choice(versions=versions)
    return Change("Choose", {choice_file("iris", "ann"): choice.to_yaml()})


def test_each_choice_is_a_proposal_and_so_is_going_back_to_an_earlier_one(
    classroom: Classroom,
) -> None:
    found = []
    for versions in ((1,), (2,), (1,)):
        found.append(propose(classroom, choosing(*versions)))
        assert propose(classroom, choosing(*versions)) == found[-1]  # while it is open
        classroom.owner.answer(found[-1].number, Answer("Noted", label="chosen"))

    assert [proposal.number for proposal in found] == [1, 2, 3]
    with classroom.owner.tree(found[1].head) as tree:
        assert b"2" in (tree.read(choice_file("iris", "ann")) or b"")
    assert found[2].head == found[0].head


def test_a_submission_that_was_answered_is_not_opened_anew(classroom: Classroom) -> None:
    first = propose(classroom)
    classroom.owner.answer(first.number, Answer("Scored", label="scored"))

    assert propose(classroom).number == first.number


def test_nobody_proposes_for_somebody_else(classroom: Classroom) -> None:
    with pytest.raises(ForgeError, match="ann is signed in") as caught:
        classroom.of("ann").propose(SUBMISSION, author="bob", title="x")

    assert "--as ann" in caught.value.hint
    assert classroom.repository.pulls == {}


def test_without_a_token_one_is_told_how_to_sign_in(classroom: Classroom) -> None:
    with pytest.raises(ForgeError, match="nobody is signed in") as caught:
        forge_of(classroom.github, None).propose(SUBMISSION, author="ann", title="x")

    assert "gh auth login" in caught.value.hint


def test_a_wrong_token_is_named_but_not_shown(classroom: Classroom) -> None:
    forge = forge_of(classroom.github, "ghp_secretsecretsecret")

    with pytest.raises(ForgeError, match="Bad credentials") as caught:
        forge.propose(SUBMISSION, author="ann", title="x")

    assert "ghp_" not in f"{caught.value}{caught.value.hint}{vars(forge)}"
    assert "GITHUB_TOKEN" in caught.value.hint


def test_a_token_that_may_not_fork_is_told_what_it_lacks(classroom: Classroom) -> None:
    token = classroom.github.token("ann", permissions={"metadata": "read"})

    with pytest.raises(ForgeError, match="cannot be forked") as caught:
        forge_of(classroom.github, token).propose(SUBMISSION, author="ann", title="x")

    assert "Contents: write" in caught.value.hint


@pytest.mark.parametrize("trouble", ["502 before", "502 after", "dropped", "403", "429"])
def test_trouble_at_any_request_leaves_what_no_trouble_would(
    github: GitHub, classroom: Classroom, trouble: str
) -> None:
    propose(classroom, author="calm")
    expected, requests = _state(classroom, "calm"), len(classroom.asked())

    for at in range(requests):
        login = f"ann-{at}"
        fault = github.fail(at, **_FAULTS[trouble])
        try:
            forge = classroom.of(login, sleep=lambda _: None)
            forge.propose(SUBMISSION, author=login, title="Submit a model to iris")
        except Later:
            pytest.fail(f"request {at} was given up")
        assert _state(classroom, login) == expected, f"request {at}"
        assert fault.hits == 1


_FAULTS = {
    "502 before": {"status": 502},
    "502 after": {"status": 502, "when": "after"},
    "dropped": {"drop": True, "when": "after"},
    "403": {"status": 403, "headers": {"Retry-After": "1"}},
    "429": {"status": 429, "headers": {"Retry-After": "1"}},
}


def _state(classroom: Classroom, login: str) -> object:
    """Tell what somebody's proposal is, and what came to be on the way."""
    pulls = [p for p in classroom.repository.pulls.values() if p.author == login]
    forks = [
        repo
        for repo in classroom.github.world.repositories.values()
        if repo.owner == login and repo.parent is classroom.repository
    ]
    branches = [sorted(fork.git.refs("refs/heads/")) for fork in forks]
    trees = [fork.git.commit(pull.head_sha).tree for fork, pull in zip(forks, pulls, strict=True)]
    return len(pulls), [(p.title, p.head_branch, p.state) for p in pulls], branches, trees


def test_a_submission_that_was_given_up_is_gone_on_with(
    github: GitHub, classroom: Classroom
) -> None:
    propose(classroom, author="calm")
    for at in range(len(classroom.asked())):
        login = f"bob-{at}"
        fault = github.fail(at, status=500, times=100)
        with pytest.raises(ForgeError):
            classroom.propose(SUBMISSION, author=login, title="Submit a model to iris")
        classroom.github._server.faults.pending.remove(fault)

        classroom.propose(SUBMISSION, author=login, title="Submit a model to iris")

        assert _state(classroom, login) == _state(classroom, "calm")


def test_patience_has_an_end(github: GitHub, classroom: Classroom) -> None:
    github.fail(0, status=503, times=10_000)

    with pytest.raises(ForgeError, match="does not answer"):
        classroom.propose(SUBMISSION, author="ann", title="x")

    assert len(classroom.asked()) <= QUICK.attempts
