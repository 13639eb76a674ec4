"""Training data: which columns are inputs of the playground, and which one holds the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aims_gh.domain.playground import DataFile, Playground
from aims_gh.errors import CourseError


@dataclass(frozen=True, slots=True)
class Columns:
    """What a model learns from, and what it learns."""

    inputs: tuple[str, ...]
    answers: str


def training_file(slug: str, playground: Playground) -> DataFile:
    """Describe the public training data; CourseError where there are none."""
    if playground.data.train is None:
        raise CourseError(
            f"{slug} has no public training data to learn from",
            hint="a playground made with --train has them",
        )
    return playground.data.train


def training_columns(
    playground: Playground, path: str, there: Sequence[str], label_column: str | None
) -> Columns:
    """Part the columns of the training data into inputs and answers.

    Parameters
    ----------
    there : sequence of str
        The columns of the file at `path`.
    label_column : str or None
        None: the one that is no input.

    Raises
    ------
    CourseError
        If the answers cannot be told from the rest, or an input is missing.
    """
    names = [str(item.name) for item in playground.inputs]
    inputs = [name for name in names if name in there]
    rest = [name for name in there if name not in inputs]
    if label_column is None and inputs and len(rest) == 1:
        label_column = rest[0]
    if label_column is None or label_column not in there:
        raise CourseError(
            f"{path} does not tell which column holds the answers",
            hint=f"say it with --label-column NAME, of {', '.join(map(str, rest[:12]))}",
        )
    if len(inputs) < len(names):
        missing = [name for name in names if name not in inputs]
        raise CourseError(
            f"{path} lacks inputs of the playground: {', '.join(missing[:12])}",
            hint="training data have the columns that models are given",
        )
    return Columns(tuple(inputs or [n for n in there if n != label_column]), label_column)
