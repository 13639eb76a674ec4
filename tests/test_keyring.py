"""The keyring: secrets that only their owner reads, found by their public half."""

from __future__ import annotations

import os
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aims_gh.core.seal import Key, open_sealed, seal
from aims_gh.errors import SealError
from aims_gh.keyring import Keyring

NOW = datetime(2026, 11, 23, 12, 30, 15, 999, tzinfo=UTC)
posix = pytest.mark.skipif(os.name != "posix", reason="permission bits")


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "deep" / "keys")


def new(keyring: Keyring, role: Any = "score", course: str = "/srv/ml 101") -> Key:
    return keyring.new(role, course=course, now=NOW)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_key_is_found_by_its_public_half_and_opens_what_was_sealed_to_it(
    keyring: Keyring,
) -> None:
    key, other = new(keyring), new(keyring, "owner")

    found = keyring.find(key.public)

    assert found == key
    assert keyring.find(other.public) == other
    assert open_sealed(seal(b"x", [key.public]), [key], name="x") == b"x"


def test_a_key_that_is_not_here_is_none(keyring: Keyring) -> None:
    assert keyring.find(Key.new().public) is None
    new(keyring)
    assert keyring.find(Key.new().public) is None
    assert keyring.find("") is None
    assert keyring.files()[0].path.exists()


def test_before_the_first_key_there_is_no_folder_and_nothing_in_it(keyring: Keyring) -> None:
    assert keyring.files() == []
    assert not keyring.folder.exists()


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_files_and_folder_are_the_owner_s_alone_whatever_the_umask(
    keyring: Keyring, mask: int
) -> None:
    before = os.umask(mask)
    try:
        new(keyring)
    finally:
        os.umask(before)

    (path,) = keyring.folder.glob("*.txt")
    assert oct(mode(path)) == oct(0o600)
    assert oct(mode(keyring.folder)) == oct(0o700)


@posix
def test_a_folder_that_was_open_to_all_is_closed(keyring: Keyring) -> None:
    keyring.folder.mkdir(parents=True)
    keyring.folder.chmod(0o777)

    new(keyring)

    assert oct(mode(keyring.folder)) == oct(0o700)


@posix
@pytest.mark.parametrize("bits", [0o640, 0o604, 0o644, 0o620, 0o602, 0o610, 0o601, 0o660])
def test_a_key_that_others_can_read_or_change_is_refused_until_it_is_closed(
    keyring: Keyring, bits: int
) -> None:
    key = new(keyring)
    (path,) = keyring.folder.glob("*.txt")
    path.chmod(bits)

    with pytest.raises(SealError, match="can be read by others") as caught:
        keyring.find(key.public)

    assert caught.value.hint == f"chmod 600 '{path}' first"
    assert key.secret not in f"{caught.value!r}{caught.value.hint}"
    path.chmod(0o600)
    assert keyring.find(key.public) == key


def test_git_never_takes_the_folder_into_a_checkout(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    keyring = Keyring(tmp_path / "keys")
    new(keyring)
    (keyring.folder / ".gitignore").unlink()
    new(keyring)

    subprocess.run(["git", "-C", tmp_path, "add", "-A"], check=True)
    staged = subprocess.run(
        ["git", "-C", tmp_path, "diff", "--cached", "--name-only"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert staged == ""


def test_what_may_be_shown_is_everything_but_the_secret(keyring: Keyring) -> None:
    key = new(keyring, "owner")

    (file,) = keyring.files()

    assert (file.role, file.course, file.public) == ("owner", "/srv/ml 101", key.public)
    assert file.created == "2026-11-23T12:30:15+00:00"
    for shown in (repr(file), str(file), repr(keyring), file.path.name):
        assert key.secret[16:] not in shown
        assert "AGE-SECRET" not in shown


def test_the_file_says_what_it_is_and_is_whole(keyring: Keyring) -> None:
    key = new(keyring, "run", course="courses/ml")

    (path,) = keyring.folder.glob("*.txt")

    assert path.name == f"ml-run-{key.public[-8:]}.txt"
    assert path.read_text().splitlines() == [
        "# run key of an aims course: keep it secret, keep a copy",
        "# role: run",
        "# course: courses/ml",
        "# created: 2026-11-23T12:30:15+00:00",
        f"# public key: {key.public}",
        key.secret,
    ]
    assert sorted(p.name for p in keyring.folder.iterdir()) == [".gitignore", path.name]


def test_two_keys_of_one_role_do_not_replace_each_other(keyring: Keyring) -> None:
    keys = [new(keyring) for _ in range(4)]

    assert {file.public for file in keyring.files()} == {key.public for key in keys}
    assert [keyring.find(key.public) for key in keys] == keys


@pytest.mark.parametrize(
    "course",
    ["", "/", ".", "..", "a.b.c", "a: b", "# role: owner", "ünïcödé", "a\nAGE-SECRET-KEY-1\nb",
     "a\r\n# public key: age1evil", "\x1b[31m", "x" * 200, "C:\\courses\\ml"],
    ids=range(13),
)  # fmt: skip
def test_whatever_the_course_is_called_its_key_is_found_again(
    keyring: Keyring, course: str
) -> None:
    key = new(keyring, course=course)

    assert keyring.find(key.public) == key
    (file,) = keyring.files()
    assert (file.role, file.public) == ("score", key.public)
    assert file.path.parent == keyring.folder
    assert file.course.isprintable()


def test_removing_a_course_s_keys_removes_them_alone(keyring: Keyring) -> None:
    gone = [new(keyring, role, course="/a/course") for role in ("score", "run", "owner")]
    kept = [new(keyring, course=course) for course in ("/a/course-2", "/a", "course")]

    keyring.remove(course="/a/course")

    assert [keyring.find(key.public) for key in gone] == [None] * 3
    assert [keyring.find(key.public) for key in kept] == kept


def test_a_key_that_came_from_elsewhere_is_kept_and_found(keyring: Keyring) -> None:
    key = Key.new()

    keyring.keep(key, "owner", course="/srv/ml", now=NOW)
    keyring.keep(key, "owner", course="/srv/ml", now=NOW)

    assert keyring.find(key.public) == key
    assert [file.role for file in keyring.files()] == ["owner"]


def put(keyring: Keyring, name: str, content: bytes) -> Path:
    keyring.folder.mkdir(parents=True, exist_ok=True)
    path = keyring.folder / name
    path.write_bytes(content)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_that_age_keygen_made_is_a_key_too(keyring: Keyring, ending: str) -> None:
    key = Key.new()
    lines = ["# created: 2026-01-01T00:00:00Z", f"# public key: {key.public}", key.secret, ""]
    put(keyring, "mine.txt", ending.join(lines).encode())

    assert keyring.find(key.public) == key
    assert keyring.files()[0].role == "?"


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"shopping list", b"# public key", b"# public key:", b"#: : :\n# : ",
     "# clé: é".encode("latin-1"), b"AGE-SECRET-KEY-1NOTHING"],
    ids=range(8),
)  # fmt: skip
def test_other_files_in_the_folder_do_no_harm(keyring: Keyring, content: bytes) -> None:
    put(keyring, "a-note.txt", content)
    put(keyring, "z-note.txt", content)

    key = new(keyring)

    assert keyring.find(key.public) == key
    assert [file.public for file in keyring.files()] == [key.public]


def test_half_written_keys_are_no_keys(keyring: Keyring) -> None:
    key = Key.new()
    put(keyring, "ml-score.part", f"# public key: {key.public}\n{key.secret}\n".encode())

    assert keyring.find(key.public) is None


def test_a_file_whose_secret_is_not_the_one_it_names_is_refused(keyring: Keyring) -> None:
    named, held = Key.new(), Key.new()
    put(keyring, "mixed.txt", f"# public key: {named.public}\n{held.secret}\n".encode())

    with pytest.raises(SealError, match="holds another key") as caught:
        keyring.find(named.public)

    assert held.secret not in f"{caught.value!r}{caught.value.hint}"


@pytest.mark.parametrize("secret", ["", "rubbish", "{0}\n{0}", "{0}x"])
def test_a_damaged_key_is_refused_without_repeating_it(keyring: Keyring, secret: str) -> None:
    key = Key.new()
    put(keyring, "bad.txt", f"# public key: {key.public}\n{secret.format(key.secret)}\n".encode())

    with pytest.raises(SealError, match="not one age key") as caught:
        keyring.find(key.public)

    assert key.secret[:40] not in f"{caught.value!r}{caught.value.hint}"
