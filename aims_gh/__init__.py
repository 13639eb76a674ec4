"""Model playgrounds in a git repository.

>>> from aims_gh import ModelPlayground
>>> pg = ModelPlayground(input_type="tabular", task_type="classification", private=False)
"""

from typing import TYPE_CHECKING, Any

from aims_gh.version import __version__

if TYPE_CHECKING:
    from aims_gh.api import Competition as Competition
    from aims_gh.api import Data as Data
    from aims_gh.api import Experiment as Experiment
    from aims_gh.api import ModelPlayground as ModelPlayground
    from aims_gh.api import OnnxModel as OnnxModel
    from aims_gh.api import configure_credentials as configure_credentials
    from aims_gh.api import download_data as download_data
    from aims_gh.api import export_eval_metric as export_eval_metric
    from aims_gh.api import export_preprocessor as export_preprocessor
    from aims_gh.api import export_reproducibility_env as export_reproducibility_env
    from aims_gh.api import import_preprocessor as import_preprocessor
    from aims_gh.api import import_quickstart_data as import_quickstart_data
    from aims_gh.api import import_reproducibility_env as import_reproducibility_env
    from aims_gh.api import model_to_onnx as model_to_onnx
    from aims_gh.api import predict as predict
    from aims_gh.api import set_credentials as set_credentials
    from aims_gh.api import set_reproducibility_env as set_reproducibility_env
    from aims_gh.api import upload_preprocessor as upload_preprocessor

__all__ = [
    "Competition",
    "Data",
    "Experiment",
    "ModelPlayground",
    "OnnxModel",
    "__version__",
    "configure_credentials",
    "download_data",
    "export_eval_metric",
    "export_preprocessor",
    "export_reproducibility_env",
    "import_preprocessor",
    "import_quickstart_data",
    "import_reproducibility_env",
    "model_to_onnx",
    "predict",
    "set_credentials",
    "set_reproducibility_env",
    "upload_preprocessor",
]


def __getattr__(name: str) -> Any:
    # Importing the package loads nothing heavy; the classes load what they need when first used.
    if name in __all__:
        from aims_gh import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
