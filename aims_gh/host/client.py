"""Ask an app for many rows: in batches, again where it does not answer, every row in order."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from aims_gh.errors import HostError
from aims_gh.host.asking import Temporary, ask

MOST_ROWS = 1_000
_MOST_CELLS = 500_000
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


def predict_rows(
    url: str,
    rows: Sequence[Any],
    *,
    batch_size: int | None = None,
    retries: int = 3,
    told: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
    pause: Callable[[float], None] = time.sleep,
) -> list[dict[str, Any]]:
    """Ask an app for rows and give a record for each, in their order.

    Parameters
    ----------
    url : str
        Of an app of aims-gh, or of its Space.
    rows : sequence
        Plain data: objects by column, lists in the columns' order, or the only value itself.
    batch_size : int, optional
        Rows in a question. Default: a thousand, and fewer where they are large.
    retries : int
        How often a question is asked again where nobody answers. What is wrong with a question is
        never asked again.
    told : callable
        Told how many rows are answered, and of how many.

    Raises
    ------
    HostError
        With the row, counted over all batches.
    """
    if batch_size is not None and batch_size < 1:
        raise HostError(f"a batch of {batch_size} rows has none", hint="batch_size=1000")
    place = address(url)
    answers: list[dict[str, Any]] = []
    for start, batch in _batches(rows, batch_size or _fitting(rows)):
        told(start, len(rows))
        answers += _asked(place, batch, start, retries, pause)
    told(len(rows), len(rows))
    return answers


def address(url: str) -> str:
    """Give the address of an app; of a Space's page, that of the Space's app.

    Examples
    --------
    >>> address("https://huggingface.co/spaces/Ada/my_model")
    'https://ada-my-model.hf.space/'
    """
    if not url.startswith(("https://", "http://")):
        raise HostError(f"{url} is no address of an app", hint="it begins with https://")
    parts = urlsplit(url)
    found = re.fullmatch(r"/spaces/([\w.-]+)/([\w.-]+)/?.*", parts.path)
    if parts.hostname in ("huggingface.co", "www.huggingface.co") and found:
        name = re.sub(r"[^a-z0-9]+", "-", f"{found[1]}-{found[2]}".lower())
        return f"https://{name}.hf.space/"
    return url.partition("/gradio_api/")[0].rstrip("/") + "/"


def _batches(rows: Sequence[Any], size: int) -> Iterator[tuple[int, list[Any]]]:
    for start in range(0, len(rows), size):
        yield start, list(rows[start : start + size])


def _fitting(rows: Sequence[Any]) -> int:
    return max(1, min(MOST_ROWS, _MOST_CELLS // _cells(rows[0]))) if len(rows) else 1


def _cells(value: Any) -> int:
    if isinstance(value, dict):
        return max(1, sum(_cells(one) for one in value.values()))
    if isinstance(value, list | tuple):
        return max(1, sum(_cells(one) for one in value))
    return 1


def _asked(
    url: str, batch: list[Any], start: int, retries: int, pause: Callable[[float], None]
) -> list[dict[str, Any]]:
    for turn in range(retries + 1):
        try:
            given = ask(url, "predict_batch", batch)
            break
        except Temporary as error:
            if turn == retries:
                raise
            pause(min(_LONGEST_PAUSE, max(error.seconds, _FIRST_PAUSE * 2**turn)))
        except HostError as error:
            # The app counts the rows of one question.
            message = re.sub(
                r"\b([Rr]ow) (\d+)",
                lambda at: f"{at[1]} {int(at[2]) + start}",
                error.message,
                count=1,
            )
            raise HostError(message, hint=error.hint) from None
    if not isinstance(given, list) or len(given) != len(batch):
        raise HostError(
            f"{url} has not answered every row", hint="look whether it is an app of aims-gh"
        )
    return given
