"""What Hugging Face's answers mean for people, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aims_gh.core.inert import plain
from aims_gh.errors import HostError

TOKENS = "https://huggingface.co/settings/tokens"
NO_TOKEN = (
    "hf auth login signs in on this machine; elsewhere set HF_TOKEN, a fine-grained token of "
    f"{TOKENS} that may write to this Space; in GitHub Actions trusted publishing needs none"
)
_RIGHTS = f"make a fine-grained token with write access to this Space's owner at {TOKENS}"
_KEYLESS = (
    "a token of trusted publishing writes the files of one Space that is there; make it once by "
    "hand at https://huggingface.co/new-space, and name this repository, branch and workflow "
    "exactly under Trusted publishers in its settings"
)
_PLAN = (
    "Gradio and Docker Spaces need a paid plan of their owner, or ZeroGPU (--zero-gpu and "
    "--hardware zero-a10g), since July 2026; --target browser makes a static Space, which is free"
)
_PRIVACY_PLAN = "what your plan has is at https://huggingface.co/pricing; a public Space is free"
_AGAIN = "try again in a few minutes; https://status.huggingface.co tells of outages"
_LONGEST = 500


class Forbidden(HostError):
    """The token may not do it."""


class Outage(HostError):
    """Hugging Face cannot answer now."""


class Taken(HostError):
    """Somebody else was there before."""


def clean(text: object, secrets: Iterable[str]) -> str:
    """Make a text fit to be shown: inert, short, and without a token or a secret in it.

    Examples
    --------
    >>> clean("Bearer hf_abc is wrong", ["hf_abc"])
    'Bearer *** is wrong'
    """
    shown = str(text)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        shown = shown.replace(secret, "***")
    return plain(shown)[:_LONGEST].strip()


def refused(status: int, doing: str, said: str, space: str, *, keyless: bool) -> HostError:
    """Tell why Hugging Face did not do something.

    Parameters
    ----------
    status : int
        Of HTTP.
    doing : str
        What was asked, as in ``create the Space ada/app``.
    said : str
        What the server says of it, fit to be shown.
    keyless : bool
        Whether there is no token but that of trusted publishing.
    """
    because = f": {said}" if said else ""
    if status == 402:
        hint = _PRIVACY_PLAN if re.search(r"private|protected|visib", said, re.I) else _PLAN
        return HostError(f"Hugging Face asks for payment to {doing}{because}", hint=hint)
    if status == 401:
        hint = _KEYLESS if keyless else NO_TOKEN
        return Forbidden(f"Hugging Face does not accept the token to {doing}{because}", hint=hint)
    if status == 403:
        hint = _KEYLESS if keyless else _RIGHTS
        return Forbidden(f"the token may not {doing}{because}", hint=hint)
    if status == 404:
        hint = _KEYLESS if keyless else _RIGHTS
        return HostError(f"{space} is not there, or this token does not see it", hint=hint)
    if status in (409, 412):
        taken = f"{space} is taken, and this token does not see it{because}"
        return Taken(taken, hint="name another Space, or use a token of its owner")
    if status == 429:
        return Outage(f"Hugging Face takes no more requests for now{because}", hint=_wait(said))
    if status >= 500:
        return Outage(f"Hugging Face stumbled ({status}) when asked to {doing}", hint=_AGAIN)
    return HostError(
        f"Hugging Face refused to {doing} ({status}){because}",
        hint=f"see https://huggingface.co/spaces/{space}/settings",
    )


def _wait(said: str) -> str:
    seconds = re.search(r"(\d+) seconds", said)
    return f"try again in {seconds[1]} seconds" if seconds else _AGAIN


def untrusted(said: str) -> HostError:
    """Tell that a workflow was not taken for the one that is trusted."""
    return HostError(f"trusted publishing failed: {said}", hint=_KEYLESS)


def unreachable(doing: str, said: str) -> HostError:
    """Tell that nobody answered, or not as Hugging Face does."""
    return Outage(f"Hugging Face could not be asked to {doing}: {said}", hint=_AGAIN)
