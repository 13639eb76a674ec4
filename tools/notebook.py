"""Execute the tutorial's notebook, and make a page of it: `python tools/notebook.py`.

The notebook is run in an empty folder, with keys of its own. Its outputs are kept in the file, as
people see it on GitHub, and in a page of the documentation, without what differs from run to run.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "docs" / "tutorial" / "from-model-to-model.ipynb"
PAGE = NOTEBOOK.with_suffix(".md")
SECONDS = 600


def executed(path: Path = NOTEBOOK) -> Any:
    """Run a notebook from top to bottom; give it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    folder = Path(tempfile.mkdtemp(prefix="aims-notebook-"))
    before = dict(os.environ)
    os.environ |= {"AIMS_KEYS": str(folder / "keys"), "AIMS_PROGRESS": "off"}
    os.environ |= {"PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1"}
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    work = folder / "work"
    work.mkdir()
    try:
        client = NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": work}}
        )
        client.execute()
    finally:
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder)
    return _tidy(notebook)


def _tidy(notebook: Any) -> Any:
    """Drop what only this run and this machine had."""
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
            for output in cell.outputs:
                if "text" in output:  # a command's, as from a terminal
                    output.text = output.text.replace("\r\n", "\n")
    return notebook


def page(notebook: Any) -> str:
    """Write a notebook as Markdown: code, what it prints, and its tables."""
    source = NOTEBOOK.name
    parts = [f"<!-- made from {source} by tools/notebook.py -->"]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"<!-- not run: it is run as {source} -->\n```python\n{cell.source}\n```")
        parts += [text for output in cell.outputs if (text := _shown(output))]
    return "\n\n".join(parts) + "\n"


def _shown(output: Any) -> str:
    if output.output_type == "stream":
        return f"```text\n{output.text.rstrip()}\n```"
    data = output.get("data", {})
    if "text/html" in data:
        html = re.sub(r"\n\s*\n", "\n", data["text/html"]).strip()
        # Tables without a style of their own take that of the page.
        html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.DOTALL)
        html = html.replace(' border="1" class="dataframe"', "")
        return f'<div class="notebook-table" markdown="0">\n{html}\n</div>'
    if "text/plain" in data:
        return f"```text\n{data['text/plain'].rstrip()}\n```"
    return ""


def main() -> None:
    """Execute, and write both; with `--page` write the page alone."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    if "--page" not in sys.argv:
        notebook = executed()
        nbformat.write(notebook, NOTEBOOK)
    PAGE.write_text(page(notebook), encoding="utf-8", newline="\n")
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
