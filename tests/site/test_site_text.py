"""Values as people read them."""

from __future__ import annotations

import doctest

import pytest

from aims_gh.site import facts, text, view, words
from aims_gh.site.view import without_title


@pytest.mark.parametrize("module", [text, words, view, facts], ids=lambda m: m.__name__)
def test_the_examples_in_the_docstrings_hold(module) -> None:
    failed, tried = doctest.testmod(module)

    assert failed == 0
    assert tried or module is facts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0.0000"), (-0.0, "0.0000"), (1, "1.0000"), (0.03125, "0.0313"),
        (0.96875, "0.9688"), (-0.03125, "-0.0313"), (0.00009999, "9.999e-5"),
        (0.0001, "0.0001"), (9_999_999.0, "9999999.0000"), (1e7, "1.000e7"),
        (-123456789.0, "-1.235e8"), (1e-300, "1.000e-300"),
    ],
)  # fmt: skip
def test_a_score_has_four_decimals_unless_these_would_hide_it(value: float, expected: str) -> None:
    assert text.score(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1250, "1.3 kB"), (5e12, "5000 GB")],
)
def test_a_size_has_one_decimal(value: int, expected: str) -> None:
    assert text.size(value) == expected


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        ("# T\nx", "x"), ("\n\n# T #\n\n\nx\n", "x\n"), ("T\n===\nx", "x"), ("# T", ""),
        ("## T\nx", "## T\nx"), ("#T\nx", "#T\nx"), ("x\n# T\n", "x\n# T\n"), ("", ""),
        ("x\ny\n===\n", "x\ny\n===\n"),
    ],
)  # fmt: skip
def test_only_a_title_at_the_very_beginning_is_dropped(readme: str, expected: str) -> None:
    assert without_title(readme) == expected
