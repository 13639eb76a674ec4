"""The Python interface, under the names that users of AIMS know."""

from aims_gh.api.board import Competition, Experiment
from aims_gh.api.data import Data, download_data, import_quickstart_data
from aims_gh.api.helpers import (
    configure_credentials,
    export_preprocessor,
    export_reproducibility_env,
    import_preprocessor,
    import_reproducibility_env,
    model_to_onnx,
    set_credentials,
    set_reproducibility_env,
    upload_preprocessor,
)
from aims_gh.api.metrics import export_eval_metric
from aims_gh.api.model import OnnxModel
from aims_gh.api.playground import ModelPlayground
from aims_gh.api.predicting import predict

__all__ = [
    "Competition",
    "Data",
    "Experiment",
    "ModelPlayground",
    "OnnxModel",
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
