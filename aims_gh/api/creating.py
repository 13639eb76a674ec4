"""Create a playground from Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aims_gh import settings
from aims_gh.api.board import Board
from aims_gh.api.data import Data
from aims_gh.api.progress import progress
from aims_gh.api.replaced import replaced
from aims_gh.domain.address import Address
from aims_gh.errors import CourseError
from aims_gh.flows.course import new_course
from aims_gh.flows.frames import as_file, classes_in, column_file
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.starter import Starter
from aims_gh.forge import Forge


class Creating(Board):
    """What makes a playground, and its course where there is none yet."""

    input_type: str | None
    task_type: str | None
    private: bool
    email_list: tuple[str, ...]

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
        data_directory: str | Path | None = None,
        email_list: Iterable[str] | None = None,
        public: bool | None = None,
        starter: bool = True,
        reproducibility_env_filepath: str | Path | None = None,
        model_input: Any = None,
        timeout: float | None = None,
        custom_libraries: str | None = None,
        image: str | None = None,
        memory: int | None = None,
        pyspark_support: bool = False,
        user_input: bool = False,
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
        data_directory : path, optional
            A file, or a folder with files in it, to be shared beside the others.
        email_list : sequence of str, optional
            Logins that may submit, where it is not public. Default: those of the constructor.
        public : bool, optional
            Whether everybody may submit. Default: as the constructor says.
        starter : bool
            Whether a starter notebook goes along, where there are data with answers to learn from.
        reproducibility_env_filepath, model_input, timeout, custom_libraries, image, memory, \
pyspark_support, user_input : optional
            What set up a server, or asked questions; anything but the default is refused.

        Raises
        ------
        CourseError
            If something in it is wrong, or a function fails when it is tried out.
        """
        _no_server(
            reproducibility_env_filepath=reproducibility_env_filepath,
            model_input=model_input,
            timeout=timeout,
            custom_libraries=custom_libraries,
            image=image,
            memory=memory,
            pyspark_support=pyspark_support,
            user_input=user_input,
        )
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
        if self.private if public is None else not public:
            invited = self.email_list if email_list is None else tuple(email_list)
            rules |= {"visibility": "private", "participants": invited}
        draft = Draft(
            rules=rules,
            labels=Source("eval_data.csv", column_file(eval_data, "label")),
            features=source_of(test_features),
            train=source_of(train_data),
            example=source_of(example_data),
            metrics=_metrics_file(eval_metric_filepath),
        )
        forge = self._course(where.course)
        with progress() as say:
            create_playground(
                forge,
                where.slug,
                draft,
                seed=settings.seed(),
                templates=settings.templates(),
                sandbox=settings.sandbox(),
                starter=Starter(where, say) if starter else None,
            )
        self._address = where
        if data_directory is not None:
            Data(str(self.input_type), str(where)).share_dataset(data_directory)

    def _course(self, course: str) -> Forge:
        path = Path(course)
        if settings.on_github(course) or (path.exists() and any(path.iterdir())):
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


def source_of(data: Any) -> Source | None:
    """Write data as a file; None for nothing."""
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


def _no_server(**given: Any) -> None:
    """Refuse what would set up a server, or ask questions."""
    for name, value in given.items():
        if value not in (None, False, "", "FALSE"):
            replaced(
                name,
                why="create makes files and starts no server, and asks nothing",
                by="leave it out; what models may use stands under limits in playground.yml",
            )
