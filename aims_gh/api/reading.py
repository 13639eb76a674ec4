"""Read a playground: its boards, its versions, and how they compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aims_gh.api.place import Place
from aims_gh.api.replaced import no_token
from aims_gh.api.styles import Comparison, StyledTables, styled_board, styled_comparison
from aims_gh.errors import AimsError
from aims_gh.flows import read
from aims_gh.flows.frames import board_frame
from aims_gh.flows.tables import comparison_frames, layer_frame, parameter_frame

if TYPE_CHECKING:
    from pandas import DataFrame
    from pandas.io.formats.style import Styler


class Reading(Place):
    """What can be read of a playground."""

    def get_leaderboard(
        self,
        verbose: int = 3,
        columns: Sequence[str] | None = None,
        submission_type: str | None = None,
        token: str | None = None,
    ) -> DataFrame:
        """Read the board into a DataFrame, best first.

        Parameters
        ----------
        verbose : int
            1: ranks and scores; 2: also what is known of the models; 3: everything.
        columns : sequence of str, optional
            Only these, beside `version` and `username`.
        submission_type : {"experiment", "competition"}, optional
            Default: this board.
        token : None
            Tokens are never passed as arguments.

        Returns
        -------
        DataFrame of shape (submissions, columns)
            Columns that are empty for everybody are left out; zeros are kept.
        """
        no_token(token)
        name = self._board_name(submission_type)
        view = read.read_board(self._forge, self._where, name)
        return board_frame(view.board.columns, view.board.metrics, verbose, columns)

    def stylize_leaderboard(
        self, leaderboard: DataFrame | None = None, naming_convention: str | None = None
    ) -> Styler:
        """Draw a board with a bar behind every score.

        Parameters
        ----------
        leaderboard : DataFrame, optional
            As `get_leaderboard` gave it. Default: this board.
        naming_convention : optional
            Boards name no layers, so it changes nothing.

        Returns
        -------
        pandas Styler
            A notebook shows it; `to_html` writes it.
        """
        del naming_convention
        return styled_board(self.get_leaderboard() if leaderboard is None else leaderboard)

    def compare_models(
        self,
        version_list: Sequence[int | str] | None = None,
        by_model_type: str | None = None,
        best_model: int | None = None,
        verbose: int = 1,
        naming_convention: str | None = None,
        submission_type: str | None = None,
    ) -> Comparison:
        """Compare versions side by side, a table for each group of properties.

        Parameters
        ----------
        version_list : sequence of int, optional
            Default: what the next two say; without them, the best three.
        by_model_type : str, optional
            Only models of this type, such as `RandomForestClassifier`.
        best_model : int, optional
            So many, the best first.
        verbose : int
            0: only what differs, and layers by type alone; 1: everything, and layers with shape
            and parameters; 2: also their names and connections; 3: also activations.
        naming_convention : {"keras", "pytorch"}, optional
            What layers are called. Default: as their own library does.

        Returns
        -------
        dict of str to DataFrame
            `scores`, `model`, then a table of hyper-parameters for each type of model (what it is
            by default, and in each version), `nn` with networks layer by layer, `operators`, and
            `metadata`. A notebook shows it coloured.
        """
        versions = self._chosen(version_list, by_model_type, best_model, submission_type)
        compared = read.compare(self._forge, self._where, versions)
        frames = comparison_frames(
            compared.lines, compared.evaluations, verbose=verbose, naming=naming_convention
        )
        return Comparison(frames)

    def stylize_compare(
        self, compare_dict: Comparison, naming_convention: str | None = None
    ) -> StyledTables:
        """Colour a comparison: yellow where versions differ, red what is not the default.

        Layers of networks are coloured by type.

        Parameters
        ----------
        compare_dict : dict of str to DataFrame
            As `compare_models` gave it.
        naming_convention : optional
            Given to `compare_models`, it decides what layers are called.

        Returns
        -------
        dict of str to pandas Styler
            A notebook shows them one below the other.
        """
        del naming_convention
        return styled_comparison(compare_dict)

    def inspect_model(
        self,
        version: int | str | None = None,
        naming_convention: str | None = None,
        submission_type: str | None = None,
    ) -> DataFrame:
        """Show what the author's library told of a model.

        Parameters
        ----------
        version : int, optional
            Default: the best one that has a model.
        naming_convention : {"keras", "pytorch"}, optional
            What layers are called. Default: as its own library does.

        Returns
        -------
        DataFrame
            A network's layers, or a model's hyper-parameters with their defaults.
        """
        del submission_type  # versions are one series for both boards
        found = read.read_evaluation(self._forge, self._where, self._version(version)).claims
        if found.layers and not found.steps:
            return layer_frame(found.layers, naming_convention)
        return parameter_frame(found.parameters)

    def inspect_eval_data(self, submission_type: str | None = None) -> dict[str, Any]:
        """Tell what may be known of the holdout: how many rows, which labels. Never an answer."""
        del submission_type  # one holdout for both boards
        playground = self.playground
        found: dict[str, Any] = {"y_length": playground.holdout.rows}
        if playground.labels:
            found["class_labels"] = list(playground.labels)
            found["label_dtypes"] = type(playground.labels[0]).__name__
        return found

    def inspect_y_test(self) -> dict[str, Any]:
        """Tell what may be known of the holdout; the old name of `inspect_eval_data`."""
        return self.inspect_eval_data()

    def _version(self, version: int | str | None) -> int:
        if version is None:
            return read.best_version(self._forge, self._where)
        return int(version)

    def _chosen(
        self,
        version_list: Sequence[int | str] | None,
        by_model_type: str | None,
        best_model: int | None,
        submission_type: str | None,
    ) -> list[int]:
        if version_list is not None and version_list != "None":
            return [int(version) for version in version_list]
        board = read.read_board(self._forge, self._where, self._board_name(submission_type)).board
        rows = [
            row for row in board.rows() if by_model_type in (None, row["model_type"])
        ]  # best first
        if not rows:
            kinds = sorted({str(row["model_type"]) for row in board.rows() if row["model_type"]})
            raise AimsError(
                "there is nothing to compare", hint=f"types on the board: {', '.join(kinds) or '–'}"
            )
        most = best_model or (len(rows) if by_model_type else 3)
        return [int(row["version"]) for row in rows[:most]]
