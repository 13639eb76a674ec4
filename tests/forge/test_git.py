"""The one runner of git."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aims_gh.errors import ForgeError
from aims_gh.forge import Change, git
from aims_gh.forge.patience import Patience
from aims_gh.forge.write import RefUpdate, update_refs, write_blob, write_commit

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "some repository's.git"
    git.run(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(path)])
    return path


def children() -> set[str]:
    """List the processes that this one started and that still run."""
    path = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if not path.exists():
        pytest.skip("only Linux lists the children of a process")
    return set(path.read_text().split())


def test_a_refusal_carries_the_words_of_git_and_a_hint(repository: Path) -> None:
    with pytest.raises(git.GitFailed) as caught:
        git.run(["update-ref", "refs/heads/main", "nonsense"], repository=repository)

    assert caught.value.message == "git update-ref failed: nonsense: not a valid SHA1"
    assert str(repository) in caught.value.hint


def test_control_characters_in_the_words_of_git_are_dropped(repository: Path) -> None:
    with pytest.raises(git.GitFailed) as caught:
        git.run(["rev-parse", "--verify", "a\x1b[31m\u202e"], repository=repository)

    assert caught.value.message.isprintable()


def test_a_folder_that_is_no_repository_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ForgeError, match="not a git repository"):
        git.run(["for-each-ref"], repository=tmp_path)


def test_without_git_the_hint_is_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ForgeError, match="not installed") as caught:
        git.run(["version"])

    assert "install git" in caught.value.hint


def test_settings_of_the_user_and_the_system_are_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Somebody\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "gitconfig"))

    assert b"Somebody" not in git.run(["config", "--list"])


def test_objects_are_read_and_measured(repository: Path) -> None:
    oid = write_blob(repository, b"a\nb\0c")

    with git.Objects(repository) as objects:
        assert objects.size(oid) == 5
        assert objects.read(oid) == b"a\nb\0c"
        assert objects.find(oid) == git.Object(oid, "blob", b"a\nb\0c")
        assert objects.find("refs/heads/main") is None
        assert objects.find("no such name") is None


def test_an_object_over_the_limit_is_not_read_and_the_next_one_is(repository: Path) -> None:
    big, small = write_blob(repository, b"x" * 5_000_000), write_blob(repository, b"y")

    with git.Objects(repository) as objects:
        for _ in range(3):
            with pytest.raises(git.TooLarge, match="5,000,000"):
                objects.find(big, limit=4_999_999)
            assert objects.read(small, limit=1) == b"y"


def test_an_object_that_another_names_and_that_is_gone_is_an_error(repository: Path) -> None:
    with git.Objects(repository) as objects:
        for ask in (objects.read, objects.size):
            with pytest.raises(ForgeError, match="lost the object") as caught:
                ask("1" * 40)
            assert "fsck" in caught.value.hint


def test_a_damaged_object_is_an_error_with_the_words_of_git(repository: Path) -> None:
    oid = write_blob(repository, b"x" * 1000)
    file = repository / "objects" / oid[:2] / oid[2:]
    file.chmod(0o644)
    file.write_bytes(b"damaged")

    with git.Objects(repository) as objects, pytest.raises(ForgeError) as caught:
        objects.read(oid)

    assert oid in caught.value.message


def test_git_is_ended_when_reading_is_over_whatever_happened(repository: Path) -> None:
    oid = write_blob(repository, b"x" * 1_000_000)
    before = children()

    def read_and_fail() -> None:
        with git.Objects(repository) as objects:
            objects.read(oid)
            objects.size(oid)
            assert len(children() - before) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_and_fail()

    assert children() <= before


def test_a_git_that_dies_while_reading_is_an_error(tmp_path: Path) -> None:
    with git.Objects(tmp_path) as objects, pytest.raises(ForgeError, match="not a git repository"):
        objects.find("refs/heads/main")


def test_a_commit_is_written_without_any_ref(repository: Path) -> None:
    change = Change("First", {"a": b"1"})

    first = write_commit(repository, change, parent=None, author="ann", time=NOW)
    second = write_commit(repository, change, parent=first, author="ann", time=NOW)

    assert git.run(["for-each-ref"], repository=repository) == b""
    form = "--format=%P|%an <%ae> %ai|%cn <%ce>|%s"
    assert git.run(["log", "-1", form, second], repository=repository).decode() == (
        f"{first}|ann <ann@localhost> 2026-11-23 00:00:00 +0000|aims <aims@localhost>|First\n"
    )


def test_a_commit_of_many_files_is_one_pack(repository: Path) -> None:
    files = {f"f/{n}": b"%d" % n for n in range(500)}

    commit = write_commit(repository, Change("Many", files), parent=None, author="ann", time=NOW)

    assert len(list((repository / "objects" / "pack").glob("*.pack"))) == 1
    assert git.run(["cat-file", "-p", f"{commit}:f/499"], repository=repository) == b"499"


def test_refs_move_together_or_not_at_all(repository: Path) -> None:
    one, two = (
        write_commit(repository, Change(m, {}), parent=None, author="ann", time=NOW) for m in "12"
    )
    patience = Patience(attempts=1)
    create = [RefUpdate("refs/heads/a", one, None), RefUpdate("refs/heads/b", one, None)]
    move = [RefUpdate("refs/heads/a", two, one), RefUpdate("refs/heads/b", two, two)]

    assert update_refs(repository, create, patience)
    assert not update_refs(repository, create, patience)
    assert not update_refs(repository, move, patience)
    assert not update_refs(repository, [RefUpdate("refs/heads/c", two, one)], patience)

    said = git.run(["for-each-ref", "--format=%(refname) %(objectname)"], repository=repository)
    assert said.decode().splitlines() == [f"refs/heads/a {one}", f"refs/heads/b {one}"]


def test_refs_that_cannot_be_are_an_error_and_not_a_race(repository: Path) -> None:
    oid = write_commit(repository, Change("x", {}), parent=None, author="ann", time=NOW)

    for name, value in (("refs/heads/a..b", oid), ("refs/heads/a", "1" * 40)):
        with pytest.raises(git.GitFailed):
            update_refs(repository, [RefUpdate(name, value, None)], Patience(attempts=2))
