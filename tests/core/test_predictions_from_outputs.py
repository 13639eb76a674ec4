"""Predictions from a model's outputs, as converters of many libraries shape them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aims_gh.core.predictions import Predictions, predictions_from_outputs
from aims_gh.errors import SubmissionError

TEXT = np.array(["b", "a", "b"], dtype=object)
PROBABLE = np.array([[0.25, 0.75], [1, 0], [0.5, 0.5]], np.float32)


def classes(*outputs: Any, labels: Any = ("a", "b")) -> Predictions:
    return predictions_from_outputs(outputs, task_type="classification", labels=labels)


def numbers(*outputs: Any) -> Predictions:
    return predictions_from_outputs(outputs, task_type="regression", labels=())


def codes(found: Predictions) -> list[int]:
    assert found.codes is not None
    assert found.codes.dtype == np.int32
    return found.codes.tolist()


def probabilities(found: Predictions) -> list[list[float]]:
    assert found.probabilities is not None
    assert found.probabilities.dtype == np.float64
    return found.probabilities.tolist()


def refusal(read: Any, *outputs: Any, **options: Any) -> str:
    with pytest.raises(SubmissionError) as caught:
        read(*outputs, **options)
    assert caught.value.hint
    return caught.value.message


def test_label_and_probabilities_as_skl2onnx_gives_them() -> None:
    found = classes(TEXT, PROBABLE)

    assert codes(found) == [1, 0, 1]
    assert probabilities(found) == PROBABLE.tolist()


def test_the_order_of_the_outputs_does_not_matter() -> None:
    assert codes(classes(PROBABLE, TEXT)) == [1, 0, 1]
    assert probabilities(classes(PROBABLE, TEXT)) == probabilities(classes(TEXT, PROBABLE))


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        (np.array([1, 0, 1]), (0, 1)),
        (np.array([1, 0, 1], np.int32), ("0", "1")),
        (np.array([True, False, True]), (0, 1)),
        (np.array([[1], [0], [1]]), (0, 1)),
        (np.array(["1", "0", "1"]), (0, 1)),
        (np.array([["b"], ["a"], ["b"]], dtype=object), ("a", "b")),
    ],
)
def test_a_label_alone_is_enough(said: Any, labels: Any) -> None:
    found = classes(said, labels=labels)

    assert codes(found) == [1, 0, 1]
    assert found.probabilities is None


def test_the_label_a_model_gives_counts_even_where_its_probabilities_say_otherwise() -> None:
    found = classes(np.array(["b", "b", "b"]), PROBABLE)

    assert codes(found) == [1, 1, 1]
    assert found.probabilities is not None


def test_a_list_of_maps_as_zipmap_gives_it_is_sorted_into_the_owner_s_order() -> None:
    maps = [{"x": 0.1, "y": 0.7, "z": 0.2}, {"x": 0.5, "y": 0.25, "z": 0.25}]

    found = classes(np.array(["y", "x"], dtype=object), maps, labels=("z", "y", "x"))

    assert codes(found) == [1, 2]
    assert probabilities(found) == [[0.2, 0.7, 0.1], [0.25, 0.25, 0.5]]


def test_the_keys_of_maps_may_be_numbers() -> None:
    maps = [{0: 0.25, 1: 0.75}, {0: 1.0, 1: 0.0}]

    assert probabilities(classes(maps, labels=("1", "0"))) == [[0.75, 0.25], [0.0, 1.0]]


def test_a_map_that_lacks_a_label_is_refused() -> None:
    assert refusal(classes, [{"a": 1.0}]) == "the model's output is not a finite number in row 1"
    assert refusal(classes, [{"a": 0.5, "b": 0.5}, {"a": 1.0}]) == (
        "the model's output is not a finite number in row 2"
    )


def test_probabilities_alone_give_the_likeliest_label() -> None:
    found = classes(PROBABLE)

    assert codes(found) == [1, 0, 0]
    assert probabilities(found) == PROBABLE.tolist()


@pytest.mark.parametrize("logits", [[[1.0, 2.0, -1.0], [9, 0, 3]], [[0.1, 0.2, 0.1], [0.9, 0, 0]]])
def test_the_largest_logit_wins_and_is_no_probability(logits: list[list[float]]) -> None:
    found = classes(np.array(logits, np.float32), labels=("a", "b", "c"))

    assert codes(found) == [1, 0]
    assert found.probabilities is None


def test_rounding_in_a_softmax_does_no_harm_and_leaves_the_unit_interval_nowhere() -> None:
    found = classes(np.array([[1.0000001, -1e-7], [0.3, 0.7]]))

    assert probabilities(found) == [[1.0, 0.0], [0.3, 0.7]]


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 1, 1)])
def test_a_sigmoid_is_the_probability_of_the_second_label(shape: tuple[int, ...]) -> None:
    found = classes(np.array([0.25, 0.75, 0.5, 1.0]).reshape(shape))

    assert codes(found) == [0, 1, 0, 1]
    assert probabilities(found) == [[0.75, 0.25], [0.25, 0.75], [0.5, 0.5], [0.0, 1.0]]


def test_a_sigmoid_is_not_always_the_first_label() -> None:
    # The original took argmax of (n, 1): always class 0 (AIMS_API.md, 2.4, 8).
    assert codes(classes(np.array([[0.9], [0.1]]))) == [1, 0]


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_log_odds_are_for_the_second_label_where_they_are_positive(shape: tuple[int, ...]) -> None:
    found = classes(np.array([-3.0, 0.4, 2.0]).reshape(shape))

    assert codes(found) == [0, 1, 1]
    assert found.probabilities is None


def test_one_number_per_row_says_nothing_about_three_labels() -> None:
    assert refusal(classes, np.array([0.1, 0.9]), labels=("a", "b", "c")) == (
        "the model returns float64[2], expected a label, or one number for each of 3 labels"
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 1, 1)])
def test_regression_is_one_number_per_row(dtype: Any, shape: tuple[int, ...]) -> None:
    found = numbers(np.array([0.5, -2, 3]).astype(dtype).reshape(shape))

    assert found.values is not None
    assert found.values.dtype == np.float64
    assert found.values.tolist() == [0.5, -2.0, 3.0]
    assert found.codes is None


def test_regression_takes_whole_numbers_and_the_first_output_that_fits() -> None:
    for outputs in (
        (np.array([1, 2]),),
        (np.array([1, 2], np.uint8), np.array([5.0, 6.0])),
        (np.zeros((2, 3)), np.array(["a", "b"]), np.array([[1.0], [2.0]]), np.array([5.0, 6.0])),
        ([{"a": 0.5, "b": 0.5}] * 2, np.array([1.0, 2.0])),
    ):
        found = numbers(*outputs)

        assert found.values is not None
        assert found.values.tolist() == [1.0, 2.0]


def test_every_row_is_answered_and_not_the_first_alone() -> None:
    # The original returned one prediction, whatever the rows (AIMS_API.md, 2.4, 8).
    assert len(numbers(np.arange(1000.0).reshape(1000, 1))) == 1000


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ((), "the model returns nothing, expected one number per row"),
        ((np.zeros((3, 2)),), "the model returns float64[3, 2], expected one number per row"),
        ((np.array(3.0),), "the model returns float64[], expected one number per row"),
        ((np.array(["a"]),), "the model returns <U1[1], expected one number per row"),
        ((np.array([True]),), "the model returns bool[1], expected one number per row"),
        ((np.array([1j]),), "the model returns complex128[1], expected one number per row"),
        ((np.array([1.0, np.nan]),), "the model's output is not a finite number in row 2"),
        ((np.array([[1.0], [np.inf]]),), "the model's output is not a finite number in row 2"),
    ],
)
def test_what_is_no_regression_is_refused(outputs: tuple[Any, ...], expected: str) -> None:
    assert refusal(numbers, *outputs) == expected


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ((), "nothing"),
        ((None,), "<U4[]"),
        ((np.array(1.0),), "float64[]"),
        ((np.array("a"),), "<U1[]"),
        ((np.zeros((2, 3)),), "float64[2, 3]"),
        ((np.zeros((2, 2, 2)),), "float64[2, 2, 2]"),
        ((np.eye(2, dtype=np.int64),), "int64[2, 2]"),
        ((np.array([b"a"]),), "|S1[1]"),
        ((np.array([1j]),), "complex128[1]"),
        (([np.zeros(2), np.zeros(3)],), "<U1[]"),
        (([np.zeros((2, 2)), np.zeros((2, 3))],), "<U1[]"),
        ((np.zeros((2, 3)),) * 9, ", ".join(["float64[2, 3]"] * 6)),
    ],
)
def test_what_is_no_classification_is_refused_and_its_shapes_named(
    outputs: tuple[Any, ...], found: str
) -> None:
    assert refusal(classes, *outputs) == (
        f"the model returns {found}, expected a label, or one number for each of 2 labels"
    )


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ((np.array(["a", "c"]),), "a label in row 2 that the playground does not know"),
        ((np.array([0, 1]),), "a label in row 1 that the playground does not know"),
        ((np.array([None, "a"], dtype=object),), "a label in row 1 that the playground does not"),
        (([{"a": 0.5, "b": 0.5}, 7],), "a label in row 1 that the playground does not know"),
        ((np.array([[0.5, np.nan]]),), "is not a finite number in row 1"),
        ((np.array(["a"]), np.array([[0.5, np.inf]])), "is not a finite number in row 1"),
        ((np.array([0.5, np.nan]),), "is not a finite number in row 2"),
    ],
)
def test_garbage_is_refused_with_its_row(outputs: tuple[Any, ...], expected: str) -> None:
    assert expected in refusal(classes, *outputs)


def test_labels_mean_the_same_whatever_python_s_hash_seed() -> None:
    # The original took labels from a set (AIMS_API.md, 2.4, 8).
    code = (
        "import numpy as np\n"
        "from aims_gh.core.predictions import predictions_from_outputs as read\n"
        "found = read([np.array([[.9, .05, .05], [0, 1, 0], [0, 0, 1.]])],\n"
        "             task_type='classification', labels=('survived', 'died', 'unknown'))\n"
        "maps = read([[{'died': .75, 'unknown': 0.0, 'survived': .25}]],\n"
        "            task_type='classification', labels=('survived', 'died', 'unknown'))\n"
        "print(found.codes.tolist(), maps.codes.tolist(), found.sha256(), maps.sha256())\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "5")
    }

    assert len(said) == 1
    assert said.pop().startswith("[0, 1, 2] [1] ")


arrays = st.one_of(
    st.tuples(
        st.sampled_from(["f4", "f8", "i8", "?", "U3", "O", "c8", "S2"]),
        st.lists(st.integers(0, 3), max_size=3),
    ).map(lambda parts: np.zeros(parts[1], parts[0])),
    st.none(),
    st.lists(st.dictionaries(st.sampled_from(["a", "b", 0]), st.floats(width=32)), max_size=3),
    st.lists(st.integers(0, 3).map(np.zeros), max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(outputs=st.lists(arrays, max_size=3), regression=st.booleans())
def test_no_outputs_at_all_do_anything_but_answer_or_be_refused(
    outputs: list[Any], regression: bool
) -> None:
    read = numbers if regression else classes
    try:
        found = read(*outputs)
    except SubmissionError:
        return
    for name, array in found.arrays().items():
        assert np.isfinite(array).all()
        assert array.ndim == (2 if name == "probabilities" else 1)
    if found.probabilities is not None:
        assert found.probabilities.min(initial=0) >= 0
        assert found.probabilities.max(initial=0) <= 1
