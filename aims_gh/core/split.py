"""Split the holdout into a public and a private part."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def draw_private(
    strata: npt.NDArray[np.int32] | None, *, rows: int, fraction: float, seed: int
) -> Mask:
    """Choose which rows are private.

    The seed must be secret and random: with a known one anybody can draw the same mask.

    Parameters
    ----------
    strata : int32 array of shape (rows,), or None
        Rows with the same number are shared out in proportion; a class with a single row falls
        to one side by chance. None: all rows alike.
    rows : int
        How many rows there are.
    fraction : float
        Share of private rows, 0 to 0.9. Above 0, and with two rows or more, both parts get at
        least one row.
    seed : int
        At least 128 random bits.

    Returns
    -------
    bool array of shape (rows,)
        True where a row is private.

    Examples
    --------
    >>> int(draw_private(None, rows=10, fraction=0.5, seed=1).sum())
    5
    """
    private = np.zeros(rows, dtype=np.bool_)
    if fraction <= 0 or rows < 2:
        return private
    random = np.random.default_rng(seed)
    groups = np.zeros(rows, dtype=np.int32) if strata is None else strata
    # Systematic sampling: walk over the rows class by class, chance within each, and take
    # every (rows / wanted)-th from a random start. Each row has the same chance, each class
    # its share to within one row.
    order = np.lexsort((random.random(rows), _shuffled(groups, random)))
    wanted = min(max(round(rows * fraction), 1), rows - 1)
    steps = np.floor(np.arange(rows + 1) * wanted / rows + random.random() * 0.999)
    private[order[np.diff(steps) > 0]] = True
    return private


def _shuffled(groups: npt.NDArray[np.int32], random: np.random.Generator) -> npt.NDArray[np.int32]:
    """Rename the classes by chance, so that their order decides nothing."""
    names, codes = np.unique(groups, return_inverse=True)
    return random.permutation(len(names)).astype(np.int32)[codes]
