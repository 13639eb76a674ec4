"""Probabilities belong to their labels, whatever order the owner and the library like."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from aims_gh.core.predictions import predictions_from_outputs

LABELS = ("benign", "malignant", "unclear")
CERTAIN = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6], [0.9, 0.1, 0.0]])


@pytest.mark.parametrize("order", list(permutations(LABELS)))
def test_columns_sorted_by_label_are_put_into_the_owners_order(order: tuple[str, ...]) -> None:
    said = np.array(LABELS)[CERTAIN.argmax(axis=1)]

    found = predictions_from_outputs([said, CERTAIN], task_type="classification", labels=order)

    assert found.probabilities is not None
    for row, line in enumerate(CERTAIN):
        assert dict(zip(order, found.probabilities[row], strict=True)) == dict(
            zip(LABELS, line, strict=True)
        )


def test_columns_in_the_owners_order_stay_where_the_labels_say_so() -> None:
    owners = ("unclear", "benign", "malignant")
    said = np.array(owners)[CERTAIN.argmax(axis=1)]

    found = predictions_from_outputs([said, CERTAIN], task_type="classification", labels=owners)

    np.testing.assert_array_equal(found.probabilities, CERTAIN)


OWNERS = ("benign", "unclear", "malignant")
CLEAR = np.array([[0.6, 0.3, 0.1], [0.1, 0.7, 0.2], [0.2, 0.1, 0.7]])


def test_a_row_alone_is_read_as_all_rows_showed() -> None:
    said = np.array(OWNERS)[CLEAR.argmax(axis=1)]
    task: dict[str, Any] = {"task_type": "classification", "labels": OWNERS}

    among = predictions_from_outputs([said, CLEAR], **task)
    first = [said[:1], CLEAR[:1]]
    alone = predictions_from_outputs(first, **task, reading=among.reading)
    guessed = predictions_from_outputs(first, **task)

    assert among.reading == alone.reading == "probabilities"
    np.testing.assert_array_equal(alone.probabilities, CLEAR[:1])
    assert guessed.reading == "sorted"
    np.testing.assert_array_equal(guessed.probabilities, [[0.6, 0.1, 0.3]])


def test_what_all_rows_showed_outweighs_the_labels_of_some() -> None:
    owners = ("unclear", "benign", "malignant")
    said = np.array(owners)[CLEAR.argmax(axis=1)]

    found = predictions_from_outputs(
        [said, CLEAR], task_type="classification", labels=owners, reading="sorted"
    )

    np.testing.assert_array_equal(found.probabilities, CLEAR[:, [2, 0, 1]])


@pytest.mark.parametrize(
    ("labels", "outputs"),
    [
        (LABELS, [np.array(LABELS), CLEAR]),
        ((2, 9, 10), [np.array([2, 9, 10]), CLEAR]),
        (OWNERS, [CLEAR]),
        (OWNERS, [np.array(OWNERS), [dict(zip(LABELS, row, strict=True)) for row in CLEAR]]),
    ],
    ids=["sorted", "numbers", "no labels", "maps"],
)
def test_where_both_orders_are_one_it_is_the_owners(labels: Any, outputs: list[Any]) -> None:
    found = predictions_from_outputs(outputs, task_type="classification", labels=labels)

    assert found.reading == "probabilities"


def test_whole_numbers_are_sorted_as_numbers() -> None:
    owners = (10, 9, 2)
    said = np.array([2, 9, 10])[CERTAIN.argmax(axis=1)]

    found = predictions_from_outputs([said, CERTAIN], task_type="classification", labels=owners)

    np.testing.assert_array_equal(found.probabilities, CERTAIN[:, [2, 1, 0]])


def test_without_a_label_output_columns_are_the_owners() -> None:
    found = predictions_from_outputs(
        [CERTAIN], task_type="classification", labels=("unclear", "benign", "malignant")
    )

    np.testing.assert_array_equal(found.probabilities, CERTAIN)


def test_maps_are_read_by_their_keys() -> None:
    owners = ("unclear", "benign", "malignant")
    maps = [dict(zip(LABELS, line, strict=True)) for line in CERTAIN.tolist()]
    said = np.array(LABELS)[CERTAIN.argmax(axis=1)]

    found = predictions_from_outputs([said, maps], task_type="classification", labels=owners)

    np.testing.assert_array_equal(found.probabilities, CERTAIN[:, [2, 0, 1]])


def test_probabilities_rounded_for_a_file_are_mended_to_add_up_to_one() -> None:
    written = np.array([[0.333, 0.333, 0.333], [0.5, 0.25, 0.25]])

    found = predictions_from_outputs([written], task_type="classification", labels=LABELS)

    assert found.probabilities is not None
    np.testing.assert_allclose(found.probabilities[0], 1 / 3)
    np.testing.assert_array_equal(found.probabilities[1], written[1])
