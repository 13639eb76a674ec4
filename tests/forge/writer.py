"""Write to a course from a process of its own: `python writer.py PATH COUNT`; 0 is for ever."""

from __future__ import annotations

import itertools
import os
import sys
from functools import partial
from pathlib import Path

from aims_gh.forge import Change
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Tree


def main(path: Path, count: int) -> None:
    """Record, propose and record; say each when it is done."""
    forge = LocalForge.open(path)
    me = os.getpid()
    print("ready", flush=True)
    for n in range(count) if count else itertools.count():
        change = Change(f"{me}: {n}", {f"from/{me}/{n}": os.urandom(50_000)})
        print("recorded", forge.record(partial(_always, change)), flush=True)
        print("proposed", forge.propose(change, author="ann", title="x").number, flush=True)


def _always(change: Change, _: Tree) -> Change:
    return change


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
