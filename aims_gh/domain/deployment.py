"""A deployment: which version is live, where, since when, by whom."""

from __future__ import annotations

from typing import Literal

from aims_gh.domain.names import Instant, Login, ShortText, Slug, Text, Version
from aims_gh.domain.record import Record


class Deployment(Record):
    """The file `<slug>/deployment.json` on the ledger."""

    schema_version: Literal[1] = 1
    playground: Slug
    version: Version
    """The runtime model."""

    target: Literal["browser", "gradio", "container", "custom"]
    url: ShortText
    since: Instant
    by: Login
    reason: Text = ""
