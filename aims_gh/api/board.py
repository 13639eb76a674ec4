"""A board of a playground: submit to it, read it, compare what is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.domain.claims import Claims
from aims_gh.domain.playground import BoardName, Playground
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows import read
from aims_gh.flows.convert import Tools, convert
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.frames import (
    as_predictions,
    as_submitted,
    board_frame,
    pandas_module,
    predictions_file,
    read_file,
)
from aims_gh.flows.run import bounds_of, read_features
from aims_gh.flows.submit import Parts, check, claims_from, pack, submit
from aims_gh.forge import Forge
from aims_gh.workspace import Workspace

if TYPE_CHECKING:
    from pandas import DataFrame


class Board:
    """One board of a playground: what `Experiment`, `Competition` and `ModelPlayground` share."""

    _board: BoardName = "experiment"
    _sends_to: str = "experiment"

    def __init__(self, playground_url: str, *, username: str | None = None) -> None:
        self._address: Address | None = Address.parse(str(playground_url))
        self.username = username or settings.user()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._address) if self._address else 'not created'!r})"

    @property
    def playground_url(self) -> str:
        """The playground's address, COURSE/SLUG."""
        return str(self._where)

    @property
    def _where(self) -> Address:
        if self._address is None:
            raise CourseError(
                "this playground has no address yet",
                hint='pg.create("COURSE/SLUG", eval_data=y_test), or give playground_url',
            )
        return self._address

    @property
    def _forge(self) -> Forge:
        return settings.forge(self._where.course)

    @property
    def playground(self) -> Playground:
        """What `playground.yml` says."""
        return read.read_playground(self._forge, self._where)

    def submit_model(
        self,
        model: Any,
        preprocessor: Any = None,
        prediction_submission: Any = None,
        sample_data: Any = None,
        custom_metadata: Mapping[str, Any] | None = None,
        input_dict: Mapping[str, Any] | None = None,
        *,
        submission_type: str | None = None,
        wait: bool = True,
        return_metrics: bool = False,
    ) -> tuple[Any, ...]:
        """Submit a model and its predictions.

        Parameters
        ----------
        model : fitted scikit-learn estimator, path of an ONNX file, bytes, or None
            None submits the predictions alone. A live model is converted, and the file is
            compared with the model before anything is sent.
        preprocessor : None
            Put preprocessing into the model: a scikit-learn Pipeline is submitted whole.
        prediction_submission : list, array, Series or DataFrame
            One label or value per held-out row, or one probability column per label.
            Left out: what the model says on the playground's public features.
        sample_data : DataFrame or array, optional
            Rows to convert and compare with. Default: the public features.
        custom_metadata : mapping, optional
            Further columns of the board.
        input_dict : mapping, optional
            `description`, `tags`.
        submission_type : {"experiment", "competition", "all"}, optional
            Default: this board; both for a `ModelPlayground`.
        wait : bool
            Score it now, where this machine holds the course's score key.
        return_metrics : bool
            Also return the scores.

        Returns
        -------
        (version, playground_url) or (version, playground_url, metrics)
            Version is None while the submission waits to be scored.

        Raises
        ------
        SubmissionError
            If the submission is refused, with the reason.
        """
        if preprocessor is not None:
            raise SubmissionError(
                "a separate preprocessor is not supported",
                hint="put it into the model: sklearn.pipeline.make_pipeline(preprocessor, model)",
            )
        parts = self._parts(model, prediction_submission, sample_data)
        words = dict(input_dict or {})
        parts = _with(parts, submission_type or self._sends_to, custom_metadata, words)
        forge, where, sandbox = self._forge, self._where, settings.sandbox()
        packed = pack(where.slug, parts, now=settings.clock())
        check(forge, where, packed, sandbox=sandbox, author=self.username, now=settings.clock())
        proposal = submit(forge, where, packed, author=self.username)
        version, scores = None, None
        if wait and self._score_key_is_here(forge):
            version, scores = self._outcome(forge, proposal.number)
        result = (str(version) if version else None, str(where))
        return (*result, scores) if return_metrics else result

    def _score_key_is_here(self, forge: Forge) -> bool:
        with forge.tree() as main:
            public = Workspace(main).course().keys.score
        return settings.keys().find(public) is not None

    def _outcome(self, forge: Forge, number: int) -> tuple[int | None, dict[str, float] | None]:
        drained = evaluate(
            forge,
            sandbox=settings.sandbox(),
            find_key=settings.keys().find,
            clock=settings.clock,
        )
        for outcome in list(drained):
            if outcome.proposal == number:
                if outcome.outcome == "refused":
                    raise SubmissionError(outcome.reason or "refused", hint=outcome.hint or "")
                return outcome.version, outcome.scores
        return None, None

    def _parts(self, model: Any, said: Any, sample: Any) -> Parts:
        """Turn what Python has into files."""
        playground, sandbox = self.playground, settings.sandbox()
        content, claims, predictions = None, Claims(), None
        if isinstance(model, bytes | bytearray):
            content = bytes(model)
        elif isinstance(model, str | Path):
            if not Path(model).is_file():
                raise SubmissionError(
                    f"there is no file {model}", hint="hand in a fitted model, or an ONNX file"
                )
            content = Path(model).read_bytes()
        elif model is not None:
            sample = self._public_features() if sample is None else sample
            made = convert(model, sample, Tools(sandbox, bounds_of(playground)))
            content, claims = made.content, made.claims
            if said is None and playground.evaluation != "model":
                predictions = predictions_file(as_submitted(made.said, playground), playground)
        if said is not None:
            predictions = predictions_file(as_predictions(said, playground), playground)
        return Parts(model=content, predictions=predictions, claims=claims)

    def _public_features(self) -> Any:
        playground = self.playground
        with self._forge.tree() as main:
            found = None
            if playground.features == "public":
                found = read_features(Workspace(main), self._where.slug, playground, lambda _: None)
        if found is None:
            raise SubmissionError(
                "the playground has no public features to run the model on",
                hint="give sample_data and prediction_submission",
            )
        return read_file(found.content, found.name)

    def get_leaderboard(
        self,
        verbose: int = 3,
        columns: Sequence[str] | None = None,
        submission_type: str | None = None,
    ) -> DataFrame:
        """Read the board into a DataFrame, best first.

        Parameters
        ----------
        verbose : int
            1: ranks and scores; 2: also what is known of the models; 3: everything.
        columns : sequence of str, optional
            Only these, beside `version` and `username`.
        submission_type : {"experiment", "competition"}, optional

        Returns
        -------
        DataFrame of shape (submissions, columns)
            Columns that are empty for everybody are left out; zeros are kept.
        """
        name: BoardName = submission_type or self._board  # type: ignore[assignment]
        view = read.read_board(self._forge, self._where, name)
        return board_frame(view.board.columns, view.board.metrics, verbose, columns)

    def compare_models(
        self,
        version_list: Sequence[int | str],
        verbose: int = 1,
        submission_type: str | None = None,
    ) -> dict[str, DataFrame]:
        """Compare versions: scores, model, parameters, operators, metadata, a table each.

        Parameters
        ----------
        version_list : sequence of int
        verbose : int
            0: only what differs; 1: everything.

        Returns
        -------
        dict of str to DataFrame
            Columns `name`, `model_version_N` for each version, and `differs`.
        """
        del submission_type  # versions are one series for both boards
        pandas = pandas_module()
        versions = [int(version) for version in version_list]
        lines = read.compare(self._forge, self._where, versions)
        tables: dict[str, list[dict[str, Any]]] = {}
        for line in lines:
            if verbose or line.differs:
                values = zip(versions, line.values, strict=True)
                row = {"name": line.name} | {f"model_version_{v}": value for v, value in values}
                tables.setdefault(line.group, []).append(row | {"differs": line.differs})
        return {group: pandas.DataFrame(rows) for group, rows in tables.items()}

    def inspect_eval_data(self) -> dict[str, Any]:
        """Tell what may be known of the holdout: how many rows, which labels. Never an answer."""
        playground = self.playground
        found: dict[str, Any] = {"y_length": playground.holdout.rows}
        if playground.labels:
            found["class_labels"] = list(playground.labels)
            found["label_dtypes"] = type(playground.labels[0]).__name__
        return found


class Experiment(Board):
    """The experiment board of a playground.

    Parameters
    ----------
    playground_url : str
        COURSE/SLUG, where COURSE is a folder on this machine.
    username : str, optional
        Who submits. Default: `AIMS_USER`, or the system's login.
    """

    _board: BoardName = "experiment"


class Competition(Board):
    """The competition board of a playground; see `Experiment`."""

    _board: BoardName = "competition"
    _sends_to = "competition"


def _with(
    parts: Parts, board: str, metadata: Mapping[str, Any] | None, words: Mapping[str, Any]
) -> Parts:
    tags = words.get("tags", ())
    plain = {str(key): _scalar(value) for key, value in (metadata or {}).items()}
    claims = claims_from(parts.claims.model_dump() | {"metadata": plain})
    return replace(
        parts,
        board=board,
        claims=claims,
        description=str(words.get("description", "")),
        tags=tuple(tags.split(",")) if isinstance(tags, str) else tuple(tags),
    )


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
