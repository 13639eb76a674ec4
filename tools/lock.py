"""Resolve the dependencies again, with hashes: `make lock`."""

import subprocess
import sys
from pathlib import Path

UV = Path(sys.executable).parent / "uv"
BUILD = ["hatchling==1.33.0", "editables==0.6"]
# torch itself is in requirements/torch.txt: which file it is depends on the machine's processor
# and graphics card, so it has no hash here. All that it needs beside it has.
BESIDE_TORCH = [
    "onnxscript>=0.5", "safetensors>=0.5", "filelock", "fsspec", "jinja2", "networkx", "setuptools",
    "sympy", "typing-extensions",
]  # fmt: skip
TESTED = ("sklearn", "boosting", "tensorflow", "pandas", "images", "site", "deploy")
ALONE = ("uv", "peers")
"""These need nothing of the project's own list."""

SETS = {
    "uv": ([], ["uv"]),
    # What `make bench` measures beside, and cannot share an environment with.
    "peers": ([], ["mlflow>=3", "scikit-learn"]),
    # What action/action.yml installs: a prediction file may be Parquet, a website needs MkDocs,
    # and an app is started before it is pushed.
    "evaluate": (["--extra", "github"], [*BUILD, "pyarrow>=15"]),
    "publish": (["--extra", "github", "--extra", "site"], BUILD),
    "deploy": (["--extra", "github", "--extra", "deploy"], BUILD),
    "demo": (["--extra", "sklearn", "--extra", "site"], BUILD),
    "test": (
        [*(f"--extra={name}" for name in TESTED), "--group=test"],
        [*BUILD, *BESIDE_TORCH],
    ),
}


def lock(name: str, options: list[str], more: list[str]) -> None:
    source = [] if name in ALONE else ["pyproject.toml"]
    subprocess.run(
        [
            UV, "pip", "compile", *source, "-", *options,
            "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header",
            "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet",
            *sys.argv[1:],
            "--output-file", f"requirements/{name}.txt",
        ],
        input="\n".join(more), text=True, check=True,
    )  # fmt: skip


for name, (options, more) in SETS.items():
    lock(name, options, more)
