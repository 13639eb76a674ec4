"""Data: share them in a playground, fetch them, or take what ships with installed packages."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from aims_gh import settings
from aims_gh.api.progress import progress
from aims_gh.domain.address import Address
from aims_gh.errors import AimsError, CourseError, MissingExtra
from aims_gh.flows.amend import share_files
from aims_gh.flows.download import download
from aims_gh.flows.owner_data import Source
from aims_gh.flows.score import opened_answers

_SHIPPED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


class QuickstartData(NamedTuple):
    """A data set, split: what to learn from, and what to hold out."""

    X_train: Any
    X_test: Any
    y_train: Any
    y_test: Any
    example_data: Any
    """The first rows of `X_train`."""

    y_test_labels: list[Any]
    """`y_test` as a list, to be handed to `create` as `eval_data`."""


class Data:
    """The public data of a playground.

    Parameters
    ----------
    data_type : {"tabular", "text", "image", "audio", "video", "timeseries"}
    playground_url : str, optional
        COURSE/SLUG.
    """

    def __init__(self, data_type: str, playground_url: str | None = None) -> None:
        self.data_type, self.playground_url = data_type, playground_url

    def share_dataset(
        self,
        data_directory: str | Path = ".",
        classification: str = "default",
        private: str = "FALSE",
    ) -> list[str]:
        """Add files to the playground's public data; its owner alone can.

        Parameters
        ----------
        data_directory : path
            A file, or a folder with files in it.
        classification, private : str
            Have no effect: the playground says what its data are, and they are public.

        Returns
        -------
        list of str
            Names of all shared files.

        Raises
        ------
        CourseError
            If a file is too large, or has the held-out answers in it.
        """
        del classification
        if str(private).upper() == "TRUE":
            raise CourseError(
                "shared data are public", hint="eval_data and hidden features are what is sealed"
            )
        where = Address.parse(self._url())
        sources = [Source(path.name, path.read_bytes()) for path in _files(Path(data_directory))]
        forge = settings.forge(where.course)
        answers = opened_answers(forge, where.slug, find_key=settings.keys().find)
        return [file.path for file in share_files(forge, where, sources, answers=answers)]

    def download_data(
        self, repository: str | None = None, location: str | Path = "."
    ) -> list[Path]:
        """Fetch the public data of a playground; see `download_data`."""
        return download_data(repository or self._url(), location)

    def _url(self) -> str:
        if self.playground_url is None:
            raise CourseError("there is no playground_url", hint='Data("tabular", "COURSE/SLUG")')
        return self.playground_url

    def __repr__(self) -> str:
        return f"Data({self.data_type!r}, {self.playground_url!r})"


def download_data(repository: str, location: str | Path = "./") -> list[Path]:
    """Fetch the public data of a playground into a folder named like it.

    Files are checked by their digests; what is there already is not fetched again.

    Parameters
    ----------
    repository : str
        COURSE/SLUG.
    location : path
        Where the folder is made.

    Returns
    -------
    list of Path
    """
    where = Address.parse(repository)
    with progress() as say:
        done = download(settings.forge(where.course), where, Path(location) / where.slug, say=say)
    return [item.path for item in done]


def import_quickstart_data(tutorial: str, section: str = "modelplayground") -> QuickstartData:
    """Load a data set that ships with scikit-learn, and split it.

    Parameters
    ----------
    tutorial : {"breast_cancer", "diabetes", "digits", "iris", "wine"}
    section : str
        Has no effect: the same data serve every section.

    Returns
    -------
    QuickstartData
        X_train, X_test, y_train, y_test, example_data, y_test_labels

    Examples
    --------
    >>> import_quickstart_data("iris").X_train.shape
    (112, 4)
    """
    del section
    if tutorial not in _SHIPPED:
        _not_shipped(tutorial)
    try:
        from sklearn import datasets
        from sklearn.model_selection import train_test_split
    except ImportError:
        raise MissingExtra("data sets of scikit-learn", extra="sklearn") from None
    loaded = getattr(datasets, f"load_{tutorial}")(as_frame=True)
    target = loaded.target
    names = getattr(loaded, "target_names", None)
    if names is not None and tutorial not in ("digits", "diabetes"):
        target = target.map(dict(enumerate(map(str, names)))).rename("target")
    stratify = None if tutorial == "diabetes" else target
    split = train_test_split(loaded.data, target, random_state=0, stratify=stratify)
    rest: Any = (split[0].head(5), split[3].tolist())
    return QuickstartData(*split, *rest)


def _not_shipped(tutorial: str) -> NoReturn:
    raise AimsError(
        f"no installed package has the data {tutorial!r}",
        hint=f"there are {', '.join(_SHIPPED)}; data from elsewhere are read with pandas",
    )


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise CourseError(f"there is no {place}", hint="name a file, or a folder with files in it")
    inside = sorted(path for path in place.iterdir() if not path.name.startswith("."))
    folders = [path.name for path in inside if path.is_dir()]
    if folders or not inside:
        raise CourseError(
            f"{place} has {'folders in it: ' + ', '.join(folders[:5]) if folders else 'no files'}",
            hint="share files; put a folder of many into one archive",
        )
    return inside
