"""Ask a served model, over plain HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aims_gh.api.progress import progress as shown
from aims_gh.flows.rows import as_rows

if TYPE_CHECKING:
    from pandas import DataFrame


def predict(
    url: str,
    data: Any,
    *,
    batch_size: int | None = None,
    retries: int = 3,
    progress: bool = True,
) -> list[dict[str, Any]] | DataFrame:
    """Ask a served model for predictions.

    Parameters
    ----------
    url : str
        Of an app: what `aims serve` prints, a Space on Hugging Face, a server of your own.
    data : DataFrame, array, list of rows, mapping of columns, or path of a .csv or .npy file
        Rows as the model takes them: objects by column, lists in the columns' order, or the only
        value itself.
    batch_size : int, optional
        Rows in a question. Default: a thousand, and fewer where they are large.
    retries : int
        How often a question is asked again where nobody answers.
    progress : bool
        Whether to show how many rows are answered.

    Returns
    -------
    list of dict, or DataFrame where one was given
        For each row `prediction`, and `probability_…` for each label where the model has them.

    Raises
    ------
    HostError
        If something is wrong with a row, with its number and the column; or nobody answers.
    """
    from aims_gh.host.client import predict_rows

    rows = as_rows(Path(data) if isinstance(data, str) else data)
    with shown(progress) as say:
        answers = predict_rows(
            url,
            rows,
            batch_size=batch_size,
            retries=retries,
            told=lambda done, total: say(f"{done:,} of {total:,} rows answered"),
        )
    if not (hasattr(data, "columns") and hasattr(data, "index")):
        return answers
    from pandas import DataFrame

    return DataFrame(answers, index=data.index)
