"""The Python interface, under the names that users of AIMS know."""

from aims_gh.api.board import Competition, Experiment
from aims_gh.api.metrics import export_eval_metric
from aims_gh.api.playground import ModelPlayground

__all__ = ["Competition", "Experiment", "ModelPlayground", "export_eval_metric"]
