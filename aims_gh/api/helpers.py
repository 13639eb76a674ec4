"""Helpers under the names that users of AIMS know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn

from aims_gh import settings
from aims_gh.api.progress import progress
from aims_gh.api.replaced import replaced
from aims_gh.core.source import function_source
from aims_gh.domain.environment import Environment
from aims_gh.domain.submission import PREPROCESSOR_FILE
from aims_gh.errors import SubmissionError
from aims_gh.flows.convert import Tools, convert
from aims_gh.flows.environment import (
    apply_environment,
    read_environment,
    this_environment,
    write_environment,
)
from aims_gh.frameworks.library import as_model_proto
from aims_gh.runner.sandbox import Bounds


def model_to_onnx(
    model: Any,
    framework: str | None = None,
    model_input: Any = None,
    initial_types: Any = None,
    transfer_learning: bool | None = None,
    deep_learning: bool | None = None,
    task_type: str | None = None,
    epochs: int | None = None,
    onnx_timeout: float | Literal[False] = 60,
) -> Any:
    """Convert a live model, and make sure that the file says the same.

    Parameters
    ----------
    model : a fitted model of a known library
    framework : optional
        Has no effect: the model itself tells.
    model_input : DataFrame, array, tensor or list of texts
        Rows as the model takes them, more than one. The file is compared with the model on them.
    initial_types : None
        Types are read from `model_input`.
    transfer_learning, deep_learning, task_type, epochs : optional
        Have no effect: nothing is written into the file but the model.
    onnx_timeout : float or False
        Seconds that making one file may take. False: as long as it likes, in this process.

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    SubmissionError
        If the model cannot be converted, or no file says what it says.
    """
    del framework, transfer_learning, deep_learning, task_type, epochs
    if initial_types is not None:
        replaced(
            "initial_types",
            why="types are read from rows",
            by="model_input: some rows as the model takes them",
        )
    if model_input is None:
        raise SubmissionError(
            "model_input is missing", hint="give some rows as the model takes them"
        )
    seconds = None if onnx_timeout is False else float(onnx_timeout)
    with progress() as say:
        tools = Tools(settings.sandbox(), Bounds(), seconds=seconds, say=say)
        return as_model_proto(convert(model, model_input, tools).content)


def export_reproducibility_env(
    seed: int, directory: str | Path, mode: Literal["gpu", "cpu"] = "gpu"
) -> Path:
    """Write down a seed and what is installed, as data.

    Parameters
    ----------
    seed : int
        From 0 to 4294967295.
    directory : path
        Where `reproducibility.json` is written.
    mode : {"gpu", "cpu"}
        "cpu" also asks libraries for operations that give the same result every time.

    Returns
    -------
    Path
        Of the file; `submit_model` takes it as `reproducibility_env_filepath`.
    """
    environment = this_environment(seed, deterministic=mode == "cpu")
    return write_environment(environment, Path(directory))


def import_reproducibility_env(reproducibility_env_file: str | Path) -> Environment:
    """Start random numbers from the seed in a file; nothing in it is executed.

    Parameters
    ----------
    reproducibility_env_file : path
        As `export_reproducibility_env` wrote it.

    Returns
    -------
    Environment
        What the file says.
    """
    environment = read_environment(Path(reproducibility_env_file))
    apply_environment(environment)
    return environment


def set_reproducibility_env(reproducibility_env: Environment | Mapping[str, Any]) -> list[str]:
    """Start random numbers from a seed, in every library that draws them.

    Python's and NumPy's, and those of PyTorch, TensorFlow and Keras where they are imported.

    Parameters
    ----------
    reproducibility_env : Environment or mapping
        As `import_reproducibility_env` gives it; of a mapping, `seed` is enough.

    Returns
    -------
    list of str
        What was seeded.
    """
    if isinstance(reproducibility_env, Environment):
        return list(apply_environment(reproducibility_env))
    given = {"python": "", "platform": "", **reproducibility_env}
    return list(apply_environment(Environment.from_value(given)))


def set_credentials(*arguments: Any, **more: Any) -> NoReturn:
    """Say what there is instead of credentials."""
    del arguments, more
    _no_credentials("set_credentials")


def configure_credentials(*arguments: Any, **more: Any) -> NoReturn:
    """Say what there is instead of credentials."""
    del arguments, more
    _no_credentials("configure_credentials")


def _no_credentials(name: str) -> NoReturn:
    replaced(
        name,
        why="a course in a folder needs no account",
        by="nothing; AIMS_USER, or username=…, says who submits",
    )


def export_preprocessor(
    preprocessor_fxn: Callable[..., Any], directory: str | Path, globs: Any = None
) -> Path:
    """Write a preprocessor's source text, made to stand on its own, into `preprocessor.py`.

    Parameters
    ----------
    preprocessor_fxn : function
        Modules that it uses are imported in the text; other things from around it are refused.
    directory : path
        Where the file is written.
    globs : optional
        Has no effect: objects do not travel with source text.

    Returns
    -------
    Path
    """
    del globs
    path = Path(directory) / PREPROCESSOR_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(function_source(preprocessor_fxn), encoding="utf-8")
    return path


def upload_preprocessor(*arguments: Any, **more: Any) -> NoReturn:
    """Say how a preprocessor travels with its model."""
    del arguments, more
    replaced(
        "upload_preprocessor",
        why="a preprocessor travels with its model",
        by="submit_model(model, preprocessor=…)",
    )


def import_preprocessor(*arguments: Any, **more: Any) -> NoReturn:
    """Say how a preprocessor's source text is got."""
    del arguments, more
    replaced(
        "import_preprocessor",
        why="it would run a stranger's code",
        by="instantiate_model(version).preprocessor is its text: read it, then decide",
    )
