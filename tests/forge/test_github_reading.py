"""Reading a course on GitHub over REST: few requests, none twice, and without a token."""

from __future__ import annotations

from pathlib import Path

import pytest
from github_forges import Classroom, forge_of
from loopback.github import GitHub

from aims_gh.errors import ForgeError
from aims_gh.forge import LEDGER, Change, Forge
from aims_gh.forge.github.cache import Cache


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def test_a_leaderboard_is_one_request_without_a_token_and_then_costs_no_rate(
    github: GitHub, classroom: Classroom, cache: Cache
) -> None:
    github.commit(classroom.repository, {"iris/leaderboard.json": b"[1]\n"}, branch=LEDGER)
    start = len(github.requests)

    for _ in range(2):
        with forge_of(github, None, cache=cache).tree(LEDGER) as ledger:
            assert ledger.read("iris/leaderboard.json") == b"[1]\n"
            assert ledger.read("iris/leaderboard.json") == b"[1]\n"

    seen = github.requests[start:]
    assert [(r.operation, r.status, r.login) for r in seen] == [
        ("repos/get-content", 200, None),
        ("repos/get-content", 304, None),
    ]


def test_a_ledger_that_moved_on_is_read_anew(
    github: GitHub, classroom: Classroom, cache: Cache
) -> None:
    for content in (b"[1]\n", b"[2]\n"):
        github.commit(classroom.repository, {"iris/leaderboard.json": content}, branch=LEDGER)

        with forge_of(github, None, cache=cache).tree(LEDGER) as ledger:
            assert ledger.read("iris/leaderboard.json") == content


def test_main_is_three_requests_and_one_that_costs_no_rate_from_then_on(
    github: GitHub, classroom: Classroom, cache: Cache
) -> None:
    counts = []
    for _ in range(2):
        start = len(github.requests)
        with forge_of(github, None, cache=cache).tree() as main:
            assert main.read("course.yml") == b"title: Course\n"
            assert main.folders("playgrounds") == ["iris"]
        counts.append([(r.operation, r.status) for r in github.requests[start:]])

    assert counts == [
        [("repos/get-branch", 200), ("git/get-tree", 200), ("git/get-blob", 200)],
        [("repos/get-branch", 304)],
    ]


def test_a_damaged_cache_is_no_cache(github: GitHub, classroom: Classroom, cache: Cache) -> None:
    for _ in range(2):
        with forge_of(github, None, cache=cache).tree() as main:
            assert main.read("course.yml") == b"title: Course\n"
        for file in cache.folder.iterdir():
            file.write_bytes(file.read_bytes()[:-1] + b"!")


def test_a_fork_without_a_ledger_has_an_empty_board_until_something_is_recorded(
    github: GitHub,
) -> None:
    repo = github.add_repository("bob/course", {"course.yml": b"title: Fork\n"})
    for git in (False, True):
        forge = forge_of(github, github.user("bob").token, course="bob/course", git=git)
        with forge.tree(LEDGER) as ledger:
            assert (ledger.read("iris/leaderboard.json"), ledger.paths()) == (None, [])

        forge.record(lambda _: Change("First", {"iris/leaderboard.json": b"[]\n"}))

        with forge.tree(LEDGER) as ledger:
            assert ledger.paths() == ["README.md", "iris/leaderboard.json"]
        repo.git.delete_ref("refs/heads/ledger")


def read(forge: Forge, ref: str) -> bytes | None:
    with forge.tree(ref) as tree:
        return tree.read("course.yml")


def test_a_course_that_is_not_there_is_named_with_what_a_folder_would_be(github: GitHub) -> None:
    forge = forge_of(github, None, course="prof/nothing")

    for ref in ("main", LEDGER):
        with pytest.raises(ForgeError, match="no course prof/nothing") as caught:
            read(forge, ref)
        assert "./prof/nothing" in caught.value.hint


def test_a_tree_that_github_lists_in_part_is_read_folder_by_folder(
    github: GitHub, classroom: Classroom
) -> None:
    github.world.tree_limit = 3

    with forge_of(github, None).tree() as main:
        assert main.read("playgrounds/iris/playground.yml") == b"title: Iris\n"


def test_a_record_refused_by_a_race_is_made_again(github: GitHub, classroom: Classroom) -> None:
    github.fail(operation="git/update-ref", status=409)
    calls, before = [], len(classroom.repository.git.commits("ledger"))

    def edit(tree: object) -> Change:
        calls.append(tree)
        return Change("Once", {"a": b"1"})

    classroom.of("prof").record(edit)

    assert len(calls) == 2
    assert len(classroom.repository.git.commits("ledger")) == before + 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_record_whose_answer_was_lost_is_there_once(
    github: GitHub, classroom: Classroom, when: str
) -> None:
    start = len(github.requests)
    classroom.of("prof").record(lambda _: Change("Calm", {"a": b"\0"}))
    requests = len(classroom.asked(start))
    for at in range(requests):
        before = len(classroom.repository.git.commits("ledger"))
        github.fail(at, status=502, when=when)

        classroom.of("prof").record(lambda _, at=at: Change("Once", {f"{at}": b"\0"}))

        assert len(classroom.repository.git.commits("ledger")) == before + 1
