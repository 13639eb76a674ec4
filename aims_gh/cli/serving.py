"""`aims serve`: a model as an app on this machine."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aims_gh.cli.output import note

if TYPE_CHECKING:
    from aims_gh.flows.deploy import Deployable
    from aims_gh.host import Files
    from aims_gh.host.folder import Target
    from aims_gh.host.local import LocalHost

_SECONDS_HERE = 1.0
_SECONDS_ON_GITHUB = 60.0


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=int, required=False)
@click.option(
    "--target",
    type=click.Choice(["gradio", "browser"]),
    default="gradio",
    show_default=True,
    help="A page with an API, or a page that runs the model in the reader's browser.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one.")
def serve(address: str, version: int | None, target: Target, port: int) -> None:
    """Serve a model on this machine until Ctrl-C: an app for people, an API for programs.

    Without VERSION, it is the one that is live, else the best whose model gives what was scored;
    and when another one is put live, the app takes it up, at the same address and without a pause.
    Nothing is announced or taken up before it says of the example rows what the sandbox says.

    \b
    Example:
        aims serve aims-demo/course/breast-cancer
        aims serve aims-demo/course/breast-cancer 2 --port 7860
    """
    from aims_gh import settings
    from aims_gh.flows.deploy import serve as flow

    found, files = _made(address, version, target)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if target == "browser":
        _serve_static(files, port)
        return
    with settings.host(port) as host:
        try:
            url = flow(found, host, files)
            click.echo(f"app: {url}")
            click.echo(f"API: {url}gradio_api/call/predict_batch")
            _tell(found)
            if version is None:
                _follow(address, host, found, files)
            host.wait(found.app.slug)
        except KeyboardInterrupt:
            note("stopped")
            return
        note(f"the app ended by itself: {host.log(found.app.slug)}")


def _made(address: str, version: int | None, target: Target) -> tuple[Deployable, Files]:
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.deploy import deployable, folder

    where = Address.parse(address)
    found = deployable(settings.forge(where.course), where, version, target, settings.sandbox())
    return found, folder(found, target, settings.site_tools(where.course, note))


def _follow(address: str, host: LocalHost, found: Deployable, files: Files) -> None:
    """Take up what is put live, until the app ends."""
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.follow import App, Follower

    where = Address.parse(address)
    follower = Follower(
        settings.forge(where.course),
        where,
        running=App(found, files),
        host=host,
        make=lambda version: App(*_made(address, version, "gradio")),
        trial=settings.host,
    )
    pause = _SECONDS_ON_GITHUB if settings.on_github(where.course) else _SECONDS_HERE
    while not host.wait(where.slug, pause):
        if said := follower.look():
            note(said)


def _tell(found: Deployable) -> None:
    model = found.app.model
    assert model is not None
    rows = len(found.expected)
    note(
        f"version {model.version} by {model.username}; "
        + (f"{rows} example rows answered as in the sandbox" if rows else "no example rows to try")
    )


def _serve_static(files: Files, port: int) -> None:
    import tempfile

    from aims_gh.host.local import write
    from aims_gh.site.build import serve as serve_folder

    with tempfile.TemporaryDirectory(prefix="aims-app-") as place:
        write(files, Path(place))
        serve_folder(Path(place), port=port, ready=lambda url: click.echo(f"app: {url}"))
    note("stopped")


COMMANDS = (serve,)
