"""A playground: create it, and all that its boards can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aims_gh import settings
from aims_gh.api.board import Board
from aims_gh.domain.address import Address
from aims_gh.errors import CourseError
from aims_gh.flows.course import new_course
from aims_gh.flows.frames import (
    as_file,
    classes_in,
    column_file,
)
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.forge import Forge


class ModelPlayground(Board):
    """A playground: create it, submit to it, read its boards.

    Parameters
    ----------
    input_type : {"tabular", "text", "image", "audio", "video", "timeseries"}
    task_type : {"classification", "regression"}
    private : bool
        Whether only the logins in `email_list` may submit.
    playground_url : str, optional
        COURSE/SLUG of a playground that exists; the other arguments are then not needed.
    email_list : sequence of str, optional
        Logins of the participants of a private playground.
    username : str, optional
        Who submits. Default: `AIMS_USER`, or the system's login.

    Examples
    --------
    >>> pg = ModelPlayground("tabular", "classification", private=False)
    >>> pg
    ModelPlayground('not created')
    """

    _sends_to = "all"

    def __init__(
        self,
        input_type: str | None = None,
        task_type: str | None = None,
        private: bool | None = None,
        playground_url: str | None = None,
        email_list: Iterable[str] = (),
        *,
        username: str | None = None,
    ) -> None:
        if playground_url is None and (input_type is None or task_type is None or private is None):
            raise CourseError(
                "a new playground needs input_type, task_type and private",
                hint="or give playground_url of one that exists",
            )
        self._address = Address.parse(str(playground_url)) if playground_url else None
        self.input_type, self.task_type = input_type, task_type
        self.private, self.email_list = bool(private), tuple(email_list)
        self.username = username or settings.user()

    def create(
        self,
        playground_url: str | None = None,
        eval_data: Any = None,
        y_train: Any = None,
        test_features: Any = None,
        example_data: Any = None,
        public_private_split: float = 0.5,
        *,
        train_data: Any = None,
        title: str | None = None,
        description: str = "",
        labels: Sequence[str | int] | None = None,
        metrics: Sequence[str | Mapping[str, Any]] = (),
        evaluation: str = "predictions",
        eval_metric_filepath: str | Path | Sequence[str | Path] | None = None,
    ) -> None:
        """Create the playground, and its course where there is none yet.

        Parameters
        ----------
        playground_url : str
            COURSE/SLUG.
        eval_data : list, array or Series of shape (n,)
            The held-out answers; sealed before anything is written.
        y_train : list, array or Series, optional
            Training answers: the classes they have and the holdout lacks become labels too.
        test_features : DataFrame or array of shape (n, ...), optional
            What to predict on, public.
        example_data : DataFrame, optional
            A few public rows that show the input.
        public_private_split : float
            Share of the holdout that stays secret until the reveal; 0: no competition board.
        train_data : DataFrame, optional
            Public data to learn from.
        labels : sequence, optional
            The classes in your order. Default: as found, sorted.
        metrics : sequence of str or mapping
            The first ranks. Default: the four of the task type. One of your own is a mapping:
            ``{"name": "cost", "function": "cost", "direction": "minimize"}``.
        eval_metric_filepath : str or Path, optional
            The file with the functions of metrics of your own; `export_eval_metric` writes one.

        Raises
        ------
        CourseError
            If something in it is wrong, or a function fails when it is tried out.
        """
        where = Address.parse(str(playground_url)) if playground_url else self._where
        if eval_data is None:
            raise CourseError("eval_data is missing", hint="hand over the held-out answers")
        rules: dict[str, Any] = {
            "title": title or where.slug.replace("-", " ").capitalize(),
            "description": description,
            "input_type": self.input_type,
            "task_type": self.task_type,
            "evaluation": evaluation,
            "competition": {"private_fraction": public_private_split},
        }
        if metrics:
            rules["metrics"] = list(metrics)
        if labels is None and self.task_type == "classification" and y_train is not None:
            labels = classes_in(eval_data, y_train)
        if labels is not None:
            rules["labels"] = list(labels)
        if self.private:
            rules |= {"visibility": "private", "participants": self.email_list}
        draft = Draft(
            rules=rules,
            labels=Source("eval_data.csv", column_file(eval_data, "label")),
            features=_source(test_features),
            train=_source(train_data),
            example=_source(example_data),
            metrics=_metrics_file(eval_metric_filepath),
        )
        forge = self._course(where.course)
        create_playground(
            forge,
            where.slug,
            draft,
            seed=settings.seed(),
            templates=settings.templates(),
            sandbox=settings.sandbox(),
        )
        self._address = where

    def _course(self, course: str) -> Forge:
        path = Path(course)
        if path.exists() and any(path.iterdir()):
            return settings.forge(course)
        return new_course(
            path,
            title=path.resolve().name,
            description="",
            owners=(self.username,),
            keyring=settings.keyring(),
            templates=settings.templates(),
            clock=settings.clock,
        )


def _source(data: Any) -> Source | None:
    if data is None:
        return None
    content, name = as_file(data)
    return Source(name, content)


def _metrics_file(given: str | Path | Sequence[str | Path] | None) -> bytes | None:
    paths = [Path(given)] if isinstance(given, str | Path) else [Path(p) for p in given or ()]
    if len(paths) > 1:
        raise CourseError(
            f"eval_metric_filepath names {len(paths)} files, a playground has one metrics.py",
            hint="put all functions into one file",
        )
    if paths and not paths[0].is_file():
        raise CourseError(
            f"there is no file {paths[0]}",
            hint="export_eval_metric(function, folder) writes a metrics.py and gives its path",
        )
    if paths and paths[0].suffix != ".py":
        raise CourseError(
            f"{paths[0]} is no Python file", hint="hand over the .py file with the functions itself"
        )
    return paths[0].read_bytes() if paths else None
