"""Resolve the dependencies again, with hashes: `make lock`."""

import subprocess
import sys
from pathlib import Path

UV = Path(sys.executable).parent / "uv"
BUILD = ["hatchling==1.33.0", "editables==0.6"]
SETS = {
    "uv": ([], ["uv"]),
    "evaluate": ([], []),
    "demo": (["--extra", "sklearn", "--extra", "site"], BUILD),
    "test": (
        ["--extra", "sklearn", "--extra", "site", "--extra", "pandas", "--group", "test"],
        BUILD,
    ),
}


def lock(name: str, options: list[str], more: list[str]) -> None:
    source = [] if name == "uv" else ["pyproject.toml"]
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
