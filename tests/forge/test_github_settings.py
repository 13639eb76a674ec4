"""Which forge is meant, which GitHub, and with whose token."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from loopback.github import GitHub

from aims_gh import settings
from aims_gh.domain.address import Address, Repository
from aims_gh.errors import CourseError, ForgeError
from aims_gh.forge.github.forge import GitHubForge
from aims_gh.forge.local import LocalForge


@pytest.mark.parametrize(
    "course",
    [
        "ada/course",
        "https://github.com/ada/course",
        "https://github.com/ada/course.git",
        "https://github.com/ada/course/",
        "https://github.com/ada/course/tree/main/playgrounds/iris",
        "git@github.com:ada/course.git",
        "github:ada/course",
    ],
)
def test_a_name_and_every_address_of_a_repository_mean_github(course: str) -> None:
    forge = settings.forge(course)

    assert isinstance(forge, GitHubForge)
    assert forge.name == "ada/course"


@pytest.mark.parametrize("course", ["./ada/course", "ada/course/deeper", "ada", "/srv/a", "~/a/b"])
def test_a_path_means_a_folder_on_this_machine(
    course: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ForgeError, match="is not a course"):
        settings.forge(course)


def test_a_folder_that_is_there_comes_before_github(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    LocalForge.create(Path("ada/course"), {"course.yml": b"title: x\n"}, "Start")

    assert isinstance(settings.forge("ada/course"), LocalForge)
    assert isinstance(settings.forge("https://github.com/ada/course"), GitHubForge)


@pytest.mark.parametrize("course", ["https://example.org/a/b", "https://github.com/", "github:x"])
def test_what_is_on_no_github_that_is_known_is_refused_with_the_way_out(course: str) -> None:
    with pytest.raises(CourseError) as caught:
        settings.forge(course)

    assert "GITHUB_SERVER_URL" in caught.value.hint or "owner/name" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "ada/course/iris",
        "https://github.com/ada/course/iris",
        "https://github.com/ada/course/tree/main/playgrounds/iris",
    ],
)
def test_addresses_of_a_playground_parse_alike(text: str) -> None:
    address = Address.parse(text)

    assert address.slug == "iris"
    found = Repository.parse(address.course)
    assert found is not None
    assert found.name == "ada/course"


@pytest.mark.parametrize(
    "text", ["a b/c", "-x/y", "a/..", "a/.", "C:/a", "", "a/b/c", "ä/b", "a/b\n"]
)
def test_what_is_no_name_of_a_repository_is_none(text: str) -> None:
    assert Repository.parse(text) is None


def test_an_enterprise_has_its_own_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example.org/")

    server = settings.github_server()

    assert server.api == "https://git.example.org/api/v3"
    assert server.graphql == "https://git.example.org/api/graphql"
    assert not server.local


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_token_is_the_one_given_or_that_of_gh_or_of_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    tool(tmp_path, "helper", "echo username=ann; echo password=from-git")
    config = Path(tmp_path, "config")
    config.write_text(f"[credential]\n\thelper = {tmp_path}/helper\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    web = "https://github.com"

    assert settings.github_token(web) == "from-git"
    tool(tmp_path, "gh", "test \"$*\" = 'auth token --hostname github.com' && echo from-gh")
    assert settings.github_token(web) == "from-gh"
    monkeypatch.setenv("GITHUB_TOKEN", "given")
    assert settings.github_token(web) == "given"


def test_without_any_there_is_no_token_and_no_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path, "gh", "echo 'not logged in' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert settings.github_token("https://github.com") is None


def test_who_submits_is_whose_token_it_is(
    github: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", github.server_url)
    monkeypatch.setenv("GITHUB_API_URL", github.api_url)
    monkeypatch.setenv("GITHUB_TOKEN", github.user("Ann").token)
    monkeypatch.setenv("AIMS_USER", "somebody")
    local = LocalForge.create(tmp_path / "c", {"course.yml": b""}, "Start")

    assert settings.author(settings.forge("prof/course")) == "Ann"
    assert settings.author(settings.forge("prof/course"), "bob") == "bob"
    assert settings.author(local) == "somebody"


def test_a_job_reads_by_git_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.forge("prof/course")._remote is None
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert settings.forge("prof/course")._remote.url == "https://github.com/prof/course.git"


def test_without_its_package_one_is_told_which_to_install(tmp_path: Path) -> None:
    (tmp_path / "github").mkdir()
    (tmp_path / "github" / "__init__.py").write_text("raise ImportError\n")
    command = [sys.executable, "-m", "aims_gh", "course", "show", "ada/course"]

    done = subprocess.run(
        command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )

    assert done.returncode == 8
    assert "aims-gh[github]" in done.stderr


def test_a_local_course_needs_no_package_of_githubs() -> None:
    code = (
        "import sys, aims_gh.settings as s\n"
        "try: s.forge('./nothing')\n"
        "except Exception: pass\n"
        "print({'github', 'requests', 'nacl'} & set(sys.modules))"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
