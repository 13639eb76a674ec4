"""A deployment: which version is live, where, since when, by whom."""

from __future__ import annotations

from typing import Literal

from aims_gh.domain.names import Instant, Login, ShortText, Slug, Text, Version
from aims_gh.domain.record import Record


class Deployment(Record):
    """The file `<slug>/deployment.json` on the ledger."""

    schema_version: Literal[1] = 1
    playground: Slug
    """The playground's folder name."""

    version: Version
    """The runtime model."""

    target: Literal["browser", "gradio", "container", "custom"]
    """What runs it; `browser` is the website's own page."""

    url: ShortText
    """Where it is, for other targets than `browser`."""

    since: Instant
    """From when on."""

    by: Login
    """Who chose it."""

    reason: Text = ""
    """Why, in the owners' words."""
