"""An app of the owners' own: the model is put beside it, and nothing that must not be pushed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from app_cases import Case
from changing_models import Houses

from aims_gh.errors import CourseError
from aims_gh.flows.deploy import Deployable
from aims_gh.flows.own_app import own_app_folder
from aims_gh.host.local import write

README = b"---\ntitle: Flats\nsdk: gradio\napp_file: main.py\n---\n\n# Flats\n"


@pytest.fixture(scope="module")
def found(cases: dict[str, Case]) -> Deployable:
    houses = Houses()
    model = houses.model(2)
    return Deployable(houses.app(2, model), model, cases["houses"].played.task, [])


def test_the_model_and_its_description_are_put_beside_the_owners_files(
    found: Deployable, tmp_path: Path
) -> None:
    own = {"README.md": README, "main.py": b"import gradio", "pages/more.py": b"", "a.png": b"\x89"}
    write(own | {".git/config": b"[core]", "__pycache__/main.pyc": b"x"}, tmp_path)

    files = own_app_folder(tmp_path, found)

    assert files.keys() == {*own, "model.onnx", "app.json"}
    assert {name: files[name] for name in own} == own
    assert files["model.onnx"] == found.model
    assert json.loads(files["app.json"])["model"]["version"] == 2


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"README.md": b"# Flats"}, "README.md has no front matter"),
        ({"README.md": b"---\nsdk: [\n---\n"}, "the front matter of README.md is"),
        ({"README.md": b"---\nsdk: streamlit\n---\n"}, "sdk in README.md is none of gradio"),
        ({"README.md": b"---\nsdk: docker\n---\n"}, "Dockerfile is missing"),
        ({"README.md": b"---\nsdk: gradio\napp_file: ../x.py\n---\n"}, "../x.py is missing"),
        ({"model.onnx": b""}, "model.onnx is there already"),
        ({"app.json": b""}, "app.json is there already"),
        ({".env": b"A=1"}, ".env looks like a secret"),
        ({"deploy/id_ed25519": b""}, "deploy/id_ed25519 looks like a secret"),
        ({".streamlit/secrets.toml": b""}, ".streamlit/secrets.toml looks like a secret"),
        ({"main.py": b"t = 'hf_" + b"a" * 34 + b"'"}, "main.py holds what looks like a secret"),
        ({"k.txt": b"AGE-SECRET-KEY-1" + b"Q" * 58}, "k.txt holds what looks like a secret"),
        ({"k.txt": b"-----BEGIN OPENSSH PRIVATE KEY-----"}, "k.txt holds what looks like"),
        ({f"{number}.txt": b"" for number in range(501)}, "more than 500 files and 50 MB"),
        ({"large.bin": b"x" * 50_000_001}, "more than 500 files and 50 MB"),
    ],
)
def test_what_cannot_or_must_not_be_pushed_is_told(
    found: Deployable, tmp_path: Path, files: dict[str, bytes], text: str
) -> None:
    write({"README.md": README, "main.py": b""} | files, tmp_path)

    with pytest.raises(CourseError) as error:
        own_app_folder(tmp_path, found)

    assert text in error.value.message
    assert "hf_a" not in error.value.message and "QQQ" not in error.value.message


def test_a_link_out_of_the_folder_is_not_followed(found: Deployable, tmp_path: Path) -> None:
    app, elsewhere = tmp_path / "app", tmp_path / "elsewhere"
    write({"README.md": README, "main.py": b""}, app)
    write({"notes.txt": b"mine"}, elsewhere)
    (app / "notes.txt").symlink_to(elsewhere / "notes.txt")
    (app / "folder").symlink_to(elsewhere)

    with pytest.raises(CourseError, match=r"folder is no ordinary file; notes\.txt is no ordinary"):
        own_app_folder(app, found)
