"""Models of every kind, and apps of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from predict_playgrounds import HOSTILE, Played

from aims_gh import settings
from aims_gh.domain.app import App
from aims_gh.host.folder import gradio_folder
from aims_gh.host.local import LocalHost

TITLE = f"{HOSTILE} ${{alert(2)}} {{{{x}}}} **b**"


@dataclass(frozen=True)
class Case:
    """A playground of a kind, its app, and the address of a server of it."""

    played: Played
    app: App
    url: str = ""

    def folder(self) -> dict[str, bytes]:
        return gradio_folder(self.app, self.played.model, settings.templates())


def case(played: Played) -> Case:
    app = played.page().app
    assert app is not None
    if played.slug == "hostile":
        app = app.model_copy(update={"title": TITLE, "description": f"'''\n{TITLE}"})
    return Case(played, app)


class Apps:
    """Cases with a server each, started when it is first asked for."""

    def __init__(self, cases: dict[str, Case], host: LocalHost) -> None:
        self._cases, self._host = cases, host
        self._started: dict[str, Case] = {}

    def __getitem__(self, slug: str) -> Case:
        if slug not in self._started:
            found = self._cases[slug]
            url = self._host.push(slug, found.folder())
            self._started[slug] = replace(found, url=url)
        return self._started[slug]

    def swap(self, slug: str, other: str) -> Case:
        """Put the model of another case, of the same kind, into the server of a case."""
        url = self[slug].url
        found = replace(self._cases[other], url=url)
        self._host.swap(slug, found.folder())
        del self._started[slug]
        return found
