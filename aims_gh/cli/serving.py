"""`aims serve` and `aims deploy`: a model as an app."""

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

    Without VERSION, it is the one that the owners serve, else the best whose model gives what was
    scored. The app is announced once it says of the example rows what the sandbox says.

    \b
    Example:
        aims serve aims-demo/course/breast-cancer
        aims serve aims-demo/course/breast-cancer 2 --port 7860
    """
    from aims_gh import settings
    from aims_gh.flows.deploy import serve as flow

    found, files = _made(address, version, target, zero_gpu=False)
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
            host.wait(found.app.slug)
        except KeyboardInterrupt:
            note("stopped")
            return
        note(f"the app ended by itself: {host.log(found.app.slug)}")


@click.command()
@click.argument("address", metavar="COURSE/SLUG")
@click.argument("version", type=int, required=False)
@click.option(
    "--target",
    type=click.Choice(["browser", "gradio", "container"]),
    required=True,
    help="What runs the model: the reader's browser, a Gradio app, or that app in a container.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write; an earlier app in it is written over.",
)
@click.option("--zero-gpu", is_flag=True, help="Make a Gradio app fit for Hugging Face's ZeroGPU.")
def deploy(address: str, version: int | None, target: Target, out: Path, zero_gpu: bool) -> None:
    """Write the app of a model as a folder that needs nothing of aims-gh.

    Any static host serves the folder of the target browser. This version does not push to Hugging
    Face; each folder is what a Space is made of, so git can.

    \b
    Example:
        aims deploy aims-demo/course/breast-cancer 2 --target gradio --out app
    """
    from aims_gh import settings
    from aims_gh.flows import deploy as flows

    flows.check_free(out)
    found, files = _made(address, version, target, zero_gpu=zero_gpu)
    if target != "browser" and settings.gradio_is_here():
        with settings.host() as host:
            flows.serve(found, host, files)
        _tell(found)
    elif target != "browser":
        note("not tried: Gradio is not installed here (pip install 'aims-gh[deploy]')")
    flows.write_folder(files, out)
    click.echo(f"app of version {found.version} written: {out}")
    note("nothing was pushed anywhere; README.md in it says how it is started")


def _made(
    address: str, version: int | None, target: Target, *, zero_gpu: bool
) -> tuple[Deployable, Files]:
    from aims_gh import settings
    from aims_gh.domain.address import Address
    from aims_gh.flows.deploy import deployable, folder

    where = Address.parse(address)
    found = deployable(settings.forge(where.course), where, version, target, settings.sandbox())
    return found, folder(found, target, settings.site_tools(where.course, note), zero_gpu=zero_gpu)


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


COMMANDS = (serve, deploy)
