"""Deploy as a user's process does: `python child.py SPACE FOLDER INTO`.

What the library of Hugging Face reads when it is imported cannot be changed later: so the way of
large files, and who asks, are tried in processes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from aims_gh import settings
from aims_gh.errors import AimsError


def main(space: str, folder: Path, into: Path) -> dict[str, Any]:
    """Push a folder, fetch the Space again, and tell how it went."""
    from huggingface_hub import snapshot_download

    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    said: list[str] = []
    variables = {"GREETING": "hello"}
    try:
        host = settings.hugging_face(
            space, hardware="t4-small", secrets=["API_KEY"], variables=variables, say=said.append
        )
        url = host.push("app", files)
    except AimsError as error:
        return {"error": error.message, "hint": error.hint, "said": said}
    snapshot_download(space, repo_type="space", local_dir=into)
    return {"url": url, "by_hand": host.by_hand, "said": said}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
