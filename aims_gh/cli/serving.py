"""`aims serve` and `aims deploy`: a model as an app."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aims_gh.cli.output import json_option, note, print_json

if TYPE_CHECKING:
    from aims_gh.flows.deploy import Deployable
    from aims_gh.host import Files
    from aims_gh.host.folder import Target
    from aims_gh.host.huggingface import Visibility


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
    help="Folder to write; an earlier app in it is written over.",
)
@click.option(
    "--host",
    type=click.Choice(["huggingface"]),
    help="Serve it there instead of writing a folder.",
)
@click.option("--space", help="Space of Hugging Face, NAMESPACE/NAME; made where it is not there.")
@click.option("--public", "privacy", flag_value="public", help="Everybody sees the Space.")
@click.option("--private", "privacy", flag_value="private", help="Only its owner sees the Space.")
@click.option("--protected", "privacy", flag_value="protected", help="People see the app alone.")
@click.option("--hardware", help="What the Space runs on, such as cpu-basic or t4-small.")
@click.option("--secret", "secrets", multiple=True, help="Environment variable to pass on hidden.")
@click.option("--variable", "variables", multiple=True, metavar="NAME=VALUE", help="For the app.")
@click.option("--reason", default="", help="Why this version, and why now.")
@click.option("--zero-gpu", is_flag=True, help="Make a Gradio app fit for Hugging Face's ZeroGPU.")
@json_option
def deploy(
    address: str,
    version: int | None,
    target: Target,
    out: Path | None,
    host: str | None,
    zero_gpu: bool,
    as_json: bool,
    **wanted: Any,
) -> None:
    """Write the app of a model as a folder that needs nothing of aims-gh, or serve it elsewhere.

    Any static host serves the folder of the target browser. With --host huggingface the folder
    becomes a Space; the model of a private playground becomes a private one. Gradio and Docker
    Spaces need a paid plan.

    \b
    Example:
        aims deploy aims-demo/course/breast-cancer 2 --target gradio --out app
        aims deploy ada/ml/titanic --target browser --host huggingface --space ada/titanic
    """
    from aims_gh import settings
    from aims_gh.flows import deploy as flows

    if (out is None) == (host is None):
        raise click.UsageError("Give either --out or --host.")
    if (host is None) != (wanted["space"] is None):
        raise click.UsageError("--host huggingface and --space go together.")
    if out is not None:
        flows.check_free(out)
    found, files = _made(address, version, target, zero_gpu=zero_gpu)
    if target != "browser" and settings.gradio_is_here():
        with settings.host() as here:
            flows.serve(found, here, files)
        _tell(found)
    elif target != "browser":
        note("not tried: Gradio is not installed here (pip install 'aims-gh[deploy]')")
    if out is None:
        _push(found, files, wanted, as_json)
        return
    flows.write_folder(files, out)
    if as_json:
        print_json({"version": found.version, "folder": out})
        return
    click.echo(f"app of version {found.version} written: {out}")
    note("nothing was pushed anywhere; README.md in it says how it is started")


def _push(found: Deployable, files: Files, wanted: dict[str, Any], as_json: bool) -> None:
    from aims_gh import settings

    variables = dict(each.partition("=")[::2] for each in wanted["variables"])
    if "" in variables or not all("=" in each for each in wanted["variables"]):
        raise click.UsageError("--variable takes NAME=VALUE.")
    privacy: Visibility | None = wanted["privacy"]
    if privacy is None and found.playground.visibility == "private":
        privacy = "private"
    hub = settings.hugging_face(
        wanted["space"],
        visibility=privacy,
        hardware=wanted["hardware"],
        secrets=wanted["secrets"],
        variables=variables,
        say=note,
    )
    url = hub.push(found.app.slug, files)
    if as_json:
        told = {"version": found.version, "url": url, "page": hub.page(found.app.slug)}
        print_json(told | {"by_hand": hub.by_hand})
        return
    click.echo(f"app of version {found.version}: {url}")
    click.echo(f"page: {hub.page(found.app.slug)}")


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
