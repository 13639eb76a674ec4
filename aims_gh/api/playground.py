"""A playground: create it, change it, and all that its boards can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn, cast, get_args

from aims_gh import settings
from aims_gh.api.board import Experiment
from aims_gh.api.creating import Creating
from aims_gh.api.deploying import Deploying
from aims_gh.api.replaced import replaced
from aims_gh.api.submitted import Submitted
from aims_gh.api.submitting import Wishes
from aims_gh.domain.address import Address
from aims_gh.errors import CourseError
from aims_gh.flows import amend
from aims_gh.flows.hand_in import Precision


class ModelPlayground(Creating, Deploying):
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
        Who you are in a course on this machine. Default: `AIMS_USER`, or the system's login; for
        what owners alone do, the first owner where that is none.

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
        self._named, self.username = username, username or settings.user()

    def submit_model(  # noqa: D102  described for Experiment, whose arguments are in another order
        self,
        model: Any,
        preprocessor: Any = None,
        prediction_submission: Any = None,
        submission_type: str | None = None,
        sample_data: Any = None,
        reproducibility_env_filepath: str | Path | None = None,
        custom_metadata: Mapping[str, Any] | None = None,
        input_dict: Mapping[str, Any] | None = None,
        onnx_timeout: float | Literal[False] = 60,
        model_input: Any = None,
        token: str | None = None,
        return_metrics: bool | None = None,
        *,
        print_output: bool = True,
        quantize: Precision | None = None,
        weights: bool = False,
        training_data: Any = None,
        based_on: int | str | None = None,
        code: str | Path | None = None,
        wait: bool = True,
    ) -> Submitted:
        return self._submit_model(
            model,
            preprocessor=preprocessor,
            predictions=prediction_submission,
            sample=model_input if sample_data is None else sample_data,
            quantize=quantize,
            weights=weights,
            training_data=training_data,
            token=token,
            wishes=Wishes(
                board=submission_type or self._sends_to,
                metadata=custom_metadata or {},
                words=input_dict or {},
                environment=reproducibility_env_filepath,
                timeout=onnx_timeout,
                based_on=based_on,
                code=code,
                wait=wait,
                with_metrics=bool(return_metrics),
                progress=print_output,
            ),
        )

    submit_model.__doc__ = Experiment.submit_model.__doc__

    def update_access_list(
        self, email_list: Sequence[str] = (), update_type: str = "Add"
    ) -> list[str]:
        """Change who may submit to a private playground; its owner alone can.

        Parameters
        ----------
        email_list : sequence of str
            Logins.
        update_type : {"Add", "Remove", "Replace_list", "Get"}
            "Get" changes nothing.

        Returns
        -------
        list of str
            Who may submit now.
        """
        if update_type == "Get":
            return list(self.playground.participants)
        if update_type not in get_args(amend.Update):
            raise CourseError(
                f"there is no update_type {update_type!r}",
                hint="Add, Remove, Replace_list, or Get",
            )
        self._owner()
        found = amend.change_participants(
            self._forge, self._where, email_list, cast("amend.Update", update_type)
        )
        return list(found)

    def update_eval_data(self, eval_data: Any = None) -> None:
        """Say why held-out answers are not replaced in a playground that is there."""
        del eval_data
        replaced(
            "update_eval_data",
            why="every score is about the answers that it was computed with",
            by="aims playground reseal, which says what becomes of scores that are there",
        )

    def import_reproducibility_env(self) -> list[str]:
        """Start random numbers from the seed of the best version, and tell what differs here."""
        return self.set_model_reproducibility_env()

    def get_apikey(self) -> None:
        """Say why there is no key for predictions."""
        replaced(
            "get_apikey",
            why="nothing here asks for one",
            by="instantiate_model(version) gives the model; tokens of a forge stay in its tools",
        )

    def create_competition(
        self, data_directory: Any = None, y_test: Any = None, **more: Any
    ) -> None:
        """Say what makes a competition board."""
        del data_directory, y_test, more
        _one_create("create_competition")

    def create_experiment(
        self, data_directory: Any = None, y_test: Any = None, **more: Any
    ) -> None:
        """Say what makes an experiment board."""
        del data_directory, y_test, more
        _one_create("create_experiment")

    def activate(self, *arguments: Any, **more: Any) -> None:
        """Say what makes a playground."""
        del arguments, more
        _one_create("activate")

    def deploy(self, *arguments: Any, **more: Any) -> None:
        """Say what puts a version live."""
        del arguments, more
        replaced(
            "deploy",
            why="a model is submitted first, and scored",
            by="submit_model(…) gives it a version, deploy_model(version) puts that live",
        )


def _one_create(name: str) -> NoReturn:
    replaced(
        name,
        why="create makes both boards at once",
        by='create("COURSE/SLUG", eval_data=…, public_private_split=0.5); with 0 there is an '
        "experiment board alone",
    )
