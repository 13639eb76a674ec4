"""Blocks of rows: an array walked in pieces that stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Iterator


def blocks(rows: int, size: int) -> Iterator[slice]:
    """Cut the rows 0 to `rows` - 1 into slices of at most `size`.

    Temporaries the length of a whole column cost more in fresh memory pages than the
    arithmetic on them does.

    Examples
    --------
    >>> list(blocks(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    for start in range(0, rows, size):
        yield slice(start, min(start + size, rows))
