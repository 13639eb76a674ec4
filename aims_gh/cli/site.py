"""`aims site`: build the course's website, or serve it."""

from __future__ import annotations

from pathlib import Path

import click

from aims_gh.cli.output import note


@click.group()
def site() -> None:
    """Build the website of a course, or serve it on this machine.

    \b
    Example:
        aims site serve aims-demo/course
    """


@site.command("build")
@click.argument("course")
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="site",
    show_default=True,
    help="Folder to write; an earlier site in it is replaced.",
)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
def site_build(course: str, out: Path, strict: bool) -> None:
    """Build the website into a folder that any static host can serve.

    \b
    Example:
        aims site build aims-demo/course -o site --strict
    """
    from aims_gh import settings
    from aims_gh.flows.site import build_site

    forge = settings.forge(course, whole=True)
    build_site(forge, forge.name, out, settings.site_tools(course, note), strict=strict)
    click.echo(f"website built: {out}")


@site.command("serve")
@click.argument("course")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one.")
def site_serve(course: str, port: int) -> None:
    """Build the website and serve it on this machine until Ctrl-C.

    \b
    Example:
        aims site serve aims-demo/course --port 8000
    """
    import tempfile

    from aims_gh import settings
    from aims_gh.flows.site import build_site
    from aims_gh.site.build import serve

    with tempfile.TemporaryDirectory(prefix="aims-site-") as folder:
        out = Path(folder) / "site"
        forge = settings.forge(course, whole=True)
        build_site(forge, course, out, settings.site_tools(course, note), strict=False)
        serve(out, port=port, ready=lambda address: click.echo(f"website: {address}"))
    note("stopped")


COMMANDS = (site,)
