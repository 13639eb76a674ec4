"""Put versions live from Python, and change what their page shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from aims_gh import settings
from aims_gh.api.creating import source_of
from aims_gh.api.place import Place
from aims_gh.api.progress import progress
from aims_gh.core.predictions import codes_from
from aims_gh.domain.deployment import Deployment, Target
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows import amend

if TYPE_CHECKING:
    from aims_gh.flows.live import Means


class Deploying(Place):
    """What puts a version live, and takes it down."""

    def deploy_model(
        self,
        model_version: int | str | None = None,
        example_data: Any = None,
        y_train: Any = None,
        submission_type: str | None = None,
        *,
        target: Target = "browser",
        host: Literal["site", "huggingface"] = "site",
        space: str = "",
        url: str = "",
        app: str | Path | None = None,
        reason: str = "",
        zero_gpu: bool = False,
    ) -> Deployment:
        """Put a version live, once it says of the example rows what the sandbox says.

        Parameters
        ----------
        model_version : int, optional
            Default: the one that is live, else the best whose model gives what was scored.
        example_data : DataFrame or array, optional
            New example rows, see `update_example_data`.
        y_train : list, array or Series, optional
            Answers, or labels, to be held against the playground's, see `update_labels`.
        submission_type : optional
            Versions are one series for both boards.
        target : {"browser", "gradio", "container", "custom"}
            What runs the model: the reader's browser, a Gradio app, that app in a container, or an
            app of your own.
        host : {"site", "huggingface"}
            Where: on the website's own page, or in a Space of Hugging Face.
        space : str
            The Space, ``NAMESPACE/NAME``.
        url : str
            A server of your own that runs this version already.
        app : path, optional
            The folder of your own app, for the target custom.
        reason : str
            Why, for those who look later.
        zero_gpu : bool
            Make a Gradio app fit for Hugging Face's ZeroGPU.

        Returns
        -------
        Deployment
            What is live now: `version`, `url`, `since`, `by`, `history` …

        Raises
        ------
        AimsError
            If the version does not answer as it must, or you may not deploy. Then nothing changes.
        """
        del submission_type
        from aims_gh.flows.live import Wish, candidate, put_live

        wish = Wish(
            version=None if model_version is None else int(model_version),
            target=target,
            host="own" if url else host,
            space=space,
            url=url,
            app=None if app is None else Path(app),
            reason=reason,
            zero_gpu=zero_gpu,
        )
        with progress() as say:
            say("trying the version, and putting it live")
            if y_train is not None:
                self.update_labels(y_train)
            if example_data is not None:
                # What cannot be deployed at all changes no example rows either.
                candidate(self._forge, self._where, wish, self._means())
                self.update_example_data(example_data)
            return put_live(self._forge, self._where, wish, self._means()).deployment

    def update_runtime_model(
        self,
        model_version: int | str,
        submission_type: str | None = None,
        *,
        reason: str = "",
        app: str | Path | None = None,
    ) -> Deployment:
        """Put another version where one is live; if it fails the trial, the old one stays.

        Parameters
        ----------
        model_version : int
            Of the leaderboard.
        submission_type : optional
            Versions are one series for both boards.
        reason : str
            Why, for those who look later.
        app : path, optional
            The folder of your own app, where that is what is live.
        """
        del submission_type
        from aims_gh.flows.live import update

        with progress() as say:
            say("trying the version, and putting it live")
            return update(
                self._forge,
                self._where,
                int(model_version),
                self._means(),
                reason=reason,
                app=None if app is None else Path(app),
            ).deployment

    def rollback(self, *, reason: str = "", app: str | Path | None = None) -> Deployment:
        """Put the version live again that was before this one, or that was taken down.

        Parameters
        ----------
        reason : str
            Why, for those who look later.
        app : path, optional
            The folder of your own app, where that was live.
        """
        from aims_gh.flows.live import roll_back

        with progress() as say:
            say("trying the version, and putting it live")
            folder = None if app is None else Path(app)
            return roll_back(
                self._forge, self._where, self._means(), reason=reason, app=folder
            ).deployment

    def delete_deployment(
        self, playground_url: str | None = None, confirmation: str | bool = ""
    ) -> Deployment:
        """Take down what is live; a Space on Hugging Face is removed.

        Parameters
        ----------
        playground_url : optional
            Must be this playground's, if given.
        confirmation : str
            The playground's name, the last part of its address; nobody is asked for it.

        Raises
        ------
        CourseError
            If the name is another one, or nothing is live.
        """
        from aims_gh.flows.live import end

        if playground_url not in (None, self.playground_url):
            raise CourseError(
                f"this playground is {self.playground_url}, not {playground_url}",
                hint="leave playground_url out",
            )
        return end(self._forge, self._where, confirmation, self._means())

    def deployment(self) -> Deployment | None:
        """Tell what is live: which version, where, since when, by whom, why, and what was before.

        Returns
        -------
        Deployment or None
            None where nobody has deployed anything; `live` is False once it was taken down.
        """
        from aims_gh.flows.deployment import deployment

        return deployment(self._forge, self._where)

    def update_example_data(self, example_data: Any) -> None:
        """Replace the public rows that show what the input looks like.

        A served app shows them when it takes up a version the next time.

        Parameters
        ----------
        example_data : DataFrame or array
            Rows as models are given them.
        """
        source = source_of(example_data)
        assert source is not None
        self._owner()
        amend.replace_example(self._forge, self._where, source)

    def update_labels(self, y_train: Any) -> list[str | int]:
        """Hold answers, or labels, against the playground's; its labels keep their order.

        The sealed answers and every model name a label by its place: another set, or another
        order, is another task.

        Parameters
        ----------
        y_train : list, array, Series or DataFrame
            Answers, in whichever order; or the labels; or a table with a column for each label.

        Returns
        -------
        list
            The labels in the owner's order, as every page and app shows them.

        Raises
        ------
        CourseError
            If there is a label that the playground does not have.
        """
        labels = list(self.playground.labels)
        if not labels:
            raise CourseError(
                f"{self._where.slug} asks for numbers, it has no labels",
                hint="update_example_data changes what its page shows",
            )
        try:
            codes_from(_values(y_train), labels, "y_train")
        except SubmissionError as error:
            raise CourseError(
                error.message, hint=f"{error.hint}; other labels are another playground"
            ) from None
        return labels

    def _means(self) -> Means:
        return settings.deploying(self._forge, self._owner())


def _values(given: Any) -> npt.NDArray[Any]:
    """Give the answers of a column, or the names of a table's columns."""
    columns = getattr(given, "columns", ())
    return np.ravel(np.asarray(list(columns) if len(columns) > 1 else given))
