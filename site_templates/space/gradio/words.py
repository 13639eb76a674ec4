"""What the API says of itself, to whoever reads its description: people, and language models."""

from __future__ import annotations

from typing import Any

from aims_app.core.inert import plain
from model import Served

MOST = 40
KINDS = {"bool": "true or false", "string": "text", "int": "a whole number", "float": "a number"}
MEDIA = {"image": "a picture", "audio": "a recording", "video": "a video"}


def one_row(served: Served) -> str:
    """Describe the question of one row."""
    return f"{title(served)} Give {row(served)}. The answer is {answer(served)}."


def every_row(served: Served) -> str:
    """Describe the question of many rows."""
    form = (
        "a list of rows: objects by column, or lists in the columns' order"
        if len(served.inputs) > 1
        else "a list of values"
    )
    return (
        f"{title(served)} Give {form}; each row is {row(served, of_many=True)}. The answer is a "
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
    more = len(served.inputs) - MOST
    told = "; ".join(column(each) for each in served.inputs[:MOST])
    return f"an object with {told}{f'; and {more} more columns, see info' if more > 0 else ''}"


def column(told: dict[str, Any]) -> str:
    """Say what the value of a column is."""
    kind = KINDS[told["dtype"]]
    known = [plain(str(each)) for each in told["categories"] or ()][:MOST]
    if known:
        kind = f"one of {', '.join(known)}"
    elif told["minimum"] is not None and told["maximum"] is not None:
        kind = f"{kind}, {told['minimum']:g} to {told['maximum']:g}"
    return f"“{plain(told['name'])}”: {kind}"


def answer(served: Served) -> str:
    """Say what the model says."""
    if not served.labels:
        return "a number"
    labels = [plain(str(label)) for label in served.labels]
    more = f" and {len(labels) - MOST} more" if len(labels) > MOST else ""
    return f"one of {', '.join(labels[:MOST])}{more}"
