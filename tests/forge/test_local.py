"""A course in a folder: how it is made, and what it survives."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aims_gh.errors import AimsError, ForgeError
from aims_gh.forge import LEDGER, MAIN, Answer, Arrival, Change
from aims_gh.forge.local import LocalForge
from aims_gh.forge.patience import Patience

FILES = {"course.yml": b"title: Course\n", "docs/index.md": b"# Hello\n"}
WRITER = Path(__file__).with_name("writer.py")
HASTY = Patience(stale=0.3)


def git(path: Path, *args: str) -> str:
    command = ["git", f"--git-dir={path}", *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check_sound(path: Path) -> None:
    done = subprocess.run(
        ["git", f"--git-dir={path}", "fsck", "--full", "--strict", "--no-dangling"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")


def adding(name: str = "a.txt") -> Change:
    return Change(f"Add {name}", {name: b"1"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    LocalForge.create(tmp_path / "course.git", FILES, "Start")
    return tmp_path / "course.git"


# Making and opening


def test_a_new_course_has_its_files_on_main_and_an_empty_ledger(tmp_path: Path) -> None:
    path = tmp_path / "some" / "where" / "course.git"

    made = LocalForge.create(path, FILES, "Start the course")

    with made.tree(MAIN) as main, made.tree(LEDGER) as ledger:
        assert {p: main.read(p) for p in main.paths()} == FILES
        assert ledger.paths() == ["README.md"]
    assert made.name == str(path)
    assert LocalForge.open(path).proposals(state="all") == []
    assert git(path, "log", "--format=%s %an %P", MAIN) == "Start the course aims \n"
    assert git(path, "symbolic-ref", "HEAD") == "refs/heads/main\n"
    assert [p.name for p in path.parent.iterdir()] == ["course.git"]
    check_sound(path)


def test_a_new_course_can_be_cloned_and_pushed_to(path: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"

    def run(*args: str) -> None:
        subprocess.run(["git", "-C", str(clone), *args], check=True, capture_output=True)

    LocalForge.open(path).propose(adding(), author="ann", title="x")
    subprocess.run(["git", "clone", "--quiet", str(path), str(clone)], check=True)
    (clone / "new.md").write_text("new")
    run("add", ".")
    run("commit", "-m", "By hand")
    run("push", "origin", "main")

    with LocalForge.open(path).tree() as tree:
        assert tree.read("new.md") == b"new"


def test_a_course_is_made_in_an_empty_folder_and_nowhere_else(tmp_path: Path) -> None:
    empty, file, full = tmp_path / "empty", tmp_path / "file", tmp_path / "full"
    empty.mkdir()
    file.touch()
    full.mkdir()
    (full / "thesis.tex").write_text("precious")

    LocalForge.create(empty, FILES, "Start")
    for taken in (empty, file, full):
        with pytest.raises(ForgeError, match="already") as caught:
            LocalForge.create(taken, FILES, "Start")
        assert caught.value.hint

    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "file", "full"]
    assert (full / "thesis.tex").read_text() == "precious"


def test_a_course_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ForgeError):
        LocalForge.create(tmp_path / "course.git", {"../evil": b"x"}, "Start")
    with pytest.raises(ForgeError, match="cannot be made"):
        LocalForge.create(Path("/proc/nowhere/course.git"), FILES, "Start")

    assert list(tmp_path.iterdir()) == []


def test_what_is_no_course_is_not_opened_and_the_hint_says_how_to_make_one(
    tmp_path: Path,
) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    (tmp_path / "file").touch()

    for wrong in ("nothing", ".", "bare.git", "file"):
        with pytest.raises(ForgeError, match="is not a course") as caught:
            LocalForge.open(tmp_path / wrong)
        assert "aims course new" in caught.value.hint


def test_a_checkout_is_not_taken_for_the_course(path: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(path), str(tmp_path / "clone")], check=True)

    with pytest.raises(ForgeError, match="is a checkout") as caught:
        LocalForge.open(tmp_path / "clone")

    assert "bare repository" in caught.value.hint


def test_a_fork_of_main_starts_with_an_empty_ledger(path: Path, tmp_path: Path) -> None:
    LocalForge.open(path).record(lambda _: adding("iris/leaderboard.json"))
    fork = tmp_path / "fork.git"
    command = ["git", "clone", "--quiet", "--bare", "--single-branch", str(path), str(fork)]
    subprocess.run(command, check=True)

    with LocalForge.open(fork).tree(LEDGER) as ledger:
        assert ledger.paths() == ["README.md"]
        first = ledger.commit
    with LocalForge.open(fork).tree(LEDGER) as ledger:
        assert ledger.commit == first


def test_a_relative_path_still_holds_after_changing_the_folder(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    forge = LocalForge.open(Path("course.git"))
    monkeypatch.chdir("/")

    forge.record(lambda _: adding())

    assert forge.name == str(path)


# Proposals as they are kept


def test_the_time_of_a_push_is_not_the_date_of_its_commit(path: Path) -> None:
    forge = LocalForge(path, clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
    proposal = forge.propose(adding(), author="ann", title="x")
    stream = (
        "feature done\ncommit refs/pull/1/head\ncommitter E <e@x> 946684800 +0000\ndata 0\n"
        "from refs/pull/1/head^0\nM 100644 inline b.txt\ndata 1\nx\ndone\n"
    )
    subprocess.run(
        ["git", f"--git-dir={path}", "fast-import", "--quiet"], input=stream, text=True, check=True
    )

    updated = forge.update(1, adding("c.txt"))

    assert proposal.pushed == updated.pushed == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert git(path, "log", "--format=%at %an", "-1", "refs/pull/1/head") == "1795435200 ann\n"


def test_a_closed_proposal_takes_no_pushes_until_it_is_opened_again(path: Path) -> None:
    forge = LocalForge.open(path)
    forge.propose(adding(), author="ann", title="x")
    forge.close(1)

    with pytest.raises(ForgeError, match="closed"):
        forge.update(1, adding("b.txt"))
    forge.reopen(1)
    forge.update(1, adding("b.txt"))

    assert [p.state for p in forge.proposals()] == ["open"]


def test_what_is_opened_again_arrives_anew(path: Path) -> None:
    now = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    forge = LocalForge.open(path, clock=lambda: now[0])
    forge.propose(adding(), author="ann", title="x")
    now[0] += timedelta(hours=1)
    forge.reopen(1)
    (before,) = forge.proposals()
    forge.close(1)
    forge.reopen(1)
    (after,) = forge.proposals()

    assert forge.arrived(before) == Arrival(now[0] - timedelta(hours=1))
    assert forge.arrived(after) == Arrival(now[0])


def test_an_answer_that_says_nothing_new_writes_nothing(path: Path) -> None:
    forge = LocalForge.open(path)
    forge.propose(adding(), author="ann", title="x")

    blobs = []
    for _ in range(2):
        forge.answer(1, Answer("accuracy 0.9", label="scored"))
        blobs.append(git(path, "rev-parse", "refs/pull/1/meta"))

    assert blobs[0] == blobs[1]


def test_cleaning_up_with_git_loses_no_proposal_and_no_commit_of_one(path: Path) -> None:
    forge = LocalForge.open(path)
    first = forge.propose(adding(), author="ann", title="x")
    second = forge.update(1, adding("b.txt"))
    before = forge.proposals(state="all")

    git(path, "gc", "--quiet", "--prune=now")

    assert forge.proposals(state="all") == before
    for head in (first.head, second.head):
        with forge.tree(head) as tree:
            assert tree.read("a.txt") == b"1"
    assert forge.propose(adding(), author="bob", title="y").number == 2


def test_after_a_hundred_proposals_their_refs_are_in_one_file(path: Path) -> None:
    forge = LocalForge.open(path)
    oid = git(path, "rev-parse", "main").strip()
    refs = "".join(f"create refs/pull/{n}/head {oid}\n" for n in range(1, 100))
    subprocess.run(
        ["git", f"--git-dir={path}", "update-ref", "--stdin"], input=refs, text=True, check=True
    )

    assert forge.propose(adding(), author="ann", title="x").number == 100

    assert not list((path / "refs" / "pull").rglob("head"))
    assert forge.propose(adding(), author="ann", title="x").number == 101
    assert [p.number for p in forge.proposals()] == [100, 101]


def test_a_number_whose_process_was_killed_halfway_is_skipped(path: Path) -> None:
    forge = LocalForge.open(path)
    forge.propose(adding(), author="ann", title="x")
    git(path, "update-ref", "refs/pull/2/head", "main")

    assert [p.number for p in forge.proposals()] == [1]
    assert forge.propose(adding(), author="ann", title="x").number == 3


def test_a_push_whose_process_was_killed_halfway_can_be_repeated(path: Path) -> None:
    forge = LocalForge.open(path)
    first = forge.propose(adding(), author="ann", title="x")
    stored = git(path, "rev-parse", "refs/pull/1/meta").strip()
    forge.update(1, adding("b.txt"))
    git(path, "update-ref", "refs/pull/1/meta", stored)
    assert forge.proposals() == [first]

    again = forge.update(1, adding("c.txt"))

    assert [c.path for c in forge.changes(again, limit=9)] == ["a.txt", "b.txt", "c.txt"]


def test_a_damaged_proposal_is_named(path: Path) -> None:
    forge = LocalForge.open(path)
    git(path, "update-ref", "refs/pull/1/meta", "main:course.yml")

    with pytest.raises(ForgeError, match="damaged"):
        forge.proposals()


def test_a_lost_object_is_an_error_and_not_an_absent_file(path: Path) -> None:
    forge = LocalForge.open(path)
    oid = git(path, "rev-parse", "main:course.yml").strip()
    (path / "objects" / oid[:2] / oid[2:]).unlink()

    with forge.tree() as tree, pytest.raises(ForgeError, match=f"lost the object {oid}"):
        tree.read("course.yml")


# Whose repository it is


def test_hooks_and_settings_of_the_repository_run_nothing(path: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = f"#!/bin/sh\necho $0 >> {ran}\n"
    (path / "hooks").mkdir()
    names = ["post-update", "reference-transaction", "update", "pre-receive", "post-commit"]
    for hook in [path / "hooks" / name for name in names]:
        hook.write_text(script)
        hook.chmod(0o755)
    (tmp_path / "program").write_text(script)
    (tmp_path / "program").chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "diff.external", "core.sshCommand"):
        git(path, "config", key, str(tmp_path / "program"))
    # A repository that says its missing objects can be fetched, by a program of its choice.
    git(path, "config", "extensions.partialClone", "origin")
    git(path, "config", "remote.origin.promisor", "true")
    git(path, "config", "remote.origin.url", f"ext::{tmp_path / 'program'}")
    git(path, "config", "protocol.ext.allow", "always")
    shutil.rmtree(ran, ignore_errors=True)
    ran.unlink(missing_ok=True)

    forge = LocalForge.open(path)
    forge.record(lambda _: adding())
    forge.propose(adding(), author="ann", title="x")
    forge.answer(1, Answer("x", label="scored"))
    with pytest.raises(ForgeError), forge.tree("1" * 40):
        pass

    assert not ran.exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give away")
def test_a_course_of_somebody_else_can_be_used(path: Path) -> None:
    for entry in [path, *path.rglob("*")]:
        os.chown(entry, 12345, 12345)

    forge = LocalForge.open(path)
    forge.record(lambda _: adding())

    assert forge.propose(adding(), author="ann", title="x").number == 1


def test_git_variables_around_us_are_not_heeded(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = LocalForge.create(tmp_path / "elsewhere.git", {"a": b"1"}, "Start")
    for name in ("GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"):
        monkeypatch.setenv(name, elsewhere.name)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "nonsense")
    monkeypatch.setenv("GIT_TRACE", "1")

    LocalForge.open(path).record(lambda _: adding())

    with LocalForge.open(path).tree(LEDGER) as tree, elsewhere.tree(LEDGER) as other:
        assert tree.read("a.txt") == b"1"
        assert other.read("a.txt") is None


# Many at once, and some of them killed


def test_twenty_processes_at_once_lose_nothing(path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, WRITER, path, "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(20)
    ]
    said = [writer.communicate(timeout=100) for writer in writers]

    assert [error.decode() for _, error in said] == [""] * 20
    lines = [line.split() for out, _ in said for line in out.decode().splitlines()]
    numbers = sorted(int(words[1]) for words in lines if words[0] == "proposed")
    assert numbers == list(range(1, 41))
    forge = LocalForge.open(path)
    assert [p.number for p in forge.proposals()] == numbers
    with forge.tree(LEDGER) as tree:
        assert len(tree.paths("from")) == 40
    recorded = {words[1] for words in lines if words[0] == "recorded"}
    assert recorded <= set(git(path, "rev-list", LEDGER).split())
    check_sound(path)


def test_answers_at_once_leave_one_comment(path: Path) -> None:
    forge = LocalForge.open(path)
    forge.propose(adding(), author="ann", title="x")
    answers = [Answer(f"answer {n}", label="scored") for n in range(8)]
    threads = [threading.Thread(target=forge.answer, args=(1, answer)) for answer in answers]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (proposal,) = forge.proposals(state="all")
    assert len(proposal.comments) == 1


def kill(writer: subprocess.Popen[bytes], *, with_git: bool) -> None:
    if with_git:
        os.killpg(writer.pid, signal.SIGKILL)
    else:
        writer.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_any_moment_what_was_said_is_kept_and_the_next_can_go_on(path: Path) -> None:
    forge = LocalForge(path, patience=HASTY)
    for moment in range(12):
        writer = subprocess.Popen(
            [sys.executable, WRITER, path, "0"], stdout=subprocess.PIPE, start_new_session=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(0.005 + 0.011 * moment)
        kill(writer, with_git=moment % 2 == 0)
        lines = [line.split() for line in writer.communicate()[0].decode().splitlines()]
        if moment % 2:
            time.sleep(0.1)  # its git reads to the end of what it was given

        forge.record(lambda tree: Change("Next", {"next": tree.commit.encode()}))
        number = forge.propose(adding(), author="ann", title="x").number

        kept = set(git(path, "rev-list", LEDGER).split())
        assert {w[1] for w in lines if w[0] == "recorded"} <= kept
        known = {str(p.number) for p in forge.proposals()}
        assert {w[1] for w in lines if w[0] == "proposed"} | {str(number)} <= known
        check_sound(path)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_course_whose_maker_was_killed_is_there_or_not(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from aims_gh.forge.local import LocalForge\n"
        "print('ready', flush=True)\n"
        "LocalForge.create(Path(sys.argv[1]), {'course.yml': b'x'}, 'Start')"
    )
    for moment in range(6):
        path = tmp_path / f"{moment}.git"
        maker = subprocess.Popen(
            [sys.executable, "-c", code, path], stdout=subprocess.PIPE, start_new_session=True
        )
        assert maker.stdout is not None
        assert maker.stdout.readline() == b"ready\n"
        time.sleep(0.006 * moment)
        kill(maker, with_git=True)
        maker.communicate()

        if path.exists():
            LocalForge.open(path).record(lambda _: adding())
        else:
            LocalForge.create(path, FILES, "Start")
        check_sound(path)


@pytest.mark.skipif(sys.platform == "win32", reason="locks are left to people there")
def test_a_lock_that_a_killed_git_left_is_removed_after_a_while(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    forge = LocalForge(path, patience=HASTY)
    for lock in ("refs/heads/ledger.lock", "refs/pull/1/head.lock", "packed-refs.lock"):
        (path / lock).parent.mkdir(parents=True, exist_ok=True)
        (path / lock).touch()

    with caplog.at_level(logging.WARNING):
        forge.record(lambda _: adding())
        forge.propose(adding(), author="ann", title="x")

    assert forge.proposals()[0].number == 1
    assert "ledger.lock" in caplog.text
    assert not list((path / "refs").rglob("*.lock"))
    check_sound(path)


def test_a_lock_that_somebody_still_holds_is_waited_for(path: Path) -> None:
    forge = LocalForge(path)
    lock = path / "refs" / "heads" / "ledger.lock"
    lock.touch()
    timer = threading.Timer(1.5, lock.unlink)
    timer.start()

    forge.record(lambda _: adding())

    timer.join()
    with forge.tree(LEDGER) as tree:
        assert tree.read("a.txt") == b"1"


def test_who_is_overtaken_too_often_gives_up_with_a_hint(path: Path) -> None:
    forge, others = LocalForge(path, patience=Patience(attempts=3)), LocalForge(path)
    calls = []

    def slow(_: object) -> Change:
        calls.append(1)
        others.record(lambda _: adding(f"other{len(calls)}"))
        return adding("mine")

    with pytest.raises(AimsError, match="3 times") as caught:
        forge.record(slow)

    assert len(calls) == 3
    assert caught.value.hint
