"""What is said in words: of the API, to people and language models, and in the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aims_app.core.inert import plain
from aims_app.core.table import Table
from model import Served

MOST = 40
FEW = 5
KINDS = {"bool": "true or false", "string": "text", "int": "a whole number", "float": "a number"}
MEDIA = {"image": "a picture", "audio": "a recording", "video": "a video"}


def one_row(served: Served) -> str:
    """Describe the question of one row."""
    said = answer(served)
    if served.labels:
        said = (
            f"an object: `label` is {said}; `confidences` lists each `label` with its probability, "
            "`confidence`, where the model gives them"
        )
    return f"{title(served)} Give {row(served)}. The answer is {said}."


def every_row(served: Served) -> str:
    """Describe the question of many rows."""
    if len(served.inputs) > 1:
        form = "a list of rows, objects by column or lists in the columns' order; each row is"
    else:
        form = "a list of values; each is"
    return (
        f"{title(served)} Give {form} {row(served, of_many=True)}. The answer is a "
        f"list of as many records, in the same order: `prediction`, {answer(served)}"
        f"{', and `probability_…` for each label' if served.labels else ''}."
    )


def title(served: Served) -> str:
    """Say what it is about."""
    told = plain(served.app["description"]).strip().rstrip(".")
    return f"{plain(served.app['title'])}{f': {told}' if told else ''}."


def row(served: Served, *, of_many: bool = False) -> str:
    """Say what a row is."""
    kind = served.app["input_type"]
    if kind in MEDIA and served.app[{"image": "picture", "audio": "sound"}.get(kind, kind)]:
        return "the numbers of an array" if of_many else MEDIA[kind]
    first = served.inputs[0]
    if len(served.inputs) == 1 and first["shape"]:
        shape = " × ".join(map(str, first["shape"]))
        return f"{shape} numbers" if of_many else f"{shape} numbers as text, as in a CSV file"
    if len(served.inputs) == 1 and kind != "tabular":
        return "a text"
    if of_many and len(served.inputs) == 1:
        return column(first)
    more = len(served.inputs) - MOST
    told = "; ".join(column(each) for each in served.inputs[:MOST])
    return f"an object with {told}{f'; and {more} more columns, see info' if more > 0 else ''}"


def column(told: dict[str, Any]) -> str:
    """Say what the value of a column is."""
    kind = KINDS[told["dtype"]]
    if told["categories"]:
        kind = f"one of {listed(told['categories'])}"
    elif told["minimum"] is not None and told["maximum"] is not None:
        kind = f"{kind}, {number(told['minimum'])} to {number(told['maximum'])}"
    return f"“{plain(told['name'])}”: {kind}"


def listed(values: Sequence[Any]) -> str:
    """List values, and say how many more there are."""
    more = f" and {len(values) - MOST} more" if len(values) > MOST else ""
    return f"{', '.join(plain(str(value)) for value in values[:MOST])}{more}"


def number(value: float) -> str:
    """Write a number for people: all digits before the point, and few after it.

    Examples
    --------
    >>> number(20241231.0), number(0.1234567891), number(123456.789)
    ('20241231', '0.12345679', '123456.79')
    """
    whole = value == int(value) or abs(value) >= 1e8
    return f"{value:.0f}" if whole and abs(value) < 1e15 else f"{value:.8g}"


def unlisted(served: Served, table: Table) -> str:
    """Tell of texts that are not listed for their column; empty where there are none."""
    found = []
    for told in served.inputs:
        if told["dtype"] != "string" or not told["categories"]:
            continue
        given = dict.fromkeys(map(str, table.columns[told["name"]].tolist()))
        known = {"", *map(str, told["categories"])}
        if others := [plain(text)[:60] for text in given if text not in known]:
            more = f" and {len(others) - FEW} more" if len(others) > FEW else ""
            texts = ", ".join(f"“{text}”" for text in others[:FEW])
            found.append(f"{texts}{more} in “{plain(told['name'])}”")
    if not found:
        return ""
    new = "; ".join(found)
    return f"Not among the values that are listed: {new}. The model may not know what it means."


def answer(served: Served) -> str:
    """Say what the model says."""
    if not served.labels:
        return "a number"
    return f"one of {listed(served.labels)}"


def sentence(message: str, hint: str = "", name: str = "") -> str:
    """Write what is wrong as a sentence; one that begins with the name of a file keeps it."""
    text = message.replace("the features", "the rows")
    text = plain(f"{text}: {hint}" if hint else text)
    first = text[:1] if name and text.startswith(name) else text[:1].upper()
    return f"{first}{text[1:]}."


def short(line: list[Any], given: int) -> list[Any]:
    """Put the answer before what was given, where a narrow page shows it, in few digits."""
    answer = [rounded(value) if isinstance(value, float) else value for value in line[given:]]
    return [*answer, *line[:given]]


def rounded(value: float) -> float:
    """Leave four digits after the point; of less than one, four digits."""
    return round(value, 4) if abs(value) >= 1 else float(f"{value:.4g}")
