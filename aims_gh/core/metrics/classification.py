"""Metrics of predicted labels as a whole, computed from the counts of labels."""

from __future__ import annotations

import math

from aims_gh.core.metrics.counts import Counts


def accuracy(counts: Counts) -> float:
    """Compute the share of rows whose label is predicted right.

    Parameters
    ----------
    counts : Counts
        Of at least one row.

    Returns
    -------
    float
        0 to 1, 1 is perfect; no unit.

    Notes
    -----
    ``correct / rows``. One of the four metrics for classification of Peters & Parrott (2024),
    section 3.1.1. Same value as ``sklearn.metrics.accuracy_score(truth, predicted)``.

    Examples
    --------
    >>> import numpy as np
    >>> from aims_gh.core.metrics.counts import count
    >>> accuracy(count(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), labels=2))
    0.75
    """
    return int(counts.correct.sum()) / counts.rows


def balanced_accuracy(counts: Counts) -> float:
    """Compute the mean recall of the labels that occur in the truth.

    Parameters
    ----------
    counts : Counts
        Of at least one row.

    Returns
    -------
    float
        0 to 1, 1 is perfect; guessing gives 1 / (number of labels). No unit.

    Notes
    -----
    Mean of ``correct / true`` over the labels with ``true > 0``: unlike macro `recall`, a label
    that is only predicted does not count. Brodersen et al. (2010), "The balanced accuracy and
    its posterior distribution". Same value as
    ``sklearn.metrics.balanced_accuracy_score(truth, predicted)``.

    Examples
    --------
    >>> import numpy as np
    >>> from aims_gh.core.metrics.counts import count
    >>> balanced_accuracy(count(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]), labels=2))
    0.5
    """
    there = counts.true > 0
    return float((counts.correct[there] / counts.true[there]).mean())


def matthews_corrcoef(counts: Counts) -> float:
    """Compute the correlation between true and predicted labels.

    Parameters
    ----------
    counts : Counts
        Of at least one row.

    Returns
    -------
    float
        -1 to 1; 1 is perfect, 0 is no better than chance. 0 as well where it is undefined:
        where the truth, or the prediction, is the same label in every row. No unit.

    Notes
    -----
    With ``c`` rows correct of ``n``, ``t`` true and ``p`` predicted rows of each label:
    ``(c * n - t @ p) / sqrt((n**2 - p @ p) * (n**2 - t @ t))``. Gorodkin (2004), "Comparing two
    K-category assignments by a K-category correlation coefficient". Same value as
    ``sklearn.metrics.matthews_corrcoef(truth, predicted)``.

    Examples
    --------
    >>> import numpy as np
    >>> from aims_gh.core.metrics.counts import count
    >>> matthews_corrcoef(count(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), labels=2))
    1.0
    """
    rows, correct = counts.rows, int(counts.correct.sum())
    true, predicted = counts.true, counts.predicted
    # Python's integers: exact, and a product of four counts overflows 64 bits at 1e5 rows.
    both = correct * rows - int(true @ predicted)
    spread = (rows**2 - int(predicted @ predicted)) * (rows**2 - int(true @ true))
    return both / math.sqrt(spread) if spread else 0.0
