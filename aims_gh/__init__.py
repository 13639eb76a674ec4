"""Model playgrounds in a git repository.

>>> from aims_gh import ModelPlayground
>>> pg = ModelPlayground(input_type="tabular", task_type="classification", private=False)
"""

from typing import TYPE_CHECKING, Any

from aims_gh.version import __version__

if TYPE_CHECKING:
    from aims_gh.api import Competition as Competition
    from aims_gh.api import Experiment as Experiment
    from aims_gh.api import ModelPlayground as ModelPlayground
    from aims_gh.api import export_eval_metric as export_eval_metric

__all__ = ["Competition", "Experiment", "ModelPlayground", "__version__", "export_eval_metric"]


def __getattr__(name: str) -> Any:
    # Importing the package loads nothing heavy; the classes load what they need when first used.
    if name in ("Competition", "Experiment", "ModelPlayground", "export_eval_metric"):
        from aims_gh import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
