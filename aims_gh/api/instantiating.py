"""Get models back from a playground."""

from __future__ import annotations

import warnings
from typing import Any

from aims_gh import settings
from aims_gh.api.model import OnnxModel
from aims_gh.api.reading import Reading
from aims_gh.domain.environment import Environment
from aims_gh.flows import instantiate, read
from aims_gh.flows.environment import apply_environment, differences


class DifferentEnvironment(UserWarning):
    """What a model was made with is not what is installed here."""


class Instantiating(Reading):
    """What models can be got back."""

    def instantiate_model(
        self,
        version: int | str | None = None,
        trained: bool = True,
        reproduce: bool = False,
        submission_type: str | None = None,
        *,
        native: bool = False,
    ) -> Any:
        """Get a version's model.

        Parameters
        ----------
        version : int, optional
            Default: the best one that has a model.
        trained : bool
            True: the model as it was scored, ready to predict, whatever library made it. False:
            the scikit-learn, Keras or PyTorch object, built again and ready to be fitted.
        reproduce : bool
            As `replicate_model`: start random numbers from the version's seed, and warn of what
            is installed in another version. Gives the untrained object.
        native : bool
            The trained object of the author's library, from weights that the author attached.

        Returns
        -------
        OnnxModel, or an object of the author's library

        Raises
        ------
        CourseError
            If the version has no model, or does not say how it is built.
        SubmissionError
            If its description names anything but the library's own classes.
        """
        del submission_type  # versions are one series for both boards
        number = self._version(version)
        if reproduce:
            return self.replicate_model(number)
        if native:
            return instantiate.with_native_weights(self._forge, self._where, number)
        if not trained:
            return instantiate.rebuilt(self._forge, self._where, number)
        stored = instantiate.stored(self._forge, self._where, number)
        return OnnxModel(stored, settings.sandbox())

    def replicate_model(
        self, version: int | str | None = None, submission_type: str | None = None
    ) -> Any:
        """Build a version's model untrained, with its random seed, to be fitted as its author did.

        Warns of every library that is here in another version.

        Parameters
        ----------
        version : int, optional
            Default: the best one that has a model.

        Returns
        -------
        object of the author's library
        """
        del submission_type
        number = self._version(version)
        self.set_model_reproducibility_env(number)
        return instantiate.rebuilt(self._forge, self._where, number)

    def set_model_reproducibility_env(self, version: int | str | None = None) -> list[str]:
        """Start random numbers from a version's seed, and tell what is another version here.

        Parameters
        ----------
        version : int, optional
            Default: the best one that has a model.

        Returns
        -------
        list of str
            What differs, a line each; a warning says the same.
        """
        number = self._version(version)
        claims = read.read_evaluation(self._forge, self._where, number).claims
        if claims.seed is not None:
            apply_environment(
                Environment(seed=claims.seed, python="", platform=claims.platform or "")
            )
        found = differences(claims.libraries, claims.platform)
        if claims.seed is None:
            found.append(f"version {number} does not tell its random seed")
        if found:
            listed = "; ".join(found[:20])
            more = f"; and {len(found) - 20} more" if len(found) > 20 else ""
            warnings.warn(
                f"version {number} was made with something else: {listed}{more}",
                DifferentEnvironment,
                stacklevel=2,
            )
        return found


__all__ = ["DifferentEnvironment", "Instantiating"]
