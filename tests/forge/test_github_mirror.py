"""Reading and recording by git: in one fetch, within bounds, the token in nobody's sight."""

from __future__ import annotations

import logging
import os
import subprocess
from pathlib import Path

import pytest
from github_forges import COURSE, Classroom, forge_of
from loopback.github import GitHub

from aims_gh.core import validate
from aims_gh.errors import ForgeError, SubmissionError
from aims_gh.forge import LEDGER, Change, git, remote
from aims_gh.forge.github import mirror as mirror_module
from aims_gh.forge.github.mirror import Mirror, Wanted

LIMIT = 1_000_000
PLAYGROUND = b"""\
title: Iris
input_type: tabular
task_type: classification
labels: [a, b]
holdout: {rows: 2, labels_sha256: %s}
limits: {bytes: %d}
""" % (b"a" * 64, LIMIT)


def propose(classroom: Classroom, author: str, **files: bytes):
    folder = f"submissions/iris/{author}/one"
    content = {"submission.yml": b"id: one\n"} | {n.replace("_", "."): c for n, c in files.items()}
    change = Change("Add", {f"{folder}/{name}": data for name, data in content.items()})
    return classroom.propose(change, author=author, title="First")


def fetches(github: GitHub) -> int:
    return sum(r.kind == "git" and r.method == "POST" for r in github.requests)


def test_all_heads_come_in_one_fetch_and_no_request_of_the_api(
    github: GitHub, classroom: Classroom
) -> None:
    for n in range(8):
        propose(classroom, f"ann-{n}", model_onnx=b"%d" % n)
    forge = classroom.job()
    found = forge.proposals()
    with forge.tree():
        start, before = len(github.requests), fetches(github)

    for proposal in found:
        (first, second) = forge.changes(proposal, limit=9)
        with forge.tree(proposal.head) as tree:
            assert tree.read(first.path) == b"%d" % (proposal.number - 1)
            assert tree.read(second.path) == b"id: one\n"

    assert classroom.asked(start) == []
    # One for the newest main, to learn its limits, and one for the heads, of two exchanges each.
    assert fetches(github) - before <= 4


def test_a_file_larger_than_any_playground_takes_is_never_fetched(
    github: GitHub, classroom: Classroom
) -> None:
    github.commit(COURSE, {"playgrounds/iris/playground.yml": PLAYGROUND})
    large = propose(classroom, "eve", model_onnx=bytes(LIMIT + 1))
    fits = propose(classroom, "ann", model_onnx=bytes(LIMIT))
    forge = classroom.job()
    forge.proposals()

    sizes = {c.path.rpartition("/")[2]: c.size for c in forge.changes(large, limit=9)}

    assert sizes == {"model.onnx": None, "submission.yml": 8}
    with pytest.raises(SubmissionError, match=r"larger than any.*model\.onnx") as caught:
        validate.locate(forge.changes(large, limit=9), "eve")
    assert "smaller" in caught.value.hint
    with forge.tree(large.head) as tree, pytest.raises(SubmissionError, match="too many bytes"):
        tree.read("submissions/iris/eve/one/model.onnx", limit=LIMIT)
    with forge.tree(fits.head) as tree:
        assert len(tree.read("submissions/iris/ann/one/model.onnx", limit=LIMIT) or b"") == LIMIT


def test_old_commits_come_together_or_where_one_is_gone_alone(
    github: GitHub, classroom: Classroom
) -> None:
    heads = [propose(classroom, f"ann-{n}", code_ipynb=b"%d" % n).head for n in range(4)]
    for gone, most in (([], 2), (["0" * 40], 9)):
        forge = classroom.job()
        with forge.tree():
            before = fetches(github)
        for place, head in enumerate(heads):
            also = [*heads, *gone] if not place else ()
            with forge.tree(head, largest=1_000, also=also) as tree:
                file = f"submissions/iris/ann-{place}/one/code.ipynb"
                assert tree.read(file, limit=1_000) == b"%d" % place

        assert fetches(github) - before <= most


def test_of_an_old_commit_large_files_that_nobody_will_read_are_not_fetched(
    classroom: Classroom,
) -> None:
    proposal = propose(classroom, "ann", model_onnx=bytes(5_000), code_ipynb=b"{}")

    forge = classroom.job()

    with forge.tree(proposal.head, largest=1_000) as tree:
        assert tree.read("submissions/iris/ann/one/code.ipynb", limit=1_000) == b"{}"
        with pytest.raises(SubmissionError, match="too many bytes"):
            tree.read("submissions/iris/ann/one/model.onnx", limit=1_000)


def test_who_proposes_more_than_can_be_read_is_refused_alone(
    github: GitHub, classroom: Classroom, tmp_path: Path
) -> None:
    noise = subprocess.run(["head", "-c", "3000000", "/dev/urandom"], capture_output=True).stdout
    ann, bob = (propose(classroom, name, model_onnx=name.encode()) for name in ("ann", "bob"))
    eve = propose(classroom, "eve", model_onnx=noise)
    mirror = Mirror(remote.Remote(f"{github.server_url}/{COURSE}.git", None), COURSE)
    mirror._bounds = lambda content: git.Bounds(bytes=2_000_000, seconds=60)  # type: ignore[method-assign]
    wanted = [Wanted(p.number, p.head) for p in (ann, eve, bob)]

    with pytest.raises(SubmissionError, match="too large to be read"):
        mirror.need(wanted[1], wanted, largest=10_000_000)
    mirror.need(wanted[0], wanted, largest=10_000_000)
    mirror.need(wanted[2], wanted, largest=10_000_000)

    assert [mirror.has(w.head) for w in wanted] == [True, False, True]


def huge(classroom: Classroom, size: int) -> str:
    """Push a commit whose message has so many bytes to the first proposal."""
    pull, world = classroom.repository.pulls[1], classroom.github.world
    fork = pull.head_repository
    commit = fork.git.run("cat-file", "commit", pull.head_sha) + b"x" * size
    oid = fork.git.run("hash-object", "-t", "commit", "-w", "--stdin", input=commit)
    world.move(
        fork, f"refs/heads/{pull.head_branch}", oid.decode().strip(), world.owner_token(fork)
    )
    return pull.head_sha


def test_a_commit_with_an_endless_message_is_not_read_and_no_other_suffers(
    classroom: Classroom,
) -> None:
    propose(classroom, "eve", model_onnx=b"1")
    head = huge(classroom, 3_000_000)
    propose(classroom, "ann", model_onnx=b"2")
    forge = classroom.job()
    eve, ann = forge.proposals()

    assert eve.head == head
    assert len(forge.changes(ann, limit=9)) == 2
    with pytest.raises(SubmissionError, match="commit is too large: 3,000"):
        forge.changes(eve, limit=9)
    with (
        pytest.raises(SubmissionError, match="commit is too large"),
        forge.tree(eve.head) as tree,
    ):
        tree.paths()


def test_git_takes_no_more_memory_than_it_is_given(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "_MOST_MEMORY", "20m")
    propose(classroom, "eve", model_onnx=b"1")
    huge(classroom, 30_000_000)
    propose(classroom, "ann", model_onnx=b"2")
    forge = classroom.job()
    eve, ann = forge.proposals()

    with pytest.raises(SubmissionError, match="too large to be read"):
        forge.changes(eve, limit=9)
    assert len(forge.changes(ann, limit=9)) == 2


def test_as_many_heads_come_at_once_as_fit_with_their_largest_files(
    github: GitHub, classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [propose(classroom, f"ann-{n}", model_onnx=b"%d" % n) for n in range(5)]
    mirror = Mirror(remote.Remote(f"{github.server_url}/{COURSE}.git", None), COURSE)
    taken, asked = [], remote.fetch

    def counted(repository, source, refspecs, **more):
        taken.append((len(refspecs), more["bounds"].bytes))
        asked(repository, source, refspecs, **more)

    monkeypatch.setattr(remote, "fetch", counted)
    wanted = [Wanted(p.number, p.head) for p in made]
    for place, one in enumerate(wanted):
        mirror.need(one, wanted[place:], largest=400_000_000)

    assert [count for count, _ in taken] == [2, 2, 1]
    assert all(bytes_ > count * 400_000_000 for count, bytes_ in taken)


def test_a_flood_takes_no_more_of_the_disk_than_it_may(
    github: GitHub, classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = os.urandom(900_000)
    github.commit(COURSE, {"playgrounds/iris/playground.yml": PLAYGROUND})
    for n in range(6):
        propose(classroom, f"ann-{n}", model_onnx=noise[n:])
    monkeypatch.setattr(mirror_module, "BATCH", 1)
    monkeypatch.setattr(mirror_module, "_MOST_KEPT", 2_000_000)
    forge = classroom.job()
    found = forge.proposals()
    used = []

    with forge.tree() as main, forge.tree(LEDGER) as ledger:
        folders = {forge._mirror.path}
        for proposal in found:
            (model, _) = forge.changes(proposal, limit=9)
            with forge.tree(proposal.head) as tree:
                assert len(tree.read(model.path) or b"") > 800_000
            folders.add(forge._mirror.path)
            used.append(sum(git.size(folder) for folder in folders))
        assert main.read("course.yml") == b"title: Course\n"
        assert "README.md" in ledger.paths()

    assert len(folders) == 2
    assert max(used) < 4_000_000
    assert classroom.asked().count("repos/compare-commits-with-basehead") == 0
    forge.record(lambda _: Change("Add", {"a": b"1"}))
    assert classroom.repository.read("a", "refs/heads/ledger") == b"1"


def test_what_takes_too_long_is_stopped(github: GitHub, classroom: Classroom) -> None:
    proposal = propose(classroom, "ann", model_onnx=b"1")
    mirror = Mirror(remote.Remote(f"{github.server_url}/{COURSE}.git", None), COURSE, seconds=0.3)
    github.fail(operation="git-upload-pack", delay=2, times=9)

    with pytest.raises(SubmissionError, match="too large"):
        mirror.need(Wanted(proposal.number, proposal.head), [], largest=1)


def test_the_commit_that_was_listed_is_read_though_its_proposal_moved_on(
    classroom: Classroom,
) -> None:
    listed = propose(classroom, "ann", model_onnx=b"old")
    forge = classroom.job()
    forge.proposals()
    pull = classroom.repository.pulls[listed.number]
    classroom.github.commit(
        pull.head_repository,
        {"submissions/iris/ann/one/model.onnx": b"new"},
        branch=pull.head_branch,
    )

    with forge.tree(listed.head) as tree:
        assert tree.read("submissions/iris/ann/one/model.onnx") == b"old"
    assert len(forge.changes(listed, limit=9)) == 2


def test_a_server_that_gives_no_commit_by_its_id_gives_the_proposals_ref(
    github: GitHub, classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (propose(classroom, name, model_onnx=b"1") for name in ("ann", "bob"))
    mirror = Mirror(remote.Remote(f"{github.server_url}/{COURSE}.git", None), COURSE)
    asked = remote.fetch

    def only_refs(repository, source, refspecs, **more):
        if not refspecs[0].startswith("+refs/"):
            raise remote.NotThere("no unadvertised object", hint="x")
        asked(repository, source, refspecs, **more)

    monkeypatch.setattr(remote, "fetch", only_refs)
    mirror.need(Wanted(first.number, first.head), [], largest=100)

    assert mirror.has(first.head)
    with pytest.raises(ForgeError, match="moved on"):
        mirror.need(Wanted(second.number, "1" * 40), [], largest=100)


def test_several_commits_and_a_merged_main_cost_one_request_for_the_base(
    github: GitHub, classroom: Classroom
) -> None:
    proposal = propose(classroom, "ann", model_onnx=b"1")
    moved = classroom.push(
        proposal.number, Change("More", {"submissions/iris/ann/one/code.ipynb": b"2"})
    )
    forge = classroom.job()
    forge.proposals()
    start = len(github.requests)

    found = forge.changes(moved, limit=9)

    assert [c.path.rpartition("/")[2] for c in found] == [
        "code.ipynb",
        "model.onnx",
        "submission.yml",
    ]
    assert classroom.asked(start) == ["repos/compare-commits-with-basehead"]
    assert forge.changes(moved, limit=9) == found
    assert len(classroom.asked(start)) == 1


def test_a_push_that_came_second_is_made_again_on_the_new_tree(classroom: Classroom) -> None:
    seen = []

    def edit(tree) -> Change:
        seen.append(tree.read("n"))
        if len(seen) < 3:
            classroom.of("prof").record(lambda _: Change("Fast", {"n": b"%d" % len(seen)}))
        return Change("Slow", {"slow": b"1"})

    commit = classroom.job().record(edit)

    assert seen == [None, b"1", b"2"]
    assert classroom.repository.head("ledger") == commit


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("drop", [False, True])
def test_a_push_whose_answer_was_lost_is_there_once(
    github: GitHub, classroom: Classroom, when: str, drop: bool
) -> None:
    forge = classroom.job()
    before = len(classroom.repository.git.commits("ledger"))
    # The first exchange of a push asks where the branches are, the second one moves them.
    for times in (1, 2):
        github.fail(operation="git-receive-pack", status=502, when=when, drop=drop, times=times)

        forge.record(lambda _, times=times: Change("Once", {f"{times}": b"1"}))

    assert len(classroom.repository.git.commits("ledger")) == before + 2


def test_a_job_that_may_not_push_is_told_so_and_never_shows_its_token(
    github: GitHub, classroom: Classroom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = github.job_token(COURSE, {"contents": "read"})
    forge = forge_of(github, token, git=True)

    with pytest.raises(ForgeError) as caught:
        forge.record(lambda _: Change("x", {"a": b"1"}))

    told = f"{caught.value}{caught.value.hint}{caplog.text}{caught.value.__notes__}"
    assert "contents: write" in told
    assert token not in told
    assert token not in repr(forge._remote)


def test_a_protected_branch_says_why_it_refuses(github: GitHub, classroom: Classroom) -> None:
    classroom.repository.protection["main"] = {
        "required_pull_request_reviews": {"required_approving_review_count": 1}
    }

    with pytest.raises(ForgeError, match=r"GH006|rotected branch"):
        classroom.job().record(lambda _: Change("x", {"a": b"1"}), branch="main")


def test_the_token_is_in_the_environment_and_in_no_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "git"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/args\nenv > {tmp_path}/env\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    access = git.Access("https", "https://github.com/o/r.git", "ghp_secret")

    bounds = git.Bounds(100_000, 9)
    git.run_bounded(["fetch", "course"], repository=tmp_path, bounds=bounds, access=access)

    said, environment = (tmp_path / "args").read_text(), (tmp_path / "env").read_text()
    assert "ghp_secret" not in said
    assert "Authorization" not in said
    assert "http.https://github.com/o/r.git.extraHeader" in environment
    assert "GIT_ALLOW_PROTOCOL=https\n" in environment
    assert "ghp_secret" not in repr(access)


@pytest.mark.parametrize(
    "url", ["file:///etc", "ext::sh -c true", "/srv/x", "ssh://h/x", "https://user:pass@h/x"]
)
def test_nothing_but_http_is_fetched_from(url: str) -> None:
    with pytest.raises(ForgeError, match="no address"):
        remote.Remote(url, None)


def test_the_ledger_of_a_course_without_one_is_empty(github: GitHub) -> None:
    github.add_repository("bob/course", {"course.yml": b"title: x\n"})

    with forge_of(github, None, course="bob/course", git=True).tree(LEDGER) as tree:
        assert tree.paths() == []


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 429}, {"drop": True}])
def test_a_fetch_that_broke_off_is_made_again(
    github: GitHub, classroom: Classroom, fault: dict[str, object]
) -> None:
    proposal = propose(classroom, "ann", model_onnx=b"1")
    forge = classroom.job()
    (listed,) = forge.proposals()
    github.fail(operation="git-upload-pack", times=2, **fault)

    assert len(forge.changes(listed, limit=9)) == 2
    assert listed.head == proposal.head
