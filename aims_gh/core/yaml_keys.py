"""Set some keys of a YAML file, and leave the rest as its author wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aims_gh.domain.record import dump_yaml, load_yaml


def with_keys(content: bytes, keys: Mapping[str, Any]) -> bytes:
    r"""Set keys of the outermost level; comments and the order of the others stay.

    Parameters
    ----------
    content : bytes
        A YAML file of keys and values.
    keys : mapping of str to plain data
        New values; keys that the file lacks are added at its end.

    Raises
    ------
    Problems
        If the file is not valid.

    Examples
    --------
    >>> print(with_keys(b"# mine\na: 1\nb: 2  # why\n", {"a": [3]}).decode(), end="")
    # mine
    a:
    - 3
    b: 2  # why
    """
    _, places = load_yaml(content)
    lines = content.decode("utf-8").rstrip("\n").split("\n")
    starts = {key: line - 1 for key, line in places.items() if "." not in key}
    ends = sorted([*starts.values(), len(lines)])
    for key in sorted(keys, key=lambda key: starts.get(key, len(lines)), reverse=True):
        block = dump_yaml({key: keys[key]}).rstrip("\n").split("\n")
        if key not in starts:
            lines += block
            continue
        start = starts[key]
        stop = next(end for end in ends if end > start)
        # Comments above the next key are the next key's.
        while stop > start + 1 and lines[stop - 1].strip()[:1] in ("", "#"):
            stop -= 1
        lines[start:stop] = block
    return ("\n".join(lines) + "\n").encode("utf-8")
