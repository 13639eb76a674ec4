"""The two boards of a playground, under the names that users of AIMS know."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from aims_gh.api.instantiating import Instantiating
from aims_gh.api.replaced import no_token
from aims_gh.api.submitted import Submitted
from aims_gh.api.submitting import Submitting, Wishes
from aims_gh.domain.playground import BoardName
from aims_gh.flows.hand_in import HandedIn, Precision, public_features


class Board(Submitting, Instantiating):
    """What all boards of a playground share."""

    def _submit_model(
        self,
        model: Any,
        *,
        preprocessor: Any,
        predictions: Any,
        sample: Any,
        quantize: Precision | None,
        weights: bool,
        training_data: Any,
        token: str | None,
        wishes: Wishes,
    ) -> Submitted:
        no_token(token)
        given = HandedIn(
            model=model,
            preprocessor=preprocessor,
            predictions=predictions,
            sample=sample,
            public_features=lambda: public_features(self._forge, self._where),
            quantize=quantize,
            weights=weights,
            training_data=training_data,
        )
        return self._submit(given, wishes)


class Experiment(Board):
    """The experiment board of a playground.

    Parameters
    ----------
    playground_url : str
        COURSE/SLUG, where COURSE is `owner/name` on GitHub, its URL, or a folder on this machine.
    username : str, optional
        Who you are in a course on this machine. Default: `AIMS_USER`, or the system's login.
    """

    _board: BoardName = "experiment"

    def submit_model(
        self,
        model: Any,
        preprocessor: Any = None,
        prediction_submission: Any = None,
        sample_data: Any = None,
        reproducibility_env_filepath: str | Path | None = None,
        custom_metadata: Mapping[str, Any] | None = None,
        input_dict: Mapping[str, Any] | None = None,
        print_output: bool = True,
        onnx_timeout: float | Literal[False] = 60,
        model_input: Any = None,
        token: str | None = None,
        return_metrics: bool | None = None,
        *,
        submission_type: str | None = None,
        quantize: Precision | None = None,
        weights: bool = False,
        training_data: Any = None,
        based_on: int | str | None = None,
        code: str | Path | None = None,
        wait: bool = True,
    ) -> Submitted:
        """Submit a model and its predictions.

        Parameters
        ----------
        model : live model, ONNX file, or None
            A fitted model of scikit-learn, XGBoost, LightGBM, CatBoost, PyTorch or Keras: it is
            converted in a process of its own, and the file compared with the model before
            anything is sent. An ONNX file as path, bytes or ModelProto: it is sent as it is. None:
            predictions alone.
        preprocessor : ONNX file, live transformer or network, plain function, or None
            What goes before the model. It is put in front of it, as one graph; the text of a
            function travels along, and the evaluator does not run it. Preprocessing that is part
            of the model already, as in a Pipeline, needs none.
        prediction_submission : list, array, Series or DataFrame
            One label or value per held-out row, or one probability column per label.
            Left out: what the model says on the playground's public features.
        sample_data : DataFrame, array or list of texts, optional
            Rows to convert and compare with. Default: the public features.
        reproducibility_env_filepath : path, optional
            What `export_reproducibility_env` wrote: its seed and packages go along.
        custom_metadata : mapping, optional
            Further columns of the board.
        input_dict : mapping, optional
            `description`, `tags`.
        print_output : bool
            Show progress, where somebody is looking.
        onnx_timeout : float or False
            Seconds that making one ONNX file may take. False: as long as it likes, in this
            process.
        model_input : array or tensor, optional
            Another name of `sample_data`.
        token : None
            Tokens are never passed as arguments.
        return_metrics : bool
            Also return the scores.
        submission_type : {"experiment", "competition", "all"}, optional
            Default: this board; both for a `ModelPlayground`.
        quantize : {"float16", "int8"}, optional
            Store numbers in fewer bits. What that does to the predictions is told and recorded;
            predictions that are left out are those of the smaller file.
        weights : bool
            Attach the numbers in the library's own safe format, for `instantiate_model`.
        training_data : DataFrame or array, optional
            Only its digest goes along.
        based_on : int, optional
            The version that this one builds on.
        code : path, optional
            A notebook to show; never executed.
        wait : bool
            Score it now, where this machine holds the course's score key.

        Returns
        -------
        (version, playground_url) or (version, playground_url, metrics)
            Version is None while the submission waits to be scored. Its text tells the rest.

        Raises
        ------
        SubmissionError
            If the submission is refused, with the reason.
        """
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


class Competition(Experiment):
    """The competition board of a playground; see `Experiment`."""

    _board: BoardName = "competition"
    _sends_to = "competition"
