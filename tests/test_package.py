"""The wheel: it carries the templates, and the lean install does what it can."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    code = f"import hatchling.build as b; print(b.build_wheel({str(folder)!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_carries_every_template(wheel: Path) -> None:
    folder = ROOT / "site_templates"
    templates = [str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()]

    names = set(zipfile.ZipFile(wheel).namelist())

    assert {f"aims_gh/_site_templates/{name}" for name in templates} <= names
    assert templates


def test_an_installed_wheel_finds_its_templates(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    env = dict(os.environ) | {"PYTHONPATH": str(tmp_path / "installed")}
    code = (
        "import aims_gh, aims_gh.settings as s; print(aims_gh.__file__);"
        "print((s.templates() / 'course' / 'README.md').is_file())"
    )

    output = subprocess.check_output(
        [sys.executable, "-P", "-c", code], env=env, cwd=tmp_path, text=True
    )

    place, found = output.split()
    assert place.startswith(str(tmp_path))
    assert found == "True"


MISSING = [
    ("mkdocs", "from aims_gh.cli import aims; aims(['site', 'build', 'COURSE'])", "site"),
    (
        "pandas",
        "from aims_gh.flows.frames import pandas_module; pandas_module()",
        "pandas",
    ),
    (
        "skl2onnx",
        "from aims_gh.frameworks.sklearn import prepare; prepare(b'')",
        "sklearn",
    ),
    ("onnxscript", "from aims_gh.frameworks.torch import prepare; prepare(b'')", "torch"),
    (
        "safetensors",
        "from aims_gh.frameworks.torch import with_weights; with_weights(None, b'')",
        "torch",
    ),
    (
        "tensorflow",
        "import pickle; from aims_gh.frameworks.keras.traced import Traced; "
        "from aims_gh.frameworks.keras import prepare; "
        "prepare(pickle.dumps(Traced('tensorflow', b'', (), (), 1)))",
        "tensorflow",
    ),
    (
        "pyarrow",
        "from aims_gh.core.table import read_table; read_table(b'', 'x.parquet')",
        "pandas",
    ),
]


@pytest.mark.parametrize(("package", "code", "extra"), MISSING, ids=[m[0] for m in MISSING])
def test_a_missing_part_is_answered_with_the_line_that_installs_it(
    package: str, code: str, extra: str, tmp_path: Path
) -> None:
    course = tmp_path / "course"
    subprocess.run(
        [sys.executable, "-m", "aims_gh", "course", "new", str(course)],
        check=True,
        capture_output=True,
    )
    blocked = f"import sys; sys.modules[{package!r}] = None; " + code.replace("COURSE", str(course))

    done = subprocess.run([sys.executable, "-c", blocked], text=True, capture_output=True)

    assert done.returncode != 0
    assert f"pip install 'aims-gh[{extra}]'" in done.stderr or "MissingExtra" in done.stderr


def test_hashed_requirements_name_no_host_and_pin_every_package() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text()
        assert "://" not in text
        if file.name == "torch.txt":  # one file for each kind of processor and graphics card
            assert text.startswith("torch==")
            continue
        packages = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert all("==" in line for line in packages)
        assert text.count("--hash=sha256:") >= len(packages)
