"""Starting is light: nothing heavy is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "numpy", "pandas", "sklearn", "onnx", "onnxruntime", "pyarrow", "torch", "tensorflow", "mkdocs",
    "jinja2", "requests", "httpx", "urllib3", "http.client", "github", "huggingface_hub", "gradio",
    "git", "pygit2", "pyrage", "rich", "asyncio",
}  # fmt: skip


def loaded_by(code: str) -> set[str]:
    output = subprocess.check_output(
        [sys.executable, "-c", f"import sys; {code}; print('LOADED', *sys.modules)"], text=True
    )
    return set(output.partition("LOADED")[2].split())


@pytest.mark.parametrize(
    "code",
    [
        "import aims_gh",
        "import aims_gh.cli",
        "import aims_gh.cli as c; c.aims(['--help'], standalone_mode=False)",
        "import aims_gh.cli as c; c.aims(['submit', '--help'], standalone_mode=False)",
        "import aims_gh.cli as c; c.aims(['--version'], standalone_mode=False)",
    ],
)
def test_nothing_heavy_is_loaded(code: str) -> None:
    assert HEAVY & loaded_by(code) == set()


def test_reading_a_board_loads_no_model_library() -> None:
    loaded = loaded_by("import aims_gh.flows.read")

    assert {"onnx", "onnxruntime", "sklearn", "pandas", "pyarrow"} & loaded == set()
