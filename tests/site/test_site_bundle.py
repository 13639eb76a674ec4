"""Scripts and style sheets, with npm and without it."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from site_builders import TEMPLATES, page, site
from site_html import parse

from aims_gh.site.build import build
from aims_gh.site.bundle import assets

SOURCES = TEMPLATES / "assets"


def folder_with(tmp_path: Path, **files: str) -> Path:
    sources = tmp_path / "assets"
    sources.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(SOURCES / name, sources)
    for name, text in files.items():
        (sources / name.replace("__", ".")).write_text(text)
    return sources


def test_packages_are_bundled_into_the_scripts_that_need_them(packages: Path) -> None:
    made = assets(SOURCES, packages)

    assert made.missing == ""
    assert {"aims", "board", "home"} <= made.modules
    scripts = {name: text.decode() for name, text in made.files.items() if name.endswith(".js")}
    assert scripts
    for name, text in scripts.items():
        assert "sourceMappingURL" not in text, name
        assert 'from"papaparse"' not in text, name


def test_a_second_build_asks_npm_for_nothing(packages: Path, monkeypatch) -> None:
    first = assets(SOURCES, packages)
    monkeypatch.setattr("subprocess.run", None)

    assert assets(SOURCES, packages) == first


def test_without_npm_the_scripts_that_need_no_package_are_there(tmp_path, monkeypatch) -> None:
    sources = folder_with(
        tmp_path,
        aims__js='import "./a.js"; import("./b.js");',
        a__js='import { x } from "./c.js";',
        b__js='import "papaparse";',
        c__js="export const x = 1;",
        d__js='import "./b.js";',
        aims__css="a{}",
        other__css="b{}",
    )
    monkeypatch.setenv("PATH", str(tmp_path))

    made = assets(sources, tmp_path / "cache")

    assert made.modules == {"a", "c"}
    assert made.files["aims.css"] == b"a{}\nb{}"
    assert "Node.js" in made.missing


def test_npm_is_given_no_token_of_the_job_that_runs_it(tmp_path, monkeypatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\nenv > '{tmp_path}/seen'\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    tokens = ("HF_TOKEN", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "AIMS_RUN_KEY")
    for name in tokens:
        monkeypatch.setenv(name, "s3cret")

    assets(SOURCES, tmp_path / "cache")

    seen = (tmp_path / "seen").read_text()
    assert "s3cret" not in seen and not any(name in seen for name in tokens)
    assert "https_proxy=http://proxy.example:3128\n" in seen
    assert f"npm_config_cache={tmp_path}/npm-cache\n" in seen and "HOME=" in seen


def test_where_npm_fails_the_site_is_built_and_the_log_says_why(
    tmp_path, monkeypatch, caplog
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network getaddrinfo ENOTFOUND' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    out = tmp_path / "site"

    with caplog.at_level(logging.WARNING):
        build(site(page()), out, strict=True, templates=TEMPLATES, cache=tmp_path / "cache")

    assert "npm error network" in caplog.text
    assert "Predict" in caplog.text
    root = parse(out / "playgrounds/breast-cancer/predict/index.html")
    assert "built without" in root.one(css="aims-module").text
    assert [*(tmp_path / "cache").iterdir()] == []


def test_the_lock_file_names_no_host_and_every_package_has_a_digest() -> None:
    import json

    lock = json.loads((SOURCES / "package-lock.json").read_text())
    named = {name: entry for name, entry in lock["packages"].items() if name}

    assert "http" not in (SOURCES / "package-lock.json").read_text()
    assert all(entry["integrity"].startswith("sha512-") for entry in named.values())


@pytest.mark.parametrize("name", ["package.json", "package-lock.json", ".npmrc"])
def test_what_npm_reads_is_not_on_the_site(name: str, packages: Path) -> None:
    assert name not in assets(SOURCES, packages).files
