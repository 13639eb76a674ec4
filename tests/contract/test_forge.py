"""What every forge does, whoever keeps the repository."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from github_forges import Classroom
from loopback.github import GitHub

from aims_gh.domain.proposal import ChangedFile, Proposal
from aims_gh.errors import ForgeError, SubmissionError
from aims_gh.forge import LEDGER, MAIN, Answer, Change, Forge
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Tree

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
COURSE = {
    "course.yml": b"title: Course\n",
    "README.md": b"# Course\n",
    "playgrounds/iris/playground.yml": b"title: Iris\n",
    "playgrounds/iris/data/train.csv": b"a,b\n1,2\n",
    "playgrounds/titanic/playground.yml": b"title: Titanic\n",
}


@dataclass
class Bench:
    """A forge with a course on it, its clock, and the repository behind it."""

    forge: Forge
    repository: Path
    push: Callable[[int, Change], Proposal]
    """Push a further commit to a proposal, as its author would."""

    now: datetime = NOON

    def git(self, *args: str, input: bytes = b"") -> str:
        command = ["git", f"--git-dir={self.repository}", *args]
        return subprocess.run(command, input=input, check=True, capture_output=True).stdout.decode()

    def commit(self, *lines: bytes) -> str:
        """Make a commit on `main` with whatever fast-import takes, honest or not."""
        head = b"commit refs/test/new\nmark :1\ncommitter T <t@localhost> 1 +0000\ndata 0\n"
        base = self.git("rev-parse", MAIN).encode()
        body = b"".join(line + b"\n" for line in lines)
        stream = b"feature done\n%sfrom %s%s\nget-mark :1\ndone\n" % (head, base, body)
        return self._kept(self.git("fast-import", "--force", "--quiet", input=stream).strip())

    def _kept(self, commit: str) -> str:
        # As of a proposal, so that whoever knows its id may fetch it.
        self.git("update-ref", "refs/pull/1/head", commit)
        return commit

    def proposing(self, commit: str) -> Proposal:
        """Pretend that somebody proposed a commit."""
        base = self.git("rev-parse", MAIN).strip()
        return Proposal(
            number=1, author="eve", title="x", head=commit, base=base, opened=NOON, pushed=NOON
        )

    def commit_of_tree(self, tree: str) -> str:
        return self._kept(self.git("commit-tree", tree, "-p", MAIN, "-m", "x").strip())

    def tree_of(self, *entries: bytes) -> str:
        data = b"".join(
            mode + b" " + name + b"\0" + bytes.fromhex(oid.decode())
            for mode, name, oid in (entry.split(b" ", 2) for entry in entries)
        )
        # `git mktree` would refuse some of what hostile people write by hand.
        args = ("hash-object", "-t", "tree", "-w", "--stdin", "--literally")
        return self.git(*args, input=data).strip()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course to copy: ten times faster than to start one for each test."""
    path = tmp_path_factory.mktemp("start") / "course.git"
    LocalForge.create(path, COURSE, "Start")
    return path


@pytest.fixture(params=["local", "github", "github with git"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, course: Path) -> Iterator[Bench]:
    if request.param == "local":
        yield local_bench(tmp_path, course)
    else:
        yield from github_bench(tmp_path, git=request.param == "github with git")


def local_bench(folder: Path, course: Path) -> Bench:
    path = folder / "course.git"
    shutil.copytree(course, path)
    forge = LocalForge(path, clock=lambda: made.now)
    made = Bench(forge, path, forge.update)
    return made


def github_bench(folder: Path, *, git: bool) -> Iterator[Bench]:
    with GitHub(folder) as github:
        github.world.now = lambda: made.now if made else NOON
        made = None
        classroom = Classroom(github, COURSE, git=git)
        made = Bench(classroom, classroom.repository.path, classroom.push)
        yield made
        assert github.violations == []


@pytest.fixture
def forge(bench: Bench) -> Forge:
    return bench.forge


def adding(**files: str) -> Change:
    return Change("Add files", {f"{name}.txt": text.encode() for name, text in files.items()})


# Reading


def test_a_branch_and_its_commit_hold_the_same_files(forge: Forge) -> None:
    with forge.tree() as branch, forge.tree(branch.commit) as commit:
        assert branch.read("course.yml") == commit.read("course.yml") == b"title: Course\n"
        assert branch.commit == commit.commit
        assert branch.paths() == commit.paths() == sorted(COURSE)


def test_many_files_are_read_in_the_order_asked_for_and_the_missing_left_out(forge: Forge) -> None:
    many = {f"e/{n}.json": b"%d\n" % n * n for n in range(130)}
    forge.record(lambda _: Change("many", many))
    asked = [*reversed(many), "e/none.json", "e"]

    with forge.tree(LEDGER) as tree:
        found = []
        for content in tree.read_all(asked):
            found.append(content)
            assert tree.read("e/7.json") == b"7\n" * 7  # others may be read in between

    assert found == [*reversed(many.values())]


def test_folders_and_files_of_a_folder_are_listed_in_order(forge: Forge) -> None:
    with forge.tree() as tree:
        assert tree.folders() == ["playgrounds"]
        assert tree.folders("playgrounds") == ["iris", "titanic"]
        assert tree.paths("playgrounds/iris") == [
            "playgrounds/iris/data/train.csv",
            "playgrounds/iris/playground.yml",
        ]


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "playgrounds",
        "playgrounds/",
        "course.yml/",
        "course.yml/x",
        "/course.yml",
        "./course.yml",
        "playgrounds/../course.yml",
        "playgrounds//iris/playground.yml",
        "",
        ".",
        "course.yml\n",
        "x\ncourse.yml",
        "course.yml\0",
        "main:course.yml",
        "-x",
        '"course.yml"',
        "\udcff",
    ],
)
def test_what_is_not_there_reads_as_none(forge: Forge, path: str) -> None:
    with forge.tree() as tree:
        assert tree.read(path) is None
        assert tree.read(path, limit=1) is None
        if path not in ("", "playgrounds"):
            assert (tree.paths(path), tree.folders(path)) == ([], [])
        assert tree.read("course.yml") == b"title: Course\n"


@pytest.mark.parametrize(
    "ref",
    [
        "nothing",
        "0" * 40,
        "",
        "-x",
        "main:course.yml",
        "main^{tree}",
        "main~0",
        "@{-1}",
        "../main",
        "main\nrefs/heads/ledger",
        "refs/heads/nothing",
    ],
)
def test_what_is_no_branch_and_no_commit_is_refused(forge: Forge, ref: str) -> None:
    with pytest.raises(ForgeError) as caught, forge.tree(ref):
        pass

    assert caught.value.hint


def test_a_file_over_the_limit_is_refused_by_name_and_size(forge: Forge) -> None:
    big = "x" * 3_000_000
    head = forge.propose(adding(big=big), author="ann", title="Big").head

    with forge.tree(head) as tree:
        with pytest.raises(SubmissionError, match=r"big\.txt has 3,000,000 bytes.* 2,999,999"):
            tree.read("big.txt", limit=2_999_999)
        assert tree.read("big.txt", limit=3_000_000) == big.encode()
        assert tree.read("course.yml", limit=100) == b"title: Course\n"


def test_links_and_submodules_are_never_read(bench: Bench) -> None:
    commit = bench.commit(
        b"M 120000 inline link.txt\ndata 10\ncourse.yml",
        b"M 120000 inline folder\ndata 11\nplaygrounds",
        b"M 160000 %s module" % (b"1" * 40),
    )

    with bench.forge.tree(commit) as tree:
        for path in ("link.txt", "folder", "folder/iris/playground.yml", "module", "module/x"):
            assert tree.read(path) is None
        assert tree.paths() == sorted(COURSE)
        assert tree.folders() == ["playgrounds"]


def test_names_that_are_not_utf8_are_absent(bench: Bench) -> None:
    commit = bench.commit(
        b'M 100644 inline "odd\\377.txt"\ndata 1\nx', b'M 100644 inline "dir\\377/x"\ndata 1\nx'
    )

    with bench.forge.tree(commit) as tree:
        assert tree.paths() == sorted(COURSE)
        assert tree.folders() == ["playgrounds"]
        assert tree.read("odd\udcff.txt") is None


# Proposing


def test_proposals_get_increasing_numbers_and_the_time_of_the_server(bench: Bench) -> None:
    first = bench.forge.propose(adding(a="1"), author="ann", title="First")
    bench.now += timedelta(hours=1)
    second = bench.forge.propose(adding(b="2"), author="bob", title="Second")

    assert [p.number for p in (first, second)] == [1, 2]
    assert [(p.opened, p.pushed) for p in (first, second)] == [
        (NOON, NOON),
        (bench.now, bench.now),
    ]
    assert bench.forge.proposals() == [first, second]
    assert (second.author, second.title, second.state) == ("bob", "Second", "open")


def test_a_proposal_is_a_commit_on_main_and_changes_nothing(forge: Forge) -> None:
    with forge.tree() as before:
        proposal = forge.propose(adding(a="1"), author="ann", title="First")

    with forge.tree() as main, forge.tree(proposal.head) as proposed:
        assert main.commit == before.commit == proposal.base
        assert main.read("a.txt") is None
        assert proposed.read("a.txt") == b"1"
        assert proposed.read("course.yml") == COURSE["course.yml"]


@pytest.mark.parametrize(
    ("author", "title"),
    [("", "x"), ("a b", "x"), ("eve <e@x> 1 +0000\nfrom x", "x"), ("ann", "x" * 301)],
)
def test_a_proposal_by_nobody_or_without_a_proper_title_is_refused(
    forge: Forge, author: str, title: str
) -> None:
    with pytest.raises(ForgeError) as caught:
        forge.propose(adding(a="1"), author=author, title=title)

    assert caught.value.hint
    assert forge.proposals(state="all") == []


def test_pushing_again_moves_head_and_time_and_nothing_else(bench: Bench) -> None:
    first = bench.forge.propose(adding(a="1"), author="ann", title="First")
    bench.now += timedelta(minutes=5)

    second = bench.push(first.number, adding(a="2", b="3"))

    assert second == first.model_copy(update={"head": second.head, "pushed": bench.now})
    assert second.head != first.head
    assert bench.forge.proposals() == [second]
    with bench.forge.tree(second.head) as new, bench.forge.tree(first.head) as old:
        assert (new.read("a.txt"), old.read("a.txt")) == (b"2", b"1")
    assert [c.path for c in bench.forge.changes(second, limit=9)] == ["a.txt", "b.txt"]


# Changes


def test_changes_tell_added_edited_removed_files_links_and_submodules(bench: Bench) -> None:
    commit = bench.commit(
        b"M 100644 inline course.yml\ndata 3\nnew",
        b"M 100755 inline README.md\ndata 9\n# Course\n",
        b"D playgrounds/titanic/playground.yml",
        b"M 100644 inline submissions/iris/eve/1/model.onnx\ndata 5\nmodel",
        b"M 120000 inline submissions/link\ndata 11\n/etc/passwd",
        b"M 160000 %s vendor/lib" % (b"1" * 40),
    )

    found = bench.forge.changes(bench.proposing(commit), limit=99)

    assert sorted(found, key=lambda change: change.path) == [
        ChangedFile("README.md", "file", 9),
        ChangedFile("course.yml", "file", 3),
        ChangedFile("playgrounds/titanic/playground.yml", "removed", 0),
        ChangedFile("submissions/iris/eve/1/model.onnx", "file", 5),
        ChangedFile("submissions/link", "link", 0),
        ChangedFile("vendor/lib", "submodule", 0),
    ]


def test_a_file_that_becomes_a_folder_is_removed_and_added(bench: Bench) -> None:
    commit = bench.commit(
        b"D course.yml",
        b"M 100644 inline course.yml/x\ndata 1\nx",
        b"D playgrounds",
        b"M 100644 inline playgrounds\ndata 2\nxy",
    )

    found = bench.forge.changes(bench.proposing(commit), limit=99)

    assert {(c.path, c.kind) for c in found} == {
        ("course.yml", "removed"),
        ("course.yml/x", "file"),
        ("playgrounds", "file"),
        ("playgrounds/iris/data/train.csv", "removed"),
        ("playgrounds/iris/playground.yml", "removed"),
        ("playgrounds/titanic/playground.yml", "removed"),
    }


def test_a_proposal_that_changes_nothing_has_no_changes(bench: Bench) -> None:
    assert bench.forge.changes(bench.proposing(bench.commit()), limit=6) == []


def test_paths_of_any_bytes_are_shown(bench: Bench) -> None:
    commit = bench.commit(
        b'M 100644 inline "a\\nb"\ndata 1\nx',
        b'M 100644 inline "caf\\303\\251"\ndata 1\nx',
        b'M 100644 inline "odd\\377"\ndata 1\nx',
        b'M 100644 inline "\\"quoted\\"\\\\"\ndata 1\nx',
    )

    found = bench.forge.changes(bench.proposing(commit), limit=99)

    assert {c.path for c in found} == {"a\nb", "café", "odd�", '"quoted"\\'}


def test_of_ten_thousand_changed_files_only_the_first_are_looked_at(bench: Bench) -> None:
    lines = (b"M 100644 inline many/%d\ndata 1\nx" % n for n in range(10_000))
    proposal = bench.proposing(bench.commit(*lines))

    started = time.perf_counter()
    found = bench.forge.changes(proposal, limit=6)

    assert len(found) == 7
    assert time.perf_counter() - started < 5


def test_folders_that_unfold_to_billions_of_files_cost_nothing(bench: Bench) -> None:
    blob = bench.git("hash-object", "-w", "--stdin", input=b"x").strip()
    kind, below = b"100644", blob
    for _ in range(30):
        below = bench.tree_of(*(b"%s %d %s" % (kind, n, below.encode()) for n in range(10)))
        kind = b"40000"
    proposal = bench.proposing(bench.commit_of_tree(below))

    started = time.perf_counter()
    found = bench.forge.changes(proposal, limit=6)

    assert len(found) == 7
    assert time.perf_counter() - started < 5


def test_folders_that_unfold_to_nothing_cost_nothing(bench: Bench) -> None:
    below = bench.tree_of()
    for _ in range(30):
        below = bench.tree_of(*(b"40000 %d %s" % (n, below.encode()) for n in range(10)))
    proposal = bench.proposing(bench.commit_of_tree(below))

    started = time.perf_counter()
    found = bench.forge.changes(proposal, limit=99)

    assert {c.kind for c in found} == {"removed"}
    assert len(found) == len(COURSE)
    assert time.perf_counter() - started < 5


def test_folders_too_deep_for_anybody_are_refused(bench: Bench) -> None:
    blob = bench.git("hash-object", "-w", "--stdin", input=b"x").strip()
    below = bench.tree_of(b"100644 x %s" % blob.encode())
    for _ in range(150):
        below = bench.tree_of(b"40000 d %s" % below.encode())

    with pytest.raises(SubmissionError, match="deep"):
        bench.forge.changes(bench.proposing(bench.commit_of_tree(below)), limit=99)


# Recording


def test_a_record_is_on_its_branch_and_nowhere_else(forge: Forge) -> None:
    with forge.tree() as main, forge.tree(LEDGER) as ledger:
        before = {"main": main.commit, "ledger": ledger.commit}

    commit = forge.record(lambda _: adding(board="1"))

    with forge.tree() as main, forge.tree(LEDGER) as ledger:
        assert main.commit == before["main"]
        assert ledger.commit == commit != before["ledger"]
        assert ledger.read("board.txt") == b"1"


def test_a_record_on_main_adds_and_removes_files(forge: Forge) -> None:
    change = Change("Replace", {"course.yml": b"new", "README.md": None, "nothing": None})

    forge.record(lambda _: change, branch=MAIN)

    with forge.tree() as tree:
        assert tree.read("course.yml") == b"new"
        assert tree.paths() == sorted(COURSE.keys() - {"README.md"})


def test_nothing_to_record_writes_nothing(forge: Forge) -> None:
    with forge.tree(LEDGER) as before:
        commit = forge.record(lambda _: None)

    with forge.tree(LEDGER) as after:
        assert commit == before.commit == after.commit


def test_two_records_at_once_both_survive(forge: Forge) -> None:
    calls = []

    def slow(tree: Tree) -> Change:
        calls.append(tree.paths("evaluations"))
        if len(calls) == 1:
            forge.record(lambda _: Change("Fast", {"evaluations/1": b"fast"}))
        return Change("Slow", {f"evaluations/{len(calls)}": b"slow"})

    forge.record(slow)

    assert calls == [[], ["evaluations/1"]]
    with forge.tree(LEDGER) as tree:
        found = {path: tree.read(path) for path in tree.paths("evaluations")}
    assert found == {"evaluations/1": b"fast", "evaluations/2": b"slow"}


def test_an_error_in_an_edit_comes_through_and_writes_nothing(forge: Forge) -> None:
    def fail(tree: Tree) -> Change:
        raise ValueError(tree.commit)

    with forge.tree(LEDGER) as before, pytest.raises(ValueError, match=before.commit):
        forge.record(fail)

    with forge.tree(LEDGER) as after:
        assert after.commit == before.commit


@pytest.mark.parametrize(
    "path",
    [
        "new\nline",
        'quo"te',
        "back\\slash",
        "-dash",
        "--all",
        "tab\there",
        "trailing ",
        "café/naïve 漢字 🦜",
        "a" * 200,
        "\x7f\x1b[31m",
        "%s %00",
        ".gitignore",
    ],
)
def test_files_with_odd_names_are_kept_as_they_are(bench: Bench, path: str) -> None:
    bench.forge.record(lambda _: Change("Odd", {f"x/{path}": b"odd", "y": b"even"}))

    with bench.forge.tree(LEDGER) as tree:
        assert tree.paths("x") == [f"x/{path}"]
        assert tree.read(f"x/{path}") == b"odd"
    bench.git("fsck", "--strict", "--full")


@pytest.mark.parametrize(
    "path",
    [
        *["", "/", "/etc/passwd", "a//b", "a/", "..", "../a", "a/../b", ".", "./a"],
        *[".git/config", "a/.GIT/hooks/x", "a/.git ", "git~1/x", "nul\0", "\udcff"],
    ],
)
def test_files_that_git_would_not_check_out_are_refused(bench: Bench, path: str) -> None:
    change = Change("Bad", {"fine": b"1", path: b"2"})

    with pytest.raises(ForgeError) as recorded:
        bench.forge.record(lambda _: change)
    with pytest.raises(ForgeError) as proposed:
        bench.forge.propose(change, author="eve", title="Bad")

    assert recorded.value.hint == proposed.value.hint != ""
    with bench.forge.tree(LEDGER) as ledger:
        assert ledger.read("fine") is None
    assert bench.forge.proposals(state="all") == []


def test_content_and_messages_of_any_bytes_are_kept(bench: Bench) -> None:
    hostile = (
        b'done\nD course.yml\n\nM 100644 inline "x"\ndata 1\nx\0\xff\ncommit refs/heads/main\n'
    )
    message = "Hostile\n\ndata 3\nfrom refs/heads/main\n\0é"

    commit = bench.forge.record(lambda _: Change(message, {"a": hostile, "b": b"", "c": b"\n"}))

    with bench.forge.tree(LEDGER) as tree:
        assert [tree.read(name) for name in "abc"] == [hostile, b"", b"\n"]
    said = bench.git("log", "-1", "--format=%B", commit).rstrip("\n")
    assert said == message.replace("\0", "")
    bench.git("fsck", "--strict", "--full")


# Answering


def test_an_answer_comments_labels_and_closes(bench: Bench) -> None:
    opened = bench.forge.propose(adding(a="1"), author="ann", title="First")
    bench.now += timedelta(minutes=1)

    bench.forge.answer(opened.number, Answer("accuracy 0.9", label="scored"))

    (closed,) = bench.forge.proposals(state="closed")
    assert bench.forge.proposals() == []
    assert (closed.label, closed.head) == ("scored", opened.head)
    comments = bench.forge.comments(opened.number)
    assert [(c.body, c.created) for c in comments] == [("accuracy 0.9", bench.now)]


def test_an_answer_may_leave_a_proposal_open(forge: Forge) -> None:
    number = forge.propose(adding(a="1"), author="ann", title="First").number

    forge.answer(number, Answer("wait", label="waiting", close=False))

    assert [(p.state, p.label) for p in forge.proposals()] == [("open", "waiting")]


def test_the_same_answer_twice_is_one(bench: Bench) -> None:
    number = bench.forge.propose(adding(a="1"), author="ann", title="First").number
    answer = Answer("accuracy 0.9", label="scored")

    bench.forge.answer(number, answer)
    once = bench.forge.proposals(state="all")
    bench.now += timedelta(days=1)
    bench.forge.answer(number, answer)

    assert bench.forge.proposals(state="all") == once


def test_another_answer_edits_the_comment_in_place(bench: Bench) -> None:
    number = bench.forge.propose(adding(a="1"), author="ann", title="First").number

    bench.forge.answer(number, Answer("waiting", label="waiting", close=False))
    bench.now += timedelta(days=1)
    bench.forge.answer(number, Answer("refused\n🦜", label="refused"))

    (proposal,) = bench.forge.proposals(state="all")
    comments = bench.forge.comments(number)
    assert [(c.body, c.created) for c in comments] == [("refused\n🦜", NOON)]
    assert (proposal.label, proposal.state) == ("refused", "closed")


def test_an_answer_to_no_proposal_is_refused(forge: Forge) -> None:
    for ask in (lambda: forge.answer(7, Answer("x", label="scored")), lambda: forge.comments(7)):
        with pytest.raises(ForgeError) as caught:
            ask()

        assert "7" in caught.value.message
        assert caught.value.hint


def test_proposals_are_listed_by_state_lowest_number_first(forge: Forge) -> None:
    for n in range(1, 13):
        forge.propose(adding(a=str(n)), author="ann", title=f"No. {n}")
    for n in (2, 11):
        forge.answer(n, Answer("x", label="scored"))

    assert [p.number for p in forge.proposals()] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert [p.number for p in forge.proposals(state="closed")] == [2, 11]
    assert [p.number for p in forge.proposals(state="all")] == list(range(1, 13))
