"""A deployment: which version is live, where, since when, by whom, and what was before it."""

from __future__ import annotations

from typing import Literal

from aims_gh.domain.names import Instant, Login, ShortText, Slug, Text, Version
from aims_gh.domain.record import Record

Target = Literal["browser", "gradio", "container", "custom"]
Place = Literal["site", "huggingface", "own"]


class Former(Record):
    """A deployment that has ended."""

    version: Version
    """The runtime model."""

    target: Target
    """What ran it."""

    host: Place = "site"
    """Where it ran."""

    url: ShortText = ""
    """Its address."""

    space: ShortText = ""
    """Its Space on Hugging Face."""

    zero_gpu: bool = False
    """Whether the app was fit for ZeroGPU."""

    since: Instant
    """From when on."""

    by: Login
    """Who chose it."""

    reason: Text = ""
    """Why, in the owners' words."""

    ended: Instant
    """Until when."""


class Deployment(Record):
    """The file `<slug>/deployment.json` on the ledger."""

    schema_version: Literal[1] = 1
    playground: Slug
    """The playground's folder name."""

    version: Version
    """The runtime model."""

    target: Target
    """What runs it: a page in the reader's browser, a Gradio app, that app in a container, or an
    app of the owners' own."""

    host: Place = "site"
    """Where it runs: on the website's own page, on Hugging Face, or on a server of the owners'."""

    url: ShortText = ""
    """Its address; empty for the website's own page."""

    space: ShortText = ""
    """Its Space on Hugging Face, `NAMESPACE/NAME`."""

    zero_gpu: bool = False
    """Whether the app is fit for Hugging Face's ZeroGPU, which starts no other."""

    since: Instant
    """From when on."""

    by: Login
    """Who chose it."""

    reason: Text = ""
    """Why, in the owners' words."""

    ended: Instant | None = None
    """When it was taken down; null while it is live."""

    ended_by: Login | None = None
    """Who took it down."""

    history: tuple[Former, ...] = ()
    """The deployments before it, newest first, a hundred at the most."""

    @property
    def live(self) -> bool:
        """Whether it has not been taken down."""
        return self.ended is None

    def __str__(self) -> str:
        """Say what is live, and where."""
        where = self.url or self.space or "the page Predict of the website"
        if self.ended:
            return f"version {self.version} of {self.playground} is live no more: {where}"
        return f"version {self.version} of {self.playground} is live: {where}"
