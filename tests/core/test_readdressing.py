"""A notebook in a copied course submits to the copy, whatever its people made of the notebook."""

from __future__ import annotations

import json

import pytest

from aims_gh.core.notebook import Note, notebook, readdressed, untouched


def written(line: str) -> bytes:
    cells = [("markdown", "# Cars"), ("code", f"{line}\nLABEL = 'price'\n")]
    return notebook(cells, Note("ada/ml/cars", "price"))


def told(content: bytes) -> tuple[str, str]:
    value = json.loads(content)
    line = "".join(value["cells"][1]["source"]).splitlines()[0]
    return line, value["metadata"]["aims"]["address"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ADDRESS = 'ada/ml/cars'", "ADDRESS = 'bob/ml/cars'"),
        ('ADDRESS = "ada/ml/cars"', "ADDRESS = 'bob/ml/cars'"),
        ("ADDRESS = 'ada/ml/cars'  # ours", "ADDRESS = 'bob/ml/cars'  # ours"),
        ('ADDRESS="ada/ml/cars"', "ADDRESS='bob/ml/cars'"),
        ("    ADDRESS: str = 'ada/ml/cars'  ", "    ADDRESS: str = 'bob/ml/cars'  "),
    ],
)
def test_the_address_is_found_however_the_line_is_laid_out(before: str, after: str) -> None:
    moved = readdressed(written(before), "bob/ml/cars")

    assert told(moved) == (after, "bob/ml/cars")
    assert untouched(moved) == Note("bob/ml/cars", "price")


@pytest.mark.parametrize(
    "line",
    [
        "ADDRESS = 'ada/ml/boats'",
        "ADDRESS = 'ada/ml/cars' + SUFFIX",
        "# ADDRESS = 'ada/ml/cars'",
        "OLD_ADDRESS = 'ada/ml/cars'",
        r"ADDRESS = '\N{no such}'",
    ],
)
def test_a_notebook_in_which_nothing_is_replaced_stays_to_the_byte(line: str) -> None:
    content = written(line)

    assert readdressed(content, "bob/ml/cars") == content
